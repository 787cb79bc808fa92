"""Firmware images, roll-outs, and the progress of each device in one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from devices.model import DeviceId
from province.areas import AreaId

ImageId = NewType("ImageId", str)
RolloutId = NewType("RolloutId", str)


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """An image with a manifest signed by the firmware key. ``manifest``: as signed; ``id``: the SHA-256 of that."""

    id: ImageId
    model: str
    number: int
    version: str
    sha256: str
    bytes: int
    floor: int
    notes: str
    manifest: str
    uploaded_at: datetime
    uploaded_by: str
    uploaded_by_name: str


@dataclass(frozen=True, slots=True)
class Installed:
    """Firmware that a device reported at its last birth; ``installed_at``: first heard with this number.

    None: it has run it ever since it was first heard.
    """

    device_id: DeviceId
    model: str
    number: int
    version: str
    heard_at: datetime
    installed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """Target version of a model in an area and all below it: the image of a roll-out there that is done."""

    area_id: AreaId
    model: str
    number: int
    version: str


def expected_version(installed: Installed | None, chain: Iterable[AreaId], expected: Iterable[Expected]) -> str:
    """Return the version that a device should run: the highest number rolled out to its area.

    ``chain``: its area and all above. Its own where it runs that or a higher one; empty where neither is known.
    """
    if installed is None:
        return ""
    where = set(chain)
    meant = [each for each in expected if each.model == installed.model and each.area_id in where]
    newest = max(meant, key=lambda each: each.number, default=None)
    if newest is None:
        return ""
    return installed.version if installed.number >= newest.number else newest.version


class RolloutState(StrEnum):
    """Progress of a roll-out.

    DRAFT: planned · CANARY: the first wave · HELD: passed, waits for a second person · WAVES: the others ·
    STOPPED: no further device is asked to install · DONE: every device is settled.
    """

    DRAFT = "draft"
    CANARY = "canary"
    HELD = "held"
    WAVES = "waves"
    STOPPED = "stopped"
    DONE = "done"


class RolloutAction(StrEnum):
    """Steps of a roll-out: taken by people (START, RELEASE, STOP), and by its figures (PASS, FAIL, FINISH)."""

    START = "start"
    RELEASE = "release"
    STOP = "stop"
    PASS = "pass"  # noqa: S105 - a gate, no secret
    FAIL = "fail"
    FINISH = "finish"


class Wave(IntEnum):
    """Wave of a roll-out; each includes the one before."""

    CANARY = 0
    TENTH = 1
    HALF = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Rollout:
    """Roll-out of one image for each model, to all devices of those models at and below an area.

    ``paused_at`` set: no further device is asked to install until a person resumes it. ``stop_code`` is why it stopped:
    GATE (too many failures), UNHEARD (no device of the canary answered), PERSON.
    """

    id: RolloutId
    area_id: AreaId
    image_ids: tuple[ImageId, ...]
    title: str
    created_at: datetime
    created_by: str
    created_by_name: str
    state: RolloutState = RolloutState.DRAFT
    wave: Wave = Wave.CANARY
    wave_at: datetime | None = None
    paused_at: datetime | None = None
    started_by: str = ""
    started_by_name: str = ""
    released_by_name: str = ""
    stop_code: str = ""
    stop_why: str = ""
    changed_at: datetime | None = None
    version: int = 1

    @property
    def is_telling(self) -> bool:
        """Return whether devices may be asked to install now."""
        return self.state in (RolloutState.CANARY, RolloutState.WAVES) and self.paused_at is None

    @property
    def is_open(self) -> bool:
        """Return whether a device of it may not be in another one."""
        return self.state not in (RolloutState.STOPPED, RolloutState.DONE)


class MemberState(StrEnum):
    """Progress of one device.

    WAITING: for its wave, or to be asked again · SENT: asked to install · RECEIVED · READY · TRYING: on its way ·
    DONE · FAILED · UNHEARD: not heard in time: neither of both · LEFT: retired.
    """

    WAITING = "waiting"
    SENT = "sent"
    RECEIVED = "received"
    READY = "ready"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    UNHEARD = "unheard"
    LEFT = "left"


ACCEPTED = frozenset({MemberState.RECEIVED, MemberState.READY, MemberState.TRYING})
IN_FLIGHT = ACCEPTED | {MemberState.SENT}
SETTLED = frozenset({MemberState.DONE, MemberState.FAILED, MemberState.UNHEARD, MemberState.LEFT})


@dataclass(frozen=True, slots=True)
class Member:
    """A device in a roll-out. ``commune_id``: the area in which another loudspeaker has to be able to speak meanwhile.

    ``code`` is the last reason a device gave. ``attempt`` counts the requests to install; ``sent_at`` is the last one.
    """

    rollout_id: RolloutId
    device_id: DeviceId
    device_name: str
    commune_id: AreaId
    image_id: ImageId
    is_cluster: bool
    wave: Wave
    state: MemberState = MemberState.WAITING
    code: str = ""
    attempt: int = 0
    sent_at: datetime | None = None
    again_at: datetime | None = None
    changed_at: datetime | None = None

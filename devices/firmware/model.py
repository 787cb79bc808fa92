"""Images, roll-outs, and where each device stands in one."""

from __future__ import annotations

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
    """An image whose manifest the firmware key has signed. ``manifest`` is that, as it travels; ``id`` its SHA-256."""

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
    """What a device said of itself when it was last born; ``installed_at``: when it was first heard with this number.

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
    """What a model should run in an area and all below it: the image of a roll-out there that is done."""

    area_id: AreaId
    model: str
    number: int
    version: str


def expected_version(installed: Installed | None, chain: Iterable[AreaId], expected: Iterable[Expected]) -> str:
    """The version that a device should run: the highest number that was rolled out to where it stands.

    ``chain``: its area and all above. Its own where it runs that or a higher one; empty where nobody says.
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
    """How far a roll-out is.

    DRAFT: planned · CANARY: the first wave · HELD: passed, waits for a second person · WAVES: the others ·
    STOPPED: nobody more is told · DONE: everybody is settled.
    """

    DRAFT = "draft"
    CANARY = "canary"
    HELD = "held"
    WAVES = "waves"
    STOPPED = "stopped"
    DONE = "done"


class RolloutAction(StrEnum):
    """What people do to it (START, RELEASE, STOP), and what its figures do (PASS, FAIL, FINISH)."""

    START = "start"
    RELEASE = "release"
    STOP = "stop"
    PASS = "pass"  # noqa: S105 - a gate, no secret
    FAIL = "fail"
    FINISH = "finish"


class Wave(IntEnum):
    """Every wave holds all that the one before it held."""

    CANARY = 0
    TENTH = 1
    HALF = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Rollout:
    """One image for each model, to all devices of those models at and below an area.

    ``paused_at`` set: nobody more is told until somebody resumes it. ``stop_code`` is why it stopped: GATE (too many
    failures), UNHEARD (nobody of the canary answered), PERSON.
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
        """Whether devices may be told now."""
        return self.state in (RolloutState.CANARY, RolloutState.WAVES) and self.paused_at is None

    @property
    def is_open(self) -> bool:
        """Whether a device of it may not be in another one."""
        return self.state not in (RolloutState.STOPPED, RolloutState.DONE)


class MemberState(StrEnum):
    """How far one device is.

    WAITING: for its wave, or to be asked again · TOLD · RECEIVED · READY · TRYING: on its way ·
    DONE · FAILED · UNHEARD: it was not heard in time: neither of both · LEFT: it has it already, or is no more.
    """

    WAITING = "waiting"
    TOLD = "told"
    RECEIVED = "received"
    READY = "ready"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    UNHEARD = "unheard"
    LEFT = "left"


ACCEPTED = frozenset({MemberState.RECEIVED, MemberState.READY, MemberState.TRYING})
IN_FLIGHT = ACCEPTED | {MemberState.TOLD}
SETTLED = frozenset({MemberState.DONE, MemberState.FAILED, MemberState.UNHEARD, MemberState.LEFT})


@dataclass(frozen=True, slots=True)
class Member:
    """A device in a roll-out. ``commune_id`` is where another loudspeaker has to be able to speak meanwhile.

    ``code`` is the last reason a device gave. ``attempt`` counts how often it was told; ``told_at`` is the last time.
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
    told_at: datetime | None = None
    again_at: datetime | None = None
    changed_at: datetime | None = None

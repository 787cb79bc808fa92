"""Bulletins: content, places, times, and the state of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.bulletins.board_appearance import BoardAppearance
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.remarks import Note
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder
from broadcast.speech.readings import Saying, SpokenSubstitution, applied
from province.areas import AreaId
from province.people import UserId

BulletinId = NewType("BulletinId", str)


class BulletinStatus(StrEnum):
    """The states of ``broadcast.bulletins.lifecycle``; APPROVED means not planned yet, SCHEDULED planned.

    HANDED_DOWN: its content is approved, and it is with the communes; it airs only where they place it.
    DELETED: a draft that is in no list, and can be restored.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PLAYED = "played"
    HANDED_DOWN = "handed_down"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


class BulletinAction(StrEnum):
    """Actions on a bulletin. The planner does SCHEDULE, the devices' reports do FINISH.

    RESCHEDULE asks for another time; once approved, a second person answers with CONFIRM, or with KEEP: as it was. FILL
    places an approved bulletin again within a delegated slot. HAND_DOWN approves the content for communes to place.
    """

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    SCHEDULE = "schedule"
    FINISH = "finish"
    RESCHEDULE = "reschedule"
    CONFIRM = "confirm"
    KEEP = "keep"
    FILL = "fill"
    HAND_DOWN = "hand_down"
    DELETE = "delete"
    RESTORE = "restore"


class After(StrEnum):
    """Treatment of an item that was cut."""

    RESUME = "resume"
    RESTART = "restart"
    DROP = "drop"


class SoundState(StrEnum):
    """MISSING: nothing made yet · MAKING: a job runs · READY · FAILED: see ``error``."""

    MISSING = "missing"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


OUTLINE = "outline"
"""Kind of the drawing of a whole recording, cued or not; it is as long as the recording."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding of the sound in the content store, or a drawing of it (``waveform``, ``outline``).

    Lengths in bytes, ms.
    """

    kind: str
    sha256: str
    bytes: int
    duration_ms: int
    media_type: str


@dataclass(frozen=True, slots=True)
class VoicedText:
    """A stretch of the spoken text and its voice: an engine with its voice, or the speaker of recording ``sha256``."""

    text: str
    by: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of a bulletin. ``made_from`` names the input it was made from (text or upload).

    ``own_versions``: by how many the bulletin's version has risen through our own processes (a sound made, a plan
    stored) since a person changed it. ``said`` lists the parts with the voice of each; empty for a recording as a
    whole. ``chime_ms`` of its beginning are the house's chime and the pause after it.
    """

    state: SoundState = SoundState.MISSING
    made_from: str = ""
    job_id: str = ""
    renditions: tuple[Rendition, ...] = ()
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    error: str = ""
    own_versions: int = 0
    said: tuple[VoicedText, ...] = ()
    chime_ms: int = 0

    def rendition(self, kind: str) -> Rendition | None:
        """Return the rendition of this kind (``device-opus``, ``browser-mp3``, ``master-flac``), if made."""
        return next((r for r in self.renditions if r.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Cues:
    """Part of a recording that airs: ``in_ms`` to before ``out_ms`` (None: its end), with fades; all in ms.

    The recording itself is never changed.
    """

    in_ms: int = 0
    out_ms: int | None = None
    fade_in_ms: int = 0
    fade_out_ms: int = 0

    @property
    def mark(self) -> str:
        """Text form in ``Bulletin.sound_input``; empty where all of the recording is aired as it is."""
        if self == Cues():
            return ""
        return f":{self.in_ms}-{'' if self.out_ms is None else self.out_ms}-{self.fade_in_ms}-{self.fade_out_ms}"

    @staticmethod
    def read(mark: str) -> Cues:
        """Parse a string written by :attr:`mark`."""
        if not mark:
            return Cues()
        in_ms, out_ms, fade_in_ms, fade_out_ms = mark.removeprefix(":").split("-")
        return Cues(int(in_ms), int(out_ms) if out_ms else None, int(fade_in_ms), int(fade_out_ms))


@dataclass(frozen=True, slots=True)
class Targets:
    """Areas with everything below them, minus the excluded ones with everything below those."""

    areas: tuple[AreaId, ...] = ()
    exclude: tuple[AreaId, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardText:
    """Text on boards below a bulletin's title. ``is_own``: a person wrote it; else it is made from the bulletin's text.

    ``minutes``: so long from the beginning of each airing; 0: all the time it is valid, and where that has no end, on
    the dates on which it airs.
    """

    text: str = ""
    is_own: bool = False
    minutes: int = 0
    look: BoardAppearance = field(default_factory=BoardAppearance)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Requested change of an approved bulletin, which airs as approved until a second person confirms it."""

    schedules: tuple[Schedule, ...]
    priority: PriorityClass
    targets: Targets
    by: UserId
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Remark of a reviewer: ``action`` is return or reject. ``text`` may be empty where notes say it all."""

    action: BulletinAction
    by: UserId
    by_name: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """All instants aware UTC. ``version`` rises by one with every saved change.

    ``original_sha256`` is an uploaded recording, of which ``cues`` mark the part that airs; if empty, the text is
    spoken.
    ``sayings`` hold for this bulletin only; ``changes`` is how its text was read when it was saved, with them and with
    the dictionary of that moment: neither a new entry nor a new rule changes the spoken text.
    ``editors`` are those who changed it after its author wrote it. ``board`` None: boards show nothing of it.
    ``is_handed_down``: not placed by us, but handed down to the communes it is meant for (``model.handed_down``).
    ``relay``: a stream is heard, of another's programme, and the bulletin's own sound only in its place.
    ``source_id`` is the bulletin it was made from: by copying, or by a commune placing one handed down to it.
    ``language`` is a BCP 47 tag, ``genre`` a key of ``GENRES``; empty: not stated. ``origin`` is the nguồn tin, its
    source, ``pen_name`` the bút danh. ``transcript`` is what a recording says, as somebody who listened wrote it down;
    ``text`` is then its script.
    """

    id: BulletinId
    title: str
    text: str
    topic: str
    priority: PriorityClass
    language: str
    targets: Targets
    author_id: UserId
    author_name: str
    created_at: datetime
    changed_at: datetime
    status: BulletinStatus = BulletinStatus.DRAFT
    version: int = 1
    original_sha256: str = ""
    original_name: str = ""
    origin: str = ""
    pen_name: str = ""
    valid_from_at: datetime | None = None
    valid_until_at: datetime | None = None
    schedules: tuple[Schedule, ...] = ()
    after: After = After.RESTART
    sound: Sound = field(default_factory=Sound)
    submitter_id: UserId | None = None
    submitter_name: str = ""
    approver_id: UserId | None = None
    remarks: tuple[Remark, ...] = ()
    sayings: tuple[Saying, ...] = ()
    changes: tuple[SpokenSubstitution, ...] = ()
    proposal: Proposal | None = None
    notes: tuple[Note, ...] = ()
    editors: tuple[UserId, ...] = ()
    cues: Cues = field(default_factory=Cues)
    is_handed_down: bool = False
    source_id: BulletinId | None = None
    board: BoardText | None = None
    relay: RelayOrder | None = None
    genre: str = ""
    transcript: str = ""

    def is_own(self, user_id: UserId) -> bool:
        """Return whether this person took part in it and so may not be its second person."""
        return user_id in (self.author_id, self.submitter_id, *self.editors)

    @property
    def spoken(self) -> str:
        """Text as the voice says it, with the changes applied."""
        return applied(self.text, self.changes)

    @property
    def sound_input(self) -> str:
        """Input that the sound has to be made from; differs from ``sound.made_from`` when the sound is stale."""
        if self.original_sha256:
            return f"audio:{self.original_sha256}{self.cues.mark}"
        return f"text:{self.language}:{self.spoken}"

    @property
    def original_ms(self) -> int | None:
        """Length of the recording, in ms; None until it has been measured."""
        outline = self.sound.rendition(OUTLINE)
        return None if outline is None else outline.duration_ms

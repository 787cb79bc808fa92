"""Schemas of the API: pydantic at the edge only. Instants are RFC 3339 with an offset."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from broadcast.bulletins.genres import GENRES
from broadcast.bulletins.model import After, Bulletin, Proposal, Remark, Sound
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.remarks import Note
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.conflicts import Clash
from cms.boards.api import BoardBody, BoardOut
from cms.bulletins.queries import BulletinLine
from cms.bulletins.service.preflight import AreaDay
from cms.platform.api.strict import Id, Instant, Output, Strict, fields_of
from cms.relays.api import RelayBody

_GENRE = f"Kind of item: {', '.join(GENRES)}; empty: not stated"


class MoveBody(Strict):
    """The occurrence of one local date takes place at another wall time instead."""

    on: date
    to: NaiveDatetime


class ScheduleBody(Strict):
    """``starts`` is wall time in ``zone``; ``rrule`` an RFC 5545 value of FREQ=DAILY or WEEKLY, empty for once."""

    id: str = Field(default="", pattern=r"^[a-z0-9]{0,20}$", description="Left out: given in order")
    starts: NaiveDatetime
    rrule: str = Field(default="", max_length=300)
    except_on: list[date] = Field(default=[], max_length=400)
    moves: list[MoveBody] = Field(default=[], max_length=400)
    zone: str = Field(default="Asia/Ho_Chi_Minh", max_length=60)
    not_on: list[Id] = Field(default=[], max_length=20, description="Sets of dates to keep silent on: see /date-sets")
    session: str = Field(default="", max_length=40, description="Broadcast session that places it: see /sessions")


class TargetsBody(Strict):
    """Areas with everything below them, minus the excluded ones with everything below those."""

    areas: list[Id] = Field(default=[], max_length=2000)
    exclude: list[Id] = Field(default=[], max_length=2000)


class SayingBody(Strict):
    """Say ``written`` as ``spoken``, wherever it stands as a word of its own."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    written: str = Field(max_length=300)
    spoken: str = Field(max_length=300)
    is_case_sensitive: bool = False


class CuesBody(Strict):
    """Aired part of a recording, in ms of it; ``out_ms`` null: to its end. The recording itself stays as it is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    in_ms: int = Field(default=0, ge=0, le=86_400_000)
    out_ms: int | None = Field(default=None, ge=0, le=86_400_000)
    fade_in_ms: int = Field(default=0, ge=0, le=86_400_000)
    fade_out_ms: int = Field(default=0, ge=0, le=86_400_000)


class BulletinBody(Strict):
    """A bulletin as its author writes it."""

    title: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=20_000)
    topic: str = Field(default="notice", max_length=80)
    genre: str = Field(default="", max_length=40, description=_GENRE)
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = Field(default="vi", max_length=40)
    targets: TargetsBody = TargetsBody()
    schedules: list[ScheduleBody] = Field(default=[], max_length=50)
    origin: str = Field(default="", max_length=300)
    pen_name: str = Field(default="", max_length=300)
    valid_from_at: Instant | None = None
    valid_until_at: Instant | None = None
    after: After = After.RESTART
    original_sha256: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="An upload; empty: text is spoken"
    )
    original_name: str = Field(default="", max_length=300)
    transcript: str = Field(
        default="", max_length=20_000, description="What the recording says; compared with the text"
    )
    sayings: list[SayingBody] = Field(default=[], max_length=100, description="For this bulletin only")
    cues: CuesBody = CuesBody()
    is_handed_down: bool = Field(default=False, description="Handed down to communes instead of placed")
    board: BoardBody | None = Field(default=BoardBody(), description="null: electronic boards show nothing of it")
    relay: RelayBody | None = Field(default=None, description="A stream that is heard instead of its own sound")


class NewBulletinBody(BulletinBody):
    """A new bulletin."""

    version_of: Id | None = Field(default=None, description="Bulletin that says the same in another language")


class BulletinPatch(Strict):
    """Only the members to change."""

    title: str | None = Field(default=None, max_length=300)
    text: str | None = Field(default=None, max_length=20_000)
    topic: str | None = Field(default=None, max_length=80)
    genre: str | None = Field(default=None, max_length=40, description=_GENRE)
    priority: PriorityClass | None = None
    language: str | None = Field(default=None, max_length=40)
    targets: TargetsBody | None = None
    schedules: list[ScheduleBody] | None = Field(default=None, max_length=50)
    origin: str | None = Field(default=None, max_length=300)
    pen_name: str | None = Field(default=None, max_length=300)
    valid_from_at: Instant | None = None
    valid_until_at: Instant | None = None
    after: After | None = None
    original_sha256: str | None = Field(default=None, pattern=r"^([0-9a-f]{64})?$")
    original_name: str | None = Field(default=None, max_length=300)
    transcript: str | None = Field(default=None, max_length=20_000)
    sayings: list[SayingBody] | None = Field(default=None, max_length=100)
    cues: CuesBody | None = Field(default=None, description="Left out with another recording: all of that is aired")
    is_handed_down: bool | None = None
    board: BoardBody | None = Field(default=None, description="null: electronic boards show nothing of it")
    relay: RelayBody | None = Field(default=None, description="null: its own sound is heard")


@fields_of(Sound, hidden=("made_from", "own_versions", "chime_ms"))
class SoundOut(Output):
    """``said`` tells who says which part; empty for a recording as a whole."""


@fields_of(Remark, hidden=("by",))
class RemarkOut(Output):
    action: str


@fields_of(Schedule)
class ScheduleOut(Output):
    closed_on: list[date] = Field(description="What the sets held when this was saved: nothing airs then")


@fields_of(Proposal)
class ProposalOut(Output):
    """Proposed change of an approved bulletin; until it is confirmed the bulletin airs as approved."""

    schedules: list[ScheduleOut]


class PassageOut(Output):
    quote: str
    start: int


@fields_of(Note, hidden=("by",))
class NoteOut(Output):
    """``passage`` is where it stood when it was written; null: about the whole bulletin."""

    passage: PassageOut | None


@fields_of(Bulletin, hidden=("submitter_name", "editors"))
class BulletinOut(Output):
    """A bulletin with its state. ``version`` is the ETag."""

    schedules: list[ScheduleOut]
    remarks: list[RemarkOut]
    notes: list[NoteOut]
    sayings: list[SayingBody]
    cues: CuesBody
    original_ms: int | None = Field(description="How long the recording is; null until it has been measured")
    spoken: str = Field(description="What a voice says, and what its sound is made from")
    sound: SoundOut
    source_id: str | None = Field(description="The bulletin it was made from")
    proposal: ProposalOut | None = Field(description="A change that waits for a second person")
    board: BoardOut | None = Field(description="What electronic boards show; null: nothing")
    relay: RelayBody | None = Field(description="What is relayed; null: its own sound is heard")


class NoteBody(Strict):
    """``quote`` is copied from the text exactly; of several such places the one nearest to ``near`` is meant."""

    text: str = Field(max_length=1000)
    quote: str = Field(default="", max_length=500)
    near: int = Field(default=0, ge=0, description="Where it stands, in characters from the beginning of the text")


class ReturnBody(Strict):
    """For its author; the reason may be empty where there are notes."""

    reason: str = Field(default="", max_length=2000)
    notes: list[NoteBody] = Field(default=[], max_length=50)


class SettleBody(Strict):
    is_done: bool = True


class FillBody(Strict):
    schedules: list[ScheduleBody] = Field(max_length=20)


@fields_of(BulletinLine, hidden=("schedules", "valid_from_at", "valid_until_at", "sound", "board"))
class BulletinSummaryOut(Output):
    next_airing_at: datetime | None = Field(description="Next airing that is planned anywhere; null: none is")


@fields_of(Clash)
class ClashOut(Output):
    kind: str
    refusal: dict[str, Any] | None = Field(description="Of OVER_QUOTA: `limit` and `at_most`")
    is_blocking: bool


@fields_of(AreaDay)
class AreaDayOut(Output):
    """One date in one area: what of it is heard, what is not and why, and what others lose because of it.

    ``offline`` of the ``devices`` are not connected now: without a connection before the day they miss it.
    """

    entries: list[dict[str, Any]]
    unplaced: list[dict[str, Any]]
    displaced: list[dict[str, Any]]


class PreflightOut(BaseModel):
    """``is_estimate``: no sound is made yet, its length is guessed.

    ``content_sha256`` is the digest of everything an approval would freeze; empty while there is no sound.
    """

    areas: list[str]
    devices: int
    offline: int
    days: list[AreaDayOut]
    clashes: list[ClashOut]
    is_clear: bool
    is_estimate: bool
    content_sha256: str


class RecordingOut(BaseModel):
    """Put ``sha256`` into a bulletin's ``original_sha256``."""

    sha256: str
    bytes: int


class UploadBody(Strict):
    """``mark`` tells apart files of one name and size, for example by when they were last changed."""

    name: str = Field(default="", max_length=200)
    bytes: int = Field(ge=1)
    mark: str = Field(default="", max_length=80)

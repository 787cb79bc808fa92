"""Schemas of the API: pydantic at the edge only. Instants are RFC 3339 with an offset."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NaiveDatetime

from broadcast.bulletins.model import After, BulletinStatus, Rendition, SoundState, Targets, VoicedText
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Move
from broadcast.speech.readings import SpokenSubstitution
from cms.boards.api import BoardBody, BoardOut
from cms.bulletins.api.part_schemas import CuesBody, NoteOut
from cms.platform.api.strict import Output, Strict
from cms.relays.api.schemas import RelayBody

Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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


class BulletinBody(Strict):
    """A bulletin as its author writes it."""

    title: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=20_000)
    topic: str = Field(default="notice", max_length=80)
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = Field(default="vi", max_length=40)
    targets: TargetsBody = TargetsBody()
    schedules: list[ScheduleBody] = Field(default=[], max_length=50)
    origin: str = Field(default="", max_length=300)
    pen_name: str = Field(default="", max_length=300)
    valid_from_at: AwareDatetime | None = None
    valid_until_at: AwareDatetime | None = None
    after: After = After.RESTART
    original_sha256: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="An upload; empty: text is spoken"
    )
    original_name: str = Field(default="", max_length=300)
    sayings: list[SayingBody] = Field(default=[], max_length=100, description="For this bulletin only")
    cues: CuesBody = CuesBody()
    is_handed_down: bool = Field(default=False, description="Handed down to communes instead of placed")
    board: BoardBody | None = Field(default=BoardBody(), description="null: electronic boards show nothing of it")
    relay: RelayBody | None = Field(default=None, description="A stream that is heard instead of its own sound")


class BulletinPatch(Strict):
    """Only the members to change."""

    title: str | None = Field(default=None, max_length=300)
    text: str | None = Field(default=None, max_length=20_000)
    topic: str | None = Field(default=None, max_length=80)
    priority: PriorityClass | None = None
    language: str | None = Field(default=None, max_length=40)
    targets: TargetsBody | None = None
    schedules: list[ScheduleBody] | None = Field(default=None, max_length=50)
    origin: str | None = Field(default=None, max_length=300)
    pen_name: str | None = Field(default=None, max_length=300)
    valid_from_at: AwareDatetime | None = None
    valid_until_at: AwareDatetime | None = None
    after: After | None = None
    original_sha256: str | None = Field(default=None, pattern=r"^([0-9a-f]{64})?$")
    original_name: str | None = Field(default=None, max_length=300)
    sayings: list[SayingBody] | None = Field(default=None, max_length=100)
    cues: CuesBody | None = Field(default=None, description="Left out with another recording: all of that is aired")
    is_handed_down: bool | None = None
    board: BoardBody | None = Field(default=None, description="null: electronic boards show nothing of it")
    relay: RelayBody | None = Field(default=None, description="null: its own sound is heard")


class SoundOut(Output):
    """``said`` tells who says which part; empty for a recording as a whole."""

    state: SoundState
    job_id: str
    renditions: list[Rendition]
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    error: str
    said: list[VoicedText]


class RemarkOut(Output):
    action: str
    by_name: str
    at: datetime
    text: str


class ScheduleOut(Output):
    id: str
    starts: NaiveDatetime
    rrule: str
    except_on: list[date]
    moves: list[Move]
    zone: str
    not_on: list[str]
    closed_on: list[date] = Field(description="What the sets held when this was saved: nothing airs then")


class ProposalOut(Output):
    """Proposed change of an approved bulletin; until it is confirmed the bulletin airs as approved."""

    schedules: list[ScheduleOut]
    priority: PriorityClass
    targets: Targets
    by: str
    by_name: str
    at: datetime


class BulletinOut(Output):
    """A bulletin with its state. ``version`` is the ETag."""

    id: str
    status: BulletinStatus
    version: int
    title: str
    text: str
    topic: str
    priority: PriorityClass
    language: str
    targets: Targets
    schedules: list[ScheduleOut]
    origin: str
    pen_name: str
    valid_from_at: datetime | None
    valid_until_at: datetime | None
    after: After
    original_sha256: str
    original_name: str
    author_id: str
    author_name: str
    created_at: datetime
    changed_at: datetime
    submitter_id: str | None
    approver_id: str | None
    remarks: list[RemarkOut]
    notes: list[NoteOut]
    sayings: list[SayingBody]
    cues: CuesBody
    original_ms: int | None = Field(description="How long the recording is; null until it has been measured")
    spoken: str = Field(description="What a voice says, and what its sound is made from")
    changes: list[SpokenSubstitution]
    sound: SoundOut
    is_handed_down: bool
    source_id: str | None = Field(description="The bulletin it was made from")
    proposal: ProposalOut | None = Field(description="A change that waits for a second person")
    board: BoardOut | None = Field(description="What electronic boards show; null: nothing")
    relay: RelayBody | None = Field(description="What is relayed; null: its own sound is heard")


class FillBody(Strict):
    schedules: list[ScheduleBody] = Field(max_length=20)


class ReasonBody(Strict):
    """Reason of a return or rejection, for the author."""

    reason: str = Field(max_length=2000)


class PageQuery(BaseModel):
    """Paging by cursor: send ``next`` of the page before."""

    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=500)


class BulletinSummaryOut(BaseModel):
    id: str
    title: str
    status: BulletinStatus
    priority: PriorityClass
    topic: str
    language: str
    targets: Targets
    author_id: str
    author_name: str
    submitter_id: str | None
    changed_at: datetime
    version: int


class ClashOut(BaseModel):
    kind: str
    schedule_id: str
    start_at: datetime
    area_id: str | None
    other_id: str | None
    other_title: str
    other_start_at: datetime | None
    refusal: dict[str, Any] | None = Field(description="Of OVER_QUOTA: `limit` and `at_most`")
    is_blocking: bool


class AreaDayOut(BaseModel):
    """One date in one area: what of it is heard, what is not and why, and what others lose because of it.

    ``offline`` of the ``devices`` are not connected now: without a connection before the day they miss it.
    """

    area_id: str
    area_name: str
    on: date
    devices: int
    offline: int
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


class UploadOut(Output):
    """Send the bytes from ``offset`` on. When ``offset`` is ``bytes`` the upload can be finished."""

    id: str
    name: str
    bytes: int
    offset: int

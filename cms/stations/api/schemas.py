"""Schemas of stations, their programmes, receipts and offers."""

from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, Field

from broadcast.bulletins.model import SoundState
from broadcast.relays.model import StreamForm
from broadcast.stations.model import LicenceState, ProgrammeProgress
from cms.bulletins.api.schemas import Id, Sha256
from cms.platform.api.strict import Output, Strict
from cms.relays.api.schemas import LicenceBody, RelayBody
from cms.stations.service.register import LICENCE_NO_MAX, NAME_MAX


class StationPath(BaseModel):
    station_id: str = Field(max_length=80)


class ProgrammePath(StationPath):
    programme_id: str = Field(max_length=80)


class AudioPath(ProgrammePath):
    form: str = Field(pattern=r"^(wav|mp3)$")


class StationBody(Strict):
    """``transmits`` false: it only produces, and what is told of a frequency is left out."""

    area_id: Id
    name: str = Field(max_length=NAME_MAX)
    transmits: bool = True
    frequency_khz: int | None = None
    power_w: int | None = None
    site: str = Field(default="", max_length=NAME_MAX)
    licence_no: str = Field(default="", max_length=LICENCE_NO_MAX)
    licence_until_on: date | None = Field(default=None, description="The last day on which the licence holds")
    device_id: Id | None = Field(default=None, description="Its receiver, of kind station, told of programmes")


class StationOut(Output):
    id: str
    version: int
    area_id: str
    name: str
    transmits: bool
    frequency_khz: int | None
    power_w: int | None
    site: str
    licence_no: str
    licence_until_on: date | None
    device_id: str | None
    changed_at: datetime
    changed_by_name: str


class StationWithLicenceOut(StationOut):
    licence: LicenceState


class FileOut(BaseModel):
    """``url`` answers ranges and If-Range; its ETag is the hash."""

    url: str
    sha256: str
    bytes: int
    duration_ms: int
    media_type: str


class ReceiptOut(Output):
    rung: ProgrammeProgress
    at: datetime
    reported_at: datetime
    reported_by_name: str
    duration_ms: int | None


class ProgrammeOut(BaseModel):
    """``state``: ready ones have files. One with ``killed_at``, or past ``kill_at``, is removed and not aired."""

    id: str
    version: int
    title: str
    text: str
    crawl: str
    topic: str
    origin: str
    language: str
    approved_at: datetime
    approved_by_name: str
    start_at: datetime
    end_at: datetime | None
    kill_at: datetime | None
    killed_at: datetime | None
    state: SoundState
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    wav: FileOut | None
    mp3: FileOut | None
    ladder: list[ReceiptOut]


class ReceiptBody(Strict):
    """``at``: when that was; of ``scheduled``, when it will be aired. ``verified`` needs the hash."""

    programme_id: Id
    rung: ProgrammeProgress
    at: AwareDatetime
    sha256: Sha256 | None = None
    duration_ms: int | None = Field(default=None, ge=0, le=86_400_000)


class ReceiptsBody(Strict):
    items: list[ReceiptBody] = Field(max_length=1000)


class ReceiptsOut(BaseModel):
    """``new``: how many were not known before. The same word said again changes nothing."""

    new: int


class LogOut(BaseModel):
    """``new``: as ``ReceiptsOut``. ``foreign``: lines of cuts that are none of the station's programmes here."""

    new: int
    foreign: int


class StationFeedOut(BaseModel):
    """``url`` is told this once: whoever has it takes the programmes."""

    url: str


class StreamBody(Strict):
    """A programme as it goes out. ``urls`` hold the same and are tried in turn; licence minutes 0: as one likes."""

    form: StreamForm
    urls: list[str] = Field(max_length=20)
    length_ms: int = Field(ge=0, le=86_400_000)
    licence: LicenceBody = LicenceBody()


class OfferBody(Strict):
    """With a ``stream`` that is what is offered, once it is approved; the recording stands in for it."""

    series: str = Field(max_length=120)
    title: str = Field(max_length=200)
    text: str = Field(default="", max_length=20_000)
    topic: str = Field(default="", max_length=80)
    original_sha256: Sha256 = Field(description="As /audio answered")
    original_name: str = Field(default="", max_length=200)
    until_on: date | None = None
    stream: StreamBody | None = None


class OfferOut(Output):
    id: str
    station_id: str
    station_name: str
    series: str
    title: str
    text: str
    topic: str
    offered_at: datetime
    offered_by_name: str
    until_on: date | None
    withdrawn_at: datetime | None
    state: SoundState
    error: str
    duration_ms: int | None
    preview_sha256: str | None = Field(description="An MP3 in the content")
    relay: RelayBody | None = Field(description="Of a stream: its source, on the list of relay sources, and its length")


class ShelfQuery(BaseModel):
    series: str = Field(default="", max_length=120)


class OfferPath(BaseModel):
    offer_id: str = Field(max_length=80)


class TakeBody(Strict):
    area_id: Id


class TakenOut(BaseModel):
    """The commune's draft: schedule, submit and have it approved as any other."""

    bulletin_id: str


class OrderBody(Strict):
    area_id: Id
    station_id: Id
    series: str = Field(max_length=120)


class OrderOut(Output):
    id: str
    area_id: str
    station_id: str
    series: str
    ordered_at: datetime
    ordered_by_name: str


class OrderPath(BaseModel):
    order_id: str = Field(max_length=80)

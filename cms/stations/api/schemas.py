"""Schemas of stations, their programmes, receipts and offers."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from broadcast.bulletins.model import SoundState
from broadcast.stations.model import LicenceState, ProgrammeProgress, ProgrammeReceipt, Station
from cms.platform.api.strict import Id, Instant, Output, Sha256, Strict, fields_of
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


@fields_of(Station, hidden=("changed_by",))
class StationOut(Output): ...


class StationWithLicenceOut(StationOut):
    licence: LicenceState


class FileOut(BaseModel):
    """``url`` answers ranges and If-Range; its ETag is the hash."""

    url: str
    sha256: str
    bytes: int
    duration_ms: int
    media_type: str


@fields_of(ProgrammeReceipt, hidden=("station_id", "programme_id", "sha256"))
class ReceiptOut(Output): ...


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
    at: Instant
    sha256: Sha256 | None = None
    duration_ms: int | None = Field(default=None, ge=0, le=86_400_000)


class ReceiptsBody(Strict):
    items: list[ReceiptBody] = Field(max_length=1000)


class ReceiptsOut(BaseModel):
    """``new``: how many were not known before. The same word said again changes nothing."""

    new: int


class RefusedLineOut(BaseModel):
    """Line of one of the station's programmes that was not taken; ``line`` counts from 1, with the heading."""

    line: int
    programme_id: str
    code: str


class LogOut(BaseModel):
    """``new``, ``known``: lines taken, now or before. ``foreign``: lines of cuts that are no programmes given here."""

    new: int
    known: int
    foreign: int
    refused: list[RefusedLineOut]


class StationFeedOut(BaseModel):
    """``url`` is told this once: whoever has it takes the programmes."""

    url: str

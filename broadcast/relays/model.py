"""Relaying (tiếp sóng): other people's programmes, where devices fetch them, and how each airing of them went."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from province.areas import AreaId
from province.people import UserId

RelaySourceId = NewType("RelaySourceId", str)


class SourceKind(StrEnum):
    """Owner of the programme: the nation, a province, or a station."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    STATION = "station"


class StreamForm(StrEnum):
    """STREAM: one unbroken answer over HTTP, as of Icecast, in MP3, AAC or Opus. HLS: a playlist of pieces."""

    STREAM = "stream"
    HLS = "hls"


class SourceState(StrEnum):
    """The states of ``broadcast.relays.rules``; DRAFT waits for a second person."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUSPENDED = "suspended"


class SourceAction(StrEnum):
    """CORRECT: its entry is changed, and needs approval again."""

    CORRECT = "correct"
    APPROVE = "approve"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class Licence:
    """Permission of the owner: its document, last date, and most minutes at a time and a day (0: no limit)."""

    paper: str = ""
    until_on: date | None = None
    slot_max_minutes: int = 0
    day_max_minutes: int = 0


@dataclass(frozen=True, slots=True)
class RelaySource:
    """A programme that may be relayed at and below ``area_id``. ``urls`` hold the same programme, in order.

    ``editors`` wrote it or changed it since: none of them approves it.
    """

    id: RelaySourceId
    area_id: AreaId
    name: str
    kind: SourceKind
    owner: str
    form: StreamForm
    urls: tuple[str, ...]
    licence: Licence
    written_by: UserId
    written_by_name: str
    changed_at: datetime
    state: SourceState = SourceState.DRAFT
    version: int = 1
    editors: tuple[UserId, ...] = ()
    approved_by: UserId | None = None
    approved_by_name: str = ""
    approved_at: datetime | None = None
    suspended_by_name: str = ""
    suspended_why: str = ""


@dataclass(frozen=True, slots=True)
class RelayOrder:
    """Relay ordered by a bulletin: a source and a length. The bulletin's own sound stands in where the stream fails."""

    source_id: RelaySourceId
    length_ms: int


@dataclass(frozen=True, slots=True)
class Relayable:
    """Order and source as an approval froze them: exactly this may be fetched and sounded."""

    source_id: RelaySourceId
    name: str
    kind: SourceKind
    form: StreamForm
    urls: tuple[str, ...]
    length_ms: int


@dataclass(frozen=True, slots=True)
class RelayRunPart:
    """Part of an airing in which the ``stream`` sounded, or the ``fallback``."""

    what: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class RelayRun:
    """Relay of one airing on one device, as the device reported it; ``parts`` are the first ones."""

    source_id: RelaySourceId
    stream_ms: int
    fallback_ms: int
    parts: tuple[RelayRunPart, ...] = ()


class Health(StrEnum):
    """Health of a source when the server last listened to it."""

    HEARD = "heard"
    SILENT = "silent"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """The server does not connect to its address: it is in a network of ours, or not public."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """``since_at``: since when it has been so. ``detail`` is for a technician."""

    source_id: RelaySourceId
    health: Health
    checked_at: datetime
    since_at: datetime
    detail: str = ""

"""Relaying (tiếp sóng): other people's programmes, where devices fetch them, and how each airing of them went."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, NewType
from zoneinfo import ZoneInfo

from province.areas import AreaId
from province.errors import Problem, problem_if
from province.people import UserId
from province.state_machine import following
from province.wall_clock import DEFAULT_ZONE

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
    """The states of ``broadcast.relays.model``; DRAFT waits for a second person."""

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


_S, _A = SourceState, SourceAction

# A change needs a new approval: to its approver the changed source is another one.
TRANSITIONS: Final[Mapping[tuple[SourceState, SourceAction], SourceState]] = {
    (_S.DRAFT, _A.CORRECT): _S.DRAFT,
    (_S.DRAFT, _A.APPROVE): _S.APPROVED,
    (_S.APPROVED, _A.CORRECT): _S.DRAFT,
    (_S.APPROVED, _A.SUSPEND): _S.SUSPENDED,
    (_S.SUSPENDED, _A.CORRECT): _S.DRAFT,
    (_S.SUSPENDED, _A.APPROVE): _S.APPROVED,
}
LENGTH_MIN_MS: Final = 10_000
LENGTH_MAX_MS: Final = 4 * 3_600_000
"""The longest relay: a stranger's programme is not left unattended for longer."""
URLS_MAX: Final = 4
URL: Final = re.compile(r"https?://[!-~]{1,490}")
"""As the wire takes it (``devices.protocol.records``)."""

next_state = partial(following, TRANSITIONS)
"""Return the state after an action. Raises NotPossibleError where the table has no such step."""


def url_problems(urls: Sequence[str]) -> list[Problem]:
    if not urls:
        return [Problem("urls", "MISSING")]
    found = [Problem("urls", "TOO_MANY", {"max": URLS_MAX})] if len(urls) > URLS_MAX else []
    return found + [Problem("urls", "NOT_A_STREAM_URL", {"url": url[:80]}) for url in urls if not URL.fullmatch(url)]


def order_problems(order: RelayOrder | None, *, is_handed_down: bool) -> list[Problem]:
    """Return everything wrong with a bulletin's relay order, by itself."""
    if order is None:
        return []
    found = []
    if not LENGTH_MIN_MS <= order.length_ms <= LENGTH_MAX_MS:
        found.append(Problem("relay.length_ms", "RELAY_LENGTH", {"min": LENGTH_MIN_MS, "max": LENGTH_MAX_MS}))
    found += problem_if(is_handed_down, "relay.source_id", "RELAY_HANDED_DOWN")
    return found


def relayable(order: RelayOrder, source: RelaySource) -> Relayable:
    """Return the copy of the source that an approval freezes."""
    return Relayable(source.id, source.name, source.kind, source.form, source.urls, order.length_ms)


def is_repeated(source: RelaySource | Relayable) -> bool:
    """Return whether the server repeats the stream for its listeners, so that all are one listener of the source.

    The nation's programmes have networks for millions of listeners. HLS is pieces, of which no server counts listeners.
    """
    return source.form is StreamForm.STREAM and source.kind is not SourceKind.NATIONAL


def fetched_urls(relay: Relayable, repeater_url: str) -> tuple[str, ...]:
    """Return where devices fetch it, in order: first from the server's repeater if that has an address."""
    if not (repeater_url and is_repeated(relay)):
        return relay.urls
    return (f"{repeater_url}{relay.source_id}", *relay.urls)[:URLS_MAX]


def licensed_until(source: RelaySource, valid_until_at: datetime | None) -> datetime | None:
    """Return the last instant at which an airing may begin: the earlier of the bulletin's and the licence's end."""
    until_on = source.licence.until_on
    if until_on is None:
        return valid_until_at
    midnight = datetime.combine(until_on + timedelta(days=1), time(0), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)
    ends_at = midnight - timedelta(seconds=1)
    return ends_at if valid_until_at is None else min(ends_at, valid_until_at)


def is_open(source: RelaySource, on: date) -> bool:
    """Return whether it is approved, and its licence holds on that local date."""
    until_on = source.licence.until_on
    return source.state is SourceState.APPROVED and (until_on is None or until_on >= on)

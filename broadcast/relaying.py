"""Relay sources: their life cycle as one table (in ``docs/lifecycle.md``), and the limits of their licences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.model.relays import Relayable, RelayOrder, RelaySource, SourceAction, SourceState
from broadcast.model.transmissions import Reason, Transmission
from broadcast.recurrence import occurrences_of
from province.areas import AreaId, AreaTree
from province.errors import Problem
from province.state_machine import diagram, final, following
from province.wall_clock import DEFAULT_ZONE

_S, _A = SourceState, SourceAction

# A change needs a new approval: to its approver the changed source is another one.
TRANSITIONS: Final[Mapping[tuple[SourceState, SourceAction], SourceState]] = MappingProxyType(
    {
        (_S.DRAFT, _A.CORRECT): _S.DRAFT,
        (_S.DRAFT, _A.APPROVE): _S.APPROVED,
        (_S.APPROVED, _A.CORRECT): _S.DRAFT,
        (_S.APPROVED, _A.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, _A.CORRECT): _S.DRAFT,
        (_S.SUSPENDED, _A.APPROVE): _S.APPROVED,
    }
)
LENGTH_MIN_MS: Final = 10_000
LENGTH_MAX_MS: Final = 4 * 3_600_000
"""The longest relay: a stranger's programme is not left unattended for longer."""
URLS_MAX: Final = 4
URL: Final = re.compile(r"https?://[!-~]{1,490}")
"""As the wire takes it (``devices.protocol.relays``)."""
COUNTED_DAYS: Final = 31
"""Days ahead whose minutes are counted before an approval: a month shows every weekly pattern."""
_MINUTE_MS: Final = 60_000


def next_state(state: SourceState, action: SourceAction) -> SourceState:
    """Return the state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return following(TRANSITIONS, state, action)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    return diagram(TRANSITIONS, _S.DRAFT, final(TRANSITIONS, SourceState))


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
    if is_handed_down:
        found.append(Problem("relay.source_id", "RELAY_HANDED_DOWN"))
    return found


def relayable(order: RelayOrder, source: RelaySource) -> Relayable:
    """Return the copy of the source that an approval freezes."""
    return Relayable(source.id, source.name, source.kind, source.form, source.urls, order.length_ms)


def licensed_until(source: RelaySource, valid_until_at: datetime | None) -> datetime | None:
    """Return the last instant at which an airing may begin: the earlier of the bulletin's and the licence's end."""
    until_on = source.licence.until_on
    if until_on is None:
        return valid_until_at
    midnight = datetime.combine(until_on + timedelta(days=1), time(0), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)
    ends_at = midnight - timedelta(seconds=1)
    return ends_at if valid_until_at is None else min(ends_at, valid_until_at)


def withheld(relay: Relayable, source: RelaySource | None) -> Reason | None:
    """Return the reason for which nothing of what was frozen is heard at present, if any."""
    if source is None or source.state is not SourceState.APPROVED:
        return Reason("RELAY_SOURCE_SUSPENDED", None, (("name", relay.name),))
    if (source.form, source.urls) != (relay.form, relay.urls):
        return Reason("RELAY_SOURCE_CHANGED", None, (("name", relay.name),))
    return None


def refusals(
    wanted: Transmission, source: RelaySource, others: Iterable[Transmission], tree: AreaTree, now: datetime
) -> list[Problem]:
    """Return the reasons for which it may not be promised: source not approved or not for there, or licence too short.

    ``others`` are the transmissions promised in the same areas: those of the same source count into the same day.
    """
    assert wanted.relay is not None
    found = []
    if source.state is not SourceState.APPROVED:
        found.append(Problem("relay.source_id", "RELAY_SOURCE_NOT_APPROVED", {"name": source.name}))
    if any(not _is_for(source, area_id, tree) for area_id in wanted.targets.areas):
        found.append(Problem("relay.source_id", "RELAY_SOURCE_ELSEWHERE", {"name": source.name}))
    licence = source.licence
    if licence.slot_max_minutes and wanted.relay.length_ms > licence.slot_max_minutes * _MINUTE_MS:
        found.append(Problem("relay.length_ms", "RELAY_SLOT_LICENCE", {"max": licence.slot_max_minutes}))
    if licence.day_max_minutes:
        same = [each for each in others if each.relay is not None and each.relay.source_id == source.id]
        on, ms = _fullest_day([wanted, *same], now)
        if ms > licence.day_max_minutes * _MINUTE_MS:
            most, minutes = licence.day_max_minutes, -(-ms // _MINUTE_MS)
            day = {"max": str(most), "on": on.isoformat(), "minutes": str(minutes)}
            found.append(Problem("relay.length_ms", "RELAY_DAY_LICENCE", {**day}))
    return found


def is_open(source: RelaySource, on: date) -> bool:
    """Return whether it is approved, and its licence holds on that local date."""
    until_on = source.licence.until_on
    return source.state is SourceState.APPROVED and (until_on is None or until_on >= on)


def _is_for(source: RelaySource, area_id: AreaId, tree: AreaTree) -> bool:
    return area_id in tree and source.area_id in tree.lineage(area_id)


def _fullest_day(transmissions: Iterable[Transmission], now: datetime) -> tuple[date, int]:
    """Return the local date with the most relayed, and the ms relayed on it."""
    zone = ZoneInfo(DEFAULT_ZONE)
    first_at = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    found: Counter[date] = Counter({first_at.date(): 0})
    for each in transmissions:
        # What was approved in the course of the day may air on it still; a whole day is counted as it will be heard.
        counted = replace(each, approved_at=first_at)
        for airing in occurrences_of(counted, first_at.astimezone(UTC), now + timedelta(days=COUNTED_DAYS)):
            found[airing.start_at.astimezone(zone).date()] += airing.duration_ms
    return max(found.items(), key=lambda item: item[1])

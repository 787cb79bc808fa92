"""Limits of relays: reasons for which a relay is withheld or refused, with the minutes that its licence allows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.transmissions import Reason, Transmission
from broadcast.relays.model import Relayable, RelaySource, SourceState
from broadcast.scheduling.recurrence import occurrences_of
from province.areas import AreaId, AreaTree
from province.errors import Problem
from province.wall_clock import DEFAULT_ZONE

COUNTED_DAYS: Final = 31
"""Days ahead whose minutes are counted before an approval: a month shows every weekly pattern."""
_MINUTE_MS: Final = 60_000


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

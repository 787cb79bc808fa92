"""Counting rules: airtime by place, and the share of time in which devices could speak.

A device may report the same thing twice, in pieces and late: whatever the order its records come in, an airing counts
once a device and once a place.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

_MS = timedelta(milliseconds=1)
_DONE, _CUT = "done", "cut"


class AiringFacts(NamedTuple):
    """Facts of an airing that reports count by, frozen with its approval.

    ``length_ms`` is how long one airing is where it is longest, with what sounds around it (``longest_ms``).
    """

    topic: str
    origin: str
    priority: PriorityClass
    length_ms: int
    genre: str = ""


class AsRunSounding(NamedTuple):
    """One as-run record; ``area_id`` is where the device stood when it was stored."""

    device_id: DeviceId
    area_id: AreaId
    occurrence_id: OccurrenceId
    result: str
    started_at: datetime | None
    ended_at: datetime | None
    about: AiringFacts


class Cell(NamedTuple):
    """Key by which airtime is added up."""

    area_id: AreaId
    topic: str
    origin: str
    priority: PriorityClass
    genre: str = ""


class Airtime(NamedTuple):
    """Airtime of one cell.

    ``airtime_ms``: each airing once a place, as long as the device that sounded it longest. ``device_ms``: every
    device's sound. ``done``, ``cut`` and ``missed`` count airings on devices.
    """

    airings: int = 0
    airtime_ms: int = 0
    device_ms: int = 0
    done: int = 0
    cut: int = 0
    missed: int = 0


def airtime(soundings: Iterable[AsRunSounding]) -> dict[Cell, Airtime]:
    """Add up the airtime of these records by cell."""
    heard: dict[tuple[AreaId, OccurrenceId, DeviceId], list[AsRunSounding]] = defaultdict(list)
    for each in soundings:
        heard[each.area_id, each.occurrence_id, each.device_id].append(each)
    places: dict[tuple[Cell, OccurrenceId], list[tuple[int, str]]] = defaultdict(list)
    for (area_id, occurrence_id, _device), records in heard.items():
        about = records[0].about
        cell = Cell(area_id, about.topic, about.origin, about.priority, about.genre)
        places[cell, occurrence_id].append(_on_device(records))
    found: dict[Cell, Airtime] = {}
    for (cell, _occurrence), devices in places.items():
        longest = max(ms for ms, _ in devices)
        before = found.get(cell, Airtime())
        results = [result for _, result in devices]
        found[cell] = Airtime(
            before.airings + (longest > 0),
            before.airtime_ms + longest,
            before.device_ms + sum(ms for ms, _ in devices),
            before.done + results.count(_DONE),
            before.cut + results.count(_CUT),
            before.missed + len(results) - results.count(_DONE) - results.count(_CUT),
        )
    return found


def _on_device(records: Sequence[AsRunSounding]) -> tuple[int, str]:
    """Return the length of an airing on one device in ms, and its result there.

    An airing that was cut and resumed has several records: together they are at most as long as the airing.
    """
    sounded_ms = min(records[0].about.length_ms, sum(map(_sounded_ms, records)))
    results = {each.result for each in records}
    if _DONE in results:
        return sounded_ms, _DONE
    return sounded_ms, _CUT if _CUT in results and sounded_ms else "missed"


def _sounded_ms(record: AsRunSounding) -> int:
    if record.result not in {_DONE, _CUT}:
        return 0
    if record.started_at is None or record.ended_at is None:
        # It knows that it played to the end, and not when: it has no clock.
        return record.about.length_ms if record.result == _DONE else 0
    # No item sounds longer than it is, even if the device's clock was set meanwhile.
    return max(0, min(record.about.length_ms, (record.ended_at - record.started_at) // _MS))


@dataclass(frozen=True, slots=True)
class ServicePeriod:
    """A device and when it was in service."""

    device_id: DeviceId
    area_id: AreaId
    kind: DeviceKind
    enrolled_at: datetime
    retired_at: datetime | None


class FleetUptime(NamedTuple):
    """``devices`` in service at the end; for how long they were in service, and for how long of that connected."""

    devices: int = 0
    service_ms: int = 0
    online_ms: int = 0


Changes = Sequence[tuple[datetime, bool]]
"""Instants at which a device connected (True) or disconnected, in order; the last one before the span comes first."""


def fleet(
    posts: Iterable[ServicePeriod], changes: Mapping[DeviceId, Changes], since_at: datetime, until_at: datetime
) -> dict[tuple[AreaId, DeviceKind], FleetUptime]:
    """Count devices in a span. Able to speak: in service and connected, by its status messages or its last will."""
    found: dict[tuple[AreaId, DeviceKind], FleetUptime] = {}
    for post in posts:
        first_at = max(since_at, post.enrolled_at)
        last_at = min(until_at, post.retired_at or until_at)
        if first_at >= last_at:
            continue
        before = found.get((post.area_id, post.kind), FleetUptime())
        found[post.area_id, post.kind] = FleetUptime(
            before.devices + (last_at == until_at),
            before.service_ms + (last_at - first_at) // _MS,
            before.online_ms + online_ms(changes.get(post.device_id, ()), first_at, last_at),
        )
    return found


def online_ms(changes: Changes, since_at: datetime, until_at: datetime) -> int:
    """Return how long of [since, until) it was connected, in ms; before its first message it was not."""
    online, at, total = False, since_at, 0
    for changed_at, is_online in changes:
        changed = min(max(changed_at, since_at), until_at)
        if online:
            total += (changed - at) // _MS
        online, at = is_online, changed
    return total + ((until_at - at) // _MS if online else 0)

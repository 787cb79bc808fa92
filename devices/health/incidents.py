"""Incidents: faults of many devices with one cause, their name and their members.

A cause is a thing that devices share: the server, a feeder, communes, a cell, a carrier, new firmware. It is named when
most of those that share it fell out within a short while. The largest is named first; faults that it explains need no
other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from devices.health.faults import Fault
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from province.areas import AreaId

OUTAGE: Final = frozenset({FaultKind.LINK_LOST, FaultKind.MAINS_LOST})
CONSEQUENCES: Final = frozenset(
    {FaultKind.BATTERY_LOW, FaultKind.PLAN_NOT_HELD, FaultKind.TELEMETRY_LOST, FaultKind.LINK_FLAPS}
)
"""Faults that an outage brings with it: of a device in an incident, no separate notification of these is sent."""
AFTER_INSTALL: Final = frozenset(FaultKind) - {FaultKind.FIRMWARE_OLD, FaultKind.CERTIFICATE_ENDS}
LEAST: Final = 5
"""Fewer, all over the province, are neighbours by chance."""
LEAST_LOCAL: Final = 2
"""Of a commune or a feeder, which may have no more than a few: what counts is the share of them."""
COVERS: Final = 0.6
"""Share of the devices with a common thing that makes it the cause. A few have batteries, or another supply."""
HALF_OF_ALL: Final = 0.5
"""With half of all devices gone at once it is the broker, or we."""
TOGETHER: Final = timedelta(minutes=3)
"""They begin within this: a broker takes two minutes to miss a device, some sooner than others."""
JOINS_WITHIN: Final = timedelta(minutes=15)
"""After the newest member began: a device that falls out later has a reason of its own."""
AFTER_INSTALL_FOR: Final = timedelta(hours=24)
YOUNG_FOR: Final = timedelta(minutes=5)
"""Time in which an incident may become a part of a larger one: then it is that one, without a new notification."""
POWER_SHARE: Final = 0.1
"""Share that reported lost mains before they fell silent: most boxes have no battery to report it with."""


class IncidentScope(StrEnum):
    """Thing that the members share; earlier ones are named first where two explain as many.

    BROKER: no device was heard at all (``deafness``) · CLOCK: the server's clock is in doubt. No fault of a
    device is in such an incident: it is the server's, over all of them (``SERVER_WIDE``).
    """

    BROKER = "broker"
    CLOCK = "clock"
    SERVER = "server"
    FEEDER = "feeder"
    AREAS = "areas"
    CELL = "cell"
    CARRIER = "carrier"
    FIRMWARE = "firmware"


SERVER_WIDE: Final = frozenset({IncidentScope.BROKER, IncidentScope.CLOCK})


class Cause(StrEnum):
    """Cause that is named. LINK: they fell silent together, and nothing shows why."""

    SERVER = "server"
    CLOCK = "clock"
    POWER = "power"
    CARRIER = "carrier"
    FIRMWARE = "firmware"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class DeviceSurroundings:
    """Things that a device shares with others; empty: not known.

    ``installed_at``: when its firmware was last changed. ``tells_power``: it measures its mains, and can outlive them.
    """

    device_id: DeviceId
    area_id: AreaId
    feeder: str = ""
    carrier: str = ""
    cell: str = ""
    firmware: str = ""
    installed_at: datetime | None = None
    tells_power: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """``keys``: the shared things (areas' ids, one feeder, one cell); ``joined_at``: its last member's start.

    ``members`` were in it at its worst, ``affected`` are at present; ``reported_power`` of them reported lost mains.
    ``merged_into``: it turned out to be a part of that one.
    """

    id: str
    scope: IncidentScope
    keys: tuple[str, ...]
    cause: Cause
    began_at: datetime
    opened_at: datetime
    joined_at: datetime
    members: int
    affected: int
    reported_power: int = 0
    over_at: datetime | None = None
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Faults that make an incident. ``continues``: the incident that it was known as before; empty: a new one."""

    scope: IncidentScope
    keys: tuple[str, ...]
    faults: tuple[Fault, ...]
    continues: str = ""

    @property
    def devices(self) -> int:
        return len({fault.device_id for fault in self.faults})


class FleetCounts:
    """Numbers of devices in service that share each thing; read once, asked for every group.

    An outage is measured against the number of devices that share the thing: four of a commune's four are an incident
    like forty of forty.
    """

    def __init__(self, places: Iterable[DeviceSurroundings]) -> None:
        self.places: Mapping[DeviceId, DeviceSurroundings] = {place.device_id: place for place in places}
        self._sizes: dict[tuple[IncidentScope, str], int] = defaultdict(int)
        self._tellers: dict[tuple[IncidentScope, str], int] = defaultdict(int)
        for place in self.places.values():
            for shared in shares(place):
                self._sizes[shared] += 1
                self._tellers[shared] += place.tells_power

    def is_covered(self, scope: IncidentScope, key: str, faults: Sequence[Fault]) -> bool:
        """Return whether these are most of those that share it, or of those of them that could report lost mains."""
        share = HALF_OF_ALL if scope is IncidentScope.SERVER else COVERS
        devices = len({fault.device_id for fault in faults})
        telling = reported_power(fault for fault in faults if self.places[fault.device_id].tells_power)
        # A few are an incident only once their hold times are served: two that blink within a minute are none.
        lasting = len({fault.device_id for fault in faults if fault.is_open})
        is_many = devices >= LEAST or (scope in _FED and lasting >= max(LEAST_LOCAL, share * self._sizes[scope, key]))
        if is_many and devices >= share * self._sizes[scope, key]:
            return True
        return scope in _FED and telling >= LEAST and telling >= share * max(LEAST, self._tellers[scope, key])


def shares(place: DeviceSurroundings) -> Sequence[tuple[IncidentScope, str]]:
    """Return everything that this device shares with others."""
    cell = f"{place.carrier}/{place.cell}" if place.cell else ""
    known = (
        (IncidentScope.SERVER, "*"),
        (IncidentScope.FEEDER, place.feeder),
        (IncidentScope.AREAS, place.area_id),
        (IncidentScope.CELL, cell),
        (IncidentScope.CARRIER, place.carrier),
        (IncidentScope.FIRMWARE, place.firmware if place.installed_at else ""),
    )
    return [(scope, key) for scope, key in known if key]


def joining(
    incidents: Iterable[Incident], faults: Iterable[Fault], fleet: FleetCounts
) -> Sequence[tuple[Fault, Incident]]:
    """Return the faults that belong to an existing incident, each with the first one that explains it."""
    open_ones = sorted(incidents, key=lambda each: (_PLACE[each.scope], each.id))
    found = []
    for fault in faults:
        place = fleet.places.get(fault.device_id)
        explaining = (each for each in open_ones if place is not None and _explains(each, fault, place))
        if (incident := next(explaining, None)) is not None:
            found.append((fault, incident))
    return found


def grouped(
    incidents: Iterable[Incident], faults: Collection[Fault], fleet: FleetCounts, now: datetime
) -> Sequence[Group]:
    """Return the incidents that are new or larger than they seemed.

    ``faults`` are those of no incident, pending ones included, for many at once are no passing matter, and those of
    young incidents: a commune that fell out first may be a part of what falls out behind it.
    """
    young = {each.id: each for each in incidents if each.over_at is None and now - each.opened_at <= YOUNG_FOR}
    left = {
        fault.id: fault
        for fault in faults
        if fault.device_id in fleet.places and (not fault.incident_id or fault.incident_id in young)
    }
    groups: list[Group] = []
    while left and (best := _largest(list(left.values()), fleet)) is not None:
        for fault in best.faults:
            del left[fault.id]
        known = {fault.incident_id for fault in best.faults if fault.incident_id in young}
        oldest = min((young[each] for each in known), key=lambda each: (each.opened_at, each.id), default=None)
        if oldest is None:
            groups.append(best)
        elif best.devices > oldest.affected:
            groups.append(replace(best, continues=oldest.id))
        for each in known:
            del young[each]
    return groups


def cause_of(scope: IncidentScope, affected: int, reported_power: int) -> Cause:
    """Return the cause to name: lost mains outweigh all else, as a device without power has no link either."""
    if reported_power >= max(1, POWER_SHARE * affected):
        return Cause.POWER
    return _CAUSES[scope]


def reported_power(faults: Iterable[Fault]) -> int:
    """Return the number of devices of these that reported lost mains."""
    return len({fault.device_id for fault in faults if fault.kind is FaultKind.MAINS_LOST})


_PLACE: Final = {scope: place for place, scope in enumerate(IncidentScope)}
_FED: Final = frozenset({IncidentScope.FEEDER, IncidentScope.AREAS})
_CAUSES: Final = {
    IncidentScope.BROKER: Cause.SERVER,
    IncidentScope.CLOCK: Cause.CLOCK,
    IncidentScope.SERVER: Cause.SERVER,
    IncidentScope.FEEDER: Cause.POWER,
    IncidentScope.AREAS: Cause.LINK,
    IncidentScope.CELL: Cause.CARRIER,
    IncidentScope.CARRIER: Cause.CARRIER,
    IncidentScope.FIRMWARE: Cause.FIRMWARE,
}


def _explains(incident: Incident, fault: Fault, place: DeviceSurroundings) -> bool:
    is_near = incident.began_at - TOGETHER <= fault.since_at <= incident.joined_at + JOINS_WITHIN
    is_shared = any(scope is incident.scope and key in incident.keys for scope, key in shares(place))
    return is_near and is_shared and _belongs(incident.scope, fault, place)


def _belongs(scope: IncidentScope, fault: Fault, place: DeviceSurroundings) -> bool:
    """Return whether a thing of this scope can be the cause."""
    if scope is not IncidentScope.FIRMWARE:
        return fault.kind in OUTAGE
    installed = place.installed_at
    is_after = installed is not None and installed <= fault.since_at <= installed + AFTER_INSTALL_FOR
    return is_after and fault.kind in AFTER_INSTALL


def _largest(faults: Sequence[Fault], fleet: FleetCounts) -> Group | None:
    sharing: dict[tuple[IncidentScope, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        place = fleet.places[fault.device_id]
        for scope, key in shares(place):
            if _belongs(scope, fault, place):
                sharing[scope, key].append(fault)
    found: dict[IncidentScope, list[Group]] = defaultdict(list)
    for (scope, key), of_it in sharing.items():
        together = _together(of_it, AFTER_INSTALL_FOR if scope is IncidentScope.FIRMWARE else TOGETHER)
        if fleet.is_covered(scope, key, together):
            found[scope].append(Group(scope, (key,), tuple(together)))
    choices = [group for scope, groups in found.items() if scope is not IncidentScope.AREAS for group in groups]
    if areas := found[IncidentScope.AREAS]:
        choices.append(_merged(areas))
    return max(choices, key=lambda each: (len(each.faults), -_PLACE[each.scope], each.keys), default=None)


def _together(faults: Sequence[Fault], within: timedelta) -> Sequence[Fault]:
    """Return the largest set of them that began within this time."""
    ordered = sorted(faults, key=lambda fault: (fault.since_at, fault.id))
    best, first = (0, 0), 0
    for last, fault in enumerate(ordered):
        while fault.since_at - ordered[first].since_at > within:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return ordered[best[0] : best[1]]


def _merged(groups: Sequence[Group]) -> Group:
    """Merge communes that fell out together into one incident: the earliest, and all that began with it."""
    began = {group: min(fault.since_at for fault in group.faults) for group in groups}
    start = min(began.values())
    one = sorted((group for group in groups if began[group] - start <= TOGETHER), key=lambda group: group.keys)
    return Group(
        IncidentScope.AREAS,
        tuple(key for group in one for key in group.keys),
        tuple(fault for group in one for fault in group.faults),
    )

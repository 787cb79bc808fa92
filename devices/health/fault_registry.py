"""Fault registry: all living faults and incidents in memory, checked, grouped, and handed out as changes to store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from devices.health import faults as fault_rules
from devices.health.broker_outage import GatewayConnection, outage
from devices.health.faults import Fault, FaultState
from devices.health.incidents import (
    SERVER_WIDE,
    FleetCounts,
    Group,
    Incident,
    IncidentScope,
    cause_of,
    grouped,
    joining,
    reported_power,
)
from devices.health.kinds import REOPENS_WITHIN, FaultKind
from devices.health.symptoms import Symptoms
from devices.model import DeviceId
from province.call import NewId


@dataclass(frozen=True, slots=True)
class FaultChanges:
    """Changes to store. ``gone``: ids of pending faults that passed without a trace."""

    faults: Sequence[Fault]
    incidents: Sequence[Incident]
    gone: Collection[str]

    def __bool__(self) -> bool:
        return bool(self.faults or self.incidents or self.gone)


@dataclass
class FaultRegistry:
    """Fault registry.

    ``changes`` gives what changed since the last call; a caller that fails to store it starts afresh.
    """

    faults: dict[tuple[DeviceId, FaultKind], Fault]
    incidents: dict[str, Incident]
    _changed: dict[str, Fault] = field(default_factory=dict)
    _moved: dict[str, Incident] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, faults: Iterable[Fault], incidents: Iterable[Incident]) -> FaultRegistry:
        """Restore the registry from the store: of a kind on a device the living fault, else the last."""
        ordered = sorted(faults, key=lambda each: (each.state is not FaultState.CLOSED, each.since_at, each.id))
        return cls({(each.device_id, each.kind): each for each in ordered}, {each.id: each for each in incidents})

    def check(self, device_id: DeviceId, symptoms: Symptoms, now: datetime, new_id: NewId) -> None:
        """Take in the signs of a device now."""
        for kind, symptom in symptoms.items():
            held = self.faults.get((device_id, kind))
            after = None if held is None else fault_rules.step(held, symptom, now)
            if held is not None and after is None:
                del self.faults[device_id, kind]
                if held.state is FaultState.PENDING:
                    self._changed.pop(held.id, None)
                    self._gone.add(held.id)
            if after is None and symptom.shown:
                after = fault_rules.begin(new_id(), device_id, kind, symptom, now)
            if after is not None and after != held:
                self._put(after)

    def due(self, now: datetime) -> set[DeviceId]:
        """Return the devices that have to be checked because time has passed."""
        return {
            fault.device_id
            for fault in self.faults.values()
            if (due_at := fault_rules.due_at(fault)) is not None and due_at <= now
        }

    def retire(self, in_service: Collection[DeviceId], now: datetime) -> None:
        """Close the faults of all other devices, and forget those closed long ago."""
        for key, fault in list(self.faults.items()):
            if fault.closed_at is not None:
                if now - fault.closed_at > REOPENS_WITHIN:
                    del self.faults[key]
            elif fault.device_id not in in_service:
                self._put(fault_rules.retire(fault, now))
        for each in list(self.incidents.values()):
            if each.over_at is not None and now - each.over_at > REOPENS_WITHIN:
                del self.incidents[each.id]

    def hear(
        self,
        line: GatewayConnection,
        devices: int,
        now: datetime,
        new_id: NewId,
        *,
        scope: IncidentScope = IncidentScope.BROKER,
    ) -> None:
        """Take in whether the broker can be heard, or the clock believed; ``devices``: how many are in service."""
        outages = [each for each in self.incidents.values() if each.scope is scope]
        held = max(outages, key=lambda each: each.opened_at, default=None)
        after = outage(held, line, devices, now, new_id, scope=scope)
        if after is not None:
            self._move(after)

    def group(self, fleet: FleetCounts, now: datetime, new_id: NewId) -> None:
        """Group faults of one cause; count the members of each incident; end those without members."""
        # A new group may explain more: a second look at the same moment must find nothing new.
        while self._gather(fleet, now, new_id):
            self._count(now)
        self._count(now)

    def _gather(self, fleet: FleetCounts, now: datetime, new_id: NewId) -> bool:
        """Return whether a fault has joined an incident, or moved from one into another."""
        before = {fault.id: fault.incident_id for fault in self.faults.values()}
        living = [fault for fault in self.faults.values() if fault.state is not FaultState.CLOSED]
        going = [each for each in self._shared() if each.over_at is None]
        for fault, incident in joining(going, [each for each in living if not each.incident_id], fleet):
            self._join(fault, incident.id, now)
        living = [fault for fault in self.faults.values() if fault.state is not FaultState.CLOSED]
        if any(not fault.incident_id for fault in living):
            for group in grouped(going, living, fleet, now):
                self._make(group, now, new_id)
        return before != {fault.id: fault.incident_id for fault in self.faults.values()}

    def open_kinds(self, device_id: DeviceId) -> list[FaultKind]:
        """Return the kinds of open faults of a device, hold times served."""
        found = (self.faults.get((device_id, kind)) for kind in FaultKind)
        return [fault.kind for fault in found if fault is not None and fault.is_open]

    def changes(self) -> FaultChanges:
        """Return the changes since the last call."""
        found = FaultChanges(list(self._changed.values()), list(self._moved.values()), frozenset(self._gone))
        self._changed, self._moved, self._gone = {}, {}, set()
        return found

    def _shared(self) -> list[Incident]:
        """Return the incidents whose members are known by their faults."""
        return [each for each in self.incidents.values() if each.scope not in SERVER_WIDE]

    def _put(self, fault: Fault) -> None:
        self.faults[fault.device_id, fault.kind] = fault
        self._changed[fault.id] = fault

    def _move(self, incident: Incident) -> None:
        if self.incidents.get(incident.id) != incident:
            self.incidents[incident.id] = self._moved[incident.id] = incident

    def _join(self, fault: Fault, incident_id: str, now: datetime) -> None:
        self._put(replace(fault_rules.open_early(fault, now), incident_id=incident_id))

    def _make(self, group: Group, now: datetime, new_id: NewId) -> None:
        began_at = min(fault.since_at for fault in group.faults)
        power = reported_power(group.faults)
        cause = cause_of(group.scope, group.devices, power)
        if group.continues:
            known = self.incidents[group.continues]
            made = replace(known, scope=group.scope, keys=group.keys, began_at=min(began_at, known.began_at))
        else:
            made = Incident(new_id(), group.scope, group.keys, cause, began_at, now, began_at, 0, 0)
        self._move(made)
        left = {fault.incident_id for fault in group.faults} - {"", made.id}
        for fault in group.faults:
            self._join(fault, made.id, now)
        # Members left behind go on being that incident: it is merged into this one when its last member has left.
        left -= {fault.incident_id for fault in self.faults.values() if fault.state is not FaultState.CLOSED}
        for incident_id in sorted(left):
            self._move(replace(self.incidents[incident_id], merged_into=made.id))

    def _count(self, now: datetime) -> None:
        within: dict[str, list[Fault]] = {}
        for fault in self.faults.values():
            if fault.incident_id in self.incidents and fault.state is not FaultState.CLOSED:
                within.setdefault(fault.incident_id, []).append(fault)
        for each in self._shared():
            members = within.get(each.id, [])
            affected = len({fault.device_id for fault in members})
            power = max(each.reported_power, reported_power(members))
            most = max(each.members, affected)
            self._move(
                replace(
                    each,
                    affected=affected,
                    members=most,
                    reported_power=power,
                    cause=cause_of(each.scope, most, power),
                    joined_at=max([each.joined_at, *(fault.since_at for fault in members)]),
                    over_at=None if affected else each.over_at or now,
                )
            )

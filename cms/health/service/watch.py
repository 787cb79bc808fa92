"""Health watch: examines all devices again and again, and stores their faults, and the incidents that share one cause.

A device that sends telemetry, breaks a rule, connects or disconnects is examined within seconds; every ``ROUND_S`` also
each device of which anything has changed since its last examination, or whose data have become too old.
The state is held in memory and stored with each change; it is read again after a failure and at each start, so that a
crash loses nothing and reports nothing twice. One process at a time.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from cms.accounts.queries import RosterDevice
from cms.areas.repository import Places
from cms.exchange.queries.exchange import foreign_sounds
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.health.queries import telemetry
from cms.health.queries.incidents import (
    Mark,
    breached_since,
    counted_since,
    devices_in_service,
    manifest_versions,
    mark_of,
    marks,
    moved_since,
    refused_since,
    status_of,
)
from cms.health.repository.faults import FaultRecords, Supply, broker_line
from cms.health.repository.telemetry import newest_batch, told_since
from cms.health.service.speak_labels import Latest
from cms.platform.process.clock import ClockDoubt, doubt_of
from cms.platform.store.engine import reading
from cms.platform.store.events import FLOODED, PUBLISH_DENIED, SHARED, SUBSCRIBE_DENIED
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.tickets.service import steps
from devices.firmware.model import Installed, expected_version
from devices.health.broker_outage import GatewayConnection
from devices.health.fault_registry import FaultChanges, FaultRegistry
from devices.health.incidents import AFTER_INSTALL_FOR, DeviceSurroundings, FleetCounts, Incident, IncidentScope
from devices.health.kinds import REOPENS_WITHIN, FaultKind
from devices.health.symptoms import DeviceFacts, same_until, symptoms
from devices.model import DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from province.areas import AreaTree
from province.events import Event
from province.wall_clock import local_date

WATCH: Final = "health"
"""Actor of the events of incidents."""
ROUND_S: Final = 60.0
AT_ONCE: Final = 500
"""Bounds memory: the process would never give back the memory for a whole province read at once."""
OVERLAP: Final = timedelta(seconds=6)
"""Presence is stored a little later than received: examining it twice changes nothing."""
FOREIGN_FOR: Final = timedelta(days=1)


class _DeviceInputs(NamedTuple):
    """Server's knowledge of a device, apart from its messages. ``installed_at``: while its firmware is new."""

    facts: DeviceFacts
    device: RosterDevice
    supply: Supply | None
    installed_at: datetime | None


class _Examined(NamedTuple):
    """Input of the last examination of a device, and until when it gives the same result."""

    mark: Mark
    inputs: _DeviceInputs
    until: datetime


@dataclass
class _WatchState:
    """State after the last run: all of it is in the store, or can be read there."""

    registry: FaultRegistry
    mark_at: datetime
    batch_no: int = 0
    round_at: datetime | None = None
    in_service: Mapping[DeviceId, RosterDevice] = field(default_factory=dict)
    supplies: Mapping[DeviceId, Supply] = field(default_factory=dict)
    inputs_of: Mapping[DeviceId, _DeviceInputs] = field(default_factory=dict)
    places: dict[DeviceId, DeviceSurroundings] = field(default_factory=dict)
    known: dict[DeviceId, _Examined] = field(default_factory=dict)
    fleet: FleetCounts = field(default_factory=lambda: FleetCounts(()))


@dataclass
class HealthWatch:
    """Watch of the fleet's health; ``step`` examines the devices that are due."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    latest: Latest = telemetry.latest
    doubt_of: Callable[[Callable[[], datetime]], ClockDoubt | None] = doubt_of
    _clock: GatewayConnection | None = None
    _held: _WatchState | None = None

    def step(self) -> FaultChanges:
        """Examine the devices that are due; return the stored changes."""
        now = self.now()
        held, self._held = self._held, None
        with reading(self.uow.engine) as session:
            if held is None:
                health = FaultRecords(session)
                kept_since = now - REOPENS_WITHIN
                held = _WatchState(FaultRegistry.of(health.living(kept_since), health.incidents(kept_since)), now)
            before = dict(held.registry.incidents)
            self._check(session, held, now)
        changes = held.registry.changes()
        if changes:
            with self.uow() as unit:
                self._store(unit, changes, before, now)
                unit.commit()
        # Only after the commit: changes that were not stored are found again.
        self._held = held
        return changes

    def _check(self, session: Session, held: _WatchState, now: datetime) -> None:
        is_round = held.round_at is None or (now - held.round_at).total_seconds() >= ROUND_S
        # Batches first: what is committed while the rest is read belongs to the next look.
        if is_round:
            held.batch_no = newest_batch(session)
            held.in_service, held.supplies = devices_in_service(session), FaultRecords(session).supplies()
            held.places = {id_: place for id_, place in held.places.items() if id_ in held.in_service}
            held.known = {id_: known for id_, known in held.known.items() if id_ in held.in_service}
            held.round_at = now
            held.registry.retire(held.in_service.keys(), now)
        since = held.mark_at - OVERLAP
        breached = set() if is_round else breached_since(session, since)
        line = broker_line(session)
        if is_round or breached:
            held.inputs_of = self._grounds(session, held, line.deaf_until(now), now)
        if is_round:
            latest = _changed(held, marks(session), now)
        else:
            held.batch_no, latest = told_since(session, held.batch_no)
            latest |= moved_since(session, since) | breached
        held.mark_at = now
        self._examine(session, held, (latest | held.registry.due(now)) & held.in_service.keys(), now)
        if is_round:
            held.fleet = FleetCounts(held.places.values())
        held.registry.hear(line, len(held.in_service), now, self.new_id)
        held.registry.hear(self._clock_line(now), len(held.in_service), now, self.new_id, scope=IncidentScope.CLOCK)
        held.registry.group(held.fleet, now, self.new_id)

    def _clock_line(self, now: datetime) -> GatewayConnection:
        """Return the state of the clock: lost while it is in doubt; a new watch takes it for just restored."""
        held = self._clock or GatewayConnection(now, now)
        if self.doubt_of(self.now) is None:
            self._clock = GatewayConnection(held.lost_at, now) if held.is_lost else held
        elif not held.is_lost:
            self._clock = GatewayConnection(now)
        return self._clock or held

    def _grounds(
        self, session: Session, held: _WatchState, deaf_until: datetime | None, now: datetime
    ) -> Mapping[DeviceId, _DeviceInputs]:
        versions = manifest_versions(session, local_date(now) - timedelta(days=1))
        since = now - timedelta(hours=1)
        refused = refused_since(session, since)
        flooded = counted_since(session, (FLOODED,), since)
        shared = counted_since(session, (SHARED,), since)
        trespassed = counted_since(session, (SUBSCRIBE_DENIED, PUBLISH_DENIED), since)
        foreign = {
            each.device_id: each.code
            for each in foreign_sounds(session, None, now - FOREIGN_FOR)
            if each.over_at is None
        }
        expected = FirmwareRecords(session).expected()
        tree = Places(session).tree() if expected else AreaTree(())
        installed, ends_at = FirmwareRecords(session).installed(), DeviceLifecycles(session).ends_of()
        found = {}
        for device_id, device in held.in_service.items():
            supply, runs = held.supplies.get(device_id), installed.get(device_id)
            facts = DeviceFacts(
                device_id,
                plan_ver=versions.get(device.area_id),
                data_mb_day=supply.data_mb_day if supply else None,
                bad_messages=refused.get(device_id, 0),
                foreign_code=foreign.get(device_id, ""),
                firmware=expected_version(runs, tree.chain(device.area_id) if expected else (), expected),
                cert_ends_at=ends_at.get(device_id),
                deaf_until=deaf_until,
                flooded=flooded.get(device_id, 0),
                trespasses=trespassed.get(device_id, 0),
                takeovers=shared.get(device_id, 0),
            )
            found[device_id] = _DeviceInputs(facts, device, supply, _since(runs, now))
        return found

    def _examine(self, session: Session, held: _WatchState, wanted: Collection[DeviceId], now: datetime) -> None:
        in_turn = sorted(wanted)
        for first in range(0, len(in_turn), AT_ONCE):
            some = in_turn[first : first + AT_ONCE]
            latest, statuses = self.latest(session, some), status_of(session, some)
            for device_id in some:
                inputs, snapshot, status = held.inputs_of[device_id], latest.get(device_id), statuses.get(device_id)
                shown = dict(symptoms(snapshot, status, inputs.facts, now))
                if self._clock is not None and self._clock.is_lost:
                    # A server clock in doubt proves nothing about the devices' clocks.
                    del shown[FaultKind.CLOCK_OFF]
                held.registry.check(device_id, shown, now, self.new_id)
                held.places[device_id] = place_of(inputs.device, snapshot, status, inputs.supply, inputs.installed_at)
                held.known[device_id] = _Examined(
                    mark_of(snapshot, status), inputs, same_until(snapshot, inputs.facts, now)
                )

    def _store(self, unit: UnitOfWork, changes: FaultChanges, before: Mapping[str, Incident], now: datetime) -> None:
        unit[FaultRecords].save(changes.faults, changes.incidents, changes.gone)
        steps.settle(unit, changes.faults, changes.incidents, now)
        for incident in changes.incidents:
            if (name := _happened(before.get(incident.id), incident)) is not None:
                unit.record(Event(name, incident.id, now, WATCH, WATCH, _detail(incident)))


def _changed(held: _WatchState, seen: Mapping[DeviceId, Mark], now: datetime) -> set[DeviceId]:
    """Return devices whose data or surroundings have changed since the last examination."""
    found = set()
    for device_id, inputs in held.inputs_of.items():
        known = held.known.get(device_id)
        if known is None or (known.mark, known.inputs) != (seen.get(device_id), inputs) or now > known.until:
            found.add(device_id)
    return found


def place_of(
    device: RosterDevice,
    snapshot: TelemetrySnapshot | None,
    status: DeviceStatus | None,
    supply: Supply | None,
    installed_at: datetime | None = None,
) -> DeviceSurroundings:
    """Return what the device shares with others: feeder, carrier, cell, firmware. ``installed_at``: while it is new."""
    return DeviceSurroundings(
        device.id,
        device.area_id,
        feeder=supply.feeder if supply else "",
        carrier=snapshot.oper if snapshot else "",
        cell=snapshot.cell if snapshot else "",
        firmware=status.firmware if status else "",
        installed_at=installed_at,
        tells_power=snapshot is not None and snapshot.mains is not None and bool(snapshot.batt_pct),
    )


def _since(runs: Installed | None, now: datetime) -> datetime | None:
    """Return when its firmware was installed, while that can be a cause of faults.

    A device that has had it for long is no measure of how many it has affected.
    """
    since = None if runs is None else runs.installed_at
    return since if since is not None and now - since <= 2 * AFTER_INSTALL_FOR else None


def _happened(before: Incident | None, now: Incident) -> str | None:
    if before is None:
        return "incident.opened"
    if now.merged_into and not before.merged_into:
        return "incident.merged"
    if (before.over_at is None) != (now.over_at is None):
        return "incident.reopened" if now.over_at is None else "incident.closed"
    if (before.scope, before.keys, before.cause) != (now.scope, now.keys, now.cause):
        return "incident.renamed"
    return None


def _detail(incident: Incident) -> dict[str, object]:
    return {
        "scope": incident.scope.value,
        "keys": list(incident.keys),
        "cause": incident.cause.value,
        "affected": incident.affected,
        "members": incident.members,
        "merged_into": incident.merged_into,
    }

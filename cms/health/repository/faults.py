"""Repository of faults and incidents, acknowledgements, supplies of boxes, and duties."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select
from sqlalchemy.orm import Session

from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.health.tables import (
    AcknowledgementRow,
    BrokerLineRow,
    DeviceSupplyRow,
    DutyRow,
    FaultRow,
    IncidentRow,
    SoundReferenceRow,
)
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import among, change, columns_of, value_of, values_of
from cms.platform.store.uow import Repository
from devices.health.broker_outage import GatewayConnection
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.health.notices import Duty
from devices.health.sound_proof import SoundReference
from devices.model import DeviceId

_ID = 1
# Run every two seconds: built once.
_INCIDENTS = (
    select(IncidentRow)
    .where(or_(IncidentRow.over_at.is_(None), IncidentRow.over_at >= bindparam("since")))
    .order_by(IncidentRow.opened_at, IncidentRow.id)
)
_TAKEN = select(AcknowledgementRow.subject_id)
_TAKEN_FAULTS = _TAKEN.join(FaultRow, FaultRow.id == AcknowledgementRow.subject_id).where(
    FaultRow.state == FaultState.OPEN
)
_TAKEN_INCIDENTS = _TAKEN.join(IncidentRow, IncidentRow.id == AcknowledgementRow.subject_id).where(
    IncidentRow.over_at.is_(None)
)
_DUTIES = select(DutyRow).order_by(DutyRow.area_id, DutyRow.line, DutyRow.name, DutyRow.id)
_BROKER_LINE = select(BrokerLineRow).where(BrokerLineRow.id == _ID)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Acknowledgement of a fault or an incident by a person."""

    subject_id: str
    at: datetime
    by: str
    by_name: str
    note: str


@dataclass(frozen=True, slots=True)
class Supply:
    """Supply of a box. ``feeder`` empty, ``data_mb_day`` None: not known."""

    device_id: DeviceId
    feeder: str = ""
    data_mb_day: float | None = None


class FaultRecords(Repository):
    """Repository of health in one transaction; only the scheduler calls ``save``."""

    def living(self, closed_since_at: datetime) -> Sequence[Fault]:
        """List the faults that are not closed, and those closed since then: they may come back."""
        table = FaultRow.__table__.c
        alive = or_(table.state != FaultState.CLOSED, table.closed_at >= closed_since_at)
        return values_of(self._session, Fault, FaultRow, alive)

    def fault(self, fault_id: str) -> Fault:
        return self._got(Fault, select(FaultRow).where(FaultRow.id == fault_id), "fault", fault_id)

    def incident(self, incident_id: str) -> Incident:
        return self._got(Incident, select(IncidentRow).where(IncidentRow.id == incident_id), "incident", incident_id)

    def incidents(self, over_since_at: datetime) -> Sequence[Incident]:
        """List the incidents that are open, and those that ended since then, oldest first."""
        return self._listed(Incident, _INCIDENTS, since=over_since_at)

    def save(self, faults: Iterable[Fault], incidents: Iterable[Incident], gone: Collection[str] = ()) -> None:
        """Store new or changed ones. ``gone``: pending faults that passed, deleted without a trace."""
        if gone:
            change(self._session, delete(FaultRow).where(among(FaultRow.id, gone)))
        put_rows(self._session, FaultRow, [columns_of(each) for each in faults])
        put_rows(self._session, IncidentRow, [columns_of(each) for each in incidents])

    def acknowledge(self, taken: Acknowledgement) -> None:
        """Store the acknowledgement; the last one replaces an earlier one."""
        put_rows(self._session, AcknowledgementRow, [columns_of(taken)])

    def forget(self, subject_id: str) -> None:
        """Delete the acknowledgement."""
        change(self._session, delete(AcknowledgementRow).where(AcknowledgementRow.subject_id == subject_id))

    def acknowledgements(self, subjects: Iterable[str]) -> Mapping[str, Acknowledgement]:
        rows = self._session.scalars(select(AcknowledgementRow).where(among(AcknowledgementRow.subject_id, subjects)))
        return {row.subject_id: value_of(Acknowledgement, row) for row in rows}

    def taken_on(self) -> frozenset[str]:
        """Return the ids of open faults and incidents that are acknowledged."""
        return frozenset(self._session.scalars(_TAKEN_FAULTS)).union(self._session.scalars(_TAKEN_INCIDENTS))

    def supplies(self) -> Mapping[DeviceId, Supply]:
        return {each.device_id: each for each in values_of(self._session, Supply, DeviceSupplyRow)}

    def supply(self, supply: Supply) -> None:
        put_rows(self._session, DeviceSupplyRow, [columns_of(supply)])

    def duties(self) -> Sequence[Duty]:
        """List duties by area, line and name."""
        return self._listed(Duty, _DUTIES)

    def add_duty(self, duty: Duty) -> None:
        put_rows(self._session, DutyRow, [columns_of(duty)])

    def remove_duty(self, duty_id: str) -> bool:
        """Delete a duty; returns whether it existed."""
        return bool(change(self._session, delete(DutyRow).where(DutyRow.id == duty_id)))


def broker_line(session: Session) -> GatewayConnection:
    """Read the connection's state; never lost where none was ever written."""
    row = session.scalar(_BROKER_LINE)
    return GatewayConnection() if row is None else value_of(GatewayConnection, row)


def note_broker_line(session: Session, line: GatewayConnection) -> None:
    """Replace the stored state of the connection. The caller commits."""
    put_rows(session, BrokerLineRow, [{"id": _ID, **columns_of(line)}])


class SoundReferences(Repository):
    """Repository of references, one at most for each device."""

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, SoundReference]:
        if not device_ids:
            return {}
        rows = self._session.scalars(select(SoundReferenceRow).where(among(SoundReferenceRow.device_id, device_ids)))
        return {row.device_id: value_of(SoundReference, row) for row in rows}

    def learn(self, measured: Iterable[SoundReference]) -> None:
        """Keep the first of each box: a later one would follow a loudspeaker that slowly fails.

        A box that was claimed after its device's reference was measured is another one, and measures its own.
        """
        new = {each.device_id: each for each in measured if each.amp_ma is not None or each.mic_db is not None}
        if not new:
            return
        known, lives = self.of(new), DeviceLifecycles(self._session).of_devices(new)
        for device_id, reference in new.items():
            old, life = known.get(device_id), lives.get(device_id)
            claimed_at = None if life is None else life.claimed_at
            if old is not None and (claimed_at is None or claimed_at <= old.measured_at):
                continue
            self._session.execute(delete(SoundReferenceRow).where(SoundReferenceRow.device_id == device_id))
            self._session.execute(insert(SoundReferenceRow), [columns_of(reference)])

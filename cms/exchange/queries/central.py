"""Data reported to the central source system: devices, its bulletins with us, as-run records, daily figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import UNTOLD, DeliveryState
from broadcast.bulletins.model import BulletinId, BulletinStatus, SoundState
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.inbox.model import HandedDownState
from cms.alerts.tables import AlertRow
from cms.bulletins.tables.bulletins import BulletinRow, PlanItemRow, TransmissionRow
from cms.exchange.model import CentralOutcome, CentralRecord
from cms.exchange.repository.central import CentralAsRun, CentralState, DeviceFigures
from cms.exchange.tables import CentralBulletinRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow
from cms.inbox.queries import receipts
from cms.platform.store.rows import among
from cms.schedule.tables import AsRunRow, DeliveryRow
from devices.model import DeviceId

_FAILED = (DeliveryState.CUT, DeliveryState.MISSED)


def device_figures(session: Session, now: datetime) -> Sequence[DeviceFigures]:
    """List every device that ever existed, by id, with the title that it reports to sound now."""
    rows = session.execute(
        select(DeviceRow, DeviceStatusRow.online, DeviceStatusRow.firmware)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .order_by(DeviceRow.id)
    )
    sounding = _sounding(session, now)
    return [
        DeviceFigures(
            device.id,
            device.name,
            device.area_id,
            device.volume_pct,
            bool(online) and device.retired_at is None,
            firmware or "",
            device.point,
            device.retired_at is None,
            *sounding.get(device.id, ("", None)),
        )
        for device, online, firmware in rows
    ]


def _sounding(session: Session, now: datetime) -> dict[DeviceId, tuple[str, datetime]]:
    """Return the reported titles, as long as they were planned: a device that died reports no end."""
    item = PlanItemRow
    rows = session.execute(
        select(DeliveryRow.device_id, item.title, item.start_at)
        .join(item, item.occurrence_id == DeliveryRow.occurrence_id)
        .where(item.start_at <= now, item.end_at > now, DeliveryRow.state == DeliveryState.STARTED)
    )
    return {device_id: (title, start_at) for device_id, title, start_at in rows}


def state_of(session: Session, record: CentralRecord) -> CentralState:
    """Return a central bulletin's progress: received, drafted …, its bulletin's status, and the communes' decisions."""
    asked = (record.central_id, record.central_version)
    if record.alert_id is not None:
        of_alert = session.scalar(select(AlertRow.status).where(AlertRow.id == record.alert_id))
        return CentralState(*asked, record.outcome.value if of_alert is None else of_alert.value, record.reason)
    if record.bulletin_id is None:
        return CentralState(*asked, record.outcome.value, record.reason)
    stands = session.execute(
        select(BulletinRow.status, BulletinRow.sound).where(BulletinRow.id == record.bulletin_id)
    ).one_or_none()
    if stands is None:
        return CentralState(*asked, record.outcome.value, record.reason)
    status, sound = stands
    below = receipts(session, record.bulletin_id)
    own = _counted(session, record.bulletin_id)
    silent = sound.error if sound.state is SoundState.FAILED else ""
    refused = [each for each in below if each.item.state is HandedDownState.DECLINED]
    return CentralState(
        *asked,
        status.value,
        _last_remark(session, record.bulletin_id) if status is BulletinStatus.REJECTED else silent,
        sum(each.item.state is HandedDownState.PLACED for each in below),
        len(refused),
        sum(each.done for each in below) + own.get(DeliveryState.DONE, 0),
        sum(each.failed for each in below) + sum(own.get(state, 0) for state in _FAILED),
    )


def played_between(
    session: Session, after_at: datetime, until_at: datetime, limit: int
) -> list[tuple[datetime, CentralAsRun]]:
    """List as-run records of central bulletins received in the span, by that time, all of one instant together."""
    run, record = AsRunRow, CentralBulletinRow
    source = func.coalesce(BulletinRow.source_id, BulletinRow.id)
    rows = session.execute(
        select(run, record.central_id)
        .join(TransmissionRow, TransmissionRow.id == run.transmission_id)
        .join(BulletinRow, BulletinRow.id == TransmissionRow.bulletin_id)
        .join(record, and_(record.bulletin_id == source, record.outcome != CentralOutcome.ASKS_WITHDRAWAL))
        .where(run.received_at > after_at, run.received_at <= until_at)
        .order_by(run.received_at, run.device_id, run.record_id)
    )
    found: list[tuple[datetime, CentralAsRun]] = []
    seen: set[tuple[str, str]] = set()
    for row, central_id in rows:
        if len(found) >= limit and row.received_at != found[-1][0]:
            break
        if (row.device_id, row.record_id) in seen:
            continue
        seen.add((row.device_id, row.record_id))
        sounded = CentralAsRun(
            row.record_id, row.device_id, central_id, row.title, row.started_at, row.result, row.volume_pct
        )
        found.append((row.received_at, sounded))
    return found


def figures_between(session: Session, after_at: datetime, until_at: datetime) -> Mapping[str, int]:
    """Return the counts of a day's events, and of devices and bulletins now."""
    run = AsRunRow
    of_day = (run.received_at > after_at, run.received_at <= until_at, run.round == 0)
    done = session.scalar(select(func.count()).select_from(run).where(*of_day, run.result == "done")) or 0
    failed = session.scalar(select(func.count()).select_from(run).where(*of_day, run.result != "done")) or 0
    devices = [each for each in device_figures(session, until_at) if each.is_in_service]
    row = CentralBulletinRow
    taken = session.scalar(
        select(func.count()).select_from(row).where(row.received_at > after_at, row.received_at <= until_at)
    )
    return {
        "devices": len(devices),
        "online": sum(each.is_online for each in devices),
        "airings_done": done,
        "airings_failed": failed,
        "bulletins_taken": taken or 0,
    }


def _counted(session: Session, bulletin_id: BulletinId) -> dict[DeliveryState, int]:
    ids: list[TransmissionId] = list(
        session.scalars(select(TransmissionRow.id).where(TransmissionRow.bulletin_id == bulletin_id))
    )
    rows = session.execute(
        select(DeliveryRow.state, func.count().label("many"))
        .where(among(DeliveryRow.transmission_id, ids), DeliveryRow.state.not_in(UNTOLD))
        .group_by(DeliveryRow.state)
    )
    return {row.state: row.many for row in rows}


def _last_remark(session: Session, bulletin_id: BulletinId) -> str:
    remarks = session.scalar(select(BulletinRow.remarks).where(BulletinRow.id == bulletin_id)) or ()
    return remarks[-1].text if remarks else ""

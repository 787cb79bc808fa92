"""Taking down a device's word: how far an item got on it, and what it sounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from broadcast.errors import NotFoundError
from broadcast.events import Event
from broadcast.lifecycle import next_status, possible_actions
from broadcast.model.bulletins import BulletinAction
from broadcast.model.deliveries import AsRun, Delivery, DeliveryState
from broadcast.model.transmissions import OccurrenceId, Transmission, TransmissionId
from broadcast.ports import OutboxKind, UnitOfWork
from broadcast.recurrence import next_start_at
from devices.model import Device
from devices.protocol.messages import Ack, AsRunRecord, Code, Standing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_402_300_799_000
# The rung each standing of an item means. FAILED has none: a try failed, and only the end decides whether it is heard.
_RUNGS = {
    Standing.RECEIVED: DeliveryState.RECEIVED,
    Standing.READY: DeliveryState.READY,
    Standing.STARTED: DeliveryState.STARTED,
    Standing.DONE: DeliveryState.DONE,
    Standing.CUT: DeliveryState.CUT,
    Standing.CANCELLED: DeliveryState.MISSED,
    Standing.REJECTED: DeliveryState.MISSED,
    Standing.EXPIRED: DeliveryState.MISSED,
}
# Results this version knows; a record with another is kept and moves no ladder.
_RESULT_MAX = 20
_ENDS = {"done": DeliveryState.DONE, "cut": DeliveryState.CUT, "missed": DeliveryState.MISSED}


def acknowledge(unit: UnitOfWork, device: Device, ack: Ack, now: datetime) -> None:
    """Where the planned items named in ``ack`` stand on the device. Items of no transmission of ours are ignored."""
    state = _RUNGS.get(ack.st)
    if state is None:
        return
    reason = (ack.code or "") if state in {DeliveryState.CUT, DeliveryState.MISSED} else ""
    if ack.st is Standing.CANCELLED:
        reason = Code.CANCELLED
    known = _transmissions(unit, ack.items)
    unit.deliveries.advance(
        _delivery(device, OccurrenceId(item), state, now, reason)
        for item in dict.fromkeys(ack.items)
        if transmission_of(item) in known
    )


def record(unit: UnitOfWork, device: Device, records: Sequence[AsRunRecord], now: datetime) -> Sequence[AsRun]:
    """Store what the device sounded or missed, each record once, and ask for a receipt of all; returns the new ones.

    A record of no transmission of ours is kept as well, without a title: it tells of a sound that was made.
    """
    known = _transmissions(unit, (told.item for told in records))
    fresh = unit.deliveries.record([_as_run(device, told, known, now) for told in records])
    unit.outbox.add(OutboxKind.RECEIPT, device.id, {"refs": [told.rid for told in records]})
    unit.deliveries.advance(
        _delivery(device, run.occurrence_id, _ENDS[run.result], now, run.reason)
        for run in fresh
        if run.transmission_id in known and run.result in _ENDS
    )
    if fresh:
        detail: dict[str, object] = {"records": [run.record_id for run in fresh]}
        unit.record(Event("asrun.recorded", device.id, now, device.id, device.name, detail))
    heard = {run.transmission_id for run in fresh if run.result == "done"}
    for transmission_id in sorted(heard & known.keys()):
        _finish(unit, known[transmission_id], device, now)
    return fresh


def transmission_of(item: str) -> TransmissionId:
    """The transmission an occurrence's id begins with: a ULID, which has no dash and 26 characters."""
    return TransmissionId(item.partition("-")[0][:26])


def _finish(unit: UnitOfWork, transmission: Transmission, device: Device, now: datetime) -> None:
    """A bulletin whose last airing has been heard somewhere is played."""
    upcoming = next_start_at(transmission.schedules, now, transmission.valid_from_at, transmission.valid_until_at)
    bulletin = unit.bulletins.get(transmission.bulletin_id)
    if upcoming is not None or BulletinAction.FINISH not in possible_actions(bulletin.status):
        return
    status = next_status(bulletin.status, BulletinAction.FINISH)
    unit.bulletins.save(replace(bulletin, status=status, version=bulletin.version + 1, changed_at=now))
    unit.record(Event("bulletin.played", bulletin.id, now, device.id, device.name))


def _transmissions(unit: UnitOfWork, items: Iterable[str]) -> dict[TransmissionId, Transmission]:
    found: dict[TransmissionId, Transmission] = {}
    for transmission_id in {transmission_of(item) for item in items}:
        try:
            found[transmission_id] = unit.transmissions.get(transmission_id)
        except NotFoundError:
            continue
    return found


def _delivery(device: Device, item: OccurrenceId, state: DeliveryState, now: datetime, reason: str) -> Delivery:
    return Delivery(
        device_id=device.id,
        device_name=device.name,
        occurrence_id=item,
        transmission_id=transmission_of(item),
        state=state,
        changed_at=now,
        reason=reason,
    )


def _as_run(device: Device, told: AsRunRecord, known: dict[TransmissionId, Transmission], now: datetime) -> AsRun:
    transmission_id = transmission_of(told.item)
    transmission = known.get(transmission_id)
    return AsRun(
        device_id=device.id,
        device_name=device.name,
        record_id=told.rid,
        occurrence_id=OccurrenceId(told.item),
        transmission_id=transmission_id,
        title=transmission.title if transmission else "",
        sha256=told.sha256,
        planned_at=_instant(told.planned_at),
        started_at=None if told.started_at is None else _instant(told.started_at),
        ended_at=None if told.ended_at is None else _instant(told.ended_at),
        result=told.result[:_RESULT_MAX],
        reason=told.code or "",
        volume_pct=told.volume_pct,
        received_at=now,
    )


def _instant(ms: int) -> datetime:
    """The wire allows instants beyond what a datetime can hold."""
    return _EPOCH + timedelta(milliseconds=min(ms, _LAST_MS))

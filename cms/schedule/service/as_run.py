"""Acknowledgements and as-run records of devices, stored within the caller's transaction.

The gateway handles many devices at a time and commits once for all of them. A device may report the same thing twice,
late, or wrongly: every report is answered, so that the device can forget it, and only known items are counted.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order
from broadcast.alerts.rounds import round_at
from broadcast.boards.showings import is_showing, shows_after
from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import BulletinAction, BulletinId, BulletinStatus
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import OccurrenceId, Transmission, TransmissionId
from broadcast.relays import model
from broadcast.scheduling.recurrence import next_start_at
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.revisions import event_of, progressed
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service import make_good
from devices.model import Device, DeviceId
from devices.protocol.messages import Ack, AsRunRecord, ExecutionState, Relayed
from province.areas import AreaId
from province.events import Event
from province.people import program
from province.wall_clock import DEFAULT_ZONE, instant_of

LATEST_MS = 253_402_300_799_000
"""The end of the year 9999: no ``datetime`` says more."""
_RESULTS = {"done": DeliveryState.DONE, "cut": DeliveryState.CUT, "missed": DeliveryState.MISSED}
_HEARD = frozenset({"done", "cut"})


def record(
    uow: UnitOfWork,
    device: Device,
    records: Sequence[AsRunRecord],
    now: datetime,
    known: Container[TransmissionId] | None = None,
) -> Sequence[AsRun]:
    """Store the as-run records not yet known, move the ladder, and queue a receipt for all; return the new ones.

    A bulletin becomes PLAYED when a device has sounded or shown it and no airing or showing is left. Where no device
    ever does, it stays SCHEDULED with its deliveries telling why: only devices report that something was heard.
    Missed airings are made good by the area's policy. Records of transmissions we do not have, or that make no sense,
    are logged as one ``device.invalid_record`` with their number and all their fields, and receipted as well. Only
    ``known`` transmissions are looked up; None: all of them.
    """
    named = {transmission_id_of(each.item) for each in records}
    found = uow[Transmissions].get_many(name for name in named if known is None or name in known)
    stood = uow[Deliveries].areas_of(device.id, {OccurrenceId(each.item) for each in records})
    runs: list[AsRun] = []
    odd: list[AsRunRecord] = []
    for each in records:
        transmission = found.get(transmission_id_of(each.item))
        if transmission is None or not _makes_sense(each):
            odd.append(each)
        else:
            # It may come late, from a box that has been moved since.
            area_id = stood.get(OccurrenceId(each.item), device.area_id)
            runs.append(_as_run(uow, device, each, (transmission.id, transmission.title, area_id), now))
    _note_odd(uow, device, odd, now)
    new = uow[Deliveries].record(runs)
    make_good.note(uow, device, new, lambda item: found.get(transmission_id_of(item)), now)
    uow[Deliveries].advance(_delivery(device, run, now) for run in runs)
    if records:
        uow.outbox.add(OutboxKind.RECEIPT, device.id, {"refs": [each.rid for each in records]})
    heard = [run for run in new if run.result in _HEARD]
    for transmission_id in sorted({run.transmission_id for run in heard}):
        last_at = max(_told_until(run) for run in heard if run.transmission_id == transmission_id)
        _finish_if_over(uow, found[transmission_id], last_at, now)
    return new


def record_alerts(
    uow: UnitOfWork,
    told: Sequence[tuple[Device, Order, AsRunRecord]],
    stood: Mapping[tuple[OrderId, DeviceId], AreaId],
    now: datetime,
) -> Sequence[AsRun]:
    """Store the records of alerts not yet known, one for each time that one sounded; return the new ones.

    ``stood``: where a device stood when an order addressed it; else where it stands. For a device that does not number
    its rounds the alert's schedule gives the round. Records that make no sense are logged as with :func:`record`. The
    receipts are the caller's.
    """
    runs: list[AsRun] = []
    odd: dict[DeviceId, tuple[Device, list[AsRunRecord]]] = {}
    for device, order, each in told:
        if _makes_sense(each):
            of = TransmissionId(order.id), order.headline, stood.get((order.id, device.id), device.area_id)
            runs.append(_as_run(uow, device, each, of, now, in_round=_round(order, each)))
        else:
            odd.setdefault(device.id, (device, []))[1].append(each)
    for device, records in odd.values():
        _note_odd(uow, device, records, now)
    return uow[Deliveries].record(runs)


def _round(order: Order, each: AsRunRecord) -> int:
    return each.round or round_at(order.issued_at, order.rounds, instant_of(each.started_at or each.planned_at))


def _note_odd(uow: UnitOfWork, device: Device, odd: Sequence[AsRunRecord], now: datetime) -> None:
    """Log odd records whole in the event chain: once receipted, the device forgets them."""
    if odd:
        detail: dict[str, object] = {"count": len(odd), "record": odd[0].rid, "item": odd[0].item}
        detail["records"] = [_told(each) for each in odd]
        uow.record(Event("device.invalid_record", device.id, now, device.id, device.name, detail))


def acknowledge(
    uow: UnitOfWork, told: Iterable[tuple[Device, Ack]], now: datetime, known: Container[TransmissionId]
) -> None:
    """Move the ladder of every ``known`` item that these acknowledgements name, in one go; skip others."""
    uow[Deliveries].advance(
        Delivery(
            device_id=device.id,
            device_name=device.name,
            occurrence_id=OccurrenceId(item),
            transmission_id=transmission_id_of(item),
            state=state_of(ack.st),
            changed_at=now,
            reason=_printable(ack.code),
            area_id=device.area_id,
        )
        for device, ack in told
        for item in ack.items
        if transmission_id_of(item) in known
    )


def transmission_id_of(item: str) -> TransmissionId:
    """Return the transmission of an item: an item is named ``{transmission}-{schedule}-{minute}``."""
    return TransmissionId(item.rsplit("-", 2)[0])


def state_of(standing: ExecutionState) -> DeliveryState:
    """Return the delivery state of an acknowledgement; refused and failed items are MISSED, with the code as reason."""
    match standing:
        case ExecutionState.RECEIVED:
            return DeliveryState.RECEIVED
        case ExecutionState.READY:
            return DeliveryState.READY
        case ExecutionState.STARTED:
            return DeliveryState.STARTED
        case ExecutionState.DONE:
            return DeliveryState.DONE
        case ExecutionState.CUT:
            return DeliveryState.CUT
        case ExecutionState.CANCELLED | ExecutionState.FAILED | ExecutionState.REJECTED | ExecutionState.EXPIRED:
            return DeliveryState.MISSED
        case _:
            assert_never(standing)


def _told_until(run: AsRun) -> datetime:
    """Return the instant this record accounts for: the start of its airing, or the end of its showing."""
    return run.ended_at or run.planned_at if is_showing(run.occurrence_id) else run.planned_at


def _makes_sense(each: AsRunRecord) -> bool:
    parts = [] if each.relayed is None else each.relayed.parts
    of_parts = [at for part in parts for at in (part.started_at, part.ended_at)]
    instants: Iterable[int | None] = (each.planned_at, each.started_at, each.ended_at, *of_parts)
    return each.result in _RESULTS and all(at is None or 0 <= at <= LATEST_MS for at in instants)


def _as_run(
    uow: UnitOfWork,
    device: Device,
    each: AsRunRecord,
    of: tuple[TransmissionId, str, AreaId],
    now: datetime,
    *,
    in_round: int = 0,
) -> AsRun:
    """Build the record. ``of``: transmission id, title, and area where the device stood. ``in_round``: of an alert."""
    transmission_id, title, area_id = of
    return AsRun(
        device_id=device.id,
        device_name=device.name,
        record_id=each.rid,
        occurrence_id=OccurrenceId(each.item),
        transmission_id=transmission_id,
        title=title,
        sha256=each.sha256,
        planned_at=instant_of(each.planned_at),
        started_at=None if each.started_at is None else instant_of(each.started_at),
        ended_at=None if each.ended_at is None else instant_of(each.ended_at),
        result=each.result,
        reason=_printable(each.code),
        volume_pct=each.volume_pct,
        received_at=now,
        area_id=area_id,
        area_name=uow[Places].tree().get(area_id).name,
        relayed=None if each.relayed is None else _relayed(each.relayed),
        round=in_round,
    )


def _told(each: AsRunRecord) -> dict[str, object]:
    """Return a record's fields as the device sent them, for the log."""
    times = {"planned_at": each.planned_at, "started_at": each.started_at, "ended_at": each.ended_at}
    said = {"record": each.rid, "item": each.item, "result": _printable(each.result), "sha256": each.sha256}
    return {**said, **times, "code": _printable(each.code), "volume_pct": each.volume_pct}


def _relayed(told: Relayed) -> model.RelayRun:
    return model.RelayRun(
        source_id=model.RelaySourceId(told.source),
        stream_ms=told.stream_ms,
        fallback_ms=told.fallback_ms,
        parts=tuple(
            model.RelayRunPart(_printable(part.what), instant_of(part.started_at), instant_of(part.ended_at))
            for part in told.parts
        ),
    )


def _delivery(device: Device, run: AsRun, now: datetime) -> Delivery:
    return Delivery(
        device_id=device.id,
        device_name=device.name,
        occurrence_id=run.occurrence_id,
        transmission_id=run.transmission_id,
        state=_RESULTS[run.result],
        changed_at=now,
        reason=run.reason,
        area_id=run.area_id,
    )


def _printable(word: str | None) -> str:
    """Return a device's code without unprintable characters, which a database may refuse."""
    return "".join(sign for sign in word or "" if sign.isprintable())


def _finish_if_over(uow: UnitOfWork, transmission: Transmission, heard_at: datetime, now: datetime) -> None:
    if transmission.withdrawn_at is not None:
        # Its bulletin was withdrawn, or airs at other times now.
        return
    bulletin = uow[Bulletins].get(BulletinId(transmission.bulletin_id))
    if bulletin.status is not BulletinStatus.SCHEDULED or _is_left(transmission, heard_at, now):
        return
    if _is_shown_yet(uow, transmission, max(heard_at, now)):
        return
    played = progressed(bulletin, now, BulletinAction.FINISH)
    uow[Bulletins].save(played)
    uow.record(event_of("played", played, program("devices"), transmission=transmission.id))


def _is_shown_yet(uow: UnitOfWork, transmission: Transmission, at: datetime) -> bool:
    """Return whether it stands on a board, or will: as long as it does it can be withdrawn."""
    if not shows_after(transmission, at, DEFAULT_ZONE):
        return False
    areas = reached(transmission.targets, uow[Places].tree(), uow[Devices].planning_areas())
    return bool(uow[Devices].with_boards(areas))


def _is_left(transmission: Transmission, heard_at: datetime, now: datetime) -> bool:
    """Return whether an airing is to come or on air; the one heard never counts, whatever the device's clock says."""
    length = timedelta(milliseconds=transmission.duration_ms)
    since_at = max(heard_at + timedelta(milliseconds=1), now - length + timedelta(milliseconds=1))
    low, high = transmission.valid_from_at, transmission.valid_until_at
    return next_start_at(transmission.schedules, since_at, low, high) is not None

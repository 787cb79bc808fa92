"""Make-good of missed airings: by the policy that was approved with them, or as a person decides."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.alerts.orders import lasting_silences
from broadcast.boards.showings import is_showing
from broadcast.bulletins.deliveries import AsRun, DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.transmissions import OccurrenceId, Transmission
from broadcast.scheduling.make_good import (
    LEAD,
    Left,
    Missed,
    Remedy,
    item_of,
    last_end_at,
    makes_good,
    may_be_decided,
    mode_of,
    on_grid,
    rule_of,
)
from cms.alerts.repository.orders import Orders
from cms.alerts.service.stop_orders import HUSH_MAX
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.repository.missed import MissedAirings
from devices.model import Device, DeviceId
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action

_DECIDED_MAX = 5000


def note(
    uow: UnitOfWork,
    device: Device,
    runs: Sequence[AsRun],
    transmission_of: Callable[[str], Transmission | None],
    now: datetime,
) -> None:
    """Store the airings that a device's new records report as missed, and replan its area where they air again.

    A showing no longer on a board is not missed: the text was withdrawn, or has made room.

    A miss is certain: the device itself reported it, and an airing reported as heard is never made good. Within the
    caller's transaction.
    """
    found: list[Missed] = []
    for run in runs:
        transmission = transmission_of(run.occurrence_id)
        if makes_good(run.occurrence_id) or is_showing(run.occurrence_id) or transmission is None:
            continue
        known = uow[MissedAirings].get(run.occurrence_id, device.id)
        if run.result == "done":
            if known is not None and known.remedy is not Remedy.LEFT:
                found.append(replace(known, remedy=Remedy.LEFT, left_because=Left.HEARD))
        elif known is None and uow[Deliveries].state_of(run.occurrence_id, device.id) is not DeliveryState.DONE:
            found.append(_missed(uow, device, run, transmission, now))
    if not found:
        return
    uow[MissedAirings].put(found)
    if any(each.remedy is Remedy.PLANNED or each.left_because is Left.HEARD for each in found):
        uow.outbox.add(OutboxKind.PLAN, device.area_id)


def decide(
    uow: UnitOfWork, occurrence_id: OccurrenceId, device_ids: Iterable[DeviceId], *, airs_again: bool, call: Call
) -> Sequence[Missed]:
    """Decide on missed airings that wait for a person: they air again as soon as there is time, or never.

    What a stop silenced may air again too, once its silence is over.

    Raises:
        NotAllowedError: no right to review where one of the devices stands, or the actor's own bulletin (OWN_BULLETIN).
        NotFoundError: nothing of it waits for a decision.
        InvalidError: there is no time left for it (``TOO_LATE_TO_MAKE_GOOD``), or a stop keeps one of the areas silent
            (``KEPT_SILENT``).
    """
    with uow:
        wanted = set(device_ids)
        waiting = [
            each
            for each in uow[MissedAirings].of_occurrence(occurrence_id)
            if may_be_decided(each, airs_again=airs_again) and each.device_id in wanted
        ][:_DECIDED_MAX]
        if not waiting:
            raise NotFoundError("missed airing", occurrence_id)
        areas = sorted({each.area_id for each in waiting})
        call.require(Action.BULLETIN_REVIEW, areas, uow[Places].tree())
        bulletin = uow[Bulletins].get(waiting[0].bulletin_id)
        if airs_again and bulletin.is_own(call.actor.user_id):
            raise NotAllowedError(Action.BULLETIN_REVIEW, "OWN_BULLETIN", tuple(areas))
        if airs_again and (silence := _silence(uow, areas, call.now)) is not None:
            until = silence.isoformat()
            raise InvalidError([Problem("missed", "KEPT_SILENT", {"until": until})])
        transmission = uow[Transmissions].get(waiting[0].transmission_id)
        decided = [_decided(each, transmission, call, airs_again=airs_again) for each in waiting]
        uow[MissedAirings].put(decided)
        if airs_again:
            for area_id in areas:
                uow.outbox.add(OutboxKind.PLAN, area_id)
        detail = {"title": transmission.title, "airs_again": airs_again}
        devices = [each.device_id for each in decided]
        uow.record(call.event("missed.decided", occurrence_id, **detail, devices=devices))
        uow.commit()
    return decided


def ask_again(uow: UnitOfWork, occurrence_id: OccurrenceId, *, call: Call) -> Sequence[Missed]:
    """Take back the actor's last decision to leave missed airings: they wait for a decision again.

    Raises:
        NotAllowedError: no right to review where one of the devices stands.
        NotFoundError: the actor has left nothing of it.
    """
    with uow:
        left = [
            each
            for each in uow[MissedAirings].of_occurrence(occurrence_id)
            if each.left_because is Left.PERSON and each.decided_by_name == call.actor.name
        ]
        last_at = max((each.decided_at for each in left if each.decided_at is not None), default=None)
        if last_at is None:
            raise NotFoundError("missed airing", occurrence_id)
        again = [
            replace(each, remedy=Remedy.ASKED, left_because=None, decided_by_name="", decided_at=None)
            for each in left
            if each.decided_at == last_at
        ]
        call.require(Action.BULLETIN_REVIEW, sorted({each.area_id for each in again}), uow[Places].tree())
        uow[MissedAirings].put(again)
        devices = [each.device_id for each in again]
        uow.record(call.event("missed.reopened", occurrence_id, devices=devices))
        uow.commit()
    return again


def set_rule(uow: UnitOfWork, rule: MakeGoodRule, *, call: Call) -> None:
    """Set an area's make-good rule for a class; bulletins approved under a stricter rule keep that.

    Raises:
        NotAllowedError: no right to review there.
        UnknownAreaError: there is no such area.
    """
    with uow:
        tree = uow[Places].tree()
        tree.get(rule.area_id)
        call.require(Action.BULLETIN_REVIEW, (rule.area_id,), tree)
        uow[MissedAirings].set_rule(rule)
        detail = {"class": rule.priority.value, "mode": rule.mode.value, "until": rule.until.isoformat("minutes")}
        uow.record(call.event("area.make_good_set", rule.area_id, **detail, cuts=rule.cuts))
        uow.commit()


def _missed(uow: UnitOfWork, device: Device, run: AsRun, transmission: Transmission, now: datetime) -> Missed:
    tree = uow[Places].tree()
    present = rule_of(uow[MissedAirings].rules(), tree, device.area_id, transmission.priority)
    approved = rule_of(transmission.make_good, tree, device.area_id, transmission.priority)
    mode = mode_of(approved, present, result=run.result, reason=run.reason)
    not_before_at = on_grid(max(now, run.planned_at) + LEAD)
    zone = uow[Places].rules(device.area_id).zone
    not_after_at, airs_again = last_end_at(transmission, run.planned_at, mode, approved.until, zone)
    left: Left | None = None
    if transmission.withdrawn_at is not None:
        left = Left.WITHDRAWN
    elif run.reason == "CANCELLED":
        # A stop silenced the loudspeaker: the bulletin itself still stands.
        left = Left.STOPPED
    elif mode is MakeGoodMode.NONE:
        left = Left.POLICY
    elif not _fits(transmission, not_before_at, not_after_at):
        left = Left.AIRS_AGAIN if airs_again else Left.TOO_LATE
    remedy = Remedy.PLANNED if mode.is_automatic else Remedy.ASKED
    return Missed(
        occurrence_id=run.occurrence_id,
        device_id=device.id,
        device_name=device.name,
        area_id=device.area_id,
        transmission_id=transmission.id,
        bulletin_id=transmission.bulletin_id,
        title=transmission.title,
        missed_at=run.planned_at,
        result=run.result,
        reason=run.reason,
        mode=mode,
        remedy=remedy if left is None else Remedy.LEFT,
        item_id=item_of(run.occurrence_id, not_before_at),
        not_before_at=not_before_at,
        not_after_at=not_after_at,
        reported_at=now,
        left_because=left,
    )


def _silence(uow: UnitOfWork, areas: Iterable[AreaId], now: datetime) -> datetime | None:
    """Return until when a stop keeps one of these areas silent; None if none is."""
    above = {up for each in areas for up in uow[Places].tree().chain(each)}
    stops = lasting_silences(uow[Orders].stops_since(now - HUSH_MAX), now)
    ends = [each.hush_until_at for each in stops if each.hush_until_at is not None and not above.isdisjoint(each.areas)]
    return max(ends, default=None)


def _decided(each: Missed, transmission: Transmission, call: Call, *, airs_again: bool) -> Missed:
    named = replace(each, decided_by_name=call.actor.name, decided_at=call.now)
    if not airs_again:
        return replace(named, remedy=Remedy.LEFT, left_because=Left.PERSON)
    not_before_at = on_grid(call.now + LEAD)
    if transmission.withdrawn_at is not None or not _fits(transmission, not_before_at, each.not_after_at):
        raise InvalidError([Problem("missed", "TOO_LATE_TO_MAKE_GOOD")])
    return replace(
        named,
        remedy=Remedy.PLANNED,
        not_before_at=not_before_at,
        item_id=item_of(each.occurrence_id, not_before_at),
    )


def _fits(transmission: Transmission, from_at: datetime, until_at: datetime) -> bool:
    return (until_at - from_at).total_seconds() * 1000 >= transmission.duration_ms

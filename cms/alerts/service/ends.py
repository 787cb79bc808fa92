"""Ends of alerts: cancel, all-clear and expiry; and restoration: a cancel undone, sound again where it was stopped."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from broadcast.alerts.message_templates import all_clear_of, correction_of
from broadcast.alerts.model import Alert, AlertAction, AlertId, AlertStatus, CancelCause, OrderId, Purpose
from broadcast.alerts.orders import Order, OrderEnd, Stop
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.orders import (
    Replacement,
    SignedOrder,
    end_order,
    expect,
    frozen,
    order_of,
    require_no_warning_there,
    send,
)
from cms.alerts.service.sound import as_agreed, discard_prepared, prepare
from cms.alerts.service.steps import cleaned_reason, decided, event_of, progressed, require_in_areas, revised
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.errors import NotPossibleError
from province.people import Action, program

AFTERMATH = timedelta(days=1)
"""So long after its end an alert may still be followed by its all-clear or correction in one step."""
_CLOCK: Final = program("clock")
UNDO_WITHIN: Final = timedelta(seconds=60)
"""Time after a cancel in which the same content may sound again on the approval of its two people."""


def cancel(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    reason: str,
    cause: CancelCause = CancelCause.OTHER,
    call: Call,
    voices: Voices,
) -> Alert:
    """Cancel the active alert: its order ends at once. Needs neither version nor second person.

    A live one leaves its correction ready (``uow.alerts.prepared_for``), to be sent by :func:`all_clear`; ``cause``
    decides its words.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
        ConflictError: something else happened to it in this very moment; do it again.
        InvalidError: no reason was given.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        alert = revised(
            old,
            AlertAction.CANCEL,
            call.now,
            ended_at=call.now,
            ended_by_name=call.actor.name,
            reason=cleaned_reason(reason),
        )
        uow[Alerts].save(alert)
        end_order(uow, order_of(alert), call.now, OrderEnd.CANCELLED)
        discard_prepared(uow, alert.id, call.now)
        if not alert.is_drill and alert.purpose is not Purpose.ALL_CLEAR:
            correction = partial(correction_of, cause=cause)
            prepare(uow, alert, correction, call=call, voices=voices)
        uow.record(
            event_of("cancelled", alert, call.actor, reason=alert.reason, cause=cause.value, order=alert.order_id)
        )
        uow.commit()
    return alert


def all_clear(
    uow: UnitOfWork, alert_id: AlertId, *, call: Call, voices: Voices, signed: SignedOrder | None = None
) -> Alert:
    """Send the all-clear or correction prepared to follow the alert, and return it, active. One person, one step.

    After an active or an expired alert that is the all-clear (the active one is superseded by it), after a cancelled
    one the correction. Goes out as text alone where its sound is not ready: an all-clear does not wait for a sound.
    ``signed``: the order that the person signed.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: it never was active, ended more than a day ago, or was followed already.
        InvalidError: ALERT_IN_FORCE, another live warning stands in one of its places.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        prepared = uow[Alerts].prepared_for(old.id)
        if not _may_follow(old, call.now) or (prepared is None and old.status is not AlertStatus.ACTIVE):
            raise NotPossibleError(old.status, "all_clear")
        if prepared is None:
            prepared = prepare(uow, old, all_clear_of, call=call, voices=voices)
        expires_at = call.now + timedelta(minutes=uow[AlertPolicies].get().all_clear_minutes)
        if signed is not None:
            expires_at = signed.order.expires_at
        active = as_agreed(prepared, call, expires_at)
        if not active.is_drill:
            require_no_warning_there(uow, active)
        replaced = None
        if old.status is AlertStatus.ACTIVE:
            replaced = Replacement(
                old, uow[Places].tree().roots_of(old.audience.targets.areas), None, (call.actor.name,)
            )
        alert = send(
            uow,
            active,
            replaced=replaced,
            approved_by=(str(call.actor.user_id),),
            now=call.now,
            new_id=call.new_id,
            signed=signed,
        )
        uow.record(event_of("all_clear_sent", alert, call.actor, order=alert.order_id, after=old.id))
        uow.commit()
    return alert


def expire_due(uow: UnitOfWork, *, now: datetime) -> int:
    """Store the end of every order that has expired, at the instant it did; return how many. Idempotent.

    Raises:
        ConflictError: something else happened to one in this very moment; the next call does it.
    """
    with uow.urgent():
        due = [order for order in uow[Orders].open() if order.expires_at <= now]
        for order in due:
            old = uow[Alerts].get(order.alert_id)
            alert = revised(old, AlertAction.EXPIRE, now, ended_at=order.expires_at)
            uow[Alerts].save(alert)
            end_order(uow, order.id, order.expires_at, OrderEnd.EXPIRED)
            uow.record(event_of("expired", alert, _CLOCK, order=order.id))
        if due:
            uow.commit()
    return len(due)


def expire_waiting(uow: UnitOfWork, *, now: datetime) -> int:
    """End every alert that expired before a second person decided; return how many.

    Raises:
        ConflictError: something else happened to one in this very moment; the next call does it.
    """
    with uow.urgent():
        due = [alert for alert in uow[Alerts].submitted() if alert.expires_at <= now]
        for old in due:
            alert = revised(old, AlertAction.EXPIRE, now, ended_at=old.expires_at)
            uow[Alerts].save(alert)
            uow.record(event_of("expired", alert, _CLOCK, waited=True))
        if due:
            uow.commit()
    return len(due)


def _may_follow(alert: Alert, now: datetime) -> bool:
    if alert.purpose is Purpose.ALL_CLEAR or alert.order_id is None:
        return False
    if alert.status is AlertStatus.ACTIVE:
        return True
    is_over = alert.status in (AlertStatus.CANCELLED, AlertStatus.EXPIRED)
    return is_over and alert.ended_at is not None and now - alert.ended_at <= AFTERMATH


def stops_of(uow: UnitOfWork, order: Order) -> Sequence[Stop]:
    """Return the stops that silenced this order somewhere, oldest first."""
    tree = uow[Places].tree()
    found = []
    for stop in uow[Orders].stops_since(order.issued_at):
        there = {below.id for area_id in stop.areas if area_id in tree for below in tree.subtree(area_id)}
        if stop.mutes_alerts and reached(order.current_audience.targets, tree, there):
            found.append(stop)
    return found


def sound_again(uow: UnitOfWork, alert_id: AlertId, *, call: Call) -> Alert:
    """Send a new order of the active alert: devices that a stop silenced sound it; rounds heard whole are not repeated.

    The content is what its two people approved, unchanged; one person with the right to cancel it decides.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: it is not in force, or no stop has silenced it.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        if old.status is not AlertStatus.ACTIVE or old.expires_at <= call.now:
            raise NotPossibleError(old.status, "sound_again")
        before = uow[Orders].get(order_of(old))
        stops = stops_of(uow, before)
        if not stops:
            raise NotPossibleError(old.status, "sound_again")
        alert = progressed(old, call.now, order_id=OrderId(call.new_id()))
        order, meant = frozen(
            uow, replace(alert, is_minor=True), approved_by=before.approved_by, replaces=(before.id,), now=call.now
        )
        uow[Alerts].save(alert)
        uow[Orders].add(order)
        expect(uow, order, meant)
        uow.outbox.add(OutboxKind.ALERT, order.id)
        end_order(uow, before.id, call.now, OrderEnd.REPLACED)
        uow.record(event_of("repeated", alert, call.actor, order=order.id, stops=[stop.id for stop in stops]))
        uow.commit()
    return alert


def undo_cancel(uow: UnitOfWork, alert_id: AlertId, *, call: Call, voices: Voices) -> Alert:
    """Send a new alert with the content of the cancelled one, on the approval of the same two people.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: it was not cancelled within ``UNDO_WITHIN``, has expired, or its correction was sent.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        if not may_be_undone(old, call.now) or (uow[Alerts].prepared_for(old.id) is None and needs_correction(old)):
            raise NotPossibleError(old.status, "undo_cancel")
        before = uow[Orders].get(order_of(old))
        draft = _copied(old, AlertId(call.new_id()), call.now)
        uow[Alerts].add(draft)
        active = decided(draft, call.now, approver_id=old.approver_id, approver_name=old.approver_name)
        discard_prepared(uow, old.id, call.now)
        alert = send(uow, active, replaced=None, approved_by=before.approved_by, now=call.now, new_id=call.new_id)
        if alert.purpose is not Purpose.ALL_CLEAR:
            prepare(uow, alert, all_clear_of, call=call, voices=voices)
        uow.record(event_of("cancel_undone", old, call.actor, by_alert=alert.id))
        uow.record(event_of("restored", alert, call.actor, order=alert.order_id, after=old.id))
        uow.commit()
    return alert


def may_be_undone(alert: Alert, now: datetime) -> bool:
    """Return whether it was cancelled so recently that the cancel may be undone."""
    is_fresh = alert.ended_at is not None and now - alert.ended_at <= UNDO_WITHIN
    return alert.status is AlertStatus.CANCELLED and is_fresh and now < alert.expires_at


def needs_correction(alert: Alert) -> bool:
    """Return whether a cancel leaves a correction: as long as that is a draft, people have not heard of the cancel."""
    return not alert.is_drill and alert.purpose is not Purpose.ALL_CLEAR


def _copied(old: Alert, alert_id: AlertId, now: datetime) -> Alert:
    return replace(
        old,
        id=alert_id,
        status=AlertStatus.DRAFT,
        version=1,
        own_versions=0,
        created_at=now,
        changed_at=now,
        approver_id=None,
        approver_name="",
        approved_at=None,
        order_id=None,
        ended_at=None,
        ended_by_name="",
        reason="",
    )

"""End of an alert: cancelled, all-clear, or expired. One person, one step."""

from datetime import datetime, timedelta
from functools import partial

from broadcast.alerts.message_templates import all_clear_of, correction_of
from broadcast.alerts.model import Alert, AlertAction, AlertId, AlertStatus, CancelCause, Purpose
from broadcast.alerts.orders import OrderEnd
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.orders import Replacement, end_order, order_of, require_no_warning_there, send
from cms.alerts.service.sound import as_agreed, discard_prepared, prepare
from cms.alerts.service.steps import cleaned_reason, event_of, machine_event, require_in_areas, revised
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.errors import NotPossibleError
from province.people import Action

AFTERMATH = timedelta(days=1)
"""So long after its end an alert may still be followed by its all-clear or correction in one step."""
_CLOCK = "clock"


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
    with uow:
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


def all_clear(uow: UnitOfWork, alert_id: AlertId, *, call: Call, voices: Voices) -> Alert:
    """Send the all-clear or correction prepared to follow the alert, and return it, active. One person, one step.

    After an active or an expired alert that is the all-clear (the active one is superseded by it), after a cancelled
    one the correction. Goes out as text alone where its sound is not ready: an all-clear does not wait for a sound.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: it never was active, ended more than a day ago, or was followed already.
        InvalidError: ALERT_IN_FORCE, another live warning stands in one of its places.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        prepared = uow[Alerts].prepared_for(old.id)
        if not _may_follow(old, call.now) or (prepared is None and old.status is not AlertStatus.ACTIVE):
            raise NotPossibleError(old.status, "all_clear")
        if prepared is None:
            prepared = prepare(uow, old, all_clear_of, call=call, voices=voices)
        expires_at = call.now + timedelta(minutes=uow[AlertPolicies].get().all_clear_minutes)
        active = as_agreed(prepared, call, expires_at)
        if not active.is_drill:
            require_no_warning_there(uow, active)
        replaced = None
        if old.status is AlertStatus.ACTIVE:
            replaced = Replacement(
                old, uow[Places].tree().roots_of(old.audience.targets.areas), None, (call.actor.name,)
            )
        alert = send(
            uow, active, replaced=replaced, approved_by=(str(call.actor.user_id),), now=call.now, new_id=call.new_id
        )
        uow.record(event_of("all_clear_sent", alert, call.actor, order=alert.order_id, after=old.id))
        uow.commit()
    return alert


def expire_due(uow: UnitOfWork, *, now: datetime) -> int:
    """Store the end of every order that has expired, at the instant it did; return how many. Idempotent.

    Raises:
        ConflictError: something else happened to one in this very moment; the next call does it.
    """
    with uow:
        due = [order for order in uow[Orders].open() if order.expires_at <= now]
        for order in due:
            old = uow[Alerts].get(order.alert_id)
            alert = revised(old, AlertAction.EXPIRE, now, ended_at=order.expires_at)
            uow[Alerts].save(alert)
            end_order(uow, order.id, order.expires_at, OrderEnd.EXPIRED)
            uow.record(machine_event("expired", alert, _CLOCK, order=order.id))
        if due:
            uow.commit()
    return len(due)


def expire_waiting(uow: UnitOfWork, *, now: datetime) -> int:
    """End every alert that expired before a second person decided; return how many.

    Raises:
        ConflictError: something else happened to one in this very moment; the next call does it.
    """
    with uow:
        due = [alert for alert in uow[Alerts].submitted() if alert.expires_at <= now]
        for old in due:
            alert = revised(old, AlertAction.EXPIRE, now, ended_at=old.expires_at)
            uow[Alerts].save(alert)
            uow.record(machine_event("expired", alert, _CLOCK, waited=True))
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

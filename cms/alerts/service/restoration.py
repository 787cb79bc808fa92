"""Alert restoration: sound an approved alert again after a stop silenced it or an accidental cancel."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.message_templates import all_clear_of
from broadcast.alerts.model import Alert, AlertAction, AlertId, AlertStatus, OrderId, Purpose
from broadcast.alerts.orders import Order, OrderEnd, Stop
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.orders import end_order, frozen, order_of, send
from cms.alerts.service.sound import discard_prepared, prepare
from cms.alerts.service.steps import event_of, progressed, require_in_areas, revised
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.errors import NotPossibleError
from province.people import Action

UNDO_WITHIN: Final = timedelta(seconds=60)
"""Time after a cancel in which the same content may sound again on the approval of its two people."""


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
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        if old.status is not AlertStatus.ACTIVE or old.expires_at <= call.now:
            raise NotPossibleError(old.status, "sound_again")
        before = uow[Orders].get(order_of(old))
        stops = stops_of(uow, before)
        if not stops:
            raise NotPossibleError(old.status, "sound_again")
        alert = progressed(old, call.now, order_id=OrderId(call.new_id()))
        order, reaches = frozen(
            uow, replace(alert, is_minor=True), approved_by=before.approved_by, replaces=(before.id,), now=call.now
        )
        uow[Alerts].save(alert)
        uow[Orders].add(order)
        uow[Orders].expect(reaches)
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
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old)
        if not may_be_undone(old, call.now) or (uow[Alerts].prepared_for(old.id) is None and needs_correction(old)):
            raise NotPossibleError(old.status, "undo_cancel")
        before = uow[Orders].get(order_of(old))
        draft = _copied(old, AlertId(call.new_id()), call.now)
        uow[Alerts].add(draft)
        submitted = revised(
            draft,
            AlertAction.SUBMIT,
            call.now,
            submitter_id=old.submitter_id,
            submitter_name=old.submitter_name,
            submitted_at=old.submitted_at,
        )
        active = revised(
            submitted,
            AlertAction.APPROVE,
            call.now,
            approver_id=old.approver_id,
            approver_name=old.approver_name,
            approved_at=call.now,
        )
        discard_prepared(uow, old.id, call.now)
        active = replace(active, version=draft.version + 1)
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

"""Standing orders: proposed by one person, agreed to by another, suspended by one press, ended by time or rights."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from broadcast.alerts.model import AlertId, AlertStatus
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    OrderEndCause,
    StandingBounds,
)
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.approval import content_sha256
from cms.alerts.service.drafts import require_complete
from cms.alerts.service.steps import (
    cleaned_reason,
    require_current,
    require_declaration,
    require_fresh_code,
    require_in_areas,
    require_person,
)
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service.bounds import bounds_problems, pinned_anew
from cms.standing_orders.service.sources import changed_rules
from media.ports import Voices
from province.call import Call
from province.errors import (
    ConflictError,
    ContentChangedError,
    InvalidError,
    NotAllowedError,
    NotPossibleError,
    Problem,
    problem_if,
    refuse,
)
from province.events import Event
from province.people import Action, Actor

_S = AlertStandingOrderStatus
_NOUN: Final = "alert_standing_order"


def bounds_sha256(order: AlertStandingOrder) -> str:
    """Digest what the two people agree to: the bounds, and the content of the alert that will be sent."""
    agreed = [order.id, msgspec.to_builtins(order.bounds), content_sha256(order.pattern), order.proposed_by]
    return sha256(msgspec.json.encode(agreed, order="deterministic")).hexdigest()


def propose(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    bounds: StandingBounds,
    expected_version: int,
    call: Call,
    voices: Voices,
) -> AlertStandingOrder:
    """Propose an order that sends this draft, as it is now, within these bounds; another person has to agree.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: no right to raise alerts in all of its places; TokenRefusedError: a program asks.
        NotPossibleError: the alert is not a draft.
        InvalidError: with everything that is missing or out of bounds.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        require_person(call.actor, Action.ALERT_RAISE)
        require_in_areas(uow, call, Action.ALERT_RAISE, old)
        require_current(old, expected_version)
        if old.status is not AlertStatus.DRAFT or old.updates_id is not None:
            raise NotPossibleError(old.status, "plan")
        refuse(bounds_problems(uow, bounds, old, call.now))
        pattern = replace(old, cap_ref="", facts=replace(old.facts, happens_at=None))
        pattern = replace(pattern, expires_at=call.now + timedelta(minutes=bounds.lasts_minutes))
        require_complete(uow, pattern, voices, call.now)
        order = AlertStandingOrder(
            id=AlertStandingOrderId(call.new_id()),
            pattern=pattern,
            bounds=bounds,
            proposed_by=call.actor.user_id,
            proposed_by_name=call.actor.name,
            proposed_at=call.now,
        )
        uow[AlertStandingOrders].add(order)
        uow.record(order_event("proposed", order, call.actor, call.now))
        uow.commit()
    return order


def agree(
    uow: UnitOfWork, order_id: AlertStandingOrderId, *, seen_sha256: str, expected_version: int, call: Call
) -> AlertStandingOrder:
    """Agree to exactly the bounds and content that the person saw; from now on a matching warning fires the order.

    Raises:
        NotFoundError, NotPossibleError: see their remedies.
        ConflictError, ContentChangedError: it has changed since the person saw it.
        NotAllowedError: POLICY (the province has not switched standing orders on), OWN_ALERT (who proposed or wrote
            it), SECOND_FACTOR, LEVEL, or no right to approve alerts in all of its places.
        InvalidError: it is over already, or a rule of gauges has changed since it was proposed.
    """
    with uow:
        old = uow[AlertStandingOrders].get(order_id)
        if not uow[AlertPolicies].get().fires_standing_orders:
            raise NotAllowedError(Action.ALERT_APPROVE, "POLICY")
        require_person(call.actor, Action.ALERT_APPROVE)
        require_in_areas(uow, call, Action.ALERT_APPROVE, old.pattern)
        if call.actor.user_id in (old.proposed_by, old.pattern.author_id):
            raise NotAllowedError(Action.ALERT_APPROVE, "OWN_ALERT", old.pattern.audience.targets.areas)
        require_fresh_code(call, Action.ALERT_APPROVE)
        require_declaration(uow, old.pattern, call.actor)
        _require(old, expected_version, _S.PROPOSED, "agree")
        if seen_sha256 != bounds_sha256(old):
            raise ContentChangedError(str(order_id), seen_sha256, bounds_sha256(old))
        if old.bounds.valid_until_at <= call.now:
            raise InvalidError([Problem("valid_until_at", "ENDS_BEFORE")])
        refuse(problem_if(bool(changed_rules(uow, [old])), "sources", "RULE_CHANGED"))
        order = replace(
            old,
            status=_S.AGREED,
            version=old.version + 1,
            agreed_by=call.actor.user_id,
            agreed_by_name=call.actor.name,
            agreed_at=call.now,
            agreed_sha256=seen_sha256,
        )
        save(uow, order, "agreed", call.actor, call.now, sha256=seen_sha256)
        uow.commit()
    return order


def suspend(uow: UnitOfWork, order_id: AlertStandingOrderId, *, call: Call) -> AlertStandingOrder:
    """Suspend the order: nothing fires it until two people have agreed again. Who may cancel alerts there may.

    The state is what counts, not the version: a press is never refused because somebody else pressed.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
    """
    with uow.urgent():
        old = uow[AlertStandingOrders].get(order_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old.pattern)
        if old.status is not _S.AGREED:
            raise NotPossibleError(old.status, "suspend")
        order = replace(
            old,
            status=_S.SUSPENDED,
            version=old.version + 1,
            suspended_by_name=call.actor.name,
            suspended_at=call.now,
        )
        save(uow, order, "suspended", call.actor, call.now)
        uow.commit()
    return order


def propose_again(
    uow: UnitOfWork, order_id: AlertStandingOrderId, *, expected_version: int, call: Call
) -> AlertStandingOrder:
    """Propose the suspended order again: another person has to agree to it anew.

    Its alert and its bounds stay; a rule of gauges that has changed is named as it is now.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: a rule of gauges that it names may not fire any order now.
    """
    with uow:
        old = uow[AlertStandingOrders].get(order_id)
        require_person(call.actor, Action.ALERT_RAISE)
        require_in_areas(uow, call, Action.ALERT_RAISE, old.pattern)
        has_changed_rules = bool(changed_rules(uow, [old]))
        proposable = old.status if old.status is _S.PROPOSED and has_changed_rules else _S.SUSPENDED
        _require(old, expected_version, proposable, "propose_again")
        order = replace(
            old,
            bounds=pinned_anew(uow, old) if has_changed_rules else old.bounds,
            status=_S.PROPOSED,
            version=old.version + 1,
            proposed_by=call.actor.user_id,
            proposed_by_name=call.actor.name,
            proposed_at=call.now,
            agreed_by=None,
            agreed_by_name="",
            agreed_at=None,
            agreed_sha256="",
        )
        save(uow, order, "proposed", call.actor, call.now)
        uow.commit()
    return order


def end(
    uow: UnitOfWork, order_id: AlertStandingOrderId, *, reason: str, expected_version: int, call: Call
) -> AlertStandingOrder:
    """Turn the order down, or end it for good; one person may, with a reason.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: no reason was given.
    """
    with uow.urgent():
        old = uow[AlertStandingOrders].get(order_id)
        require_in_areas(uow, call, Action.ALERT_CANCEL, old.pattern)
        if old.version != expected_version:
            raise ConflictError(_NOUN, order_id, expected_version, old.version)
        if old.status is _S.ENDED:
            raise NotPossibleError(old.status, "end")
        order = ended(uow, old, OrderEndCause.PERSON, call.actor, call.now, reason=cleaned_reason(reason))
        uow.commit()
    return order


def ended(
    uow: UnitOfWork, old: AlertStandingOrder, cause: OrderEndCause, by: Actor, now: datetime, *, reason: str = ""
) -> AlertStandingOrder:
    """Store the end of the order; within a unit of work."""
    order = replace(
        old,
        status=_S.ENDED,
        version=old.version + 1,
        ended_by_name=by.name if cause is OrderEndCause.PERSON else "",
        ended_at=now,
        end_cause=cause,
        reason=reason,
    )
    save(uow, order, "ended", by, now, cause=cause.value, reason=reason)
    return order


def order_event(name: str, order: AlertStandingOrder, by: Actor, at: datetime, **detail: object) -> Event:
    """Build the event of an order, with its name of that time."""
    frozen = {"version": order.version, "headline": order.pattern.headline, "kind": order.pattern.kind.value, **detail}
    return Event.of(by, f"alert_order.{name}", order.id, at, **frozen)


def save(uow: UnitOfWork, order: AlertStandingOrder, name: str, by: Actor, at: datetime, **detail: object) -> None:
    """Store the changed order with its event; within a unit of work."""
    uow[AlertStandingOrders].save(order)
    uow.record(order_event(name, order, by, at, **detail))


def _require(order: AlertStandingOrder, expected_version: int, status: AlertStandingOrderStatus, act: str) -> None:
    if order.status is not status:
        raise NotPossibleError(order.status, act)
    if order.version != expected_version:
        raise ConflictError(_NOUN, order.id, expected_version, order.version)

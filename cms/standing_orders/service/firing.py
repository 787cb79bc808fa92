"""Firing of standing orders: a warning that matches one becomes an alert by the one path of alerts, without a hand.

Firing, alert, order and events are one transaction, in which one process at a time decides: the same event from five
sources at once sounds once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.message_templates import all_clear_of
from broadcast.alerts.model import Alert, AlertId, AlertStatus
from broadcast.standing_orders.matching import Match, MatchOutcome, PlannedFiring, concerned, firing_of, match
from broadcast.standing_orders.model import AlertStandingOrder, Firing, FiringId, HoldReason, IncomingWarning
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.drafts import require_complete
from cms.alerts.service.orders import send_agreed
from cms.alerts.service.sound import prepare
from cms.alerts.service.steps import event_of as alert_event
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders, Firings
from cms.standing_orders.service.lapses import has_rights
from cms.standing_orders.service.orders import bounds_sha256, order_event
from cms.standing_orders.service.sources import changed_rules
from media.ports import Voices
from province.call import Call
from province.errors import InvalidError
from province.events import Event
from province.people import program

WARNER: Final = program("standing_orders")
"""Actor of what no person does. The people of a fired alert are the two who agreed to its order."""
_LOOKED_BACK: Final = timedelta(days=400)
_HEARD_MOST: Final = 50


def is_concerned(uow: UnitOfWork, warning: IncomingWarning) -> bool:
    """Return whether any order is about the warning; within a unit of work that may only read."""
    orders = uow[AlertStandingOrders].living()
    return bool(orders) and bool(concerned(warning, orders, PlaceIndex(uow[Places].tree())))


def decide(uow: UnitOfWork, warning: IncomingWarning, *, call: Call, voices: Voices) -> Match:
    """Decide on a warning; within a unit of work, whose commit ends the turn of this process."""
    uow[AlertStandingOrders].hold_firing_lock()
    ground = PlaceIndex(uow[Places].tree())
    orders = concerned(warning, uow[AlertStandingOrders].living(), ground)
    changed = changed_rules(uow, orders)
    return match(
        warning,
        orders,
        uow[Firings].since(call.now - _LOOKED_BACK) if orders else (),
        alerts=uow[Alerts].active() if orders else (),
        unfit={each.id: _unfit(uow, each, call, voices, has_changed_rules=each.id in changed) for each in orders},
        is_on=uow[AlertPolicies].get().fires_standing_orders,
        ground=ground,
        now=call.now,
    )


def settle(
    uow: UnitOfWork, warning: IncomingWarning, *, cap_ref: str, call: Call, voices: Voices
) -> tuple[Match, AlertId | None]:
    """Decide on a warning and fire what it fires; return the match, and the alert that sounds or sounded for it.

    Within a unit of work, which the caller commits if there is such an alert.
    """
    found = decide(uow, warning, call=call, voices=voices)
    match found.outcome:
        case MatchOutcome.NOTHING | MatchOutcome.HOLDS:
            return found, None
        case MatchOutcome.REPEATS:
            return found, hear_again(uow, found, warning, call.now)
        case MatchOutcome.FIRES:
            fired = [fire(uow, each, warning, cap_ref=cap_ref, call=call, voices=voices) for each in found.planned]
            if found.order is not None:
                hold(uow, found, warning, None, call.now)
            return found, fired[0].alert_id
        case _:
            assert_never(found.outcome)


def fire(
    uow: UnitOfWork, planned: PlannedFiring, warning: IncomingWarning, *, cap_ref: str, call: Call, voices: Voices
) -> Firing:
    """Send the alert of a planned firing; within the unit of work of ``decide``."""
    order, now = planned.order, call.now
    alert = _sent(uow, planned, cap_ref, call)
    prepare(uow, alert, all_clear_of, call=call, voices=voices)
    firing = firing_of(planned, warning, now, firing_id=FiringId(call.new_id()), alert_id=alert.id)
    uow[Firings].add(firing)
    told = {"source": firing.source, "identifier": firing.identifier, "agreed_sha256": order.agreed_sha256}
    uow.record(alert_event("fired", alert, WARNER, order=alert.order_id, standing_order=order.id, **told))
    areas = list(planned.audience.targets.areas)
    uow.record(order_event("fired", order, WARNER, now, firing=firing.id, alert=alert.id, areas=areas, **told))
    return firing


def hold(uow: UnitOfWork, found: Match, warning: IncomingWarning, alert_id: AlertId | None, now: datetime) -> None:
    """Record that a warning waits for people, as the draft ``alert_id``, with the reasons; within a unit of work."""
    assert found.order is not None
    areas = list(found.order.pattern.audience.targets.areas)
    why = [each.value for each in found.reasons]
    told = {"source": warning.sources[0], "identifier": warning.identifier, "reasons": why}
    uow.record(order_event("held", found.order, WARNER, now, alert=alert_id, areas=areas, **told))
    if alert_id is not None:
        uow.record(Event.of(WARNER, "alert.held", alert_id, now, standing_order=found.order.id, **told))


def hear_again(uow: UnitOfWork, found: Match, warning: IncomingWarning, now: datetime) -> AlertId:
    """Note that another source told the same event; within a unit of work. Returns the alert that sounded for it."""
    assert found.firing is not None
    firing, said = found.firing, f"{warning.sources[0]} {warning.identifier}"
    if said not in firing.heard and len(firing.heard) < _HEARD_MOST:
        uow[Firings].save(replace(firing, heard=(*firing.heard, said)))
    order = uow[AlertStandingOrders].get(firing.order_id)
    uow.record(order_event("repeated", order, WARNER, now, firing=firing.id, source=warning.sources[0]))
    return firing.alert_id


def _unfit(
    uow: UnitOfWork, order: AlertStandingOrder, call: Call, voices: Voices, *, has_changed_rules: bool
) -> list[HoldReason]:
    """Return what speaks against the order itself: its content, its rules of gauges, its people, its sound."""
    found = [HoldReason.CHANGED] if bounds_sha256(order) != order.agreed_sha256 else []
    found += [HoldReason.RULE_CHANGED] if has_changed_rules else []
    found += [] if has_rights(uow, call.authority, order) else [HoldReason.LOST_RIGHT]
    try:
        require_complete(uow, _pattern(order, call.now), voices, call.now)
    except InvalidError:
        found.append(HoldReason.INCOMPLETE)
    return found


def _pattern(order: AlertStandingOrder, now: datetime) -> Alert:
    return replace(order.pattern, expires_at=now + timedelta(minutes=order.bounds.lasts_minutes))


def _sent(uow: UnitOfWork, planned: PlannedFiring, cap_ref: str, call: Call) -> Alert:
    order, now = planned.order, call.now
    draft = replace(
        _pattern(order, now),
        id=AlertId(call.new_id()),
        status=AlertStatus.DRAFT,
        version=1,
        own_versions=0,
        audience=planned.audience,
        created_at=now,
        changed_at=now,
        worded_at=now,
        cap_ref=cap_ref,
    )
    return send_agreed(
        uow,
        draft,
        now=now,
        new_id=call.new_id,
        submitter_id=order.proposed_by,
        submitter_name=order.proposed_by_name,
        submitted_at=order.proposed_at,
        approver_id=order.agreed_by,
        approver_name=order.agreed_by_name,
    )

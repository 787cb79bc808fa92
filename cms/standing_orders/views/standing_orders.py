"""Screens of standing orders: the list, proposing one, and one order with its bounds, firings and reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertStatus
from broadcast.gauges.model import GaugeRuleId
from broadcast.standing_orders.gauge_warnings import pinned_rules, rule_name
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    FiringId,
    FiringVerdict,
)
from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts.views import editor, page
from cms.alerts.views.confirmation import take_code
from cms.audit.queries import events_of
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.standing_orders import labels
from cms.standing_orders.forms import StandingOrderForm, read
from cms.standing_orders.queries import fired_alerts, firing_counts, waiting_orders
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service import orders, reviews
from cms.standing_orders.service.bounds import LIMITS
from cms.standing_orders.service.sources import RuleSources, known_sources
from province.errors import ContentChangedError, NotFoundError, Problem
from province.people import Action

_EVENTS_MOST = 100
_NO_HAZARD = frozenset({Hazard.OTHER})


@dataclass(frozen=True, slots=True)
class NamedRule:
    """Rule of gauges that an order names, as it is now. ``rule_id``: None, once it may fire no order any more."""

    name: str
    rule_id: GaugeRuleId | None
    lines: Sequence[str]
    has_changed: bool


@pages.get("/alert-orders")
def standing_orders() -> str:
    messages.tree_for(Action.ALERT_READ)
    with request_context.context().uow.reading() as unit:
        known = [each for each in unit[AlertStandingOrders].all() if page.is_visible(each.pattern)]
        counts = firing_counts(unit.session)
        waiting = {each.order_id for each in waiting_orders(unit.session)[1]}
    return render_template(
        "standing_orders/standing_orders.html",
        open=[each for each in known if each.status is not AlertStandingOrderStatus.ENDED],
        ended=[each for each in known if each.status is AlertStandingOrderStatus.ENDED],
        counts=counts,
        waiting=waiting,
        is_on=page.policy().fires_standing_orders,
    )


@pages.get("/alerts/<alert_id>/alert-order")
def plan_standing_order(alert_id: str) -> str:
    alert = _draft(alert_id)
    return _planning(alert, StandingOrderForm.fresh(alert, request_context.context().now()))


@pages.post("/alerts/<alert_id>/alert-order")
def propose_standing_order(alert_id: str) -> Answer:
    alert, typed = _draft(alert_id), StandingOrderForm.of(request.form)
    bounds, problems = read(typed)
    if bounds is None:
        return _planning(alert, typed, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    with redisplay(_planning, alert, typed):
        made = orders.propose(
            new_unit(),
            alert.id,
            bounds=bounds,
            expected_version=request_context.seen_version(alert),
            call=call(),
            voices=request_context.context().voices,
        )
    return confirmed(
        _("Proposed. It takes effect once a second person has agreed."), "web.standing_order", order_id=made.id
    )


@pages.get("/alert-orders/<order_id>")
def standing_order(order_id: str) -> str:
    return _page(_order(order_id))


@pages.post("/alert-orders/<order_id>")
def decide_standing_order(order_id: str) -> Answer:
    """Agree to the order, suspend it, propose it again, or end it."""
    order, act = _order(order_id), request.form.get("act", "")
    try:
        with redisplay(_page, order):
            if act == "agree":
                if not _why_not(order):
                    take_code("standing_order.agree", or_fresh=True)
                # The step reads the clock after the code was stamped: a code from the future would not be fresh.
                request_context.step(orders.agree, order, seen_sha256=request.form.get("seen", ""))
                said = _("Agreed. From now on a matching warning sounds by itself.")
            elif act == "suspend":
                orders.suspend(new_unit(), order.id, call=call())
                said = _("Suspended. A matching warning waits for people.")
            elif act == "again":
                request_context.step(orders.propose_again, order)
                said = _("Proposed again. A second person has to agree.")
            elif act == "end":
                request_context.step(orders.end, order, reason=request.form.get("reason", ""))
                said = _("Ended.")
            else:
                raise BadRequest
    except AccountError as error:
        return _page(order, code_refusal=second_factor.refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except ContentChangedError:
        changed = _("The order has changed since you opened this page. Read it again, then decide.")
        return _page(order, code_refusal=changed), HTTPStatus.CONFLICT
    return confirmed(said, "web.standing_order", order_id=order.id)


@pages.post("/alert-orders/<order_id>/firings/<firing_id>")
def review_firing(order_id: str, firing_id: str) -> Answer:
    """Store the verdict on a firing."""
    order = _order(order_id)
    typed, remark = request.form.get("verdict", ""), request.form.get("remark", "")
    verdict = FiringVerdict(typed) if typed in set(FiringVerdict) else None
    with redisplay(_page, order, reviewing=(typed, remark)):
        reviews.review(new_unit(), FiringId(firing_id), verdict=verdict, remark=remark, call=call())
    return redirect(url_for("web.standing_order", order_id=order.id))


def _draft(alert_id: str) -> Alert:
    alert = page.see(alert_id)
    request_context.require(Action.ALERT_RAISE, alert.audience.targets.areas, messages.tree())
    if alert.status is not AlertStatus.DRAFT or alert.updates_id is not None or alert.is_prepared:
        raise NotFoundError("alert", alert_id)
    return alert


def _order(order_id: str) -> AlertStandingOrder:
    with request_context.session() as session:
        found = AlertStandingOrders(session).get(AlertStandingOrderId(order_id))
    if not page.is_visible(found.pattern):
        raise NotFoundError("alert_standing_order", order_id)
    return found


def _planning(alert: Alert, typed: StandingOrderForm, problems: Sequence[Problem] = ()) -> str:
    beside = messages.by_field(_placed(problem) for problem in problems)
    known = set(labels.FIELDS)
    with request_context.context().uow.reading() as unit:
        sources = known_sources(unit)
    return render_template(
        "standing_orders/standing_order_new.html",
        alert=alert,
        typed=typed,
        sources=sources.values(),
        hazards=[each for each in Hazard if each not in _NO_HAZARD],
        severities=[(str(int(key)), label) for key, label in labels.SEVERITY.items()],
        limits=LIMITS,
        problems=beside,
        others=[
            f"{messages.field_name(name)}: {each}" for name in beside if name not in known for each in beside[name]
        ],
    )


def _placed(problem: Problem) -> Problem:
    """Map the rules' name of a field to that of the form."""
    name = {"valid_from_at": "valid_from", "valid_until_at": "valid_until"}.get(problem.field)
    return editor.placed(problem) if name is None else Problem(name, problem.code, problem.detail)


def _why_not(order: AlertStandingOrder, rules: Sequence[NamedRule] = ()) -> str:
    if not page.policy().fires_standing_orders:
        return _("The province has not switched standing orders on. An administrator does it in the policy of alerts.")
    if not page.holds(Action.ALERT_APPROVE, order.pattern):
        return _("You may not approve alerts in all of these places. Somebody else has to.")
    if request_context.actor().user_id in (order.proposed_by, order.pattern.author_id):
        return _("You proposed this order or wrote its alert, so you cannot agree to it. Ask a second person.")
    if any(each.has_changed for each in rules):
        return _("A rule of gauges has changed since this was proposed. Have it proposed again.")
    return ""


def _rules(unit: UnitOfWork, order: AlertStandingOrder) -> Sequence[NamedRule]:
    """Return the rules of gauges that the order names."""
    pinned = list(pinned_rules(order.bounds))
    if not pinned:
        return []
    known = RuleSources.read(unit)
    changed = known.changed(order)
    found = []
    for rule_id, source in pinned:
        rule = known.rules.get(rule_id)
        lines = [] if rule is None else labels.rule_lines(rule, known.gauges, order.bounds.severity_min)
        found.append(NamedRule(rule_name(source), None if rule is None else rule.id, lines, source in changed))
    return found


def _may_come_back(order: AlertStandingOrder, rules: Sequence[NamedRule]) -> bool:
    """Return whether the order can be proposed again: it is suspended, or its rules changed before anybody agreed."""
    if order.status is AlertStandingOrderStatus.PROPOSED:
        return any(each.has_changed for each in rules)
    return order.status is AlertStandingOrderStatus.SUSPENDED


def _page(
    order: AlertStandingOrder,
    *,
    problems: Sequence[Problem] = (),
    code_refusal: str = "",
    reviewing: tuple[str, str] = ("", ""),
) -> str:
    with request_context.context().uow.reading() as unit:
        fired = fired_alerts(unit.session, order.id)
        events = events_of(unit.session, order.id, _EVENTS_MOST)
        rules = _rules(unit, order)
    may_cancel = page.holds(Action.ALERT_CANCEL, order.pattern)
    is_over = order.status is AlertStandingOrderStatus.ENDED
    return render_template(
        "standing_orders/standing_order.html",
        order=order,
        alert=order.pattern,
        bounds=labels.bounds_lines(order.bounds),
        rules=rules,
        seen=orders.bounds_sha256(order),
        sounds=page.sound_lines(order.pattern),
        fired=fired,
        events=events,
        why_not=_why_not(order, rules) if order.status is AlertStandingOrderStatus.PROPOSED else "",
        may_cancel=may_cancel,
        may_suspend=may_cancel and order.status is AlertStandingOrderStatus.AGREED,
        may_propose=page.holds(Action.ALERT_RAISE, order.pattern) and _may_come_back(order, rules),
        may_end=may_cancel and not is_over,
        may_review=page.holds(Action.ALERT_APPROVE, order.pattern),
        verdicts=[(key, label) for key, label in labels.VERDICT.items()],
        review_of=next((each.firing.id for each in reversed(fired) if each.firing.reviewed_at is None), None),
        reviewing=reviewing,
        problems=messages.by_field(problems),
        code_refusal=code_refusal,
    )

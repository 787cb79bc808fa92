"""Rules of limits on screens."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import render_template, request, url_for

from broadcast.gauges.model import GaugeRule, GaugeRuleId
from cms.alerts import labels as alert_labels
from cms.gauges import forms
from cms.gauges.forms import GaugeRuleForm, LimitsRow
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.service import rules
from cms.platform.web import messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.standing_orders.queries import orders_of_rules
from province.errors import ConflictError, Problem
from province.people import Action


@pages.get("/gauges/rules/new")
def new_gauge_rule() -> str:
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    return _page(GaugeRuleForm(rows=(LimitsRow(request.args.get("gauge", "")[:40]),)))


@pages.post("/gauges/rules/new")
def add_gauge_rule() -> Answer:
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    form = GaugeRuleForm.of(request.form)
    with redisplay(_page, form, not_yours="limits"):
        added = rules.add(new_unit(), forms.read_rule(form), call=call())
    return confirmed(_("The rule “%(name)s” applies from now on.", name=added.name), "web.gauges")


@pages.get("/gauges/rules/<rule_id>")
def edit_gauge_rule(rule_id: str) -> str:
    found = _found(rule_id)
    return _page(forms.shown_rule(found), found)


@pages.post("/gauges/rules/<rule_id>")
def save_gauge_rule(rule_id: str) -> Answer:
    found, form = _found(rule_id), GaugeRuleForm.of(request.form)
    try:
        with redisplay(_page, form, found, not_yours="limits"):
            request_context.step(rules.edit, found, draft=forms.read_rule(form))
    except ConflictError as error:
        return _page(form, found, version=error.actual), HTTPStatus.CONFLICT
    return confirmed(_("Saved."), "web.gauges")


def _found(rule_id: str) -> GaugeRule:
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    with context().uow.reading() as uow:
        return uow[GaugeRules].get(GaugeRuleId(rule_id))


def _page(
    form: GaugeRuleForm,
    found: GaugeRule | None = None,
    problems: Sequence[Problem] = (),
    *,
    version: int | None = None,
) -> str:
    with context().uow.reading() as uow:
        gauges = uow[Gauges].all()
        orders = 0 if found is None else orders_of_rules(uow.session, [found.id])
    return render_template(
        "gauges/gauge_rule.html",
        found=found,
        orders=orders,
        action=url_for("web.add_gauge_rule") if found is None else url_for("web.save_gauge_rule", rule_id=found.id),
        typed=form,
        version=form.version if version is None else str(version),
        is_conflict=version is not None,
        gauges=gauges,
        hazards=wording.options(alert_labels.HAZARD),
        problems=messages.by_field(problems),
    )

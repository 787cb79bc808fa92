"""Rules of areas: quotas, quiet hours, volume, freeze; and dates without quota."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.scheduling.area_rules import EVERY_DAY, AreaRules, ExemptionId, ExemptionState, Quota
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from broadcast.scheduling.recurrence import WEEKDAYS
from cms.areas import forms as rules_form
from cms.areas.forms import RulesForm
from cms.areas.repository import Places
from cms.areas.service import rules as area_rules
from cms.audit.queries import events_of
from cms.platform.web import area_picker, messages, request_context, typed_time, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule.repository.calendar import Exemptions
from cms.schedule.service import calendar as exemption_service
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action


@pages.get("/rules")
def rule_list() -> str:
    tree = messages.tree_for(Action.AREA_READ)
    on = request_context.today()
    seen = request_context.areas_where(Action.AREA_READ, tree)
    with request_context.context().uow.reading() as uow:
        asked = uow[Exemptions].in_areas(area.id for area in seen)
        waiting = Counter(each.area_id for each in asked if each.state is ExemptionState.PROPOSED and each.on >= on)
        own = uow[Places].areas_with_rules()
        sentences = {area.id: said(uow[Places].rules(area.id)) for area in seen}
    areas = area_picker.as_in_tree(seen)
    return render_template("areas/rules.html", areas=areas, said=sentences, own=own, waiting=waiting, tree=tree)


@pages.get("/rules/<area_id>")
def rules(area_id: str) -> str:
    return _page(_seen(area_id))


@pages.post("/rules/<area_id>")
def save_rules(area_id: str) -> Answer:
    here = _seen(area_id)
    request_context.require(Action.RULE_SET, (here,), messages.tree())
    typed = rules_form.typed(request.form)
    with redisplay(_page, here, typed), new_unit() as uow:
        wanted = rules_form.read(typed, uow[Places].rules(here).zone)
        told = area_rules.set_rules(uow, here, wanted, call=call())
        uow.commit()
    return confirmed(_("Saved. %(n)s devices will be told.", n=told), "web.rules", area_id=here)


@pages.post("/rules/<area_id>/exemptions")
def ask_exemption(area_id: str) -> Answer:
    here = _seen(area_id)
    with redisplay(_page, here, asked=request.form):
        exemption_service.ask_exemption(
            new_unit(),
            area_id=here,
            on=_date(request.form.get("on", "")),
            reason=request.form.get("reason", ""),
            call=call(),
        )
    return confirmed(_("Asked for. The quota holds until somebody else confirms it."), "web.rules", area_id=here)


@pages.post("/exemptions/<exemption_id>")
def decide_exemption(exemption_id: str) -> Response:
    confirms = request.form.get("act") == "confirm"
    found = exemption_service.decide_exemption(new_unit(), ExemptionId(exemption_id), confirms=confirms, call=call())
    flash(
        _("Confirmed: the quota does not hold on that date.") if confirms else _("Declined: the quota holds."), "good"
    )
    return redirect(url_for("web.rules", area_id=found.area_id))


def said(rules: AreaRules) -> list[str]:
    """Return the effective rules, one sentence each."""
    quiet = ", ".join(f"{window.start:%H:%M}–{window.until:%H:%M}" for window in rules.quiet)
    louder = ", ".join(f"{w.start:%H:%M}–{w.until:%H:%M}: {w.volume_pct} %" for w in rules.volumes)
    found = quota_said(rules.quota) or [_("No quota.")]
    found.append(_("Quiet %(hours)s.", hours=quiet) if quiet else _("No quiet hours."))
    found.append(_("Volume %(n)s %%.", n=rules.volume_pct))
    if louder:
        found.append(_("By time of day: %(hours)s.", hours=louder))
    found.append(_("The plan stands from %(n)s minutes before air.", n=rules.freeze_min))
    if rules.needs_signature:
        found.append(_("Approvals need a digital signature: nothing airs before it is signed."))
    if not rules.is_public:
        found.append(_("What was heard is not on the public page."))
    return found


def quota_said(quota: Quota) -> list[str]:
    limits = (
        (QuotaLimit.SESSIONS, quota.sessions),
        (QuotaLimit.SESSION_MIN, quota.session_min),
        (QuotaLimit.DAY_MIN, quota.day_min),
    )
    found = [messages.quota_refusal(Refusal(limit, most)) for limit, most in limits if most is not None]
    if quota.weekdays != EVERY_DAY:
        days = ", ".join(wording.word(wording.WEEKDAY, WEEKDAYS[day]) for day in quota.weekdays)
        found.append(_("only on %(days)s", days=days))
    return [each[:1].upper() + each[1:] + "." for each in found]


def _seen(area_id: str) -> AreaId:
    tree = messages.tree_for(Action.AREA_READ)
    here = tree.known(area_id)
    request_context.require(Action.AREA_READ, (here,), tree)
    return here


def _page(
    here: AreaId,
    typed: RulesForm | None = None,
    problems: Sequence[Problem] = (),
    asked: MultiDict[str, str] | None = None,
) -> str:
    tree, today = messages.tree(), request_context.today()
    with request_context.context().uow.reading() as uow:
        form = rules_form.shown(area_rules.present(uow, here)) if typed is None else typed
        effective = uow[Places].rules(here)
        exemptions = uow[Exemptions].in_areas(tree.chain(here))
        events = events_of(uow.session, here)
    return render_template(
        "areas/rules_edit.html",
        area=tree.get(here),
        form_=form,
        effective=said(effective),
        exemptions=exemptions,
        may_decide={e.id for e in exemptions if _may_decide(e.area_id, e.asked_by) and e.state == "proposed"},
        days=[(str(number), wording.word(wording.WEEKDAY, name)) for number, name in enumerate(WEEKDAYS)],
        changes=[event for event in events if event.name == "area.rules_set"],
        asked=asked or MultiDict(),
        today=today,
        problems=messages.by_field(problems),
    )


def _may_decide(area_id: AreaId, asked_by: str) -> bool:
    return asked_by != request_context.actor().user_id and request_context.can(
        Action.RULE_SET, area_id, messages.tree()
    )


def _date(text: str) -> date:
    try:
        return typed_time.read_day(text)
    except ValueError:
        raise InvalidError([Problem("on", "NOT_A_DATE")]) from None

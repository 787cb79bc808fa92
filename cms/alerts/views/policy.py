"""Alert policy of the province: break-glass, the longest alert, and how long an all-clear stays."""

from collections.abc import Sequence

from flask import render_template, request

from broadcast.alerts.model import AlertPolicy
from cms.alerts.repository.alerts import AlertPolicies
from cms.alerts.service import declaration_rights
from cms.audit.queries import events_of
from cms.platform.web import messages
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.errors import Problem
from province.people import Action

POLICY = "alert_policy"


@pages.get("/alerts/policy")
def alert_policy() -> str:
    messages.tree_for(Action.USER_MANAGE)
    return _page()


@pages.post("/alerts/policy")
def set_alert_policy() -> Answer:
    messages.tree_for(Action.USER_MANAGE)
    form = request.form
    hours, minutes = form.get("hours_max", "").strip(), form.get("all_clear_minutes", "").strip()
    wanted = AlertPolicy("may_send_alone" in form, _number(hours), _number(minutes))
    with redisplay(_page, wanted, (hours, minutes)):
        declaration_rights.set_policy(new_unit(), policy=wanted, call=call())
    return confirmed(_("Saved."), "web.alert_policy")


def _number(text: str) -> int:
    """Read a number; 0, which is always refused, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - a week of minutes


def _page(
    wanted: AlertPolicy | None = None, typed: tuple[str, str] | None = None, problems: Sequence[Problem] = ()
) -> str:
    with context().uow.reading() as unit:
        policy = unit[AlertPolicies].get() if wanted is None else wanted
        changes = events_of(unit.session, POLICY, 20)
    hours, minutes = typed or (str(policy.hours_max), str(policy.all_clear_minutes))
    return render_template(
        "alerts/policy.html",
        policy=policy,
        hours=hours,
        minutes=minutes,
        bounds=(declaration_rights.HOURS_MAX, declaration_rights.ALL_CLEAR_MINUTES_MAX),
        changes=changes,
        problems=messages.by_field(problems),
    )

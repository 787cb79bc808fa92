"""Alert policy of the province: break-glass, the longest alert, how long an all-clear stays, and reports."""

from collections.abc import Mapping, Sequence

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
_NUMBERS = {"hours_max": "", "all_clear_minutes": "", "hearing_m": AlertPolicy().hearing_m}
"""Numbers of the form, with what a form that does not ask for one means."""


@pages.get("/alerts/policy")
def alert_policy() -> str:
    messages.tree_for(Action.USER_MANAGE)
    return _page()


@pages.post("/alerts/policy")
def set_alert_policy() -> Answer:
    messages.tree_for(Action.USER_MANAGE)
    form = request.form
    typed = {name: form.get(name, str(default)).strip() for name, default in _NUMBERS.items()}
    numbers = {name: _number(text) for name, text in typed.items()}
    wanted = AlertPolicy(
        "may_send_alone" in form,
        **numbers,
        publishes_reports="publishes_reports" in form,
        fires_standing_orders="fires_standing_orders" in form,
        allows_local_alerts="allows_local_alerts" in form,
    )
    with redisplay(_page, wanted, typed):
        declaration_rights.set_policy(new_unit(), policy=wanted, call=call())
    return confirmed(_("Saved."), "web.alert_policy")


def _number(text: str) -> int:
    """Read a number; 0, which is always refused, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - a week of minutes


def _page(
    wanted: AlertPolicy | None = None, typed: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()
) -> str:
    with context().uow.reading() as unit:
        policy = unit[AlertPolicies].get() if wanted is None else wanted
        changes = events_of(unit.session, POLICY, 20)
    return render_template(
        "alerts/policy.html",
        policy=policy,
        typed=typed or {name: str(getattr(policy, name)) for name in _NUMBERS},
        bounds=declaration_rights.POLICY_BOUNDS,
        changes=changes,
        problems=messages.by_field(problems),
    )

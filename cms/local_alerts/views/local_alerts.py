"""Alerts at the loudspeaker: what may be raised, the boxes and their orders, and the steps of a local alert."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.local_alerts import HEADLINE_MAX, MINUTES, TEXT_MAX, LocalAlert, LocalAlertId, LocalAlertStatus
from broadcast.alerts.model import AlertId, AlertKind, Audience
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts import labels as alert_labels
from cms.alerts.forms import place_of
from cms.alerts.repository.alerts import AlertPolicies
from cms.alerts.service import drafts
from cms.alerts.service.draft_fields import WordingDraft
from cms.alerts.views import editor
from cms.alerts.views.confirmation import is_code_fresh, take_code
from cms.alerts.views.new_alert import first_draft
from cms.local_alerts.queries import boxes, speech_on_flash
from cms.local_alerts.repository import KeyPresses, LocalAlerts
from cms.local_alerts.service import agreement
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError, Problem, problem_if, refuse
from province.people import Action

BOXES_MOST: Final = 200
PRESSES_MOST: Final = 20
_USUAL: Final = {
    "area_id": "",
    "hazard": Hazard.FLASH_FLOOD.value,
    "level": "2",
    "headline": "",
    "text": "",
    "minutes": "30",
}
"""Fields of a proposal, as a new form has them."""


@pages.get("/alerts/local")
def local_alerts() -> str:
    tree = messages.tree_for(Action.ALERT_READ)
    mine = messages.held(Action.ALERT_READ)
    now = request_context.context().now()
    with request_context.context().uow.reading() as unit:
        found = [each for each in unit[LocalAlerts].standing() if concerns(each.area_id, mine, tree)]
        lines = boxes(unit.session, None if len(mine) == len(tree) else mine, BOXES_MOST + 1)
        presses = unit[KeyPresses].latest(PRESSES_MOST)
        is_allowed = unit[AlertPolicies].get().allows_local_alerts
    return render_template(
        "local_alerts/local_alerts.html",
        found=found,
        lines=lines[:BOXES_MOST],
        is_more=len(lines) > BOXES_MOST,
        presses=presses,
        is_allowed=is_allowed,
        now=now,
        may_propose=request_context.can_anywhere(Action.ALERT_RAISE),
    )


@pages.get("/alerts/local/new")
def new_local_alert() -> str:
    messages.tree_for(Action.ALERT_RAISE)
    return _form(_USUAL)


@pages.post("/alerts/local/new")
def propose_local_alert() -> Answer:
    messages.tree_for(Action.ALERT_RAISE)
    typed = {name: request.form.get(name, usual).strip() for name, usual in _USUAL.items()}
    with redisplay(_form, typed, not_yours="area_id"):
        refuse(
            problem_if(typed["hazard"] not in set(Hazard), "hazard", "MISSING")
            + problem_if(typed["level"] not in _levels(), "level", "MISSING")
            + problem_if(not typed["area_id"], "area_id", "MISSING")
        )
        made = agreement.propose(
            new_unit(),
            area_id=AreaId(typed["area_id"]),
            hazard=Hazard(typed["hazard"]),
            level=AlertLevel(int(typed["level"])),
            headline=typed["headline"],
            text=typed["text"],
            minutes=_number(typed["minutes"]),
            call=call(),
        )
    said = _("Proposed. A second person has to agree before any loudspeaker gets it.")
    return confirmed(said, "web.local_alert", local_id=made.id)


@pages.get("/alerts/local/<local_id>")
def local_alert(local_id: str) -> str:
    return _page(_found(local_id))


@pages.post("/alerts/local/<local_id>")
def decide_local_alert(local_id: str) -> Answer:
    """Agree to the local alert, withdraw it, or raise an alert with its words from the console."""
    found, act = _found(local_id), request.form.get("act", "")
    if act == "raise":
        return redirect(url_for("web.edit_alert", alert_id=_draft(found)))
    if act == "withdraw":
        agreement.withdraw(new_unit(), found.id, call=call())
        said = _("Withdrawn. Loudspeakers that can be reached raise it no more; the others until their orders expire.")
        return confirmed(said, "web.local_alerts")
    if act != "agree":
        raise BadRequest
    try:
        if not _why_not(found):
            take_code("local_alert.approve", or_fresh=True)
        agreement.approve(new_unit(), found.id, call=call(), voices=request_context.context().voices)
    except AccountError as error:
        return _page(found, code_refusal=second_factor.refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(
        _("Agreed. Loudspeakers whose keys somebody has are sent it."), "web.local_alert", local_id=found.id
    )


def concerns(area_id: AreaId, mine: Collection[AreaId], tree: AreaTree) -> bool:
    """Return whether what is meant for the area is of interest to a person with these areas."""
    if area_id not in tree or not mine:
        return False
    return not {*tree.chain(area_id), *(each.id for each in tree.subtree(area_id))}.isdisjoint(mine)


def _found(local_id: str) -> LocalAlert:
    tree = messages.tree_for(Action.ALERT_READ)
    with request_context.context().uow.reading() as unit:
        found = unit[LocalAlerts].get(LocalAlertId(local_id))
    if not concerns(found.area_id, messages.held(Action.ALERT_READ), tree):
        raise NotFoundError("local_alert", local_id)
    return found


def _draft(found: LocalAlert) -> AlertId:
    """Draft a live alert with the words of the local one, for a second person to approve; return its id."""
    targets = Targets((found.area_id,))
    usual = first_draft(AlertKind.LIVE, found.hazard, request_context.today(), editor.hazard_table())
    draft = replace(
        usual,
        level=found.level,
        headline=found.headline,
        audience=Audience(targets),
        facts=replace(usual.facts, place=place_of(targets)),
        wordings=(WordingDraft(VIETNAMESE, found.text),),
    )
    return drafts.draft_alert(new_unit(), draft=draft, call=call(), voices=request_context.context().voices).id


def _page(found: LocalAlert, code_refusal: str = "") -> str:
    below = [each.id for each in messages.tree().subtree(found.area_id)]
    with request_context.session() as session:
        on_flash = speech_on_flash(session, below)
    return render_template(
        "local_alerts/local_alert.html",
        alert=found,
        why_not=_why_not(found),
        may_withdraw=found.status is not LocalAlertStatus.WITHDRAWN
        and messages.can(Action.ALERT_CANCEL, found.area_id),
        may_raise=found.status is LocalAlertStatus.APPROVED and messages.can(Action.ALERT_RAISE, found.area_id),
        code_refusal=code_refusal,
        is_code_fresh=is_code_fresh(),
        on_flash=on_flash,
        heard=found.sound.rendition("browser-mp3"),
    )


def _why_not(found: LocalAlert) -> str:
    """Return why this person cannot agree; empty: they may, by their role."""
    if found.status is not LocalAlertStatus.PROPOSED:
        return ""
    if found.proposed_by == request_context.actor().user_id:
        return _("You have proposed it: a second person has to agree.")
    if not messages.can(Action.ALERT_APPROVE, found.area_id):
        return _("Somebody who may approve alerts there has to agree.")
    return ""


def _form(typed: dict[str, str], problems: Sequence[Problem] = ()) -> str:
    places = request_context.areas_where(Action.ALERT_RAISE, messages.tree())
    return render_template(
        "local_alerts/local_alert_new.html",
        typed=typed,
        problems=messages.by_field(problems),
        places=[("", _("Choose a place")), *((each.id, messages.full_name(each)) for each in places)],
        hazards=[(each.value, alert_labels.HAZARD[each]) for each in Hazard],
        levels=[(name, alert_labels.LEVEL[int(name)]) for name in _levels()],
        bounds={"headline": HEADLINE_MAX, "text": TEXT_MAX, "minutes": MINUTES},
    )


def _levels() -> list[str]:
    return [str(int(each)) for each in AlertLevel]


def _number(text: str) -> int:
    """Read a number of minutes; 0, which is always refused, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - some days

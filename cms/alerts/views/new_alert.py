"""Raising an alert: live or drill, the hazard, then a prefilled form that saves itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from http import HTTPStatus

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from broadcast.alerts import message_templates
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard, HazardTable
from broadcast.alerts.model import Alert, AlertFacts, AlertKind, AlertStatus, Audience, Purpose
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.accounts.errors import AccountError, PasskeyRefusedError
from cms.accounts.views import second_factor
from cms.alerts import forms as alert_form
from cms.alerts import labels as alert_labels
from cms.alerts.forms import AlertForm
from cms.alerts.service import drafts as alert_drafts
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.alerts.views import audience, editor, signatures, zones
from cms.alerts.views import page as alert_page
from cms.alerts.views.confirmation import LIVE_WORD, is_live_word, needs_code, take_code
from cms.platform.web import area_picker, messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.shelters.repository import Shelters
from province.errors import ConflictError, InvalidError, Problem, refuse
from province.people import Action

# An update of an alert that is about to expire gets the template's length instead.
_LEFT_MIN = timedelta(minutes=10)
_SAVES_MOST = 3


def first_draft(kind: AlertKind, hazard: Hazard, on: date, table: HazardTable) -> AlertDraft:
    """Fill a draft with the template's text, level and length; with the user's own place if there is just one."""
    template, tree = table.hazards[hazard], messages.tree()
    nodes = area_picker.forest(tree, Targets(), on, Action.ALERT_RAISE)
    targets = Targets((nodes[0].id,)) if len(nodes) == 1 and not nodes[0].children else Targets()
    authority = f"Ban Chỉ huy phòng thủ dân sự {nodes[0].name}" if nodes else ""
    with request_context.session() as session:
        advice = alert_form.advice_of(hazard, targets, tree, Shelters(session).all(), table=table)
    facts = AlertFacts(place=alert_form.place_of(targets), advice=advice, authority=authority)
    written = message_templates.written(hazard, facts, VIETNAMESE, table=table)
    return AlertDraft(
        kind,
        hazard,
        template.level,
        headline=written.headline,
        audience=Audience(targets),
        facts=facts,
        wordings=(WordingDraft(VIETNAMESE, written.text),),
    )


def updating_draft(found: Alert, now: datetime, *, is_minor: bool) -> AlertDraft:
    """Return all of the alert's content as a draft that is to replace it."""
    return replace(
        AlertDraft.of(found),
        expires_at=found.expires_at if found.expires_at - now > _LEFT_MIN else None,
        purpose=Purpose.UPDATE,
        updates_id=found.id,
        is_minor=is_minor,
        cap_ref="",
    )


@pages.get("/alerts/new")
def new_alert() -> str:
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    return _choosing(request.args.get("kind", ""))


@pages.post("/alerts/new")
def raise_alert() -> Answer:
    """Create a draft from the hazard's template; every field can be changed on the next page."""
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    kind, hazard = request.form.get("kind", ""), request.form.get("hazard", "")
    if kind not in set(AlertKind) or hazard not in set(Hazard):
        return _choosing(kind, _("Choose what is happening.")), HTTPStatus.UNPROCESSABLE_ENTITY
    context = request_context.context()
    made = alert_drafts.draft_alert(
        new_unit(),
        draft=first_draft(AlertKind(kind), Hazard(hazard), request_context.today(), editor.hazard_table()),
        call=call(),
        voices=context.voices,
    )
    return redirect(url_for("web.edit_alert", alert_id=made.id))


@pages.get("/alerts/<alert_id>/edit")
def edit_alert(alert_id: str) -> Answer:
    alert = _own(alert_id)
    if alert.status is not AlertStatus.DRAFT:
        return redirect(url_for("web.alert", alert_id=alert.id))
    return editor.page(alert, alert_form.shown(alert), ())


@pages.post("/alerts/<alert_id>/draft")
def autosave_alert(alert_id: str) -> Answer:
    """Save while the user types, and answer with the current preview; only a change starts any work."""
    alert = _own(alert_id)
    typed = _following(alert)
    try:
        saved, problems = _saved(alert, typed)
    except InvalidError as error:
        return editor.aside(alert, error.problems)
    except ConflictError:
        return editor.aside(alert, (), is_conflict=True)
    return editor.aside(saved, problems, typed=typed)


@pages.post("/alerts/<alert_id>/edit")
def save_alert(alert_id: str) -> Answer:
    if request.form.get("act") == "discard":
        return discarded(_own(alert_id))
    for _again in range(_SAVES_MOST - 1):
        try:
            return _save(_own(alert_id))
        except ConflictError:
            # The autosave of the same page was faster: it saved the same form.
            continue
    alert = _own(alert_id)
    try:
        return _save(alert)
    except ConflictError as error:
        typed = replace(AlertForm.of(request.form), version=str(error.actual))
        return editor.page(alert, typed, (), is_conflict=True), HTTPStatus.CONFLICT


def _following(alert: Alert, typed: AlertForm | None = None) -> AlertForm:
    on, table = request_context.today(), editor.hazard_table()
    with request_context.session() as session:
        shelters = Shelters(session).all()
    return alert_form.following(
        typed or AlertForm.of(request.form), alert, messages.tree(), on, table, shelters=shelters
    )


def _save(alert: Alert) -> Answer:
    typed = _following(alert)
    lower = request.form.get("act", "").removeprefix("level-")
    if lower in {str(int(level)) for level in AlertLevel}:
        typed = replace(typed, level=lower)
    with redisplay(editor.page, alert, typed, not_yours="areas"):
        if (act := request.form.get("act", "")).startswith(zones.PUTS):
            typed = _following(alert, zones.put_in(typed, act.removeprefix(zones.PUTS)))
        saved, problems = _saved(alert, typed)
        refuse(problems if act == zones.KEEPS else ())
        if act == zones.KEEPS:
            return zones.keep(saved)
    return _after_saving(saved, replace(typed, version=str(saved.version)), problems)


def discarded(alert: Alert) -> Answer:
    """Discard the draft permanently. Anyone who may raise the alert may do so."""
    request_context.step(alert_drafts.discard, alert)
    return confirmed(_("Deleted."), "web.alerts")


@pages.get("/alerts/<alert_id>/sounds")
def alert_sounds(alert_id: str) -> Response:
    """Render the players or the progress. The page polls until all sounds are made; then ``sounds-ready`` fires."""
    alert = alert_page.see(alert_id)
    sounds = alert_page.sound_lines(alert)
    part = "prepared-sounds" if request.args.get("part") else "sounds"
    answer = make_response(render_template("alerts/_alert_sounds.html", alert=alert, sounds=sounds, id=part))
    if not alert_page.is_making(alert):
        answer.headers["HX-Trigger"] = "sounds-ready"
    return answer


def _saved(alert: Alert, typed: AlertForm) -> tuple[Alert, tuple[Problem, ...]]:
    """Return the next version, or this one if nothing changed; with the fields that cannot be read.

    Raises as ``raising.edit``.
    """
    context, tree, on = request_context.context(), messages.tree(), request_context.today()
    draft, problems = alert_form.read(typed, alert, tree, on)
    if draft == alert_form.read(alert_form.shown(alert), alert, tree, on)[0]:
        return alert, problems
    saved = alert_drafts.edit(
        new_unit(),
        alert.id,
        draft=draft,
        expected_version=editor.own_version(alert, typed),
        editing=typed.editing,
        call=call(),
        voices=context.voices,
    )
    return saved, problems


def _after_saving(saved: Alert, typed: AlertForm, problems: Sequence[Problem]) -> Answer:
    if request.form.get("act") == "submit":
        return _submitted(saved, typed, problems)
    if problems:
        return editor.page(saved, typed, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("Saved."), "web.edit_alert", alert_id=saved.id)


def _submitted(saved: Alert, typed: AlertForm, problems: Sequence[Problem]) -> Answer:
    """Submit the alert, or render the form with everything that prevents it."""
    context = request_context.context()
    is_signed = signatures.is_needed(saved, request_context.actor().user_id)
    if is_signed and not problems:
        # The person's own key signs what will sound.
        saved = editor.with_sounds(saved)
    findings = editor.findings_of(saved, audience.heard(saved.audience))
    found = [*problems, *(findings.problems if is_signed else findings.forbidding_submission)]
    code_refusal, sign_refusal, raised = "", "", None
    if not saved.is_drill and not is_live_word(request.form.get("word", "")):
        found.append(Problem("word", "NOT_THE_WORD", {"word": LIVE_WORD}))
    if is_signed and not found:
        sign_refusal = signatures.refusal(saved, signatures.SUBMIT)
        try:
            raised = None if sign_refusal else signatures.take_raised(saved)
        except PasskeyRefusedError:
            sign_refusal = signatures.again_sentence()
    elif not saved.is_drill and needs_code() and not found:
        # A code is used up by checking it: only if nothing else is wrong.
        try:
            take_code("alert.submit")
        except AccountError as error:
            code_refusal = second_factor.refusal(error)
    if found or code_refusal or sign_refusal:
        page = editor.page(saved, typed, found, code_refusal=code_refusal, sign_refusal=sign_refusal)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    alert_drafts.submit(
        new_unit(), saved.id, expected_version=saved.version, call=call(), voices=context.voices, raised=raised
    )
    return confirmed(_("Sent. Nothing sounds before a second person has approved."), "web.alert", alert_id=saved.id)


def _own(alert_id: str) -> Alert:
    alert = alert_page.see(alert_id)
    request_context.require(Action.ALERT_RAISE, alert.audience.targets.areas, messages.tree())
    return alert


def _choosing(kind: str, refusal: str = "") -> str:
    if kind not in {"", *AlertKind}:
        raise BadRequest
    hazards = wording.options(alert_labels.HAZARD)
    return render_template("alerts/alert_new.html", kind=kind, hazards=hazards, refusal=refusal)

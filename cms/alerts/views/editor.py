"""Page of the alert form, with an aside: missing fields, sounds, expected audience."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Final

from flask import render_template, request

from broadcast.alerts.findings import AlertFindings, findings
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import HazardTable
from broadcast.alerts.model import Alert
from broadcast.bulletins import targeting
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts import labels
from cms.alerts.forms import AlertForm
from cms.alerts.repository.alerts import Alerts
from cms.alerts.views import audience as audience_views
from cms.alerts.views import page as alert_page
from cms.alerts.views import signatures, zones
from cms.alerts.views.audience import AlertAudience
from cms.alerts.views.confirmation import LIVE_WORD, needs_code
from cms.audit.queries import EventLine, events_of
from cms.bulletins.views import uploads
from cms.platform.web import area_picker, messages, refusals, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

WAIT_STEP_S: Final = 0.2
WAIT_STEPS: Final = 75
"""15 s: speech took up to 10 s on a machine under load."""
WAITING_MOST: Final = 4
"""Limit of requests that wait at the same time; further ones are answered at once, and nothing typed is lost."""
pause: Callable[[float], None] = time.sleep
_waiting = BoundedSemaphore(WAITING_MOST)


def hazard_table() -> HazardTable:
    """Return the table of hazards in force."""
    return alert_page.policy_and_hazards()[1]


def own_version(alert: Alert, typed: AlertForm) -> int:
    """Return the version on which the form is based: later saves by the same page count as seen."""
    seen = request_context.typed_version(typed.version, alert)
    if seen >= alert.version or not typed.editing:
        return seen
    with request_context.session() as session:
        since = [each for each in events_of(session, alert.id) if _version_of(each) > seen and _is_person(each)]
    is_own = bool(since) and all(each.detail.get("editing") == typed.editing for each in since)
    return alert.version if is_own else seen


def changed_meanwhile(alert: Alert) -> str:
    """Return a sentence on who changed the alert last: another person, or the user on another page."""
    with request_context.session() as session:
        last = next((each for each in events_of(session, alert.id) if _is_person(each)), None)
    if last is None:
        return _("This alert has just changed.")
    if last.by == request_context.actor().user_id:
        return _("You yourself have just changed this alert on another page.")
    return _("%(name)s has just changed this alert.", name=last.by_name)


def with_sounds(alert: Alert) -> Alert:
    """Wait until no sound of the alert is being made, at most 15 s, and return the alert as it is then."""
    if not alert_page.is_making(alert) or not _waiting.acquire(blocking=False):
        return alert
    try:
        for _step in range(WAIT_STEPS):
            pause(WAIT_STEP_S)
            alert = alert_page.see(alert.id)
            if not alert_page.is_making(alert):
                break
    finally:
        _waiting.release()
    return alert


def _version_of(event: EventLine) -> int:
    version = event.detail.get("version")
    return version if isinstance(version, int) else 0


def _is_person(event: EventLine) -> bool:
    return event.by != event.by_name


@dataclass(frozen=True)
class FieldProblem:
    """A missing or doubtful field, and the anchor that leads to it."""

    anchor: str
    label: str
    sentence: str


def page(
    alert: Alert,
    typed: AlertForm,
    problems: Iterable[Problem],
    *,
    is_conflict: bool = False,
    code_refusal: str = "",
    sign_refusal: str = "",
) -> str:
    """Render the form as typed; missing fields are listed beside it, and at each field once it was sent."""
    tree, on, table = messages.tree(), request_context.today(), hazard_table()
    targets = area_picker.targets_of(typed.areas, tree, on, Action.ALERT_RAISE)
    beside = messages.by_field(map(placed, problems))
    return render_template(
        "alerts/alert_edit.html",
        typed=typed,
        nodes=area_picker.forest(tree, targets, on, Action.ALERT_RAISE),
        areas_count=len(targeting.leaf_areas(targets, tree, on)),
        zones=zones.usable(),
        centres=sorted((area for area in tree if area.point and area.is_in_force(on)), key=lambda area: area.name),
        problems=beside,
        count_of_problems=sum(len(each) for each in beside.values()),
        law_problems=any(beside[name] for name in ("happens_at", "forecast", "basis", "again_at", "rounds")),
        conflict=changed_meanwhile(alert) if is_conflict else "",
        code_refusal=code_refusal,
        sign_refusal=sign_refusal or signatures.refusal(alert, signatures.SUBMIT),
        must_sign=signatures.signs(alert, signatures.SUBMIT),
        languages=[(tag, wording.word(wording.LANGUAGE, tag)) for tag in LANGUAGES if tag != VIETNAMESE],
        asks=table.hazards[alert.hazard].asks,
        risks=[(each, table.risks[each]) for each in table.hazards[alert.hazard].risks],
        updated=alert_page.see(alert.updates_id) if alert.updates_id else None,
        live_word=LIVE_WORD,
        editing=typed.editing or request_context.context().new_id(),
        needs_code=not alert.is_drill and needs_code() and not signatures.signs(alert, signatures.SUBMIT),
        **_beside(alert, ()),
    )


def aside(
    alert: Alert, problems: Iterable[Problem], *, typed: AlertForm | None = None, is_conflict: bool = False
) -> str:
    """Render the aside after an autosave; without ``typed``, nothing was saved."""
    sent = AlertForm.of(request.form)
    rewritten = {}
    if typed is not None:
        rewritten = {
            "place": typed.place if typed.place != sent.place else None,
            "advice": typed.advice if typed.advice != sent.advice else None,
            "headline": typed.headline if typed.headline != sent.headline else None,
            "text": typed.texts.get(VIETNAMESE) if typed.texts != sent.texts else None,
        }
    return render_template(
        "alerts/_alert_aside.html",
        is_fragment=True,
        conflict=changed_meanwhile(alert) if is_conflict else "",
        rewritten=rewritten,
        is_unsaved=typed is None,
        **_beside(alert, problems),
    )


def findings_of(alert: Alert, heard: AlertAudience) -> AlertFindings:
    """Call ``raising.findings_of`` with an audience that is counted already."""
    context = request_context.context()
    with request_context.session() as session:
        updated = Alerts(session).get(alert.updates_id) if alert.updates_id else None
    return findings(
        replace(alert, audience=heard.audience),
        updated=updated,
        meant=heard.heard,
        policy=alert_page.policy(),
        speaks=context.voices.speaks,
        now=context.now(),
    )


def placed(problem: Problem) -> Problem:
    """Return the problem moved to the field of the form to which it belongs."""
    return labels.beside(problem)


def _beside(alert: Alert, problems: Iterable[Problem]) -> dict[str, object]:
    """Return the variables of the aside: missing fields, sounds, expected audience."""
    heard = audience_views.heard(alert.audience)
    found = findings_of(alert, heard)
    return {
        "alert": alert,
        "findings": [_finding(problem) for problem in (*problems, *found.problems)],
        "warnings": [_finding(problem) for problem in found.warnings],
        "approvers": alert_page.approvers_of(alert),
        "wanted_level": AlertLevel.ONE if alert.is_drill else alert.level,
        "sounds": alert_page.sound_lines(alert),
        "hearers": heard,
    }


def _finding(problem: Problem) -> FieldProblem:
    there = placed(problem)
    return FieldProblem(there.field, messages.field_name(there.field), messages.problem_sentence(there))


def too_large(alert_id: str, language: str) -> tuple[str, int]:
    """Render the refusal; also used when the server refuses to read the request at all."""
    sentence = messages.problem_sentence(Problem("recording", "TOO_LARGE"))
    return part(alert_id, language, refused=sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/alerts/<alert_id>/recordings/<language>")
@refusals.too_large_by(too_large)
def alert_recording(alert_id: str, language: str) -> tuple[str, int]:
    """Render the recording's part of the form, with the hash to save, or with the reason for its refusal."""
    alert = alert_page.see(alert_id)
    request_context.require(Action.ALERT_RAISE, alert.audience.targets.areas, messages.tree())
    if language not in LANGUAGES:
        raise NotFoundError("language", language)
    try:
        taken = uploads.taken(is_urgent=True)
    except InvalidError as error:
        sentence, status = uploads.refusal_of(error)
        before = request.form.get(f"recording-{language}", "")
        kept = before if request_context.context().content.has(before) else ""
        return part(alert_id, language, sha256=kept, refused=sentence), status
    if taken is None:
        return part(alert_id, language, refused=_("Choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
    return part(alert_id, language, sha256=taken.stored.sha256), HTTPStatus.OK


def part(alert_id: str, language: str, *, sha256: str = "", refused: str = "") -> str:
    return render_template(
        "alerts/_alert_recording.html", alert_id=alert_id, tag=language, sha256=sha256, refused=refused
    )

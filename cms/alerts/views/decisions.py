"""Actions on an alert's page: approve, return, reject; cancel, all-clear, update; and the break-glass approval."""

from collections.abc import Iterable
from functools import partial
from http import HTTPStatus

from flask import redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from broadcast.alerts.findings import is_being_made
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertStatus, CancelCause, Purpose
from cms.accounts.errors import AccountError, PasskeyRefusedError
from cms.accounts.repository import Passkeys
from cms.accounts.service import passkeys
from cms.accounts.service.vault import vault_of
from cms.accounts.views import passkeys as passkey_views
from cms.accounts.views import second_factor
from cms.alerts import labels as alert_labels
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import approval, signed_orders
from cms.alerts.service import drafts as alert_drafts
from cms.alerts.service import ends as end_service
from cms.alerts.service.steps import undeclared
from cms.alerts.views import alerts, audience, editor, new_alert, signatures
from cms.alerts.views import page as alert_page
from cms.alerts.views.audience import AlertAudience
from cms.alerts.views.confirmation import (
    LIVE_WORD,
    decision_of,
    is_code_fresh,
    is_live_word,
    take_code,
    take_passkey,
)
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.errors import ConflictError, InvalidError, Problem, problem_if
from province.people import Action


@pages.post("/alerts/<alert_id>/decision")
def decide_alert(alert_id: str) -> Answer:
    """Handle approve, alone, return, reject or discard. The rules decide who may; this only calls them."""
    found, act = alert_page.see(alert_id), request.form.get("act", "")
    try:
        with redisplay(_again, found):
            match act:
                case "approve" | "alone":
                    return _let_out(found, is_alone=act == "alone")
                case "return" | "reject":
                    return _turned_down(found, act)
                case "discard":
                    return new_alert.discarded(found)
                case _:
                    raise BadRequest
    except ConflictError:
        return alerts.page(alert_page.see(alert_id), conflict=True), HTTPStatus.CONFLICT


@pages.get("/alerts/<alert_id>/passkey")
def alert_passkey_options(alert_id: str) -> Response:
    """Return the options with which a passkey confirms the approval of this very content, for the page's script."""
    found, context = alert_page.see(alert_id), request_context.context()
    request_context.require(Action.ALERT_APPROVE, found.audience.targets.areas, messages.tree())
    act = signatures.ALONE if request.args.get("act") == signatures.ALONE else signatures.APPROVE
    if signatures.signs(found, act):
        return passkey_views.json_answer(signatures.options(found, act))
    decision = decision_of(found, act)
    with context.uow.reading() as uow:
        held = uow[Passkeys].of(decision.user_id)
    site = passkey_views.site()
    options = passkeys.decision_options(vault_of(context), site, held, decision, context.now())
    return passkey_views.json_answer(options)


@pages.get("/alerts/<alert_id>/signature")
def alert_signature_options(alert_id: str) -> Response:
    """Return the options with which a passkey signs what the user raises, or the all-clear, for the page's script."""
    found = alert_page.see(alert_id)
    is_end = request.args.get("act") == signatures.ALL_CLEAR
    action = Action.ALERT_CANCEL if is_end else Action.ALERT_RAISE
    request_context.require(action, found.audience.targets.areas, messages.tree())
    act = signatures.ALL_CLEAR if is_end else signatures.SUBMIT
    return passkey_views.json_answer(signatures.options(found, act))


@pages.post("/alerts/<alert_id>/cancel")
def cancel_alert(alert_id: str) -> Answer:
    """Cancel in one step by one person, with a reason from the list; the reason decides the text of the correction."""
    found, context = alert_page.see(alert_id), request_context.context()
    chosen, typed = request.form.get("cause", ""), request.form.get("reason", "").strip()
    problems = []
    if chosen not in {*CancelCause}:
        problems.append(Problem("cause", "MISSING"))
    elif chosen == CancelCause.OTHER and not typed:
        problems.append(Problem("cancel_reason", "MISSING"))
    if problems:
        beside = messages.by_field(problems)
        return alerts.page(found, problems=beside, cause=chosen, cancel_reason=typed), HTTPStatus.UNPROCESSABLE_ENTITY
    label = str(alert_labels.CANCEL_CAUSE[chosen])
    end_service.cancel(
        new_unit(),
        found.id,
        reason=f"{label}: {typed}" if typed else label,
        cause=CancelCause(chosen),
        call=call(),
        voices=context.voices,
    )
    return confirmed(_("Cancelled. Loudspeakers are being told to fall silent."), "web.alert", alert_id=found.id)


@pages.post("/alerts/<alert_id>/undo-cancel")
def undo_cancel(alert_id: str) -> Response:
    """Undo a cancel made by mistake: the same content sounds again."""
    found, context = alert_page.see(alert_id), request_context.context()
    _require_unsigned(found)
    made = end_service.undo_cancel(new_unit(), found.id, call=call(), voices=context.voices)
    return confirmed(_("The alert that was cancelled sounds again."), "web.alert", alert_id=made.id)


@pages.post("/alerts/<alert_id>/sound-again")
def sound_alert_again(alert_id: str) -> Response:
    """Let the alert sound again in places where a stop silenced it."""
    found = alert_page.see(alert_id)
    _require_unsigned(found)
    end_service.sound_again(new_unit(), found.id, call=call())
    return confirmed(_("It is on its way to where it was stopped."), "web.alert", alert_id=found.id)


@pages.post("/alerts/<alert_id>/all-clear")
def all_clear(alert_id: str) -> Answer:
    """Send the prepared follow-up of this alert: the all-clear, or after a cancel the correction."""
    found, context = alert_page.see(alert_id), request_context.context()
    signed = None
    if signatures.is_needed(found, request_context.actor().user_id):
        try:
            signed = signatures.take(found, signatures.ALL_CLEAR)
        except PasskeyRefusedError:
            sentence = signatures.refusal(found, signatures.ALL_CLEAR) or signatures.again_sentence()
            return alerts.page(found, unfinished=[sentence]), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        sent = end_service.all_clear(new_unit(), found.id, call=call(), voices=context.voices, signed=signed)
    except InvalidError as error:
        told = [messages.problem_sentence(problem) for problem in error.problems]
        return alerts.page(found, unfinished=told), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("“%(headline)s” was ordered to be sent.", headline=sent.headline), "web.alert", alert_id=sent.id)


@pages.post("/alerts/<alert_id>/update")
def update_alert(alert_id: str) -> Response:
    """Draft an update that would replace this alert, with all of its content."""
    found, context = alert_page.see(alert_id), request_context.context()
    now = context.now()
    made = alert_drafts.draft_alert(
        new_unit(),
        draft=new_alert.updating_draft(found, now, is_minor=request.form.get("minor") == "yes"),
        call=call(),
        voices=context.voices,
    )
    return redirect(url_for("web.edit_alert", alert_id=made.id))


@pages.post("/alerts/<alert_id>/sign-off")
def sign_off_alert(alert_id: str) -> Response:
    found = alert_page.see(alert_id)
    approval.sign_off(new_unit(), found.id, call=call())
    return confirmed(_("Written down that you have looked at it."), "web.alert", alert_id=found.id)


def rights(found: Alert, heard: AlertAudience | None) -> dict[str, object]:
    """Return which buttons the user gets on this alert, and the reason for a missing one that might be looked for.

    ``heard`` is needed if the alert is submitted.
    """
    is_submitted = found.status is AlertStatus.SUBMITTED
    may_approve = is_submitted and alert_page.holds(Action.ALERT_APPROVE, found)
    is_own = request_context.actor().user_id in (found.author_id, found.submitter_id)
    held = alert_page.declared() if is_submitted else ()
    may_alone = is_submitted and is_own and alert_page.policy().may_send_alone
    level = AlertLevel.ONE if found.is_drill else found.level
    beyond = undeclared(held, level, found.audience.targets.areas, messages.tree()) if is_submitted else ()
    missing = editor.findings_of(found, heard).problems if may_approve and heard else ()
    ends, cannot_end = alert_page.ends_of(found) if may_approve else (None, "")
    can_let_out = may_approve and not beyond and not missing and not cannot_end
    unsigned = signatures.refusal(found, signatures.ALONE if is_own else signatures.APPROVE) if can_let_out else ""
    cannot_end, can_let_out = cannot_end or unsigned, can_let_out and not unsigned
    may_alone = may_alone and can_let_out and not found.is_drill
    may_raise = alert_page.holds(Action.ALERT_RAISE, found)
    return {
        "refused_because": (_why_not(may_approve=may_approve, is_own=is_own, beyond=beyond) or cannot_end)
        if is_submitted
        else "",
        "unfinished": [*dict.fromkeys(map(_unfinished, missing))],
        "may_approve": can_let_out and not is_own,
        "may_send_alone": may_alone,
        "has_passkey": (may_alone or (can_let_out and not is_own)) and _has_passkey(),
        "must_sign": can_let_out and signatures.signs(found, signatures.ALONE if is_own else signatures.APPROVE),
        "can_return": may_approve,
        "can_reject": may_approve and (found.is_drill or is_own or not beyond),
        "rejects_with_code": not found.is_drill and not is_own,
        "may_discard": may_raise
        and (found.status is AlertStatus.DRAFT or (is_submitted and (is_own or found.is_drill))),
        "may_edit": found.status is AlertStatus.DRAFT and may_raise,
        "may_follow": may_follow(found) and alert_page.holds(Action.ALERT_CANCEL, found),
        "may_sign_off": bool(found.alone_reason)
        and found.signed_off_by is None
        and request_context.actor().user_id != found.approver_id
        and not is_own
        and alert_page.holds(Action.ALERT_APPROVE, found),
        "ends": ends,
        "may_undo": alert_page.holds(Action.ALERT_CANCEL, found) and may_undo(found),
        "causes": [(key, str(label)) for key, label in alert_labels.CANCEL_CAUSE.items()],
        "cause": "",
        "cancel_reason": "",
        "live_word": LIVE_WORD,
        "typed_word": request.form.get("word", ""),
        "is_code_fresh": is_code_fresh(),
        "problems": messages.by_field(()),
        "code_refusal": "",
        "reject_refusal": "",
        "reason": "",
        "alone": "",
        "conflict": False,
    }


def _unfinished(problem: Problem) -> str:
    if is_being_made(problem):
        return _("The speech is being made. It can be approved as soon as it is ready; this page renews itself.")
    placed = editor.placed(problem)
    return f"{messages.field_name(placed.field)}: {messages.problem_sentence(placed)}"


def _require_unsigned(found: Alert) -> None:
    """Require that the content may sound again on the approval it has; raises NotAllowedError OWN_SIGNATURE."""
    people = [each for each in (found.submitter_id, found.approver_id) if each is not None]
    signed_orders.require_unsigned(signatures.known(), found, people, request_context.context().now())


def _has_passkey() -> bool:
    with request_context.session() as session:
        return bool(Passkeys(session).of(request_context.actor().user_id))


def may_follow(found: Alert) -> bool:
    """Return whether an all-clear or a correction may still be sent after the alert in one step."""
    if (
        found.order_id is None
        or found.purpose is Purpose.ALL_CLEAR
        or found.status
        not in (
            AlertStatus.ACTIVE,
            AlertStatus.CANCELLED,
            AlertStatus.EXPIRED,
        )
    ):
        return False
    return found.ended_at is None or request_context.context().now() - found.ended_at <= end_service.AFTERMATH


def may_undo(found: Alert) -> bool:
    """Return whether a cancel may be undone: it is recent, no correction has announced it, and no key has to sign."""
    if not end_service.may_be_undone(found, request_context.context().now()):
        return False
    if signatures.is_needed(found, found.submitter_id, found.approver_id):
        return False
    with request_context.session() as session:
        is_told = Alerts(session).prepared_for(found.id) is None
    return not (end_service.needs_correction(found) and is_told)


def _why_not(*, may_approve: bool, is_own: bool, beyond: tuple[str, ...]) -> str:
    if not may_approve:
        return _("You may not approve alerts in all of these places. Somebody else has to.")
    if is_own:
        return _("You wrote or submitted this alert, so you cannot approve it. Call a second person.")
    if beyond:
        names = messages.area_names(beyond)
        return _("You may not declare this level in: %(areas)s. Call whoever may.", areas=names)
    return ""


def _let_out(found: Alert, *, is_alone: bool) -> Answer:
    """Approve the alert. A one-time code is used up by checking it, so it is checked after everything else."""
    context = request_context.context()
    alone = request.form.get("alone", "").strip()
    allowed = rights(found, audience.heard(found.audience) if found.order_id is None else None)
    problems = []
    if not found.is_drill and not is_live_word(request.form.get("word", "")):
        problems.append(Problem("word", "NOT_THE_WORD", {"word": LIVE_WORD}))
    problems += problem_if(is_alone and not alone, "alone_reason", "MISSING")
    if problems or allowed["unfinished"]:
        return _again(found, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    # A break-glass approval always needs a code of this moment, whatever the page showed as allowed.
    act, signed = signatures.ALONE if is_alone else signatures.APPROVE, None
    if refused := signatures.refusal(found, act):
        return alerts.page(found, code_refusal=refused, alone=alone), HTTPStatus.UNPROCESSABLE_ENTITY
    if is_alone or allowed["may_approve"]:
        try:
            if signatures.signs(found, act):
                signed = signatures.take(found, act)
            elif request.form.get("credential"):
                take_passkey(decision_of(found, act))
            else:
                take_code("alert.approve", or_fresh=not is_alone)
        except PasskeyRefusedError:
            refused = _(
                "The passkey was not taken: it was confirmed too late, or the alert was changed meanwhile. Read the "
                "alert again, then press once more, or type the code."
            )
            return alerts.page(found, code_refusal=refused, alone=alone), HTTPStatus.UNPROCESSABLE_ENTITY
        except AccountError as error:
            refused = second_factor.refusal(error)
            return alerts.page(found, code_refusal=refused, alone=alone), HTTPStatus.UNPROCESSABLE_ENTITY
    send = partial(approval.send_alone, reason=alone) if is_alone else approval.approve
    request_context.step(send, found, voices=context.voices, signed=signed, unsigned=signatures.open_reason())
    return confirmed(_("Approved."), "web.alert", alert_id=found.id)


def _turned_down(found: Alert, act: str) -> Answer:
    allowed = rights(found, None) if act == "reject" else {}
    if allowed.get("can_reject") and allowed.get("rejects_with_code"):
        if not request.form.get("reason", "").strip():
            raise InvalidError([Problem("reason", "MISSING")])
        try:
            take_code("alert.reject", or_fresh=True)
        except AccountError as error:
            refused = second_factor.refusal(error)
            page = alerts.page(found, reject_refusal=refused, reason=request.form.get("reason", ""))
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
    decide = approval.reject if act == "reject" else approval.return_
    request_context.step(decide, found, reason=request.form.get("reason", ""))
    return confirmed(_("Rejected.") if act == "reject" else _("Returned."), "web.alerts")


def _again(found: Alert, problems: Iterable[Problem]) -> str:
    beside = messages.by_field(map(editor.placed, problems))
    known = {name: beside[name] for name in ("word", "alone_reason", "reason")}
    typed = {"reason": request.form.get("reason", ""), "alone": request.form.get("alone", "")}
    others = [sentence for name, found_ in beside.items() if name not in known for sentence in found_]
    unfinished: dict[str, object] = {"unfinished": others} if others else {}
    return alerts.page(found, problems=known, **typed, **unfinished)

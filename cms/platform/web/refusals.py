"""Error pages: the problem in words, and the remedy. Never a stack trace."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cms.platform import refusal_log
from cms.platform.errors import PROBLEMS, RETRY_AFTER_S
from cms.platform.feature import Feature
from cms.platform.process.disk import DiskReserve
from cms.platform.store.engine import FULL, OUTAGES, outage_of
from cms.platform.web import request_context, unsaved, wording
from cms.platform.web.languages import _, choose, is_public
from cms.platform.web.languages import lazy as __
from cms.platform.web.messages import area_names, problem_sentences
from cms.platform.web.wording import LabelText
from province.errors import ConflictError, DomainError, NotAllowedError, NotFoundError, NotPossibleError

log = logging.getLogger(__name__)

Answer = tuple[str, int]
RefusalAnswer = Answer | str | Response
_Asked = ParamSpec("_Asked")
_Said = TypeVar("_Said")
_STATES = "loa-state-words"


def install(app: Flask, features: Sequence[Feature]) -> None:
    app.extensions[_STATES] = [
        (path, feature.resolve(name)) for feature in features for path, name in feature.state_words
    ]
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(DomainError, _rules)
    for kind in OUTAGES:
        app.register_error_handler(kind, _not_working)


def _not_working(error: Exception) -> Answer | Response:
    """Answer a failure of the database or its disk with a page that needs neither."""
    if not (code := outage_of(error)):
        raise error
    g.pop("call", None)
    if code in FULL:
        DiskReserve(request_context.context().settings, request_context.context().disk).release()
    log.warning("database.unavailable %s %s answered with %s", request.method, request.path, code)
    row = PROBLEMS[code]
    is_change = request.method not in {"GET", "HEAD"}
    html = render_template(
        "not_working.html", sentence=_(row.sentence), code=code, is_change=is_change, language=choose()
    )
    return Response(html, row.status, headers={"Retry-After": str(RETRY_AFTER_S)}, content_type="text/html")


def page(status: int, heading: str, remedy: str, code: str = "", details: list[str] | None = None) -> Answer:
    """Render the page; ``code`` is the stable error code to report to a technician."""
    if is_public():
        return render_template("public/refusal.html", heading=heading, remedy=remedy, in_force=[]), status
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    html = render_template(
        "refusal.html",
        status=status,
        heading=heading,
        remedy=remedy,
        code=code,
        details=details or [],
        back=back if status in _RELOADABLE else "",
    )
    return html, status


_RELOADABLE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR})


_TOO_LARGE: dict[Callable[..., object], Callable[..., RefusalAnswer]] = {}


def too_large_by(answer: Callable[..., RefusalAnswer]) -> Callable[[Callable[_Asked, _Said]], Callable[_Asked, _Said]]:
    """Mark a screen whose own form tells that the request was too large: ``answer`` gets what the screen gets."""

    def mark(screen: Callable[_Asked, _Said]) -> Callable[_Asked, _Said]:
        _TOO_LARGE[screen] = answer
        return screen

    return mark


def _http(error: HTTPException) -> Answer | str | Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.UNAUTHORIZED and request.blueprint == "web":
        return unsaved.signed_out()
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        tell = _TOO_LARGE.get(current_app.view_functions.get(request.endpoint or "", _http))
        if tell is not None:
            return tell(**(request.view_args or {}))
    heading, remedy = _words(status)
    return page(status, heading, remedy)


def _words(status: int) -> tuple[str, str]:
    match status:
        case HTTPStatus.NOT_FOUND:
            return _("There is no such page"), _(
                "The address may be mistyped, or the item has moved. Look for it from today's page."
            )
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _("This does not open that way"), _("Go back to the page before and use its buttons.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _("The file is too large"), _("Compress or shorten the recording, then upload it again.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _("Too many attempts"), _("Wait a few minutes, then try again.")
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return (
                _("The server has a problem"),
                _(
                    "What you just did may not be saved. Reload the page and check. If it happens again, tell a "
                    "technician."
                ),
            )
        case _:
            return _("This cannot be done"), _("Go back to the page before and try again.")


def _stale_form(_error: CSRFError) -> Answer | str | Response:
    return unsaved.stale()


def _rules(error: DomainError) -> Answer:
    match error:
        case NotFoundError():
            heading, remedy = _words(HTTPStatus.NOT_FOUND)
            return page(HTTPStatus.NOT_FOUND, heading, remedy, error.code)
        case NotAllowedError():
            who = request_context.visitor()
            if who is not None:
                context = request_context.context()
                refusal_log.note_right(context.refusals, context.uow, who, error, request_context.source())
            return page(HTTPStatus.FORBIDDEN, _("You may not do this"), _not_allowed(error), error.code)
        case ConflictError():
            remedy = _("While you were looking, somebody else changed this. Reload the page, then do it again.")
            return page(HTTPStatus.CONFLICT, _("The content has just changed"), remedy, error.code)
        case NotPossibleError():
            words = next((known for path, known in _states() if request.path.startswith(path)), wording.STATUS)
            state = wording.word(words, error.state)
            remedy = _("Its state is “%(state)s”, so this step is not possible.", state=state)
            return page(HTTPStatus.CONFLICT, _("This step is no longer possible"), remedy, error.code)
        case _:
            details = problem_sentences(error)
            remedy = _("Go back and correct what is listed below.")
            return page(
                HTTPStatus.UNPROCESSABLE_ENTITY, _("Something needs correcting first"), remedy, error.code, details
            )


def _not_allowed(error: NotAllowedError) -> str:
    if error.reason == "LEVEL":
        return _("You may not declare this level in: %(areas)s.", areas=area_names(error.areas))
    if error.reason in _REASONS:
        return str(_REASONS[error.reason])
    if error.areas:
        return _("You have no rights in: %(areas)s. Ask an administrator for them.", areas=area_names(error.areas))
    return _("Your role does not include this. Ask somebody who may, or an administrator.")


def _states() -> Sequence[tuple[str, dict[str, LabelText]]]:
    return cast("Sequence[tuple[str, dict[str, LabelText]]]", current_app.extensions[_STATES])


_REASONS = {
    "NOT_YOUR_APPROVAL": __("Only whoever approved can attach a digital signature to their approval."),
    "OWN_BULLETIN": __("Whoever submitted a bulletin cannot review it. Ask another reviewer."),
    "OTHERS_ADDRESS": __("Somebody else is speaking in this live address. You can stop it, not speak in their place."),
    "OWN_ROLLOUT": __("Whoever planned or started a roll-out cannot release it. Ask a second person."),
    "OWN_SLOT": __("Nobody delegates a slot to themselves. Ask another approver."),
    "ALL_CLOSED": __("The areas given to you are closed. Ask the administrator for new ones."),
    "SLOT": __(
        "An airing lies outside the delegated slots. Choose another time, or edit the bulletin and submit it again."
    ),
    "OWN_COMMAND": __("Who asked for a command cannot agree to it. Ask another person."),
    "OWN_ALERT": __("Whoever wrote or submitted an alert cannot approve it. Ask a second person."),
    "SECOND_FACTOR": __("A fresh one-time code is needed. Go back and type it."),
    "POLICY": __("The province does not allow one person to send alone. Ask a second person."),
    "OWN_ACCOUNT": __("Nobody changes the rights or the state of their own account. Ask another administrator."),
    "OWN_SIGNATURE": __("Alerts need people’s own signatures now. Raise it again, signed, and have it approved."),
    "OWN_REQUEST": __("Whoever asked for it cannot confirm it. Ask another administrator."),
    "DRILL": __("A drill can always wait for a second person."),
}

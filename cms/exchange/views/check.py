"""Check of a CAP file or of pasted text: findings shown at once, and a draft made if the person chooses so."""

import re
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from broadcast.alerts.cap.verdict import CapVerdict, Judgement
from cms.exchange import labels as exchange_labels
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.model import ExchangeOutcome
from cms.exchange.service.errors import UnreadableFeedError
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.wrappers import documents_in
from cms.exchange.views import exchange
from cms.platform.web import messages, refusals, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from media.errors import ContentMissingError
from province.people import Action

MOST = 50
"""Limit of alerts of one EDXL distribution on a page."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAKEN = frozenset({CapVerdict.ACCEPT, CapVerdict.DRAFT})


@pages.get("/exchange/check")
def check_form() -> str:
    exchange.enter()
    return _page()


def too_large() -> tuple[str, int]:
    """Answer a message that is too large; also used when the server refuses to read the request at all."""
    sentence = _("The message is larger than 2 MB. No alert is that large: ask the sender.")
    return _page(problem=sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/exchange/check")
@refusals.too_large_by(too_large)
def check_message() -> Answer:
    """Check the input without recording it. Acceptable alerts are kept by hash, so that they need not be sent again."""
    exchange.enter()
    body, typed = _given()
    if not body:
        return _page(problem=_("Choose a file or paste a message.")), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        documents = documents_in(body)
    except UnreadableFeedError as error:
        return _page(problem=exchange_labels.fault(str(error)), typed=typed), HTTPStatus.UNPROCESSABLE_ENTITY
    if len(documents) > MOST:
        return _page(
            problem=_("Too many messages in one package, at most %(n)s.", n=MOST)
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page([_checked(document) for document in documents], typed=typed)


@pages.post("/exchange/take")
def take_message() -> Response:
    """Take the message as if a feed had brought it: a draft, or a question for people. Idempotent."""
    exchange.enter()
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    names = [name for name in request.form.getlist("document") if _SHA256.fullmatch(name)][:MOST]
    try:
        documents = [_read(name) for name in names]
    except ContentMissingError:
        raise BadRequest from None
    if not documents:
        raise BadRequest
    inbox, by = Inbox.of(request_context.context()), request_context.actor().name
    records = [inbox.receive(document, f"upload {by}") for document in documents]
    drafted = sum(record.outcome is ExchangeOutcome.DRAFTED for record in records)
    asked = sum(record.outcome is ExchangeOutcome.ASKS for record in records)
    if drafted:
        flash(_("%(n)s drafts made. Open, edit and submit them to a second person.", n=drafted), "good")
    elif asked:
        flash(_("Written down. An alert waits for your decision."), "wait")
    else:
        flash(_("Written down. The message became no draft; see why below."), "wait")
    return redirect(url_for("web.exchange_message", message_id=records[0].id))


def _given() -> tuple[bytes, str]:
    """Return the file's bytes, else the text's; and the text, to be shown again."""
    typed = request.form.get("text", "")
    file = request.files.get("file")
    if file is not None and file.filename:
        with file.stream as stream:
            return stream.read(MAX_BYTES + 1), typed
    return typed.strip().encode(), typed


def _checked(document: bytes) -> tuple[Judgement, str]:
    """Judge one alert; with the hash of its bytes if a draft can be made of it, else an empty one."""
    context = request_context.context()
    judgement = Inbox.of(context).weigh(document)
    return judgement, (context.content.put_bytes(document) if judgement.verdict in _TAKEN else "")


def _read(sha256: str) -> bytes:
    """Read one byte more than the limit at most: it is refused. Raises ContentMissingError."""
    with request_context.context().content.open(sha256) as stream:
        return stream.read(MAX_BYTES + 1)


def _page(checked: list[tuple[Judgement, str]] | None = None, *, problem: str = "", typed: str = "") -> str:
    # A request too large to be read is refused before the session is known.
    is_known = request_context.visitor() is not None
    with request_context.session() as session:
        tabs = exchange.figures_of(session) if is_known else {}
    return render_template(
        "exchange/exchange_check.html",
        checked=checked,
        problem=problem,
        typed=typed,
        by_weight=exchange.by_weight,
        can_take=is_known and request_context.can_anywhere(Action.ALERT_RAISE),
        tabs=tabs,
    )

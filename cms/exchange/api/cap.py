"""CAP 1.2 between systems: other systems push their messages, and read ours. See docs/exchange.md."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Response, jsonify, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests, Unauthorized, UnsupportedMediaType

from broadcast.alerts.cap.findings import Finding
from broadcast.alerts.cap.verdict import CapVerdict
from cms.accounts.service.vault import secret_hash
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.model import CapSender, ReceivedCap
from cms.exchange.repository.exchange import CapMessages, CapSenders
from cms.exchange.repository.outbound import CapDocuments
from cms.exchange.service import feeds
from cms.exchange.service.errors import UnreadableFeedError
from cms.exchange.service.inbox import SOURCE_MOST, Inbox
from cms.exchange.service.signer import MessageSigner
from cms.exchange.service.wrappers import documents_in
from cms.platform.api import caller
from cms.platform.api.caller import public_routes, routes
from cms.platform.api.problems import answer, plain
from cms.platform.api.responses import body_of, bytes_of
from cms.platform.store.engine import reading
from province.errors import NotFoundError

FEED_KEPT = timedelta(days=30)
FEED_MOST = 100
PUSHED_MOST = 50
"""Alerts of one distribution at most: a system with more of them has a feed."""
PUSHED_A_MINUTE = 60
"""New messages of one sender within a minute: more is a fault of it, or an attack with its secret."""
_MINUTE = timedelta(minutes=1)
_XML_TYPES = frozenset({"application/xml", "text/xml"})
_TYPES = _XML_TYPES | {"application/cap+xml"}
_BODY = body_of("application/cap+xml")


class CapReceiptOut(BaseModel):
    """Receipt of a message: ``outcome`` nothing, drafted, discarded, asks or failed."""

    id: str
    identifier: str
    verdict: str
    kind: str
    airs: str
    code: str
    findings: list[Finding]
    outcome: str
    notes: list[str]
    times_heard: int


@routes.post(
    "/cap",
    summary="Leave a CAP 1.2 alert, with a sender's secret; it becomes a draft at most",
    responses={201: CapReceiptOut, 200: CapReceiptOut},
    openapi_extensions=_BODY,
)
@caller.own_secret
@caller.other_body
def push_cap() -> Response:
    """Naturally idempotent: the same message again is answered with 200 and what the first one led to."""
    pusher, body = _pushed(_TYPES, "application/cap+xml")
    record = Inbox.of(caller.context()).receive(body, source_of(pusher))
    if record.verdict is CapVerdict.REFUSE:
        return answer("INVALID", problems=_findings([record]), id=record.id)
    response = jsonify(_receipt(record))
    response.status_code = 201 if record.times_heard == 1 else 200
    return response


class DistributionReceiptOut(BaseModel):
    """Receipts of the alerts of a distribution, in its order."""

    messages: list[CapReceiptOut]


@routes.post(
    "/edxl",
    summary="Leave an EDXL-DE 1.0 or 2.0 distribution of CAP 1.2 alerts, with a sender's secret",
    responses={201: DistributionReceiptOut, 200: DistributionReceiptOut},
    openapi_extensions=body_of("application/xml"),
)
@caller.own_secret
@caller.other_body
def push_edxl() -> Response:
    """Each alert in it is taken as if it had been left by itself. 422 where none is taken; 200 where all are known.

    What it only names by address is not fetched.
    """
    pusher, body = _pushed(_XML_TYPES, "application/xml")
    try:
        documents = documents_in(body)
    except UnreadableFeedError as error:
        return answer("INVALID", problems=[_problem("/", error.reason, error.detail)])
    if len(documents) > PUSHED_MOST:
        return answer("INVALID", problems=[_problem("/", "TOO_MANY_ENTRIES", str(len(documents)))])
    inbox = Inbox.of(caller.context())
    records = [inbox.receive(document, source_of(pusher)) for document in documents]
    if all(record.verdict is CapVerdict.REFUSE for record in records):
        return answer("INVALID", problems=_findings(records))
    response = jsonify({"messages": [_receipt(record) for record in records]})
    response.status_code = 201 if any(record.times_heard == 1 for record in records) else 200
    return response


class CapDocumentPath(BaseModel):
    document_id: str = Field(pattern=r"^[a-z0-9-]{1,60}$")


@public_routes.get(
    "/cap/feed.atom",
    summary="What we published, newest first, as Atom",
    responses=bytes_of(feeds.ATOM_TYPE),
)
def cap_feed() -> Response:
    context = caller.context()
    with reading(context.engine) as session:
        latest = CapDocuments(session).latest(context.now() - FEED_KEPT, FEED_MOST)
    base = f"{context.settings.effective_public_url}/api/v1"
    body = feeds.atom_feed(latest, base=base, sender=context.settings.effective_cap_sender)
    return _public(body, feeds.ATOM_TYPE, 30)


@public_routes.get(
    "/cap/<document_id>.xml",
    summary="One alert, update or cancel as signed CAP 1.2",
    responses=bytes_of("application/cap+xml"),
)
def cap_document(path: CapDocumentPath) -> Response:
    """It never changes."""
    context = caller.context()
    with reading(context.engine) as session:
        found = CapDocuments(session).get(path.document_id)
    if found.error:
        raise NotFoundError("cap_document", path.document_id)
    return _public(context.content.read_bytes(found.sha256), "application/cap+xml", 86_400)


@public_routes.get(
    "/cap/signer.pem",
    summary="The certificate that our CAP documents are signed with",
    responses=bytes_of("application/x-pem-file"),
)
def cap_signer() -> Response:
    """For receivers to pin, once they have compared it by another way."""
    context = caller.context()
    settings = context.settings
    signer = MessageSigner.at(settings.keys_dir, settings.effective_cap_sender, context.now())
    return _public(signer.certificate_pem, "application/x-pem-file", 3600)


def _pushed(types: frozenset[str], wanted: str) -> tuple[CapSender, bytes]:
    """Return the sender and the pushed document.

    Raises Unauthorized, TooManyRequests, UnsupportedMediaType, RequestEntityTooLarge.
    """
    context = caller.context()
    with reading(context.engine) as session:
        pusher = CapSenders(session).of_secret(secret_hash(caller.bearer_secret()))
        if pusher is None:
            raise Unauthorized("send Authorization: Bearer with the secret of a sender")
    require_rate(source_of(pusher))
    if request.mimetype not in types:
        raise UnsupportedMediaType(f"send {wanted}")
    return pusher, pushed_body("message")


def require_rate(source: str) -> None:
    """Raise TooManyRequests where this source has pushed too many new messages within a minute."""
    context = caller.context()
    with reading(context.engine) as session:
        lately = CapMessages(session).new_since(source, context.now() - _MINUTE)
    if lately >= PUSHED_A_MINUTE:
        raise TooManyRequests(f"at most {PUSHED_A_MINUTE} new messages a minute; send it again later", retry_after=60)


def pushed_body(noun: str) -> bytes:
    """Return the body of a push; an error calls it by this noun. Raises RequestEntityTooLarge."""
    request.max_content_length = MAX_BYTES + 1
    if (request.content_length or 0) > MAX_BYTES:
        raise RequestEntityTooLarge(f"a {noun} has at most {MAX_BYTES} bytes")
    return request.get_data(cache=False)


def source_of(pusher: CapSender) -> str:
    """Return the source of messages that this sender pushes."""
    return f"push {pusher.sender}"[:SOURCE_MOST]


def _findings(records: Sequence[ReceivedCap]) -> list[dict[str, object]]:
    """List the findings of all messages."""
    return [_problem(each.path, each.code, each.detail) for record in records for each in record.findings]


def _problem(path: str, code: str, said: str) -> dict[str, object]:
    return {"field": path, "code": code, "detail": {"said": said}}


def _public(body: bytes, media_type: str, seconds: int) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return response


def _receipt(record: ReceivedCap) -> dict[str, object]:
    """Return the receipt of a message, without the id of the alert: a secret that pushes messages may read nothing."""
    return {name: plain(getattr(record, name)) for name in CapReceiptOut.model_fields}

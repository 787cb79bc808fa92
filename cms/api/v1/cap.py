"""CAP 1.2 between systems: others leave their messages here. See docs/exchange.md."""

from __future__ import annotations

from flask import Response, jsonify, request
from pydantic import BaseModel
from werkzeug.exceptions import RequestEntityTooLarge, Unauthorized, UnsupportedMediaType

from broadcast.cap.judging import Verdict
from cms.accounts.secret import secret_hash
from cms.api.v1 import caller
from cms.api.v1.caller import routes
from cms.api.v1.problems import answer
from cms.exchange.cap.reading import MAX_BYTES
from cms.exchange.inbox import Inbox
from cms.store.engine import reading
from cms.store.exchange import ReceivedCap, SqlCapSenders

_TYPES = frozenset({"application/cap+xml", "application/xml", "text/xml"})
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/cap+xml": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class CapFindingOut(BaseModel):
    code: str
    path: str
    detail: str


class CapReceiptOut(BaseModel):
    """What was written down about a message: ``outcome`` nothing, drafted, discarded, asks or failed."""

    id: str
    identifier: str
    verdict: str
    kind: str
    airs: str
    code: str
    findings: list[CapFindingOut]
    outcome: str
    notes: list[str]
    times_heard: int


@routes.post(
    "/cap",
    summary="Leave a CAP 1.2 alert, with a sender's secret; it becomes a draft at most",
    responses={201: CapReceiptOut, 200: CapReceiptOut},
    openapi_extensions=_BODY,
)
def push_cap() -> Response:
    """Naturally idempotent: the same message again is answered with 200 and what the first one led to."""
    context = caller.context()
    with reading(context.engine) as session:
        pusher = SqlCapSenders(session).of_secret(secret_hash(caller.bearer_secret()))
    if pusher is None:
        raise Unauthorized("send Authorization: Bearer with the secret of a sender")
    if request.mimetype not in _TYPES:
        raise UnsupportedMediaType("send application/cap+xml")
    request.max_content_length = MAX_BYTES + 1
    if (request.content_length or 0) > MAX_BYTES:
        raise RequestEntityTooLarge(f"a message has at most {MAX_BYTES} bytes")
    inbox = Inbox(context.uow, context.content, context.voices, context.now, context.new_id)
    record = inbox.receive(request.get_data(cache=False), f"push {pusher.sender}")
    if record.verdict is Verdict.REFUSE:
        found = [{"field": each.path, "code": each.code, "detail": {"said": each.detail}} for each in record.findings]
        return answer("INVALID", problems=found, id=record.id)
    response = jsonify(_receipt(record))
    response.status_code = 201 if record.times_heard == 1 else 200
    return response


def _receipt(record: ReceivedCap) -> dict[str, object]:
    """The id of the alert is not told: a secret that leaves messages reads nothing."""
    return {
        "id": record.id,
        "identifier": record.identifier,
        "verdict": record.verdict,
        "kind": record.kind,
        "airs": record.airs,
        "code": record.code,
        "findings": [{"code": each.code, "path": each.path, "detail": each.detail} for each in record.findings],
        "outcome": record.outcome,
        "notes": list(record.notes),
        "times_heard": record.times_heard,
    }

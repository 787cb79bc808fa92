"""Steps of a bulletin: submission, review, withdrawal; the preflight, and documents of approvals."""

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from flask import Response, jsonify, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import UnsupportedMediaType

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.remarks import NoteId
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.service.read_access import require_readable
from cms.areas.repository import Places
from cms.bulletins.api import bulletins as bulletin_bodies
from cms.bulletins.api.bulletins import BulletinPath, readable
from cms.bulletins.api.schemas import BulletinOut, FillBody, PreflightOut, ReturnBody, SettleBody
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import preflight as preflight_service
from cms.bulletins.service import remarks, review, signatures
from cms.bulletins.service.remarks import NoteDraft
from cms.platform.api import caller, versions
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Lines, One, body_of
from cms.platform.api.strict import Output, ReasonBody, fields_of
from cms.platform.process.precedence import PRECEDENCE
from cms.schedule.service import slots

_OUT: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {200: BulletinOut}
MEDIA_TYPE = "application/pkcs7-signature"
_AT_ONCE: Final = 128
_SIGNATURE = body_of(MEDIA_TYPE)


class NotePath(BulletinPath):
    note_id: str = Field(max_length=40)


class ApproveQuery(BaseModel):
    content_sha256: str = Field(
        default="",
        max_length=64,
        description="The digest that the preflight gave: refused with CONTENT_CHANGED where it differs by now",
    )


class OverrideQuery(BaseModel):
    override: str = Field(default="", max_length=2000, description="Why what is about to air is changed all the same")


@routes.post("/bulletins/<bulletin_id>/submit", summary="Hand it over for review", responses=_OUT)
def submit_bulletin(path: BulletinPath) -> Response:
    return act_on(path, review.submit)


@routes.post("/bulletins/<bulletin_id>/approve", summary="Approve it, as another person", responses=_OUT)
def approve_bulletin(path: BulletinPath, query: ApproveQuery) -> Response:
    """Exactly what was heard: give the preflight's ``content_sha256``.

    The sounds around a bulletin may change without a new version of it.
    """
    return act_on(path, review.approve, seen_sha256=query.content_sha256)


@routes.post("/bulletins/<bulletin_id>/fill", summary="Place it anew within your slots", responses=_OUT)
def fill_slot(path: BulletinPath, body: FillBody) -> Response:
    """Content, places and sound stay as they were approved."""
    schedules = bulletin_bodies.schedules_of(body.schedules)
    return act_on(path, slots.fill, schedules=schedules)


@routes.post("/bulletins/<bulletin_id>/return", summary="Return it to its author, with the reason", responses=_OUT)
def return_bulletin(path: BulletinPath, body: ReturnBody) -> Response:
    notes = [NoteDraft(each.text, each.quote, each.near) for each in body.notes]
    return act_on(path, review.return_, reason=body.reason, notes=notes)


@routes.post("/bulletins/<bulletin_id>/reject", summary="Reject it for good, with the reason", responses=_OUT)
def reject_bulletin(path: BulletinPath, body: ReasonBody) -> Response:
    return act_on(path, review.reject, reason=body.reason)


@routes.post("/bulletins/<bulletin_id>/notes/<note_id>", summary="Tick a remark off, or open it again", responses=_OUT)
def settle_note(path: NotePath, body: SettleBody) -> Response:
    context, found = caller.context(), readable(path.bulletin_id)
    settled = remarks.settle(context.uow(), found.id, NoteId(path.note_id), is_done=body.is_done, call=caller.call())
    return bulletin_bodies.answer(settled)


@routes.post("/bulletins/<bulletin_id>/withdraw", summary="Take it back", responses=_OUT)
def withdraw_bulletin(path: BulletinPath, query: OverrideQuery) -> Response:
    """Within the freeze before air only with a reason, by whoever may override."""
    return act_on(path, review.withdraw, override=query.override)


@routes.get("/bulletins/<bulletin_id>/preflight", summary="What it would change", responses={200: PreflightOut})
def preflight(path: BulletinPath) -> Response:
    """Area by area and day by day, as if it were approved now."""
    context, found = caller.context(), readable(path.bulletin_id)
    reading = context.uow.reading()
    ahead = preflight_service.preflight(reading, found.id, call=caller.call(), pause=PRECEDENCE.give_way)
    answer = {
        "areas": list(ahead.areas),
        "devices": sum(ahead.devices.values()),
        "offline": sum(ahead.offline.values()),
        "days": list(_given_way(ahead.days)),
        "clashes": [
            {**told, "is_blocking": clash.is_blocking}
            for told, clash in zip(_given_way(ahead.clashes), ahead.clashes, strict=True)
        ],
        "is_clear": not any(clash.is_blocking for clash in ahead.clashes),
        "is_estimate": ahead.is_estimate,
        "content_sha256": ahead.content_sha256,
    }
    # Megabytes for a province: the standard library's encoder keeps the interpreter from all others meanwhile.
    return Response(msgspec.json.encode(answer), mimetype="application/json")


def _given_way(values: Sequence[object]) -> Iterator[dict[str, Any]]:
    """Convert values, some at a time, after people's requests."""
    for number, value in enumerate(values):
        if number % _AT_ONCE == 0:
            PRECEDENCE.give_way()
        yield plain(value)


def act_on(path: BulletinPath, act: Callable[..., Bulletin], **details: Any) -> Response:
    """Do ``act`` to the version of If-Match, once per idempotency key, and answer with the resulting bulletin."""
    found = readable(path.bulletin_id)
    version = versions.expected_version(found.version)
    return bulletin_bodies.once(
        found.id, 200, lambda uow: act(uow, found.id, expected_version=version, call=caller.call(), **details)
    )


@fields_of(ApprovalDocument)
class ApprovalOut(Output):
    """``text`` in UTF-8 is what is signed, byte for byte; ``sha256`` is its hash.

    ``waiting_in`` are areas in which it is not heard before it is signed.
    """

    signatures: list[ApprovalSignature]
    waiting_in: list[str]


class ApprovalPath(BulletinPath):
    transmission_id: str = Field(max_length=80)


@routes.get(
    "/bulletins/<bulletin_id>/approvals",
    summary="Its approvals, newest first, with the document that can be signed and the signatures",
    responses={200: Lines[ApprovalOut]},
)
def list_approvals(path: BulletinPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Bulletins].get(BulletinId(path.bulletin_id))
        require_readable(caller.actor(), found, uow[Places].tree())
        made = uow[Approvals].signatures(found.id)
        waiting = signatures.waiting_of(uow, found.id)
        items = [
            {
                **plain(each),
                "signatures": [plain(s) for s in made if s.transmission_id == each.transmission_id],
                "waiting_in": list(waiting.get(each.transmission_id, ())),
            }
            for each in uow[Approvals].documents(found.id)
        ]
    return jsonify(items=items)


@routes.post(
    "/bulletins/<bulletin_id>/approvals/<transmission_id>/signatures",
    summary="Attach a detached CMS signature of the approval's document; only its approver may",
    responses={201: One[ApprovalSignature]},
    openapi_extensions=_SIGNATURE,
)
@caller.other_body
def attach_signature(path: ApprovalPath) -> tuple[Response, int]:
    """Naturally idempotent: the same signature has the same name."""
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMediaType(f"send {MEDIA_TYPE}")
    context = caller.context()
    with context.uow.reading() as uow:
        found = uow[Bulletins].get(BulletinId(path.bulletin_id))
        require_readable(caller.actor(), found, uow[Places].tree())
    made = signatures.attach(
        context.uow(),
        context.content,
        context.signatures,
        found.id,
        TransmissionId(path.transmission_id),
        signature=request.stream.read(signatures.SIGNATURE_MAX_BYTES + 1),
        call=caller.call(),
    )
    return jsonify(plain(made)), 201

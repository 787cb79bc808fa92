"""Documents of approvals, as they can be signed, and their digital signatures."""

from datetime import datetime

from flask import Response, jsonify, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import UnsupportedMediaType

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.service.read_access import require_readable
from cms.areas.repository import Places
from cms.bulletins.api.bulletins import BulletinPath
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import approval_signatures
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain

MEDIA_TYPE = "application/pkcs7-signature"
_SIGNATURE = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


class SignerOut(BaseModel):
    subject: str
    issuer: str
    serial: str
    certificate_sha256: str
    signed_at: datetime


class SignatureOut(BaseModel):
    """``sha256`` names the signature in the content store."""

    transmission_id: str
    sha256: str
    signer: SignerOut
    attached_by: str
    attached_by_name: str
    attached_at: datetime


class ApprovalOut(BaseModel):
    """``text`` in UTF-8 is what is signed, byte for byte; ``sha256`` is its hash.

    ``waiting_in`` are areas in which it is not heard before it is signed.
    """

    transmission_id: str
    bulletin_id: str
    approved_by: str
    approved_at: datetime
    text: str
    sha256: str
    signatures: list[SignatureOut]
    waiting_in: list[str]


class ApprovalLines(BaseModel):
    items: list[ApprovalOut]


class ApprovalPath(BulletinPath):
    transmission_id: str = Field(max_length=80)


@routes.get(
    "/bulletins/<bulletin_id>/approvals",
    summary="Its approvals, newest first, with the document that can be signed and the signatures",
    responses={200: ApprovalLines},
)
def list_approvals(path: BulletinPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Bulletins].get(BulletinId(path.bulletin_id))
        require_readable(caller.actor(), found, uow[Places].tree())
        made = uow[Approvals].signatures(found.id)
        waiting = approval_signatures.waiting_of(uow, found.id)
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
    responses={201: SignatureOut},
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
    made = approval_signatures.attach(
        context.uow(),
        context.content,
        context.signatures,
        found.id,
        TransmissionId(path.transmission_id),
        signature=request.stream.read(approval_signatures.SIGNATURE_MAX_BYTES + 1),
        call=caller.call(),
    )
    return jsonify(plain(made)), 201

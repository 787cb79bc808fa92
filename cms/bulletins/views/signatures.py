"""Digital signatures of approvals: the document to sign, upload of a signature, and signatures uploaded."""

from flask import Response, flash, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from broadcast.bulletins.transmissions import TransmissionId
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.service import approval_signatures
from cms.bulletins.views.bulletins import readable
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from province.errors import InvalidError


@pages.get("/bulletins/<bulletin_id>/approvals/<transmission_id>/document")
def approval_document(bulletin_id: str, transmission_id: str) -> Response:
    """Send the exact bytes to sign."""
    found, _tree = readable(bulletin_id)
    with request_context.context().uow.reading() as uow:
        document = approval_signatures.document_in(uow, found.id, TransmissionId(transmission_id))
    return _file(document.text.encode(), f"approval-{transmission_id}.json", "application/json")


@pages.post("/bulletins/<bulletin_id>/approvals/<transmission_id>/signatures")
def sign_approval(bulletin_id: str, transmission_id: str) -> AnyResponse:
    """Take a signature, and redirect to the bulletin with the outcome."""
    found, _tree = readable(bulletin_id)
    context = request_context.context()
    sent = request.files.get("signature")
    data = sent.stream.read(approval_signatures.SIGNATURE_MAX_BYTES + 1) if sent is not None else b""
    try:
        made = approval_signatures.attach(
            context.uow(),
            context.content,
            context.signatures,
            found.id,
            TransmissionId(transmission_id),
            signature=data,
            call=request_context.call(),
        )
    except InvalidError as error:
        flash(" ".join(map(messages.problem_sentence, error.problems)), "bad")
    else:
        flash(_("The digital signature of %(subject)s was verified and kept.", subject=made.signer.subject), "good")
    return redirect(url_for("web.bulletin", bulletin_id=found.id) + "#signatures")


@pages.get("/bulletins/<bulletin_id>/approvals/signatures/<sha256>")
def approval_signature(bulletin_id: str, sha256: str) -> Response:
    """Send a signature as it was uploaded."""
    found, _tree = readable(bulletin_id)
    with request_context.context().uow.reading() as uow:
        if sha256 not in {each.sha256 for each in uow[Approvals].signatures(found.id)}:
            raise NotFound
    data = request_context.context().content.read_bytes(sha256)
    return _file(data, f"{sha256[:12]}.p7s", "application/pkcs7-signature")


def _file(data: bytes, name: str, media_type: str) -> Response:
    return Response(data, mimetype=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})

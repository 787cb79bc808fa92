"""Words of reviewers: remarks on passages of the text, and digital signatures of approvals."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.remarks import NoteId
from broadcast.bulletins.transmissions import TransmissionId
from cms import translations
from cms.accounts.service.vault import vault_of
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.service import remarks, signatures
from cms.bulletins.service.paper_seal import seal_key
from cms.bulletins.service.remarks import NOTES_MAX, NoteDraft
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import readable
from cms.platform.letterhead import letterhead_of
from cms.platform.web import messages, request_context
from cms.platform.web.forms import confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule import labels as schedule_labels
from province.areas import AreaTree
from province.errors import InvalidError


def typed(form: MultiDict[str, str]) -> list[NoteDraft]:
    """Return the rows in which something was typed."""
    rows = zip(form.getlist("note_quote"), form.getlist("note_near"), form.getlist("note_text"), strict=False)
    found = [
        NoteDraft(text.strip(), quote.replace("\r\n", "\n").strip(), int(near) if near.isdecimal() else 0)
        for quote, near, text in rows
    ]
    return [each for each in found if each.text or each.quote][: NOTES_MAX + 1]


def rows(drafts: list[NoteDraft], *, more: bool) -> list[NoteDraft]:
    """Return the typed rows, and an empty row at the end if asked for or if there is none."""
    return [*drafts, *([NoteDraft("")] if more or not drafts else [])]


@pages.post("/bulletins/<bulletin_id>/notes/<note_id>")
def settle_note(bulletin_id: str, note_id: str) -> str | Response:
    """Settle the remark, or reopen it."""
    remarks.settle(
        new_unit(),
        readable(bulletin_id)[0].id,
        NoteId(note_id),
        is_done=request.form.get("act") != "reopen",
        call=call(),
    )
    if request_context.is_fragment():
        found, _tree = readable(bulletin_id)
        in_form = request.form.get("in_form", "")
        return render_template(
            "bulletins/_notes.html", in_form=in_form, **bulletin_parts.note_parts(found, can_settle=True)
        )
    return confirmed(_("Noted."), "web.bulletin", bulletin_id=bulletin_id)


@pages.get("/bulletins/<bulletin_id>/approvals/<transmission_id>/document")
def approval_document(bulletin_id: str, transmission_id: str) -> Response:
    """Send the exact bytes to sign."""
    found, _tree = readable(bulletin_id)
    with request_context.context().uow.reading() as uow:
        document = signatures.document_in(uow, found.id, TransmissionId(transmission_id))
    return _file(document.text.encode(), f"approval-{transmission_id}.json", "application/json")


@pages.get("/bulletins/<bulletin_id>/approvals/<transmission_id>/document.pdf")
def approval_paper(bulletin_id: str, transmission_id: str) -> Response:
    """Send the same as a paper to sign, with the exact bytes attached."""
    found, tree = readable(bulletin_id)
    paper = paper_to_sign(found, TransmissionId(transmission_id), tree)
    return _file(paper, f"phe-duyet-{transmission_id}.pdf", "application/pdf")


def paper_to_sign(found: Bulletin, transmission_id: TransmissionId, tree: AreaTree) -> bytes:
    """Make the paper of an approval. Raises NotFoundError."""
    from cms.bulletins import documents  # noqa: PLC0415 - the PDF library takes memory that few processes need

    context = request_context.context()
    with context.uow.reading() as uow:
        document = signatures.document_in(uow, found.id, transmission_id)
        approved = uow[Transmissions].get(document.transmission_id)
    with force_locale(translations.DEFAULT):
        facts = documents.ApprovalFacts(
            [tree.get(area_id).name for area_id in approved.targets.areas if area_id in tree],
            [tree.get(area_id).name for area_id in approved.targets.exclude if area_id in tree],
            schedule_labels.lines(approved.schedules),
        )
    key = seal_key(vault_of(context).key)
    return documents.approval_paper(document, facts, letterhead_of(context.settings), key)


@pages.post("/bulletins/<bulletin_id>/approvals/<transmission_id>/signatures")
def sign_approval(bulletin_id: str, transmission_id: str) -> Response:
    """Take a signature, and redirect to the bulletin with the outcome."""
    found, _tree = readable(bulletin_id)
    context = request_context.context()
    sent = request.files.get("signature")
    data = sent.stream.read(signatures.PAPER_MAX_BYTES + 1) if sent is not None else b""
    try:
        made = signatures.attach(
            new_unit(),
            context.content,
            context.signatures,
            found.id,
            TransmissionId(transmission_id),
            signature=data,
            call=call(),
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
    if data.startswith(b"%PDF-"):
        return _file(data, f"{sha256[:12]}.pdf", "application/pdf")
    return _file(data, f"{sha256[:12]}.p7s", "application/pkcs7-signature")


def _file(data: bytes, name: str, media_type: str) -> Response:
    return Response(data, mimetype=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})

"""Official papers: a DOCX or PDF becomes a draft that is read over, and stays with the bulletin."""

from dataclasses import replace
from http import HTTPStatus
from typing import BinaryIO, cast

from flask import Response, current_app, flash, redirect, render_template, request, send_file, url_for
from itsdangerous import BadSignature, Signer
from werkzeug.exceptions import NotFound

from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.official_papers import OfficialPaper
from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.repository.papers import BulletinPapers
from cms.bulletins.service import autosaves
from cms.bulletins.service.autosaves import TypedFields
from cms.bulletins.service.paper_import import PAPER_MOST_BYTES, ImportedPaper, import_paper
from cms.bulletins.views.bulletins import readable
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from province.errors import InvalidError
from province.people import Action

_MB = 1024 * 1024


@pages.get("/bulletins/from-paper")
def paper_form(refusal: str = "") -> str:
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    return render_template("bulletins/from_paper.html", refusal=refusal, most_mb=PAPER_MOST_BYTES // _MB)


@pages.post("/bulletins/from-paper")
def begin_from_paper() -> Answer:
    """Keep what the paper says as an unfinished bulletin of the person, and open its form."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    file = request.files.get("paper")
    if file is None or not file.filename:
        return paper_form(_("Choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        imported = import_paper(request_context.context().content, file.filename, cast("BinaryIO", file.stream))
        fields = bulletin_form.begun_fields(_begun(imported))
        bulletin_id = BulletinId(call().new_id())
        typed = TypedFields(bulletin_id, fields, imported.found.title, 0)
        autosaves.keep(new_unit(), typed, call=call())
    except InvalidError as error:
        return paper_form(" ".join(map(messages.problem_sentence, error.problems))), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("This is what the paper says. Read it over: an announcement is shorter than a paper."), "good")
    return redirect(url_for("web.new_bulletin", draft=bulletin_id))


@pages.get("/bulletins/<bulletin_id>/paper")
def bulletin_paper(bulletin_id: str) -> Response:
    """Send the file that the bulletin was made from, to be kept, never to be shown by the browser."""
    found, _tree = readable(bulletin_id)
    paper = paper_of(found)
    if paper is None or not request_context.context().content.has(paper.sha256):
        raise NotFound
    with request_context.context().content.local_file(paper.sha256) as path:
        return send_file(
            path, mimetype="application/octet-stream", as_attachment=True, download_name=paper.file_name or "van-ban"
        )


def paper_of(found: Bulletin) -> OfficialPaper | None:
    """Return the official paper that the bulletin was made from."""
    with request_context.context().uow.reading() as uow:
        known = uow[BulletinPapers].find(found.id)
    return None if known is None else known.paper


def sealed(sha256: str) -> str:
    """Return the hash with our signature: a form may name only a file that we read as a paper."""
    return _signer().sign(sha256).decode() if sha256 else ""


def unsealed(typed: OfficialPaper, known: OfficialPaper | None) -> OfficialPaper:
    """Return the paper of a form with its hash; one that we did not sign is that of the known paper, or none."""
    try:
        return replace(typed, sha256=_signer().unsign(typed.sha256).decode())
    except BadSignature:
        kept = ("", "") if known is None else (known.file_name, known.sha256)
        return replace(typed, file_name=kept[0], sha256=kept[1])


def _signer() -> Signer:
    return Signer(str(current_app.secret_key), salt="official-paper")


def _begun(imported: ImportedPaper) -> BulletinForm:
    """Return the form that begins with the paper; where the person has one place, that is ticked."""
    mine = area_picker.forest(messages.tree(), bulletin_form.NOWHERE, request_context.today())
    only = (mine[0].id,) if len(mine) == 1 and not mine[0].children else ()
    found = imported.found
    begun = BulletinForm(title=found.title, text=found.text, origin=found.issuer, areas=only)
    return bulletin_form.with_paper(begun, imported.paper, sealed(imported.paper.sha256))


add_template_globals(paper_of=paper_of)

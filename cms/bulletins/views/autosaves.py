"""Autosave of the bulletin form: kept every few seconds while somebody types, listed, discarded and taken up again."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from flask import Response, flash, jsonify, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from broadcast.bulletins.model import Bulletin, BulletinId
from cms.accounts.service.read_access import require_readable
from cms.bulletins.forms import BulletinForm
from cms.bulletins.model import Autosave
from cms.bulletins.repository.autosaves import Autosaves
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import autosaves
from cms.bulletins.service.autosaves import TypedFields
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer, flash_undoable
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from province.errors import ConflictError, InvalidError
from province.people import Action

LISTED_MOST = 5
WINDOW_MAX = 40
_SELF_MADE = frozenset({"csrf_token", "act", "kept_as", "draft", "autosave_version", "window", "spoken_act", "upload"})
"""Fields that no person typed."""


@pages.post("/bulletins/autosave")
def autosave_bulletin() -> Answer | tuple[Response, int]:
    """Keep the form as it is; answer with its new version and the sentence for the person."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    form = BulletinForm.of(request.form)
    if request_context.key_of(form.bulletin_id) != form.bulletin_id:
        raise BadRequest
    found = stored(BulletinId(form.bulletin_id))
    if found is not None:
        require_readable(request_context.actor(), found, messages.tree())
    try:
        kept = _keep(form)
    except ConflictError as error:
        said = _("Draft not saved: it was changed in another window. What you typed is still here.")
        return jsonify(said=said, version=error.actual), HTTPStatus.CONFLICT
    except InvalidError as error:
        return jsonify(said=" ".join(messages.problem_sentences(error))), HTTPStatus.UNPROCESSABLE_ENTITY
    said = _saved_at(kept)
    if found is not None and is_behind(form, found):
        said = f"{said}. {_('Somebody else has saved this bulletin since you began.')}"
    return jsonify(version=kept.version, said=said)


@pages.post("/bulletins/autosaves/<bulletin_id>/discard")
def discard_autosave(bulletin_id: str) -> Answer:
    """Discard the unfinished form; what its page has sent along is kept first, so that it can be taken back."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    form = BulletinForm.of(request.form)
    if form.bulletin_id == bulletin_id and (form.title or form.text or form.original_sha256):
        kept_with(form)
    gone = autosaves.discard(new_unit(), BulletinId(bulletin_id), call=call())
    if gone is not None:
        flash_undoable(_("The draft was discarded."), "web.restore_autosave", bulletin_id=bulletin_id)
    if stored(BulletinId(bulletin_id)) is not None:
        return redirect(url_for("web.bulletin", bulletin_id=bulletin_id))
    return redirect(url_for("web.bulletins"))


@pages.post("/bulletins/autosaves/<bulletin_id>/restore")
def restore_autosave(bulletin_id: str) -> Answer:
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    if autosaves.restore(new_unit(), BulletinId(bulletin_id), call=call()) is None:
        flash(_("This draft was saved meanwhile, or is gone."), "bad")
    return redirect(url_for("web.new_bulletin", draft=bulletin_id))


def taken_up(form: BulletinForm, bulletin_id: BulletinId) -> tuple[BulletinForm, Autosave | None]:
    """Return the form as the user left it unfinished, with what is stored; ``form`` itself where nothing is."""
    with request_context.context().uow.reading() as uow:
        found = uow[Autosaves].of(request_context.actor().user_id, bulletin_id)
    is_unfinished = found is not None and found.ended_at is None
    if found is not None and is_unfinished:
        form = BulletinForm.of(MultiDict(found.fields))
    version = "0" if found is None else str(found.version)
    return replace(form, bulletin_id=bulletin_id, autosave_version=version), found if is_unfinished else None


def stored(bulletin_id: BulletinId) -> Bulletin | None:
    with request_context.context().uow.reading() as uow:
        return uow[Bulletins].find(bulletin_id)


def is_behind(form: BulletinForm, found: Bulletin) -> bool:
    """Return whether somebody has saved the bulletin since the form was begun."""
    seen = int(form.version) if form.version.isdecimal() else 1
    return seen < found.version - found.sound.own_versions


def kept_with(form: BulletinForm) -> BulletinForm:
    """Return the sent form, kept if it can be: it is there again whatever becomes of the page."""
    try:
        return replace(form, autosave_version=str(_keep(form).version))
    except (ConflictError, InvalidError):
        return form


def others(form: BulletinForm) -> Sequence[Autosave]:
    """Return the user's other unfinished forms, last typed first."""
    return [each for each in unfinished() if each.bulletin_id != form.bulletin_id]


def unfinished() -> Sequence[Autosave]:
    """Return the user's unfinished forms, last typed first."""
    with request_context.context().uow.reading() as uow:
        return uow[Autosaves].unfinished(request_context.actor().user_id, LISTED_MOST)


def _keep(form: BulletinForm) -> Autosave:
    sent = request.form
    typed = tuple((name, value) for name, value in sent.items(multi=True) if name not in _SELF_MADE)
    version = int(form.autosave_version) if form.autosave_version.isdecimal() else 0
    window = sent.get("window", "")[:WINDOW_MAX]
    fields = TypedFields(BulletinId(form.bulletin_id), typed, form.title, version, window)
    return autosaves.keep(new_unit(), fields, call=call())


def _saved_at(kept: Autosave) -> str:
    return _("Draft saved at %(at)s", at=formats.local(kept.saved_at).strftime("%H:%M"))


add_template_globals(autosaved_at=_saved_at, unfinished_forms=unfinished)

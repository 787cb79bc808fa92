"""Actions on a bulletin's page: submit, withdraw, make the sound again."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for

from broadcast.bulletins.model import BulletinStatus, SoundState
from cms.bulletins.service import drafts, review
from cms.bulletins.service.revisions import redraft
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import readable, see, show
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, flash_undoable
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.public import service
from province.errors import ClashError, FrozenError, InvalidError


@pages.post("/bulletins/<bulletin_id>/submit")
def submit_bulletin(bulletin_id: str) -> Answer:
    """Submit the bulletin; if refused, show every reason at once on the bulletin's own page."""
    found, _tree = readable(bulletin_id)
    try:
        submitted = request_context.step(review.submit, found, may_wait=True)
    except InvalidError as error:
        return show(see(found.id), unfinished=messages.problem_sentences(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except ClashError as error:
        return show(see(found.id), clashes=messages.clash_sentences(error.clashes)), HTTPStatus.CONFLICT
    if submitted.status is not BulletinStatus.SUBMITTED:
        # What waits for its sound says so itself.
        return redirect(url_for("web.bulletin", bulletin_id=found.id))
    return confirmed(_("Submitted for review."), "web.bulletin", bulletin_id=found.id)


@pages.post("/bulletins/<bulletin_id>/withdraw")
def withdraw_bulletin(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    try:
        taken_back = request_context.step(review.withdraw, found, override=request.form.get(bulletin_parts.REASON, ""))
    except FrozenError as error:
        return bulletin_parts.frozen_page(error, found)
    if taken_back.status is BulletinStatus.DRAFT:
        # Whoever may take it back may submit it.
        said = _("Taken back. You can edit it and submit it again.")
        flash_undoable(said, "web.submit_bulletin", bulletin_id=found.id)
    else:
        flash(_("Withdrawn. Nothing of it airs any more. Its text can be taken up as a new draft."), "good")
    return redirect(url_for("web.bulletin", bulletin_id=found.id))


@pages.post("/bulletins/<bulletin_id>/delete")
def delete_bulletin(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    request_context.step(drafts.delete, found)
    flash_undoable(_("“%(title)s” was deleted.", title=found.title), "web.restore_bulletin", bulletin_id=found.id)
    return redirect(url_for("web.bulletins"))


@pages.post("/bulletins/<bulletin_id>/restore")
def restore_bulletin(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    restored = request_context.step(drafts.restore, found)
    return confirmed(_("The draft is back."), "web.bulletin", bulletin_id=restored.id)


@pages.post("/bulletins/<bulletin_id>/listed")
def list_publicly(bulletin_id: str) -> Answer:
    """Hide the bulletin from the public pages; with ``listed``, show it there again."""
    found, _tree = readable(bulletin_id)
    is_listed = "listed" in request.form
    service.list_publicly(new_unit(), found.id, is_listed=is_listed, call=call())
    flash(_("It is on the public page again.") if is_listed else _("It is off the public page."), "good")
    return redirect(url_for("web.bulletin", bulletin_id=found.id))


@pages.post("/bulletins/<bulletin_id>/sound")
def remake_sound(bulletin_id: str) -> Answer:
    """Save the text unchanged, which makes a failed sound again."""
    found, _tree = readable(bulletin_id)
    if found.sound.state is not SoundState.FAILED:
        return redirect(url_for("web.bulletin", bulletin_id=found.id))
    drafts.edit(new_unit(), found.id, draft=redraft(found), expected_version=found.version, call=call())
    return redirect(url_for("web.bulletin", bulletin_id=found.id))

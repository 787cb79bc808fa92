"""Sharing templates and voices with areas below, and ending that: actions of the pages that list them."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from broadcast.bulletins.sharing import Share, ShareId, ShareKind
from broadcast.speech.normalization import VIETNAMESE
from cms.bulletins.repository.sharing import Shares
from cms.bulletins.service import sharing
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.speech.repository.phrases import Phrases
from province.areas import AreaId
from province.errors import InvalidError
from province.people import Action


@dataclass(frozen=True)
class SharedVoice:
    """A voice from another area that is used in this one: inherited, or by ``share``."""

    origin_id: AreaId
    phrases: int
    share: Share | None = None


@pages.post("/shares")
def make_share() -> Response:
    context, form = request_context.context(), request.form
    kind = ShareKind.VOICE if form.get("kind") == ShareKind.VOICE else ShareKind.TEMPLATE
    try:
        made = sharing.share(
            context.uow(),
            kind=kind,
            subject_id=form.get("subject", ""),
            area_id=AreaId(form.get("area", "")),
            call=request_context.call(),
        )
    except InvalidError as error:
        flash(" ".join(map(messages.problem_sentence, error.problems)), "bad")
        return redirect(request_context.local_path(form.get("back", "")))
    flash(_("Shared with %(area)s.", area=messages.area_names([made.area_id])), "good")
    return redirect(_page_of(made))


@pages.post("/shares/<share_id>/take-back")
def take_share_back(share_id: str) -> Response:
    context = request_context.context()
    gone = sharing.take_back(context.uow(), ShareId(share_id), call=request_context.call())
    flash(_("Taken back from %(area)s.", area=messages.area_names([gone.area_id])), "good")
    return redirect(_page_of(gone))


def of_voice(area_id: AreaId) -> dict[str, Any]:
    """Return the phrase bank's variables on voices: those from other areas, and the areas with which this is shared."""
    tree = messages.tree()
    with request_context.context().uow.reading() as uow:
        shared = [each for each in sharing.voices_in(uow, tree.chain(area_id)) if each.origin_id != area_id]
        given = uow[Shares].of(ShareKind.VOICE, area_id)
        sources = [*tree.chain(area_id)[1:], *(each.origin_id for each in shared)]
        counted = dict.fromkeys(sources, 0)
        for phrase in uow[Phrases].in_areas(counted, VIETNAMESE):
            counted[phrase.area_id] += bool(phrase.sha256)
    above = [SharedVoice(each, counted[each]) for each in tree.chain(area_id)[1:] if counted[each]]
    is_below = {area.id for area in tree.subtree(area_id)}
    may_share = request_context.can(Action.SHARE_DOWN, area_id, tree)
    receivers = [area for area in area_picker.outermost_first(Action.SHARE_DOWN) if area.id not in is_below]
    return {
        "area_name": messages.area_name,
        "heard": [*above, *(SharedVoice(each.origin_id, counted[each.origin_id], each) for each in shared)],
        "shares": [each for each in given if request_context.can(Action.SHARE_DOWN, each.area_id, tree)],
        "receivers": area_picker.options(receivers) if may_share else [],
    }


def _page_of(share: Share) -> str:
    page = "web.phrases" if share.kind is ShareKind.VOICE else "web.bulletin_templates"
    return url_for(page, area=share.origin_id)

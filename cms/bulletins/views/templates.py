"""Templates of bulletins, and sharing between areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from broadcast.speech.normalization import VIETNAMESE
from cms.accounts.service.read_access import usable_template
from cms.bulletins.repository.sharing import Shares, Templates
from cms.bulletins.service import sharing
from cms.bulletins.service.sharing import TemplateWording
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.speech.repository import Phrases
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action


@pages.get("/templates")
def bulletin_templates() -> str:
    tree = messages.tree_for(Action.BULLETIN_WRITE)
    areas = area_picker.options(area_picker.outermost_first(Action.BULLETIN_WRITE))
    area_id = AreaId(request.args.get("area", "") or request_context.first(areas, Action.BULLETIN_WRITE)[0])
    request_context.require(Action.BULLETIN_WRITE, (area_id,), tree)
    with request_context.context().uow.reading() as uow:
        usable = sharing.usable_in(uow, area_id)
        shared = uow[Shares].of(ShareKind.TEMPLATE, *(each.template.id for each in usable if each.share is None))
    mine = [share for share in shared if request_context.can(Action.SHARE_DOWN, share.area_id, tree)]
    return render_template(
        "bulletins/bulletin_templates.html",
        areas=areas,
        area_id=area_id,
        own=[each.template for each in usable if each.share is None],
        given=[each for each in usable if each.share is not None],
        shares=mine,
        receivers=area_picker.options(area_picker.outermost_first(Action.SHARE_DOWN)),
    )


@pages.get("/templates/new")
def new_template() -> Answer:
    area_id = AreaId(request.args.get("area", ""))
    request_context.require(Action.BULLETIN_WRITE, (area_id,), messages.tree())
    return _form(None, area_id, TemplateWording("", ""), [])


@pages.post("/templates/new")
def write_template() -> Answer:
    area_id, wording = AreaId(request.form.get("area", "")), _typed(request.form)
    with redisplay(_form, None, area_id, wording):
        made = sharing.write_template(new_unit(), area_id=area_id, wording=wording, call=call())
    flash(_("The template “%(name)s” was saved.", name=made.name), "good")
    return redirect(url_for("web.bulletin_templates", area=made.area_id))


@pages.get("/templates/<template_id>/edit")
def edit_template(template_id: str) -> Answer:
    found = _own(template_id)
    shown = TemplateWording(found.name, found.title, found.text, found.topic, found.priority, found.language)
    return _form(found, found.area_id, shown, [])


@pages.post("/templates/<template_id>/edit")
def rewrite_template(template_id: str) -> Answer:
    wording = _typed(request.form)
    try:
        made = sharing.rewrite_template(new_unit(), TemplateId(template_id), wording=wording, call=call())
    except InvalidError as error:
        found = _own(template_id)
        return _form(found, found.area_id, wording, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("The template “%(name)s” was saved.", name=made.name), "good")
    return redirect(url_for("web.bulletin_templates", area=made.area_id))


@pages.post("/templates/<template_id>/forget")
def forget_template(template_id: str) -> Response:
    gone = sharing.forget_template(new_unit(), TemplateId(template_id), call=call())
    flash(_("The template “%(name)s” was dropped.", name=gone.name), "good")
    return redirect(url_for("web.bulletin_templates", area=gone.area_id))


def chosen(template_id: str) -> BulletinTemplate | None:
    """Return the template from which a new bulletin starts; None if none was requested.

    Raises:
        NotFoundError: it does not exist, or the user may not use it.
    """
    if not template_id:
        return None
    with request_context.context().uow.reading() as uow:
        return usable_template(uow, request_context.actor(), TemplateId(template_id))


def _own(template_id: str) -> BulletinTemplate:
    """Return a template that the user may change. Raises NotFoundError, NotAllowedError."""
    with request_context.context().uow.reading() as uow:
        found = uow[Templates].get(TemplateId(template_id))
    request_context.require(Action.BULLETIN_WRITE, (found.area_id,), messages.tree())
    return found


def _typed(form: MultiDict[str, str]) -> TemplateWording:
    return TemplateWording(
        name=form.get("name", "").strip(),
        title=form.get("title", "").strip(),
        text=form.get("text", "").replace("\r\n", "\n").strip(),
        topic=form.get("topic", ""),
        priority=next((each for each in PriorityClass if each == form.get("priority")), PriorityClass.NORMAL),
        language=form.get("language", "vi"),
    )


def _form(
    found: BulletinTemplate | None, area_id: AreaId, wording: TemplateWording, problems: Sequence[Problem]
) -> str:
    return render_template(
        "bulletins/bulletin_template.html",
        found=found,
        area_id=area_id,
        typed=wording,
        problems=messages.by_field(problems),
    )


@dataclass(frozen=True)
class SharedVoice:
    """A voice from another area that is used in this one: inherited, or by ``share``."""

    origin_id: AreaId
    phrases: int
    share: Share | None = None


@pages.post("/shares")
def make_share() -> Response:
    form = request.form
    kind = ShareKind.VOICE if form.get("kind") == ShareKind.VOICE else ShareKind.TEMPLATE
    try:
        made = sharing.share(
            new_unit(), kind=kind, subject_id=form.get("subject", ""), area_id=AreaId(form.get("area", "")), call=call()
        )
    except InvalidError as error:
        flash(" ".join(map(messages.problem_sentence, error.problems)), "bad")
        return redirect(request_context.local_path(form.get("back", "")))
    flash(_("Shared with %(area)s.", area=messages.area_names([made.area_id])), "good")
    return redirect(_page_of(made))


@pages.post("/shares/<share_id>/take-back")
def take_share_back(share_id: str) -> Response:
    gone = sharing.take_back(new_unit(), ShareId(share_id), call=call())
    flash(_("Taken back from %(area)s.", area=messages.area_names([gone.area_id])), "good")
    return redirect(_page_of(gone))


def shares_of_voice(area_id: AreaId) -> dict[str, Any]:
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
        "heard": [*above, *(SharedVoice(each.origin_id, counted[each.origin_id], each) for each in shared)],
        "shares": [each for each in given if request_context.can(Action.SHARE_DOWN, each.area_id, tree)],
        "receivers": area_picker.options(receivers) if may_share else [],
    }


def _page_of(share: Share) -> str:
    page = "web.phrases" if share.kind is ShareKind.VOICE else "web.bulletin_templates"
    return url_for(page, area=share.origin_id)

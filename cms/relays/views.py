"""Relay sources: authors and approvers, the last check of each stream, and the actions allowed."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for

from broadcast.relays.model import TRANSITIONS, RelaySource, RelaySourceId, SourceAction
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from cms.public.queries.public import loudspeakers
from cms.relays import forms as relay_form
from cms.relays import labels as relay_labels
from cms.relays.forms import SourceForm
from cms.relays.repository import RelaySources
from cms.relays.service import sources
from province.areas import AreaTree
from province.errors import ConflictError, NotFoundError, Problem
from province.people import Action
from province.policy import visible_areas


@pages.get("/relay-sources")
def relay_sources(refused: RelaySource | None = None, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.BULLETIN_READ)
    mine = visible_areas(request_context.actor(), Action.BULLETIN_READ, tree)
    with request_context.context().uow.reading() as uow:
        found = [each for each in uow[RelaySources].all() if each.area_id in mine]
        health = {each.source_id: each for each in uow[RelaySources].health()}
        counts = loudspeakers(uow.session)
    return render_template(
        "relays/relay_sources.html",
        rows=found,
        health=health,
        listeners={each.id: sum(counts.get(area.id, 0) for area in tree.subtree(each.area_id)) for each in found},
        may={each.id: _may(each, tree) for each in found},
        today=request_context.today(),
        refused=refused,
        problems=messages.by_field(problems),
    )


@pages.get("/relay-sources/new")
def new_relay_source() -> str:
    request_context.require(Action.RELAY_WRITE, (), messages.tree())
    return _form_page(SourceForm(key=request_context.context().new_id()))


@pages.post("/relay-sources/new")
def write_relay_source() -> Answer:
    request_context.require(Action.RELAY_WRITE, (), messages.tree())
    form = SourceForm.of(request.form)
    key = request_context.key_of(form.key)
    with redisplay(_form_page, form):
        made = sources.write_down(new_unit(), RelaySourceId(key), draft=relay_form.read(form), call=call())
    flash(
        _("The source “%(name)s” is written down. Somebody else has to approve it before it is used.", name=made.name),
        "good",
    )
    return redirect(url_for("web.relay_sources"))


@pages.get("/relay-sources/<source_id>/edit")
def edit_relay_source(source_id: str) -> str:
    found = _writable(source_id)
    return _form_page(relay_form.shown(found), found)


@pages.post("/relay-sources/<source_id>/edit")
def correct_relay_source(source_id: str) -> Answer:
    found, form = _writable(source_id), SourceForm.of(request.form)
    try:
        with redisplay(_form_page, form, found):
            request_context.step(sources.correct, found, draft=relay_form.read(form))
    except ConflictError as error:
        again = SourceForm.of(request.form)
        return _form_page(again, found, is_conflict=True, version=error.actual), HTTPStatus.CONFLICT
    return confirmed(_("Saved. The source has to be approved again before it is used."), "web.relay_sources")


@pages.post("/relay-sources/<source_id>/approve")
def approve_relay_source(source_id: str) -> Answer:
    return _stepped(source_id, sources.approve, _("The relay source is approved."))


@pages.post("/relay-sources/<source_id>/suspend")
def suspend_relay_source(source_id: str) -> Answer:
    why = request.form.get("why", "")
    return _stepped(source_id, sources.suspend, _("Suspended. No loudspeaker relays this source any more."), why=why)


def may_approve(source: RelaySource, tree: AreaTree) -> bool:
    """Return whether the user may be the second person for it; whether it waits for approval is not checked."""
    is_second = request_context.actor().user_id not in source.editors
    return is_second and request_context.can(Action.RELAY_APPROVE, source.area_id, tree)


def _stepped(source_id: str, act: Callable[..., RelaySource], said: str, **more: object) -> Answer:
    found = _seen(source_id)
    with redisplay(relay_sources, found):
        request_context.step(act, found, **more)
    return confirmed(said, "web.relay_sources")


def _seen(source_id: str) -> RelaySource:
    """Return the source. Raises NotFoundError if it does not exist or the user may not read it."""
    tree = messages.tree_for(Action.BULLETIN_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[RelaySources].get(RelaySourceId(source_id))
    if found.area_id not in visible_areas(request_context.actor(), Action.BULLETIN_READ, tree):
        raise NotFoundError("relay_source", source_id)
    return found


def _writable(source_id: str) -> RelaySource:
    found = _seen(source_id)
    request_context.require(Action.RELAY_WRITE, (found.area_id,), messages.tree())
    return found


def _may(source: RelaySource, tree: AreaTree) -> dict[str, bool]:
    rights = {
        SourceAction.CORRECT: request_context.can(Action.RELAY_WRITE, source.area_id, tree),
        SourceAction.APPROVE: may_approve(source, tree),
        SourceAction.SUSPEND: request_context.can(Action.SOUND_STOP, source.area_id, tree),
    }
    return {act.value: right and (source.state, act) in TRANSITIONS for act, right in rights.items()}


def _form_page(
    form: SourceForm,
    found: RelaySource | None = None,
    problems: Sequence[Problem] = (),
    *,
    is_conflict: bool = False,
    version: int | None = None,
) -> str:
    if found is None:
        action = url_for("web.write_relay_source")
    else:
        action = url_for("web.correct_relay_source", source_id=found.id)
    return render_template(
        "relays/relay_source_edit.html",
        found=found,
        action=action,
        typed=form,
        version=form.version if version is None else str(version),
        conflict=is_conflict,
        areas=area_picker.options(area_picker.outermost_first(Action.RELAY_WRITE)),
        problems=messages.by_field(problems),
    )


add_template_globals(how_it_went=relay_labels.how_it_went, relay_sentence=relay_labels.public_sentence)

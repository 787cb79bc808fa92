"""Register of citizens' feedback: text, place and answer of each."""

import re
from collections.abc import Callable, Sequence

from flask import redirect, render_template, request, url_for

from broadcast.bulletins.model import BulletinStatus
from broadcast.feedback.model import TRANSITIONS, Feedback, FeedbackAction, FeedbackId, FeedbackKind, FeedbackState
from cms.audit.queries import events_of
from cms.bulletins.queries import BulletinLine, bulletin_list
from cms.feedback import forms as feedback_form
from cms.feedback import labels as feedback_labels
from cms.feedback.forms import FeedbackForm
from cms.feedback.queries import FeedbackFilter, feedback_list
from cms.feedback.repository import FeedbackRegister
from cms.feedback.service import public_form, register
from cms.fleet.queries.overview import device_names
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.tickets.queries import of_feedback
from devices.model import DeviceId
from province.areas import Area, AreaId
from province.errors import NotFoundError, Problem
from province.people import Action
from province.policy import visible_areas

PAGE_ROWS = 30
OFFERED_MOST = 40
DEVICES_MOST = 500
_KEY = re.compile(r"[0-9a-z]{10,40}")
_UNHEARD = frozenset({BulletinStatus.DRAFT, BulletinStatus.SUBMITTED, BulletinStatus.RETURNED, BulletinStatus.REJECTED})


@pages.get("/feedback")
def feedback() -> str:
    """List the feedback; by default the unanswered ones."""
    messages.tree_for(Action.FEEDBACK_READ)
    state, kind = request.args.get("state", FeedbackState.OPEN), request.args.get("kind", "")
    after = request.args.get("after", "")
    chosen = FeedbackFilter(
        state=FeedbackState(state) if state in set(FeedbackState) else None,
        kind=FeedbackKind(kind) if kind in set(FeedbackKind) else None,
    )
    mine = messages.held(Action.FEEDBACK_READ)
    with request_context.context().uow.reading() as uow:
        found = feedback_list(uow.session, mine, chosen, after=after, limit=PAGE_ROWS)
    return render_template(
        "feedback/feedback.html",
        rows=found.rows,
        next_cursor=found.next_cursor,
        state=state,
        kind=kind,
    )


@pages.get("/feedback/new")
def new_feedback() -> str:
    """Show the form for new feedback; ``area``, ``bulletin`` and ``device`` of the query say what it is about."""
    request_context.require(Action.FEEDBACK_ANSWER, (), messages.tree())
    context, mine = request_context.context(), _answered_for()
    about = {name: request.args.get(name, "") for name in ("area", "bulletin", "device")}
    about["area"] = about["area"] or (mine[0].id if mine else "")
    return _form_page(feedback_form.blank(context.now(), context.new_id(), **about))


@pages.post("/feedback/new")
def take_feedback_down() -> Answer:
    request_context.require(Action.FEEDBACK_ANSWER, (), messages.tree())
    context, form = request_context.context(), FeedbackForm.of(request.form)
    key = form.key if _KEY.fullmatch(form.key) else context.new_id()
    with redisplay(_form_page, form):
        made = register.take_down(new_unit(), FeedbackId(key), draft=feedback_form.read(form), call=call())
    return confirmed(_("The feedback is noted."), "web.feedback_item", feedback_id=made.id)


@pages.get("/feedback/<feedback_id>")
def feedback_item(feedback_id: str) -> str:
    return _item_page(_seen(feedback_id))


@pages.get("/feedback/<feedback_id>/edit")
def edit_feedback(feedback_id: str) -> Answer:
    found = _answerable(feedback_id)
    if (found.state, FeedbackAction.CORRECT) not in TRANSITIONS:
        return redirect(url_for("web.feedback_item", feedback_id=found.id))
    return _form_page(feedback_form.shown(found), found)


@pages.post("/feedback/<feedback_id>/edit")
def correct_feedback(feedback_id: str) -> Answer:
    found, form = _answerable(feedback_id), FeedbackForm.of(request.form)
    with redisplay(_form_page, form, found):
        request_context.step(register.correct, found, draft=feedback_form.read(form))
    return confirmed(_("Saved."), "web.feedback_item", feedback_id=found.id)


@pages.post("/feedback/<feedback_id>/answer")
def answer_feedback(feedback_id: str) -> Answer:
    text = request.form.get("answer", "").replace("\r\n", "\n")
    return _stepped(feedback_id, register.answer, _("The answer is saved."), text=text)


@pages.post("/feedback/<feedback_id>/close")
def close_feedback(feedback_id: str) -> Answer:
    return _stepped(feedback_id, register.close, _("Closed. How to reach the citizen has been deleted."))


@pages.post("/feedback/<feedback_id>/publish")
def publish_feedback(feedback_id: str) -> Answer:
    text = request.form.get("published_text", "").replace("\r\n", "\n")
    return _stepped(feedback_id, public_form.publish, _("It is on the public page."), text=text)


@pages.post("/feedback/<feedback_id>/hide")
def hide_feedback(feedback_id: str) -> Answer:
    return _stepped(feedback_id, public_form.hide, _("It is off the public page."))


def _stepped(feedback_id: str, act: Callable[..., Feedback], said: str, **more: object) -> Answer:
    found = _answerable(feedback_id)
    with redisplay(_item_page, found):
        request_context.step(act, found, **more)
    return confirmed(said, "web.feedback_item", feedback_id=found.id)


def _seen(feedback_id: str) -> Feedback:
    """Return the feedback. Raises NotFoundError if it does not exist or the user may not read it."""
    tree = messages.tree_for(Action.FEEDBACK_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[FeedbackRegister].get(FeedbackId(feedback_id))
    if not request_context.can(Action.FEEDBACK_READ, found.area_id, tree):
        raise NotFoundError("feedback", feedback_id)
    return found


def _answerable(feedback_id: str) -> Feedback:
    found = _seen(feedback_id)
    request_context.require(Action.FEEDBACK_ANSWER, (found.area_id,), messages.tree())
    return found


def _answered_for() -> list[Area]:
    """Return the areas where the user answers, in the order of the tree."""
    return area_picker.as_in_tree(request_context.areas_where(Action.FEEDBACK_ANSWER, messages.tree()))


def _item_page(found: Feedback, problems: Sequence[Problem] = ()) -> str:
    with request_context.context().uow.reading() as uow:
        events = events_of(uow.session, found.id)
        tickets = of_feedback(uow.session, found.id)
    may_answer = request_context.can(Action.FEEDBACK_ANSWER, found.area_id, messages.tree())
    return render_template(
        "feedback/feedback_item.html",
        item=found,
        events=events,
        tickets=tickets,
        event_words=feedback_labels.EVENT,
        may={act.value: may_answer and (found.state, act) in TRANSITIONS for act in FeedbackAction},
        shows_contact=may_answer,
        answer=request.form.get("answer", found.answer),
        # Neither the citizen's text nor the contact is published by default: an official writes the public text.
        published_text=request.form.get("published_text", found.published_text),
        problems=messages.by_field(problems),
    )


def _form_page(form: FeedbackForm, found: Feedback | None = None, problems: Sequence[Problem] = ()) -> str:
    mine = _answered_for()
    depth = min((len(messages.tree().chain(area.id)) for area in mine), default=0)
    bulletins, devices = _offered(mine)
    known: list[tuple[str, str]] = [(each.id, each.title) for each in bulletins]
    if form.bulletin and form.bulletin not in dict(known):
        known.append((form.bulletin, found.bulletin_title if found and found.bulletin_title else form.bulletin))
    return render_template(
        "feedback/feedback_edit.html",
        typed=form,
        found=found,
        action=request.path,
        areas=[
            (area.id, "\u2003" * (len(messages.tree().chain(area.id)) - depth) + messages.full_name(area))
            for area in mine
        ],
        bulletins=[("", _("About no bulletin")), *known],
        devices=devices,
        problems=messages.by_field(problems),
    )


def _offered(mine: Sequence[Area]) -> tuple[list[BulletinLine], Sequence[tuple[DeviceId, str, AreaId]]]:
    """Return the bulletins last heard, and the devices, in areas where the user answers."""
    tree, actor = messages.tree(), request_context.actor()
    with request_context.context().uow.reading() as uow:
        readable = visible_areas(actor, Action.FEEDBACK_ANSWER, tree)
        lines = bulletin_list(uow.session, readable, actor.user_id, limit=OFFERED_MOST).rows
        devices = device_names(uow.session, [area.id for area in mine], DEVICES_MOST)
    return [line for line in lines if line.status not in _UNHEARD], devices

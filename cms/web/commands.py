"""Batches of remote commands: selection, preview, approval by a second person, progress, and cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from broadcast.model.bulletins import Targets
from cms.commands import asking as use_case
from cms.commands import choosing, seeing
from cms.commands.choosing import CommandPreview
from cms.store.queries.commands import batches, commands_of, counts, waiting
from cms.web import acting_form, acting_words, area_picker, sentences, visit
from cms.web.acting_form import ActingForm
from cms.web.languages import _
from cms.web.visit import pages
from devices.commands.model import Batch, BatchId, BatchState, CommandState
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, Problem
from province.people import Action

Answer = str | tuple[str, int] | Response
DEVICE_ROWS = 100
PREVIEW_ROWS = 200


@pages.get("/commands")
def commands() -> str:
    visit.require(Action.DEVICE_READ, (), sentences.tree())
    with visit.context().uow.reading() as unit:
        tree = sentences.tree(unit)
        actor, after = visit.actor(), request.args.get("after", "")
        page = batches(unit.session, seeing.readable(actor, tree), actor.user_id, after=after)
        mine = [each for each in waiting(unit.session) if seeing.is_visible(each, actor, tree)]
        far = counts(unit.session, [each.id for each in page.rows])
    return render_template(
        "commands.html",
        rows=page.rows,
        waiting=mine,
        far=far,
        more_after=page.next_cursor,
        may_ask=visit.can_anywhere(Action.DEVICE_MANAGE),
        words=acting_words,
    )


@pages.get("/commands/new")
def new_commands() -> str:
    visit.require(Action.DEVICE_MANAGE, (), sentences.tree())
    return _form_page(ActingForm(key=visit.context().new_id()))


@pages.post("/commands/new")
def ask_commands() -> Answer:
    """Show the preview; with ``act`` ``send``, send the commands if the preview would still be the same."""
    visit.require(Action.DEVICE_MANAGE, (), sentences.tree())
    context, form = visit.context(), acting_form.typed(request.form)
    is_sent = request.form.get("act") == "send"
    preview = None
    try:
        asking = acting_form.read(form, sentences.tree())
        with context.uow.reading() as unit:
            preview = choosing.preview(
                unit, asking, actor=visit.actor(), authority=context.authority, now=context.now()
            )
        if is_sent:
            batch = use_case.ask(
                context.uow(),
                BatchId(visit.key_of(form.key)),
                asking,
                actor=visit.actor(),
                authority=context.authority,
                now=context.now(),
                new_id=context.new_id,
                shown=form.shown or None,
            )
            return redirect(url_for("web.command_batch", batch_id=batch.id))
    except InvalidError as error:
        return _form_page(form, preview, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    except ConflictError:
        return _form_page(form, preview, is_changed=True), HTTPStatus.CONFLICT
    return _form_page(form, preview)


@pages.get("/commands/<batch_id>")
def command_batch(batch_id: str) -> str:
    return _batch_page(_seen(batch_id))


@pages.post("/commands/<batch_id>/decide")
def decide_commands(batch_id: str) -> Answer:
    context, batch = visit.context(), _seen(batch_id)
    version, actor, authority, now = visit.seen_version(batch), visit.actor(), context.authority, context.now()
    why = request.form.get("why", "")
    try:
        match request.form.get("act", ""):
            case "agree":
                use_case.agree(
                    context.uow(),
                    batch.id,
                    expected_version=version,
                    actor=actor,
                    authority=authority,
                    now=now,
                    new_id=context.new_id,
                )
                flash(_("Đã đồng ý. Tình trạng từng thiết bị hiện ở dưới."), "good")
            case "refuse" | "abort" as act:
                end = use_case.refuse if act == "refuse" else use_case.abort
                end(
                    context.uow(),
                    batch.id,
                    why=why,
                    expected_version=version,
                    actor=actor,
                    authority=authority,
                    now=now,
                )
                flash(_("Đã dừng. Thiết bị nào chưa được gửi thì không gửi nữa."), "good")
            case act:
                raise BadRequest(act)
    except InvalidError as error:
        return _batch_page(batch, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.command_batch", batch_id=batch.id))


def _seen(batch_id: str) -> Batch:
    with visit.context().uow.reading() as unit:
        return seeing.seen_batch(unit, batch_id, visit.actor())


def _batch_page(batch: Batch, problems: Sequence[Problem] = ()) -> str:
    tree = sentences.tree()
    state = request.args.get("state", "")
    wanted = CommandState(state) if state in set(CommandState) else None
    with visit.context().uow.reading() as unit:
        far = counts(unit.session, [batch.id])[batch.id]
        page = commands_of(unit.session, batch.id, state=wanted, after=request.args.get("after", ""), limit=DEVICE_ROWS)
        # A batch that waits for approval has no commands yet: the second person sees the devices it would reach.
        meant = {} if far.total() else unit.devices.get_many(batch.device_ids[:PREVIEW_ROWS])
    may_manage = all(visit.can(Action.DEVICE_MANAGE, area_id, tree) for area_id in batch.area_ids)
    is_own = batch.asked_by == visit.actor().user_id
    is_waiting = batch.state is BatchState.WAITING
    return render_template(
        "command_batch.html",
        batch=batch,
        states=[(each, far[each]) for each in CommandState],
        total=far.total(),
        state=wanted or "",
        rows=page.rows,
        meant=[each for _id, each in sorted(meant.items()) if visit.can(Action.DEVICE_READ, each.area_id, tree)],
        more_after=page.next_cursor,
        is_live=batch.state is BatchState.RUNNING,
        may_decide=may_manage and is_waiting and not is_own,
        may_abort=may_manage and (batch.state is BatchState.RUNNING or (is_waiting and is_own)),
        is_own=is_own,
        words=acting_words,
        area_name=sentences.area_name,
        area_names=sentences.area_names,
        why=request.form.get("why", ""),
        problems=sentences.by_field(problems),
    )


def _form_page(
    form: ActingForm,
    preview: CommandPreview | None = None,
    problems: Sequence[Problem] = (),
    *,
    is_changed: bool = False,
) -> str:
    targets = Targets(tuple(AreaId(area) for area in form.areas if area in sentences.tree()))
    nodes = area_picker.forest(sentences.tree(), targets, visit.today(), Action.DEVICE_MANAGE)
    return render_template(
        "commands_new.html",
        typed=form,
        preview=preview,
        shown_rows=preview.devices[:PREVIEW_ROWS] if preview else (),
        is_changed=is_changed,
        nodes=nodes,
        areas_count=sum(map(area_picker.ticked, nodes)),
        words=acting_words,
        area_name=sentences.area_name,
        problems=sentences.by_field(problems),
    )

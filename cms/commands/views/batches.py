"""Batches of remote commands: selection, preview, approval by a second person, progress, and cancelling."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from broadcast.bulletins.model import Targets
from cms.commands import forms
from cms.commands.forms import ActingForm
from cms.commands.queries import batches, commands_of, counts, waiting
from cms.commands.service import batch_preview
from cms.commands.service import batches as batch_service
from cms.commands.service.batch_preview import CommandPreview
from cms.fleet.repository.devices import Devices
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.commands.model import Batch, BatchId, BatchState, CommandState
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, Problem
from province.people import Action

DEVICE_ROWS = 100
PREVIEW_ROWS = 200


@pages.get("/commands")
def commands() -> str:
    request_context.require(Action.DEVICE_READ, (), messages.tree())
    with request_context.context().uow.reading() as unit:
        tree = messages.tree(unit)
        actor, after = request_context.actor(), request.args.get("after", "")
        page = batches(unit.session, batch_service.readable(actor, tree), actor.user_id, after=after)
        mine = [each for each in waiting(unit.session) if batch_service.is_visible(each, actor, tree)]
        far = counts(unit.session, [each.id for each in page.rows])
    return render_template(
        "commands/commands.html",
        rows=page.rows,
        waiting=mine,
        far=far,
        more_after=page.next_cursor,
    )


@pages.get("/commands/new")
def new_commands() -> str:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    return _form_page(ActingForm(key=request_context.context().new_id()))


@pages.post("/commands/new")
def ask_commands() -> Answer:
    """Show the preview; with ``act`` ``send``, send the commands if the preview would still be the same."""
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    context, form = request_context.context(), ActingForm.of(request.form)
    is_sent = request.form.get("act") == "send"
    preview = None
    try:
        asking = forms.read(form, messages.tree())
        with context.uow.reading() as unit:
            preview = batch_preview.preview(unit, asking, call=call())
        if is_sent:
            batch = batch_service.ask(
                new_unit(), BatchId(request_context.key_of(form.key)), asking, call=call(), shown=form.shown or None
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
    batch = _seen(batch_id)
    why = request.form.get("why", "")
    with redisplay(_batch_page, batch):
        match request.form.get("act", ""):
            case "agree":
                request_context.step(batch_service.agree, batch)
                flash(_("Agreed. How each device stands is told below."), "good")
            case "refuse" | "abort" as act:
                end = batch_service.refuse if act == "refuse" else batch_service.abort
                request_context.step(end, batch, why=why)
                flash(_("Ended. What was not sent is not sent any more."), "good")
            case act:
                raise BadRequest(act)
    return redirect(url_for("web.command_batch", batch_id=batch.id))


def _seen(batch_id: str) -> Batch:
    with request_context.context().uow.reading() as unit:
        return batch_service.seen_batch(unit, batch_id, request_context.actor())


def _batch_page(batch: Batch, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    state = request.args.get("state", "")
    wanted = CommandState(state) if state in set(CommandState) else None
    with request_context.context().uow.reading() as unit:
        far = counts(unit.session, [batch.id])[batch.id]
        page = commands_of(unit.session, batch.id, state=wanted, after=request.args.get("after", ""), limit=DEVICE_ROWS)
        # A batch that waits for approval has no commands yet: the second person sees the devices it would reach.
        meant = {} if far.total() else unit[Devices].get_many(batch.device_ids[:PREVIEW_ROWS])
    may_manage = all(request_context.can(Action.DEVICE_MANAGE, area_id, tree) for area_id in batch.area_ids)
    is_own = batch.asked_by == request_context.actor().user_id
    is_waiting = batch.state is BatchState.WAITING
    return render_template(
        "commands/command_batch.html",
        batch=batch,
        states=[(each, far[each]) for each in CommandState],
        total=far.total(),
        state=wanted or "",
        rows=page.rows,
        meant=[
            each for _id, each in sorted(meant.items()) if request_context.can(Action.DEVICE_READ, each.area_id, tree)
        ],
        more_after=page.next_cursor,
        is_live=batch.state is BatchState.RUNNING,
        may_decide=may_manage and is_waiting and not is_own,
        may_abort=may_manage and (batch.state is BatchState.RUNNING or (is_waiting and is_own)),
        is_own=is_own,
        problems=messages.by_field(problems),
    )


def _form_page(
    form: ActingForm,
    preview: CommandPreview | None = None,
    problems: Sequence[Problem] = (),
    *,
    is_changed: bool = False,
) -> str:
    targets = Targets(tuple(AreaId(area) for area in form.areas if area in messages.tree()))
    nodes = area_picker.forest(messages.tree(), targets, request_context.today(), Action.DEVICE_MANAGE)
    return render_template(
        "commands/commands_new.html",
        typed=form,
        preview=preview,
        shown_rows=preview.devices[:PREVIEW_ROWS] if preview else (),
        is_changed=is_changed,
        nodes=nodes,
        areas_count=sum(map(area_picker.ticked, nodes)),
        problems=messages.by_field(problems),
    )

"""Moving a planned bulletin: the new time is previewed before it is saved, and decided by a second person."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for

from broadcast.bulletins.cues import Cutting, NoCut
from broadcast.bulletins.differences import parts
from broadcast.bulletins.model import Bulletin
from broadcast.scheduling.conflicts import blocking
from broadcast.scheduling.rescheduling import MoveScope, occurrence, promise_of
from cms.bulletins import labels
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import Seen, readable, see
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, pages
from cms.schedule.forms import move as move_form
from cms.schedule.forms.move import MoveForm
from cms.schedule.service import concessions, rescheduling, time_changes
from cms.schedule.service.rescheduling import Outlook, as_promised
from cms.schedule.views.move_parts import way_out
from province.errors import ClashError, ConflictError, FrozenError, InvalidError, Problem
from province.people import Action

STARTS_SHOWN = 6


@pages.get("/bulletins/<bulletin_id>/move")
def move(bulletin_id: str) -> Answer:
    """Preview the new time and the solutions of its clashes; nothing is saved."""
    found, asked = _movable(bulletin_id), MoveForm.of(request.args)
    return _looked(found, asked) if asked.to else _page(found, asked)


@pages.get("/bulletins/<bulletin_id>/move/clashes")
def move_clashes(bulletin_id: str) -> dict[str, list[str]]:
    """Return the clashes during a drag, in sentences. The full preview follows the drop."""
    found, asked = _movable(bulletin_id), MoveForm.of(request.args)
    try:
        return _clashes(_outlook(found, asked))
    except InvalidError as error:
        return {"in_the_way": [messages.problem_sentence(problem) for problem in error.problems], "gives_way": []}


@pages.post("/bulletins/<bulletin_id>/move")
def save_move(bulletin_id: str) -> Answer:
    found, asked = _movable(bulletin_id), MoveForm.of(request.form)
    try:
        with redisplay(_page, found, asked):
            saved = request_context.step(rescheduling.reschedule, found, edit=asked.edit())
    except ClashError:
        return _looked(found, asked, HTTPStatus.CONFLICT)
    except ConflictError:
        return _looked(_movable(bulletin_id), asked, HTTPStatus.CONFLICT, is_conflict=True)
    is_shorter = saved.cues != found.cues
    flash(_saved_words(saved, is_shorter=is_shorter), "good")
    if asked.split:
        flash(_("The second bulletin is among the drafts: check its time, then submit it."), "good")
    # The content has changed: it is listened to and submitted again on its own page.
    onward = "" if is_shorter else _next()
    return redirect(onward or url_for("web.bulletin", bulletin_id=saved.id))


@pages.get("/bulletins/<bulletin_id>/change")
def change(bulletin_id: str) -> Answer:
    """Show a change that waits, beside the version on air until the decision."""
    seen = see(bulletin_id)
    if seen.bulletin.proposal is None:
        return redirect(url_for("web.bulletin", bulletin_id=seen.bulletin.id))
    return _change_page(seen)


@pages.post("/bulletins/<bulletin_id>/change")
def decide_change(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    is_confirmed = request.form.get("act") == "confirm"
    override = request.form.get(bulletin_parts.REASON, "")
    answer = partial(time_changes.confirm, override=override) if is_confirmed else time_changes.keep
    try:
        request_context.step(answer, found)
    except ClashError as error:
        return _change_page(see(bulletin_id), messages.clash_sentences(error.clashes)), HTTPStatus.CONFLICT
    except FrozenError as error:
        return bulletin_parts.frozen_page(error, found)
    flash(_("The new times are approved.") if is_confirmed else _("The old times are kept."), "good")
    return redirect(url_for("web.bulletin", bulletin_id=found.id))


def _movable(bulletin_id: str) -> Bulletin:
    found, tree = readable(bulletin_id)
    request_context.require(Action.BULLETIN_SUBMIT, found.targets.areas, tree)
    return found


def _looked(
    found: Bulletin, asked: MoveForm, status: HTTPStatus = HTTPStatus.OK, *, is_conflict: bool = False
) -> tuple[str, int]:
    with redisplay(_page, found, asked):
        outlook = _outlook(found, asked)
    return _page(found, asked, outlook, is_conflict=is_conflict), status


def _outlook(found: Bulletin, asked: MoveForm) -> Outlook:
    """Preview the change. Raise InvalidError with everything that is wrong in it."""
    context = request_context.context()
    return rescheduling.look(context.uow.reading(), found.id, edit=asked.edit(), call=call())


def _page(
    found: Bulletin,
    asked: MoveForm,
    outlook: Outlook | None = None,
    *,
    problems: Sequence[Problem] = (),
    is_conflict: bool = False,
) -> str:
    present = found if found.proposal is None else as_promised(found, found.proposal)
    schedule = next((each for each in present.schedules if each.id == asked.schedule), None)
    on = formats.typed_day(asked.on)
    airing = occurrence(schedule, on) if schedule and on else None
    start_at = airing.start_at if airing else None
    freeze = outlook.freeze if outlook else bulletin_parts.freeze_of(found)
    cutting = outlook.cutting if outlook else _cutting(present)
    return render_template(
        "schedule/move.html",
        bulletin=found,
        asked=asked,
        scopes=list(MoveScope),
        start_at=start_at,
        to=asked.to[:16] or formats.as_typed(start_at),
        repeats=bool(schedule and schedule.rrule),
        problems=[messages.problem_sentence(problem) for problem in problems],
        conflict=is_conflict,
        next=_next(),
        shown=STARTS_SHOWN,
        freeze=freeze,
        **_length(cutting),
        **_told(outlook, asked),
    )


def _cutting(present: Bulletin) -> Cutting | NoCut:
    return concessions.look_for_cut(request_context.context().uow.reading(), present, call=call())


def _length(cutting: Cutting | NoCut) -> dict[str, object]:
    """Return the variables of the field for another length: its present and possible lengths, or why it is fixed."""
    if isinstance(cutting, NoCut):
        return {"cutting": None, "why_not": labels.WHY_NOT[cutting]}
    return {"cutting": cutting, "why_not": ""}


def _told(outlook: Outlook | None, asked: MoveForm) -> dict[str, object]:
    if outlook is None:
        return {"outlook": None}
    return {
        "outlook": outlook,
        "edit_fields": move_form.fields_of(asked.edit()),
        "length": asked.edit().length_ms,
        "after": move_form.described(outlook.after),
        **_clashes(outlook),
        "offers": [way_out(offer, outlook.bulletin) for offer in outlook.offers],
        "may_save": outlook.is_clear or outlook.bulletin.status in rescheduling.UNSENT,
    }


def _clashes(outlook: Outlook) -> dict[str, list[str]]:
    return {
        "in_the_way": messages.clash_sentences(blocking(outlook.clashes)),
        "gives_way": messages.clash_sentences(clash for clash in outlook.clashes if not clash.is_blocking),
    }


def _change_page(seen: Seen, clashes: Sequence[str] = ()) -> str:
    found = seen.bulletin
    assert found.proposal is not None
    visitor, areas = request_context.actor().user_id, (*found.targets.areas, *found.proposal.targets.areas)
    may_review = all(request_context.can(Action.BULLETIN_REVIEW, area_id, seen.tree) for area_id in areas)
    is_own = visitor in (found.author_id, found.submitter_id, found.proposal.by)
    return render_template(
        "schedule/change.html",
        bulletin=found,
        proposal=found.proposal,
        marked=parts(*_described(found)),
        may_confirm=may_review and not is_own,
        may_keep=may_review or visitor == found.proposal.by,
        is_own=is_own and may_review,
        clashes=clashes,
        freeze=bulletin_parts.freeze_of(found),
        may_override=bulletin_parts.may_override(found),
    )


def _described(found: Bulletin) -> tuple[str, str]:
    """Describe what airs now, and what was asked for, line by line."""
    assert found.proposal is not None
    wanted = as_promised(found, found.proposal)
    before, after = move_form.described(promise_of(found)), move_form.described(promise_of(wanted))
    return "\n".join(before), "\n".join(after)


def _saved_words(saved: Bulletin, *, is_shorter: bool) -> str:
    if is_shorter:
        return _(
            "The length is changed. The sound is being made again; the original file stays. Listen, then submit it."
        )
    if saved.proposal is not None:
        return _("The change has been asked for. Loudspeakers keep to the old schedule until another person approves.")
    return _("The time is changed.")


def _next() -> str:
    wanted = request.values.get("next", "")
    return request_context.local_path(wanted) if wanted else ""

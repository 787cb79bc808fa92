"""Times beside the time field: what is in the way of a schedule being written, and the free times around it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from flask import render_template, request

from broadcast.bulletins.model import Bulletin
from broadcast.scheduling.concessions import Span
from broadcast.scheduling.conflicts import blocking
from broadcast.scheduling.recurrence import all_problems
from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.service.revisions import Draft, redraft
from cms.bulletins.views.bulletins import readable
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, messages, request_context
from cms.platform.web.request_context import add_template_globals, call, pages
from cms.schedule.service.time_check import FreeStarts, TimeCheck, check_times
from province.people import Action

_DAY: Final = timedelta(days=1)
_DIGITS_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class TimesShown:
    """Check as it is shown. ``spans``: kind, place and width in per cent of the day; ``free``: in wall time."""

    areas: int
    in_the_way: Sequence[str]
    gives_way: Sequence[str]
    past: Sequence[str]
    free: Sequence[tuple[str, FreeStarts]]
    on: datetime | None
    spans: Sequence[tuple[str, float, float]]


@pages.post("/bulletins/times")
def times() -> str:
    """Render the check of the form as typed; nothing is saved."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    form, known_id = BulletinForm.of(request.form), request.args.get("bulletin", "")
    known = readable(known_id)[0] if known_id else None
    draft, _problems = bulletin_form.draft_of(form, messages.tree(), request_context.today())
    # In a session the running order gives it its time.
    draft = replace(draft, schedules=tuple(each for each in draft.schedules if not each.session))
    digits = form.original_ms
    length_ms = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX and form.kind == "audio" else None
    with request_context.context().uow.reading() as uow:
        found = checked(uow, draft, known, length_ms=length_ms)
    return render_template("schedule/_times.html", times=found)


def checked(
    uow: UnitOfWork, draft: Draft, known: Bulletin | None = None, *, length_ms: int | None = None
) -> TimesShown | None:
    """Return the check of a draft; None while it names no place or no time that can be read. Within a unit of work."""
    is_ready = draft.targets.areas and draft.schedules and not draft.is_handed_down
    if not is_ready or any(all_problems(draft.schedules)):
        return None
    found = check_times(uow, draft, known=known, length_ms=length_ms, call=call())
    return _shown(found) if found.areas else None


def checked_of(bulletin: Bulletin, within: UnitOfWork | None = None) -> TimesShown | None:
    """Return the check of a stored bulletin, ``within`` a unit of work if the page has one."""
    with nullcontext(within) if within is not None else request_context.context().uow.reading() as uow:
        return checked(uow, redraft(bulletin), bulletin)


def _shown(found: TimeCheck) -> TimesShown:
    kinds = (("quiet", found.quiet), ("taken", found.taken), ("own", found.own))
    day_at = found.day_at
    return TimesShown(
        areas=len(found.areas),
        in_the_way=messages.clash_sentences(blocking(found.clashes)),
        gives_way=messages.clash_sentences(clash for clash in found.clashes if not clash.is_blocking),
        past=[messages.problem_sentence(each) for each in found.past],
        free=[
            (name, replace(each, starts=[formats.local(at).replace(tzinfo=None) for at in each.starts]))
            for name, each in sorted(found.free.items())
        ],
        on=day_at,
        spans=[(kind, *_placed(span, day_at)) for kind, spans in kinds for span in spans] if day_at else [],
    )


def _placed(span: Span, day_at: datetime) -> tuple[float, float]:
    low, high = ((at - day_at) / _DAY * 100 for at in span)
    return round(low, 2), round(max(high - low, 0.3), 2)


add_template_globals(times_of=checked_of)

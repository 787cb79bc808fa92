"""Broadcast sessions of the areas that a person sees: the list, setting one up, changing and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from broadcast.bulletins.schedules import SessionId
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession, Overrun
from broadcast.sessions.rules import GAP_MS, end_of, session_dates
from cms.platform.web import area_picker, forms, messages, request_context, typed_time, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.sessions import labels
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import sessions as session_service
from cms.sessions.service.sessions import SessionDraft
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action
from province.policy import visible_areas

_DATES_SHOWN = 3
_LOOKED_DAYS = 15
_MINUTES = 30
_MINUTES_MAX = 1_000


@dataclass(frozen=True)
class SessionLine:
    """Session with its next dates."""

    session: BroadcastSession
    dates: tuple[date, ...]

    @property
    def ends(self) -> time:
        return (self.session.starts + timedelta(milliseconds=self.session.length_ms)).time()


@pages.get("/sessions")
def broadcast_sessions(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    tree, today = messages.tree_for(Action.BULLETIN_READ), request_context.today()
    seen = visible_areas(request_context.actor(), Action.BULLETIN_READ, tree)
    with request_context.context().uow.reading() as uow:
        found = uow[BroadcastSessions].in_areas(seen, today)
    begun = MultiDict({"minutes": str(_MINUTES), "gap": forms.written(GAP_MS), "overrun": Overrun.REFUSE.value})
    begun.setlist("days", list(WEEKDAYS))
    return render_template(
        "sessions/sessions.html",
        rows=[SessionLine(each, next_dates(each, _DATES_SHOWN)) for each in found],
        areas=area_picker.options(area_picker.outermost_first(Action.BULLETIN_WRITE)),
        days_in_words=days_in_words,
        **form_parts(begun if typed is None else typed, problems),
    )


@pages.post("/sessions")
def create_broadcast_session() -> Answer:
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    with redisplay(broadcast_sessions, request.form):
        session = session_service.create(new_unit(), draft=read(request.form), call=call())
    return confirmed(_("The session is set up. Put bulletins into it."), "web.broadcast_session", session_id=session.id)


@pages.post("/sessions/<session_id>/end")
def end_broadcast_session(session_id: str) -> Answer:
    session = session_service.end(new_unit(), seen_session(session_id).id, call=call())
    return confirmed(_("The session “%(name)s” is ended.", name=session.name), "web.broadcast_sessions")


def seen_session(session_id: str) -> BroadcastSession:
    """Return the session. Raises NotFoundError if it does not exist or the user may not read there."""
    tree = messages.tree_for(Action.BULLETIN_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[BroadcastSessions].get(SessionId(session_id))
    if found.area_id not in visible_areas(request_context.actor(), Action.BULLETIN_READ, tree):
        raise NotFoundError("broadcast session", session_id)
    return found


def next_dates(session: BroadcastSession, most: int) -> tuple[date, ...]:
    """Return its next dates, today's as long as it is not over."""
    now = request_context.context().now()
    found = session_dates(session, request_context.today(), _LOOKED_DAYS)
    return tuple(on for on in found if end_of(session, on) > now)[:most]


def form_parts(typed: MultiDict[str, str], problems: Sequence[Problem]) -> dict[str, object]:
    """Return what the form of a session shows."""
    return {
        "typed": typed,
        "chosen_days": typed.getlist("days"),
        "days": [(day, wording.word(wording.WEEKDAY, day)) for day in WEEKDAYS],
        "overruns": [(each.value, wording.word(labels.OVERRUN, each)) for each in Overrun],
        "problems": messages.by_field(problems),
    }


def shown(session: BroadcastSession) -> MultiDict[str, str]:
    """Return the form's fields of a stored session."""
    typed = MultiDict(
        {
            "name": session.name,
            "minutes": str(session.length_ms // 60_000),
            "gap": forms.written(session.gap_ms),
            "overrun": session.overrun.value,
        }
    )
    typed.setlist("days", [day for day in WEEKDAYS if day in session_service.days_of(session)])
    return typed


def read(form: MultiDict[str, str], *, clock: time | None = None) -> SessionDraft:
    """Read the form. Raises InvalidError with everything that cannot be read."""
    problems: list[Problem] = []
    if clock is None:
        try:
            clock = typed_time.read_clock(form.get("clock", ""))
        except ValueError:
            problems.append(Problem("clock", "NOT_A_TIME" if form.get("clock") else "MISSING"))
    minutes, gap_ms = form.get("minutes", "").strip(), forms.milliseconds(form.get("gap", "").strip())
    is_number = minutes.isdecimal() and int(minutes) < _MINUTES_MAX
    if not is_number:
        problems.append(Problem("minutes", "SESSION_LENGTH", {"min": 1, "max": 240}))
    if gap_ms is None:
        problems.append(Problem("gap", "SESSION_GAP", {"max": 30}))
    if problems:
        raise InvalidError(problems)
    assert clock is not None
    assert gap_ms is not None
    overrun = form.get("overrun", "")
    return SessionDraft(
        AreaId(form.get("area", "")),
        form.get("name", ""),
        clock,
        tuple(form.getlist("days")),
        int(minutes) * 60_000,
        gap_ms,
        Overrun(overrun) if overrun in set(Overrun) else Overrun.REFUSE,
    )


def days_in_words(session: BroadcastSession) -> str:
    """Return the days of the week on which it is held."""
    days = session_service.days_of(session)
    named = [wording.word(wording.WEEKDAY, day) for day in WEEKDAYS if day in days]
    return _("Every day") if len(named) == len(WEEKDAYS) else ", ".join(named)

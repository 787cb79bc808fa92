"""Broadcast sessions: set up, changed and ended by those who write bulletins for their area."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from broadcast.bulletins.schedules import SessionId
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession, Overrun
from broadcast.sessions.rules import GAP_MS, problems_of
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service.places import place_session
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, Problem, refuse
from province.events import Event
from province.people import Action
from province.wall_clock import local_date

SESSIONS_MAX = 12
"""Most sessions of one area at a time: one every two hours."""


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """Session as a person enters it; ``days`` as in RFC 5545."""

    area_id: AreaId
    name: str
    clock: time
    days: tuple[str, ...]
    length_ms: int
    gap_ms: int = GAP_MS
    overrun: Overrun = Overrun.REFUSE


def create(uow: UnitOfWork, *, draft: SessionDraft, call: Call) -> BroadcastSession:
    """Set up a session, held from today on.

    Raises:
        NotAllowedError: the actor writes no bulletins for that area.
        InvalidError: with everything wrong with it.
    """
    with uow:
        tree, today = uow[Places].tree(), local_date(call.now)
        call.require(Action.BULLETIN_WRITE, [draft.area_id] if draft.area_id in tree else (), tree)
        refuse(area_problems(draft.area_id, "area", tree, today))
        session = BroadcastSession(
            id=SessionId(call.new_id()),
            first_on=today,
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            **_columns(draft),
        )
        others = _others(uow, session, today)
        refuse([*_draft_problems(draft, session), *_clashing(session, others)])
        uow[BroadcastSessions].add(session)
        uow.record(_event("created", session, call))
        uow.commit()
    return session


def change(
    uow: UnitOfWork, session_id: SessionId, *, draft: SessionDraft, expected_version: int, call: Call
) -> BroadcastSession:
    """Change a session; its area and time of day stay, as its bulletins were approved for them.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        InvalidError: with everything wrong with it.
    """
    with uow:
        old = _writable(uow, session_id, call)
        if old.version != expected_version:
            raise ConflictError("broadcast session", old.id, expected_version, old.version)
        wanted = replace(draft, area_id=old.area_id, clock=old.clock)
        session = _changed(old, call, **_columns(wanted))
        others = _others(uow, session, local_date(call.now))
        refuse([*_draft_problems(wanted, session), *_clashing(session, others)])
        uow[BroadcastSessions].save(session)
        place_session(uow, session.id, call.now)
        uow.record(_event("changed", session, call))
        uow.commit()
    return session


def end(uow: UnitOfWork, session_id: SessionId, *, call: Call) -> BroadcastSession:
    """End a session with today; its items ahead lose their places. Idempotent.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        old, today = _writable(uow, session_id, call), local_date(call.now)
        if old.last_on is not None and old.last_on <= today:
            return old
        session = _changed(old, call, last_on=today)
        uow[BroadcastSessions].save(session)
        place_session(uow, session.id, call.now)
        uow.record(_event("ended", session, call))
        uow.commit()
    return session


def _writable(uow: UnitOfWork, session_id: SessionId, call: Call) -> BroadcastSession:
    session = uow[BroadcastSessions].get(session_id)
    call.require(Action.BULLETIN_WRITE, [session.area_id], uow[Places].tree())
    return session


def _changed(old: BroadcastSession, call: Call, **changes: Any) -> BroadcastSession:
    return replace(
        old,
        version=old.version + 1,
        changed_at=call.now,
        changed_by=call.actor.user_id,
        changed_by_name=call.actor.name,
        **changes,
    )


def _columns(draft: SessionDraft) -> dict[str, Any]:
    columns = columns_of(draft)
    chosen = columns.pop("days")
    days = [each for each in WEEKDAYS if each in chosen]
    rule = "FREQ=DAILY" if len(days) == len(WEEKDAYS) else f"FREQ=WEEKLY;BYDAY={','.join(days)}"
    return {**columns, "name": " ".join(draft.name.split()), "rrule": rule}


def _draft_problems(draft: SessionDraft, session: BroadcastSession) -> list[Problem]:
    if not set(draft.days) & set(WEEKDAYS):
        return [Problem("days", "MISSING"), *(each for each in problems_of(session) if each.field != "days")]
    return problems_of(session)


def _others(uow: UnitOfWork, session: BroadcastSession, today: date) -> Sequence[BroadcastSession]:
    """Return the other sessions of its area that go on."""
    found = uow[BroadcastSessions].in_areas([session.area_id], today)
    return [each for each in found if each.id != session.id and each.last_on is None]


def _clashing(session: BroadcastSession, others: Sequence[BroadcastSession]) -> list[Problem]:
    found = []
    if len(others) >= SESSIONS_MAX:
        found.append(Problem("area", "TOO_MANY", {"max": SESSIONS_MAX}))
    starts, ends = _span(session)
    found += [
        Problem("clock", "SESSION_OVERLAPS", {"name": other.name})
        for other in others
        if starts < _span(other)[1] and _span(other)[0] < ends and days_of(session) & days_of(other)
    ]
    return found


def _span(session: BroadcastSession) -> tuple[timedelta, timedelta]:
    starts = session.starts - session.starts.replace(hour=0, minute=0, second=0)
    return starts, starts + timedelta(milliseconds=session.length_ms)


def days_of(session: BroadcastSession) -> frozenset[str]:
    """Return the days of the week on which it is held, as in RFC 5545."""
    _, _, days = session.rrule.partition("BYDAY=")
    return frozenset(days.split(",")) if days else frozenset(WEEKDAYS)


def _event(name: str, session: BroadcastSession, call: Call) -> Event:
    detail: dict[str, object] = {
        "area": session.area_id,
        "name": session.name,
        "clock": session.clock.isoformat(),
        "rule": session.rrule,
        "length_ms": session.length_ms,
        "gap_ms": session.gap_ms,
        "overrun": session.overrun.value,
    }
    return call.event(f"broadcast_session.{name}", session.id, **detail)

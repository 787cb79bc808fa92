"""Broadcast sessions with items in the small province, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.schedules import Schedule
from broadcast.sessions.model import BroadcastSession, ItemKey
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.running_orders import SessionDay
from cms.sessions.service.sessions import SessionDraft
from province.errors import InvalidError
from province.people import Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, MONDAY, NOW, PROVINCE, SOUND

TUESDAY = MONDAY + timedelta(days=1)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
THIRD = Actor(UserId("u-third"), "Lê Thị Hoa", ())


def set_up(world: World, **more: Any) -> BroadcastSession:
    fields: dict[str, Any] = {
        "area_id": PROVINCE,
        "name": "Buổi chiều",
        "clock": time(17),
        "days": DAYS,
        "length_ms": 600_000,
    }
    return sessions.create(world.store(), draft=SessionDraft(**{**fields, **more}), call=world.call(AUTHOR))


def put(
    world: World, bulletin: Bulletin, session: BroadcastSession, on: date = MONDAY, *, now: datetime = NOW
) -> Bulletin:
    return running_orders.add_bulletin(
        world.store(),
        bulletin.id,
        session_id=session.id,
        on=on,
        expected_version=bulletin.version,
        call=world.call(AUTHOR, now),
    )


def written(world: World, session: BroadcastSession, title: str, minutes: float = 2, on: date = MONDAY) -> Bulletin:
    """Return a draft in the session, with its sound made."""
    sound = replace(SOUND, duration_ms=round(minutes * 60_000))
    return put(world, world.sound(world.draft(title=title, schedules=()), sound), session, on)


def heard(world: World, session: BroadcastSession, title: str, minutes: float = 2, on: date = MONDAY) -> Bulletin:
    """Return an approved bulletin in the session."""
    return world.approve(world.submit(written(world, session, title, minutes, on)))


def standing(world: World, session: BroadcastSession, title: str, rrule: str = "FREQ=DAILY") -> Bulletin:
    named = Schedule("s1", datetime(2026, 3, 2), rrule, session=session.id)  # noqa: DTZ001
    return world.approved(title=title, schedules=(named,))


def day(world: World, session: BroadcastSession, on: date = MONDAY, now: datetime = NOW) -> SessionDay:
    with world.store.change() as uow:
        return running_orders.day_of(uow, uow[BroadcastSessions].get(session.id), on, now)


def order(world: World, session: BroadcastSession, on: date = MONDAY, now: datetime = NOW) -> list[tuple[str, str]]:
    return [
        (each.bulletin.title, "" if each.start_at is None else f"{each.start_at + timedelta(hours=7):%H:%M:%S}")
        for each in day(world, session, on, now).lines
    ]


def planned(world: World, on: date = MONDAY, now: datetime = NOW) -> list[tuple[str, str]]:
    """Return what one commune hears, as its devices get it."""
    world.replan(days=3, now=now)
    entries = world.plan(on=on).entries
    return [(each.title, f"{each.start_at + timedelta(hours=7):%H:%M:%S.%f}"[:-5]) for each in entries]


def key_of(bulletin: Bulletin) -> ItemKey:
    return ItemKey(bulletin.id, bulletin.schedules[-1].id)


def codes(error: pytest.ExceptionInfo[InvalidError]) -> list[str]:
    return [each.code for each in error.value.problems]

"""Rules of notifications: channels, quiet time, retries, escalation, addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from broadcast.notifications.model import NotificationChannel, NotificationChoice, NotificationUrgency
from broadcast.notifications.rules import (
    LONGEST_PAUSE,
    TRIES,
    channels_of,
    due_at,
    escalation_step,
    international,
    problems_of,
    retry_at,
)
from province.people import UserId
from tests.fakes.programme import local

C, U = NotificationChannel, NotificationUrgency
NONE = NotificationChoice(UserId("u1"))
FULL = NotificationChoice(UserId("u1"), "lan@x.vn", "0912345678", (C.EMAIL, C.SMS, C.ZALO), time(21), time(6))
USABLE = frozenset({C.SCREEN, C.PUSH, C.EMAIL, C.SMS})


def test_everybody_has_the_screen_and_what_they_chose_and_the_server_has() -> None:
    assert channels_of(NONE, U.URGENT, USABLE, has_browser=False) == (C.SCREEN,)
    assert channels_of(FULL, U.NORMAL, USABLE, has_browser=True) == (C.SCREEN, C.PUSH, C.EMAIL, C.SMS)
    assert channels_of(replace(FULL, email=""), U.NORMAL, USABLE, has_browser=False) == (C.SCREEN, C.SMS)
    assert channels_of(FULL, U.LOW, USABLE, has_browser=True) == (C.SCREEN,)


def test_a_telephone_rings_for_an_alert_alone() -> None:
    called = NotificationChoice(FULL.user_id, phone="0912345678", channels=(C.CALL,))
    usable = {*USABLE, C.CALL}
    assert channels_of(called, U.URGENT, usable, has_browser=False) == (C.SCREEN,)
    assert channels_of(called, U.URGENT, usable, has_browser=False, is_page=True) == (C.SCREEN, C.CALL)


@pytest.mark.parametrize(
    ("at", "sent_at"),
    [
        ("2026-03-02T20:59", "2026-03-02T20:59"),
        ("2026-03-02T21:00", "2026-03-03T06:00"),
        ("2026-03-03T05:59", "2026-03-03T06:00"),
        ("2026-03-03T06:00", "2026-03-03T06:00"),
    ],
)
def test_quiet_time_over_midnight_puts_off_to_its_end(at: str, sent_at: str) -> None:
    assert due_at(FULL, U.NORMAL, local(at)) == local(sent_at)
    assert due_at(FULL, U.URGENT, local(at)) == local(at)
    assert due_at(NONE, U.NORMAL, local(at)) == local(at)


def test_quiet_time_within_a_day() -> None:
    noon = replace(FULL, quiet_from=time(11, 30), quiet_until=time(13))
    assert due_at(noon, U.NORMAL, local("2026-03-02T12:00")) == local("2026-03-02T13:00")
    assert due_at(noon, U.NORMAL, local("2026-03-02T13:30")) == local("2026-03-02T13:30")


def test_retries_grow_are_spread_and_end() -> None:
    now = local("2026-03-02T12:00")
    pauses = [retry_at(tries, now, 0.5) for tries in range(1, TRIES)]
    lengths = [at - now for at in pauses if at is not None]
    assert lengths == sorted(lengths)
    assert lengths[0] == timedelta(seconds=5)
    assert lengths[-1] <= LONGEST_PAUSE
    assert retry_at(TRIES, now, 0.5) is None
    assert retry_at(1, now, 0.0) != retry_at(1, now, 1.0)


def test_escalation_begins_before_the_airing_and_ends_with_it() -> None:
    airs, before = local("2026-03-02T17:00"), (timedelta(minutes=60), timedelta(minutes=30))
    steps = [escalation_step(airs, airs - timedelta(minutes=left), before) for left in (61, 60, 31, 30, 1, 0, -5)]
    assert steps == [0, 1, 1, 2, 2, 0, 0]
    assert escalation_step(airs, airs - timedelta(minutes=1), ()) == 0


@pytest.mark.parametrize(
    ("choice", "fields"),
    [
        (FULL, []),
        (NONE, []),
        (replace(FULL, email="lan"), ["email"]),
        (replace(FULL, email="lan @x.vn"), ["email"]),
        (replace(FULL, phone="091"), ["phone"]),
        (replace(NONE, channels=(C.EMAIL, C.SMS)), ["email", "phone"]),
    ],
)
def test_addresses_are_checked_and_a_channel_needs_one(choice: NotificationChoice, fields: list[str]) -> None:
    assert [each.field for each in problems_of(choice)] == fields


@pytest.mark.parametrize("typed", ["0912345678", "+84912345678", "84912345678"])
def test_numbers_are_international_to_networks(typed: str) -> None:
    assert international(typed) == "84912345678"

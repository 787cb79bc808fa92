"""Calls for an alert that waits for its second person: to the people on call, each minute, so many times at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast.alerts.model import Alert, AlertKind
from cms.health.jobs import CALL_EVERY, CALLS_MOST, AlertCaller
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.health.service.notice_sender import sender_of
from cms.platform.store.engine import reading
from devices.health.notices import Duty
from tests.builders import alert_states
from tests.console import PROVINCE, Console, open_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        with console.context.uow() as unit:
            unit[FaultRecords].add_duty(Duty("d1", PROVINCE, "Trực", "truc@x.vn"))
            unit[FaultRecords].add_duty(Duty("d2", PROVINCE, "Trực 2", "truc2@x.vn", line=2))
            unit.commit()
        yield console


def caller(console: Console) -> AlertCaller:
    return AlertCaller(console.context.uow, console.clock, console.context.new_id, "https://loa.example")


def waiting(console: Console, **more: Any) -> Alert:
    return alert_states.submit(console, alert_states.make_sound(console, alert_states.draft(console, **more)))


def letters(console: Console) -> list[Notice]:
    with reading(console.context.engine) as session:
        return list(Notices(session).all())


def test_the_submission_calls_at_once_and_says_who_may_approve(console: Console) -> None:
    assert caller(console).step() == 0
    made = waiting(console)
    alert_states.second_officer(console)
    assert caller(console).step() == 1
    assert caller(console).step() == 0
    (letter,) = letters(console)
    assert letter.address == "truc@x.vn"
    assert letter.title == f"[Loa] CHỜ DUYỆT: {made.headline}"
    assert "Trần Văn Bình" in letter.text
    assert f"https://loa.example/alerts/{made.id}" in letter.text


def test_it_calls_again_each_minute_then_the_next_in_line_and_never_for_ever(console: Console) -> None:
    waiting(console)
    calls = []
    for _ in range(CALLS_MOST + 5):
        calls.append(caller(console).step())
        console.clock.pass_by(seconds=CALL_EVERY.total_seconds())
    assert calls == [1, 1, *[2] * (CALLS_MOST - 2), *[0] * 5]


@pytest.mark.parametrize("end", ["approved", "expired", "drill"])
def test_what_is_decided_over_or_a_drill_calls_nobody(console: Console, end: str) -> None:
    made = waiting(console, kind=AlertKind.DRILL if end == "drill" else AlertKind.LIVE)
    if end == "approved":
        alert_states.approve(console, made)
    if end == "expired":
        console.clock.at = made.expires_at + timedelta(seconds=1)
    assert caller(console).step() == 0


def test_a_letter_that_comes_after_the_decision_is_not_sent(console: Console) -> None:
    made = waiting(console)
    caller(console).step()
    alert_states.approve(console, made)
    sender_of(console.context).step()
    (letter,) = letters(console)
    assert (letter.sent_at, letter.error) == (None, "DECIDED")


def test_calls_take_nothing_from_the_letters_about_the_fleet(console: Console) -> None:
    waiting(console)
    caller(console).step()
    with reading(console.context.engine) as session:
        kept = Notices(session)
        assert kept.written_since(console.clock() - timedelta(hours=1)) == {}
        assert kept.last_digests() == {}

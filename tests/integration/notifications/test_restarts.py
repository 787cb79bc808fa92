"""A process that ends on any line: each approver is told of each submission once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.notifications.model import NotificationChannel
from cms.bulletins.service import review
from tests.builders import bulletins
from tests.console import Console, open_console
from tests.integration.notifications.world import DyingJob, choose, notifications

SUBMISSIONS = 12


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def test_each_submission_is_told_once_though_the_process_ends_on_any_line(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(7)
    console.set(escalation_minutes="")
    choose(console, "approver")
    made = [bulletins.make_sound(console, bulletins.write(console, f"Tin {n}", starts=f"2026-11-25T{10 + n}:00"))
            for n in range(SUBMISSIONS)]  # fmt: skip
    dying = DyingJob(console, monkeypatch, dice)
    waiting = list(made)
    for _turn in range(40 * SUBMISSIONS):
        if waiting:
            bulletin = waiting.pop()
            call = console.context.call(console.actor("editor"))
            review.submit(console.context.uow(), bulletin.id, expected_version=bulletin.version, call=call)
        dying.step()
        told = notifications(console, "approver", NotificationChannel.EMAIL)
        if not waiting and len(told) == SUBMISSIONS and all(each.sent_at for each in told):
            break
    told = notifications(console, "approver", NotificationChannel.EMAIL)
    assert dying.deaths > SUBMISSIONS // 3
    assert Counter(each.id for each in told) == Counter(set(dying.mail.ids))
    assert len(told) == len({each.event_key for each in told}) == SUBMISSIONS
    assert all(each.sent_at for each in told)

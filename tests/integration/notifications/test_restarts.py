"""A process that ends on any line: each approver is told of each submission once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from broadcast.notifications.model import NotificationChannel
from cms.bulletins.service import review
from cms.notifications.channels.port import ChannelMessage
from cms.platform.store.uow import UnitOfWork
from tests.builders import bulletins
from tests.console import Console, open_console
from tests.integration.notifications.world import choose, job, notifications

SUBMISSIONS = 12


class ProcessEnd(BaseException):
    """End of the process: nothing catches it."""


@dataclass
class DyingMail:
    """Mail transport. The process may end before the server has the mail, or after it has and before we know."""

    dice: random.Random
    ids: list[str] = field(default_factory=list)
    is_repeatable: bool = True

    def send(self, message: ChannelMessage) -> None:
        if self.dice.random() < 0.15:
            raise ProcessEnd
        self.ids.append(message.id)
        if self.dice.random() < 0.15:
            raise ProcessEnd


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
    commit, mail, deaths, is_dying = UnitOfWork.commit, DyingMail(dice), 0, False

    def dying_commit(unit: UnitOfWork, *args: Any) -> None:
        """End before or after a commit of the job, now and then."""
        if is_dying and dice.random() < 0.1:
            raise ProcessEnd
        commit(unit, *args)
        if is_dying and dice.random() < 0.1:
            raise ProcessEnd

    monkeypatch.setattr(UnitOfWork, "commit", dying_commit)
    waiting = list(made)
    for _turn in range(40 * SUBMISSIONS):
        if waiting:
            bulletin = waiting.pop()
            call = console.context.call(console.actor("editor"))
            review.submit(console.context.uow(), bulletin.id, expected_version=bulletin.version, call=call)
        is_dying = True
        try:
            job(console, email=mail).step()  # type: ignore[arg-type]
        except ProcessEnd:
            deaths += 1
            console.clock.pass_by(seconds=1)
        finally:
            is_dying = False
        told = notifications(console, "approver", NotificationChannel.EMAIL)
        if not waiting and len(told) == SUBMISSIONS and all(each.sent_at for each in told):
            break
    told = notifications(console, "approver", NotificationChannel.EMAIL)
    assert deaths > SUBMISSIONS // 3
    assert Counter(each.id for each in told) == Counter(set(mail.ids))
    assert len(told) == len({each.event_key for each in told}) == SUBMISSIONS
    assert all(each.sent_at for each in told)

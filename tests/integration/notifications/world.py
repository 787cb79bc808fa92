"""People with channels on a console, and transports that keep what they are given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

import pytest

from broadcast.notifications.model import Notification, NotificationChannel, NotificationChoice
from cms.notifications.channels.port import ChannelMessage, ChannelTransport, NotPostedError
from cms.notifications.jobs import NotificationJob
from cms.notifications.repository import NotificationChoices, Notifications
from cms.notifications.service.sender import NotificationSender
from cms.notifications.service.writer import NotificationWriter
from cms.notifications.tables import NotificationRow
from cms.platform.store.engine import reading
from cms.platform.store.rows import value_of
from cms.platform.store.uow import UnitOfWork
from tests.console import Console

C = NotificationChannel


@dataclass
class KeptMessages:
    """Transport that keeps its messages. ``refusals`` are raised first, one for each attempt."""

    is_repeatable: bool = True
    messages: list[ChannelMessage] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    def send(self, message: ChannelMessage) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.messages.append(message)


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


@dataclass
class DyingJob:
    """Job whose process ends now and then, before or after a commit or a mail, and starts again a second later."""

    console: Console
    monkeypatch: pytest.MonkeyPatch
    dice: random.Random
    deaths: int = 0

    def __post_init__(self) -> None:
        self.mail = DyingMail(self.dice)
        self._is_dying = False
        commit = UnitOfWork.commit

        def dying_commit(unit: UnitOfWork, *args: Any) -> None:
            if self._is_dying and self.dice.random() < 0.1:
                raise ProcessEnd
            commit(unit, *args)
            if self._is_dying and self.dice.random() < 0.1:
                raise ProcessEnd

        self.monkeypatch.setattr(UnitOfWork, "commit", dying_commit)

    def step(self) -> None:
        self._is_dying = True
        try:
            job(self.console, email=self.mail).step()
        except ProcessEnd:
            self.deaths += 1
            self.console.clock.pass_by(seconds=1)
        finally:
            self._is_dying = False


def refused(reason: str = "HTTP_503", *, is_final: bool = False) -> NotPostedError:
    return NotPostedError(reason, is_final)


def choose(console: Console, login: str, *channels: NotificationChannel, quiet: tuple[int, int] = (0, 0)) -> None:
    chosen = channels or (C.EMAIL,)
    mine = NotificationChoice(
        console.actor(login).user_id, f"{login}@x.vn", "0912345678", chosen, time(quiet[0]), time(quiet[1])
    )
    with console.context.uow() as unit:
        unit[NotificationChoices].set(mine)
        unit.commit()


def sender(console: Console, **transports: ChannelTransport) -> NotificationSender:
    by_channel = {NotificationChannel(name): each for name, each in transports.items()}
    writer = NotificationWriter({C.SCREEN, C.PUSH, *by_channel}, console.context.new_id)
    return NotificationSender(
        console.context.uow, by_channel, writer, "https://loa.example", console.clock, jitter=lambda: 0.5
    )


def at_once(_name: str, work: Callable[[], object]) -> None:
    work()


def job(console: Console, **transports: ChannelTransport) -> NotificationJob:
    """Make the job as a process that has just started does."""
    console.set(
        smtp_url="smtp://mail.example",
        smpp_url="smpp://centre.example",
        zalo_template_id="1",
        sip_url="sip://loa@127.0.0.1:9",
    )
    return NotificationJob(console.context, sender(console, **transports), at_once)


def notifications(console: Console, login: str = "", channel: NotificationChannel = C.SCREEN) -> Sequence[Notification]:
    """List what was written, of one person or of all, oldest first."""
    with reading(console.context.engine) as session:
        rows = session.query(NotificationRow).order_by(NotificationRow.written_at, NotificationRow.id).all()
        found = [value_of(Notification, row) for row in rows]
    mine = console.actor(login).user_id if login else None
    return [each for each in found if each.channel is channel and mine in (None, each.user_id)]


def stored(console: Console, notification: Notification) -> Notification:
    with reading(console.context.engine) as session:
        return Notifications(session).get(notification.id)

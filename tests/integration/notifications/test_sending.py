"""Sending: once, retried with growing pauses, given up in the end, and told to the person where it failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.notifications.model import Notification, NotificationChannel, NotificationKind
from broadcast.notifications.rules import CLAIM_LASTS, TRIES
from cms.accounts.repository import People
from cms.notifications.repository import NotificationChoices, Notifications
from cms.notifications.service.sender import UNCERTAIN
from tests.builders import bulletins
from tests.console import Console, open_console
from tests.integration.notifications.world import (
    KeptMessages,
    choose,
    job,
    notifications,
    refused,
    sender,
    stored,
)

C = NotificationChannel


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def submitted(console: Console) -> Bulletin:
    return bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))


def asked(console: Console, channel: NotificationChannel = C.EMAIL, **quiet: tuple[int, int]) -> Notification:
    """Have the approver asked by a channel; return the notification, not sent yet."""
    choose(console, "approver", channel, **quiet)
    submitted(console)
    down = KeptMessages(refusals=[refused()])
    job(console, **{channel.value: down}).step()
    (found,) = notifications(console, "approver", channel)
    return found


def test_a_refusal_is_retried_with_growing_pauses_and_told_in_the_end(console: Console) -> None:
    first = asked(console)
    assert (first.attempts, first.error, first.sent_at) == (1, "HTTP_503", None)
    mail = KeptMessages(refusals=[refused()] * TRIES)
    for _ in range(TRIES * 200):
        console.clock.pass_by(seconds=5)
        if stored(console, first).given_up_at:
            break
        sender(console, email=mail).send_due(C.EMAIL)
    end = stored(console, first)
    assert (end.attempts, mail.messages) == (TRIES, [])
    (news,) = [each for each in notifications(console, "approver") if each.kind is NotificationKind.UNDELIVERED]
    assert "thư điện tử" in news.title
    assert console.actor("approver").name in notifications(console, "admin")[-1].title


def test_a_second_failure_of_the_day_is_not_told_again(console: Console) -> None:
    choose(console, "approver")
    mail = KeptMessages(refusals=[refused(is_final=True)] * 2)
    for _ in range(2):
        submitted(console)
        job(console, email=mail).step()
    assert [each.kind for each in notifications(console, "approver")].count(NotificationKind.UNDELIVERED) == 1


def test_after_a_refusal_it_goes_out_once(console: Console) -> None:
    first = asked(console)
    mail = KeptMessages()
    for _ in range(5):
        console.clock.pass_by(seconds=5)
        job(console, email=mail).step()
    assert [each.id for each in mail.messages] == [first.id]


def cut_off(console: Console, notification: Notification) -> None:
    """Leave it as a process does that ends while it sends."""
    with console.context.uow() as unit:
        unit[Notifications].settle(replace(notification, due_at=console.clock(), claimed_at=console.clock()))
        unit.commit()


def test_an_attempt_that_may_still_run_is_not_repeated(console: Console) -> None:
    cut_off(console, asked(console))
    mail = KeptMessages()
    assert sender(console, email=mail).send_due(C.EMAIL) == 0
    console.clock.pass_by(seconds=CLAIM_LASTS.total_seconds())
    assert sender(console, email=mail).send_due(C.EMAIL) == 1
    assert len(mail.messages) == 1


def test_a_process_that_starts_sends_at_once_what_the_one_before_it_was_cut_off_at(console: Console) -> None:
    first = asked(console)
    cut_off(console, first)
    console.clock.pass_by(seconds=1)
    mail = KeptMessages()
    job(console, email=mail).step()
    assert [each.id for each in mail.messages] == [first.id]


def test_an_sms_whose_end_is_unknown_is_not_sent_twice(console: Console) -> None:
    first = asked(console, C.SMS)
    cut_off(console, first)
    console.clock.pass_by(seconds=CLAIM_LASTS.total_seconds())
    centre = KeptMessages(is_repeatable=False)
    sender(console, sms=centre).send_due(C.SMS)
    assert (centre.messages, stored(console, first).error) == ([], UNCERTAIN)


def test_an_urgent_one_whose_end_is_unknown_is_sent_again(console: Console) -> None:
    console.clock.at += timedelta(hours=7, minutes=30)
    first = asked(console, C.SMS)
    cut_off(console, first)
    console.clock.pass_by(seconds=CLAIM_LASTS.total_seconds())
    centre = KeptMessages(is_repeatable=False)
    sender(console, sms=centre).send_due(C.SMS)
    assert [each.id for each in centre.messages] == [first.id]


def test_two_processes_that_read_the_same_one_send_it_once(console: Console) -> None:
    first = asked(console)
    with console.context.uow() as unit:
        assert unit[Notifications].claim(first, console.clock())
        assert not unit[Notifications].claim(first, console.clock())


def test_quiet_time_puts_it_off(console: Console) -> None:
    choose(console, "approver", quiet=(8, 11))  # it is 09:00
    submitted(console)
    mail = KeptMessages()
    job(console, email=mail).step()
    assert mail.messages == []
    console.clock.pass_by(hours=2)
    job(console, email=mail).step()
    assert len(mail.messages) == 1


@pytest.mark.parametrize("why", ["SETTLED", "TOO_LATE", "NO_ADDRESS", "NOT_A_USER", "NO_CHANNEL"])
def test_what_is_of_no_use_any_more_is_not_sent(console: Console, why: str) -> None:
    choose(console, "approver")
    made = submitted(console)
    down = KeptMessages(refusals=[refused()])
    job(console, email=down).step()
    (first,) = notifications(console, "approver", C.EMAIL)
    mail = KeptMessages()
    approver = console.actor("approver").user_id
    with console.context.uow() as unit:
        if why == "NO_ADDRESS":
            unit[NotificationChoices].remove(approver)
        if why == "NOT_A_USER":
            unit[People].save(replace(unit[People].get(approver), disabled_at=console.clock()))
        unit.commit()
    if why == "SETTLED":
        bulletins.approve(console, made)
    console.clock.pass_by(hours=9 if why == "TOO_LATE" else 1)
    there = {} if why == "NO_CHANNEL" else {"email": mail}
    sender(console, **there).send_due(C.EMAIL)
    assert (mail.messages, stored(console, first).error) == ([], why)


def test_a_channel_that_breaks_stops_no_other(console: Console) -> None:
    choose(console, "approver", C.EMAIL, C.SMS)
    submitted(console)
    broken, centre = KeptMessages(refusals=[RuntimeError("a bug")]), KeptMessages(is_repeatable=False)
    job(console, email=broken, sms=centre).step()
    assert len(centre.messages) == 1

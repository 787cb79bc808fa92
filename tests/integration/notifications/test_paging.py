"""Paging for a live alert that waits: the nearest are called first, then one level more each minute."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertKind
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.model import SoundState
from broadcast.notifications.model import (
    Notification,
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
)
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alerts.repository.alerts import Alerts, Declarations
from cms.alerts.service import approval, sound
from cms.alerts.service.expiry import expire_due
from cms.areas.repository import Places
from cms.notifications.channels.telephone import Telephone
from cms.notifications.jobs import NotificationJob, transports
from cms.notifications.queries import is_settled
from cms.notifications.repository import NotificationChoices
from cms.notifications.service import paging
from cms.platform.store.engine import reading
from province.errors import NotAllowedError, NotPossibleError
from province.people import Actor, Grant, Role, UserId
from tests.builders import alert_states
from tests.console import COMMUNE, DISTRICT, PROVINCE, START, Console, open_console
from tests.integration.notifications.world import DyingJob, KeptMessages, choose, job, notifications

MAIL = NotificationChannel.EMAIL
RANKS = (("xa", COMMUNE), ("huyen", DISTRICT), ("tinh", PROVINCE))


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


@pytest.fixture
def officers(console: Console) -> dict[str, Actor]:
    """Enter three people with the right to approve: of the commune, the district and the province."""
    found = {}
    with console.context.uow() as uow:
        for login, area_id in RANKS:
            user_id, grants = UserId(f"u-{login}"), (Grant(Role.EMERGENCY_OFFICER, area_id),)
            uow[People].add(User(user_id, login, f"Ông {login}", "", START, grants=grants))
            uow[Declarations].give(DeclarationRight(user_id, area_id, AlertLevel.THREE))
            found[login] = Actor(user_id, f"Ông {login}", grants)
        uow.commit()
    return found


def waiting(console: Console, **more: Any) -> Alert:
    return alert_states.submit(console, alert_states.make_sound(console, alert_states.draft(console, **more)))


def choose_mail(console: Console, officers: dict[str, Actor]) -> None:
    with console.context.uow() as uow:
        uow[NotificationChoices].set(
            *(NotificationChoice(each.user_id, f"{login}@x.vn", channels=(MAIL,)) for login, each in officers.items())
        )
        uow.commit()


def returned(console: Console, alert: Alert, by: Actor) -> Alert:
    call = console.context.call(by)
    return approval.return_(
        console.context.uow(), alert.id, expected_version=alert.version, reason="Sai cấp độ", call=call
    )


def called(console: Console, officers: dict[str, Actor]) -> list[str]:
    """Return who was called, once for each call, in order."""
    names = {actor.user_id: login for login, actor in officers.items()}
    return [names[each.user_id] for each in _calls(console) if each.user_id in names]


def _calls(console: Console) -> list[Notification]:
    return [each for each in notifications(console) if each.kind is NotificationKind.ALERT]


def passing(console: Console, working: NotificationJob, seconds: int, each_s: int = 5) -> None:
    for _ in range(0, seconds, each_s):
        console.clock.pass_by(seconds=each_s)
        working.step()


def take_on(console: Console, alert: Alert, actor: Actor) -> None:
    paging.take_on(console.context.uow(), alert.id, call=console.context.call(actor))


def paged(console: Console, alert: Alert) -> paging.AlertPaging:
    with reading(console.context.engine) as session:
        return paging.paging_of(session, Alerts(session).get(alert.id), Places(session).tree(), console.clock())


def test_with_the_first_two_asleep_the_third_is_called_within_two_minutes(
    console: Console, officers: dict[str, Actor]
) -> None:
    alert, working = waiting(console), job(console)
    working.step()
    assert called(console, officers) == ["xa"]
    passing(console, working, 60)
    assert sorted(called(console, officers)[1:]) == ["huyen", "xa"]
    passing(console, working, 65)
    assert sorted(called(console, officers)[3:]) == ["huyen", "tinh", "xa"]
    assert console.clock() - (alert.submitted_at or START) < timedelta(seconds=150)
    take_on(console, alert, officers["tinh"])
    before = len(_calls(console))
    passing(console, working, 115)
    assert len(_calls(console)) == before
    passing(console, working, 65)
    assert len(_calls(console)) == before + 3
    assert all(each.urgency is NotificationUrgency.URGENT for each in _calls(console))


def test_whoever_has_the_alert_open_has_seen_it_and_the_page_says_who_is_next(
    console: Console, officers: dict[str, Actor]
) -> None:
    alert, working = waiting(console), job(console)
    working.step()
    first, second, third = paged(console, alert).people
    assert (first.calls, first.seen_at, list(first.channels)) == (1, None, ["screen"])
    at, minute = alert.submitted_at or START, timedelta(minutes=1)
    assert [each.due_at for each in (first, second, third)] == [None, at + minute, at + 2 * minute]
    console.clock.pass_by(seconds=20)
    paging.see(console.context.uow(), alert.id, call=console.context.call(officers["xa"]))
    assert paged(console, alert).people[0].seen_at == console.clock()
    take_on(console, alert, officers["xa"])
    take_on(console, alert, officers["xa"])
    found = paged(console, alert)
    assert found.people[0].taken_on_at == console.clock()
    assert found.next_at == console.clock() + timedelta(seconds=160)
    assert found.of(officers["xa"].user_id) is found.people[0]
    assert found.of(UserId("nobody")) is None


def test_nobody_but_a_possible_second_person_takes_it_on_and_only_while_it_waits(
    console: Console, officers: dict[str, Actor]
) -> None:
    alert = waiting(console)
    with pytest.raises(NotAllowedError):
        take_on(console, alert, console.actor("officer"))
    console.clock.at = alert.expires_at
    assert expire_due(console.context, console.clock()) == 1
    with pytest.raises(NotPossibleError):
        take_on(console, alert, officers["xa"])
    paging.see(console.context.uow(), alert.id, call=console.context.call(officers["xa"]))


def test_who_raised_it_is_told_once_that_nobody_answers(console: Console, officers: dict[str, Actor]) -> None:
    waiting(console)
    choose(console, "officer")
    mail = KeptMessages()
    working = job(console, email=mail)
    working.step()
    passing(console, working, 170)
    assert mail.messages == []
    passing(console, working, 60)
    (message,) = mail.messages
    assert message.title.startswith("CHƯA AI NHẬN DUYỆT")
    assert "Đã gọi 3 người trong 3 phút" in message.text


def test_where_nobody_else_has_the_right_who_raised_it_is_told_at_once(console: Console) -> None:
    alert = waiting(console)
    job(console).step()
    (told,) = notifications(console)
    assert (told.user_id, told.kind) == (alert.submitter_id, NotificationKind.UNANSWERED)
    assert "Không có ai khác đủ quyền duyệt" in told.text


def test_nobody_is_called_after_the_decision_and_once_for_a_drill(console: Console, officers: dict[str, Actor]) -> None:
    working = job(console)
    alert = waiting(console)
    working.step()
    alert_states.approve(console, alert)
    before = len(_calls(console))
    passing(console, working, 130)
    assert len(_calls(console)) == before
    waiting(console, kind=AlertKind.DRILL)
    passing(console, working, 130)
    assert Counter(each.user_id for each in _calls(console)[before:]) == dict.fromkeys(
        [each.user_id for each in officers.values()] + [alert_states.SECOND], 1
    )
    assert {each.urgency for each in _calls(console)[before:]} == {NotificationUrgency.NORMAL}


def test_calls_of_an_alert_returned_and_submitted_again_begin_anew(
    console: Console, officers: dict[str, Actor]
) -> None:
    alert, working = waiting(console), job(console)
    passing(console, working, 70)
    before = len(_calls(console))
    again = alert_states.submit(console, returned(console, alert, officers["xa"]))
    passing(console, working, 5)
    assert [each.step for each in _calls(console)[before:]] == [0]
    assert again.submitted_at != alert.submitted_at


def test_the_key_pressed_in_a_call_takes_the_alert_on(console: Console, officers: dict[str, Actor]) -> None:
    console.set(sip_url="sip://loa@127.0.0.1:9")
    telephone = transports(console.context)[NotificationChannel.CALL]
    assert isinstance(telephone, Telephone)
    with console.context.uow() as uow:
        user_id = officers["xa"].user_id
        uow[NotificationChoices].set(
            NotificationChoice(user_id, phone="0912345678", channels=(NotificationChannel.CALL,))
        )
        uow.commit()
    alert, kept = waiting(console), KeptMessages()
    job(console, call=kept).step()
    (message,) = kept.messages
    telephone.answered(message.id)
    assert paged(console, alert).people[0].taken_on_at == console.clock()
    telephone.answered(message.id)
    alert_states.approve(console, alert)
    telephone.answered(message.id)


def test_one_alert_that_cannot_be_called_for_stops_no_other(
    console: Console, officers: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = waiting(console), waiting(console, headline="Sạt lở")
    working, told = job(console), paging.told

    def failing(session: object, alert: Alert, *rest: object) -> object:
        if alert.id == broken.id:
            raise ZeroDivisionError
        return told(session, alert, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(paging, "told", failing)
    working.step()
    assert {each.event_key.split(":")[1] for each in _calls(console)} == {other.id}


def test_each_call_reaches_each_person_once_though_the_process_ends_on_any_line(
    console: Console, officers: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_mail(console, officers)
    waiting(console)
    dying = DyingJob(console, monkeypatch, random.Random(11))
    for _ in range(120):
        dying.step()
        console.clock.pass_by(seconds=2)
    sent = [each for each in notifications(console, channel=MAIL) if each.kind is NotificationKind.ALERT]
    assert dying.deaths > 20
    assert len({(each.user_id, each.step) for each in sent}) == len(sent) == len(set(dying.mail.ids))
    assert {each.step for each in sent} >= {0, 1, 2, 3}
    assert {each.user_id for each in sent} == {each.user_id for each in officers.values()}


def fail(console: Console, alert: Alert, *, is_again: bool) -> None:
    """Have the voice fail at the alert's first text, of the first round or of the later ones."""
    (wording,) = alert.wordings
    awaited = wording.again if is_again else wording.sound
    lost = replace(awaited, state=SoundState.FAILED, error="VOICE_FAILED")
    about = {"language": wording.language, "is_again": is_again, "now": console.clock()}
    assert sound.finish(console.context.uow(), alert.id, lost, **about)  # type: ignore[arg-type]


def unspoken(console: Console) -> list[Notification]:
    return [each for each in notifications(console) if each.kind is NotificationKind.UNSPOKEN]


def test_speech_that_fails_after_submission_is_told_once_to_who_sent_it_and_to_who_was_called(
    console: Console, officers: dict[str, Actor]
) -> None:
    """Before, who had sent it in and gone on saw nothing: only its page said that nobody could approve it."""
    alert, working = alert_states.submit(console, alert_states.draft(console)), job(console)
    working.step()
    fail(console, alert, is_again=True)
    working.step()
    assert unspoken(console) == []

    fail(console, alert, is_again=False)
    working.step()
    working.step()

    assert sorted(each.user_id for each in unspoken(console)) == ["u-officer", "u-xa"]
    assert {each.urgency for each in unspoken(console)} == {NotificationUrgency.URGENT}
    assert all(each.title.startswith("CHƯA CÓ TIẾNG ĐỌC") for each in unspoken(console))


def test_speech_that_fails_before_submission_is_told_on_the_writers_page_alone(console: Console) -> None:
    fail(console, alert_states.draft(console), is_again=False)
    job(console).step()
    assert unspoken(console) == []


def test_failed_speech_is_settled_by_whoever_returns_the_alert(console: Console, officers: dict[str, Actor]) -> None:
    alert, working = alert_states.submit(console, alert_states.draft(console)), job(console)
    fail(console, alert, is_again=False)
    working.step()
    (first, *_) = unspoken(console)
    with reading(console.context.engine) as session:
        assert not is_settled(session, first, console.clock())
    returned(console, alert_states.stored(console, alert.id), officers["xa"])
    with reading(console.context.engine) as session:
        assert is_settled(session, first, console.clock())

"""Messages to citizens: alerts at once and once, digests in the evening, addresses that are gone, floods, restarts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast.alerts.model import AlertKind
from broadcast.citizens.model import CitizenMessageKind
from broadcast.citizens.rules import REFUSALS_MOST, recipient_of
from broadcast.notifications.model import NotificationChannel, NotificationUrgency
from broadcast.notifications.rules import CLAIM_LASTS, TRIES
from cms.citizens.repository import CitizenMessages, CitizenSubscriptions
from cms.citizens.service.sender import FAILURES_MOST
from cms.notifications.channels.port import ChannelMessage
from cms.platform.store.uow import UnitOfWork
from tests.builders import alert_states, alerts, public_pages
from tests.builders.citizens import LAN, put
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, open_console
from tests.integration.citizens.world import Town, shown
from tests.integration.notifications.world import KeptMessages, refused

EVENING = datetime.fromisoformat("2026-11-24T12:05:00+00:00")  # 19:05 in Vietnam


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_console(tmp_path / "home") as console:
        alerts.staff(console)
        yield Town(console)


def test_an_alert_reaches_those_whom_it_means_at_once_and_once(town: Town) -> None:
    put(town.console, LAN)
    put(town.console, LAN, COMMUNE_2)  # the same person in two communes of one alert
    put(town.console, "far@x.vn", FAR_COMMUNE)
    put(town.console, "b1", push=True)
    alert = alert_states.active(town.console, areas=(COMMUNE, COMMUNE_2))
    for _look in range(3):
        town.step()
    (mail,), (push,) = town.mail.messages, town.push.messages
    assert mail.to == LAN
    assert mail.title == f"CẢNH BÁO: {alert.headline}"
    assert mail.urgency is NotificationUrgency.URGENT
    assert mail.link.endswith(("/cong-khai/bt-mui-ne/", "/cong-khai/bt-ham-tien/"))
    assert "/thoi?key=" in mail.end_link
    assert push.title == mail.title
    assert town.press(mail.end_link).status_code == 200
    assert LAN not in [each.address for each in town.subscriptions() if each.id in mail.end_link]


def test_a_cancelled_alert_is_called_off_where_it_was_told_and_drills_are_told_to_nobody(town: Town) -> None:
    put(town.console, LAN)
    alert_states.active(town.console, kind=AlertKind.DRILL)
    town.step()
    assert town.mail.messages == []
    alert_states.active(town.console)
    town.step()
    alerts.end_all(town.console)
    for _look in range(2):
        town.step()
    assert [each.title.partition(":")[0] for each in town.mail.messages] == ["CẢNH BÁO", "Đã hủy cảnh báo"]
    put(town.console, "late@x.vn")
    town.step()
    assert {each.to for each in town.mail.messages} == {LAN}


def test_the_bulletins_of_the_day_come_together_in_the_evening_to_those_who_want_them(town: Town) -> None:
    put(town.console, LAN, digest=True)
    put(town.console, "alerts@x.vn")
    put(town.console, "far@x.vn", FAR_COMMUNE, digest=True)
    town.console.clock.at = EVENING - timedelta(minutes=10)
    public_pages.heard(town.console, "Tiêm phòng dại", minutes_ago=60)
    public_pages.heard(town.console, "Lịch cắt điện", minutes_ago=180)
    town.step()
    assert town.mail.messages == []
    town.console.clock.at = EVENING
    for _look in range(2):
        town.step()
    (digest,) = town.mail.messages
    assert shown(digest) == (LAN, "Loa Mũi Né: 2 bản tin trong ngày")
    assert "Tiêm phòng dại (17:55)" in digest.text
    assert digest.urgency is NotificationUrgency.NORMAL
    town.console.clock.pass_by(days=1)
    town.step()
    assert len(town.mail.messages) == 1  # nothing was heard on the next day


def test_an_alert_overtakes_the_digest_and_what_is_sent_in_a_second_is_bounded(town: Town) -> None:
    for n in range(40):
        put(town.console, f"c{n}@x.vn", digest=True)
    town.console.clock.at = EVENING
    public_pages.heard(town.console, "Tiêm phòng dại", minutes_ago=60)
    town.console.set(citizen_sends_per_s=4)
    job = town.job()
    job._composer.compose(EVENING)
    while job._spread(EVENING):
        pass
    alert_states.active(town.console)
    town.step()
    heads = [each.title.partition(":")[0] for each in town.mail.messages]
    assert Counter(heads) == {"CẢNH BÁO": 40, "Loa Mũi Né": 40}
    assert "Loa Mũi Né" not in heads[:32]
    assert sum(town.pauses) == pytest.approx(80 / 4)


def test_a_browser_that_is_gone_and_an_address_that_refuses_are_deleted(town: Town) -> None:
    put(town.console, "b1", push=True)
    put(town.console, LAN)
    for turn in range(REFUSALS_MOST):
        town.push.refusals, town.mail.refusals = (
            [refused("UNSUBSCRIBED", is_final=True)],
            [refused("SMTPRecipientsRefused", is_final=True)],
        )
        alert_states.active(town.console)
        town.step()
        assert [each.refusals for each in town.subscriptions()] == ([turn + 1] if turn + 1 < REFUSALS_MOST else [])
        alerts.end_all(town.console)
        town.console.clock.pass_by(hours=2)


def test_one_message_that_gets_through_forgets_the_refusals_before(town: Town) -> None:
    put(town.console, LAN)
    town.mail.refusals = [refused("SMTPRecipientsRefused", is_final=True)]
    for _turn in range(2):
        alert_states.active(town.console)
        town.step()
        alerts.end_all(town.console)
        town.console.clock.pass_by(hours=2)
    assert [each.refusals for each in town.subscriptions()] == [0]


def test_a_mail_server_that_is_away_is_tried_again_and_given_up_in_the_end(town: Town) -> None:
    for n in range(FAILURES_MOST):
        put(town.console, f"c{n}@x.vn")
    town.mail = KeptMessages(refusals=[refused("TimeoutError") for _ in range(FAILURES_MOST * TRIES)])
    alert_states.active(town.console)
    job = town.job()
    job.step()
    first = [each.attempts for each in town.deliveries()]
    job.step()  # at rest
    assert [each.attempts for each in town.deliveries()] == first == [1] * FAILURES_MOST
    for _minute in range(60):
        town.console.clock.pass_by(minutes=1)
        town.step()
    assert {(each.attempts, each.error, each.given_up_at is not None) for each in town.deliveries()} == {
        (TRIES, "TimeoutError", True)
    }
    assert len(town.subscriptions()) == FAILURES_MOST
    town.console.clock.pass_by(days=8)
    town.step()
    assert list(town.deliveries()) == []


def test_many_are_spread_batch_by_batch(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.citizens.jobs.SPREAD_AT_ONCE", 3)
    for n in range(7):
        put(town.console, f"c{n}@x.vn")
    alert_states.active(town.console)
    town.step()
    assert sorted(each.to for each in town.mail.messages) == sorted(f"c{n}@x.vn" for n in range(7))


class ProcessEnd(BaseException):
    """End of the process: nothing catches it."""


@dataclass
class DyingMail:
    """Mail transport. The process may end before the server has the mail, or after it has and before we know."""

    dice: random.Random
    ids: list[str] = field(default_factory=list)
    is_repeatable: bool = True

    def send(self, message: ChannelMessage) -> None:
        if self.dice.random() < 0.1:
            raise ProcessEnd
        self.ids.append(message.id)
        if self.dice.random() < 0.1:
            raise ProcessEnd


def test_each_citizen_is_told_once_though_the_process_ends_on_any_line(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(11)
    number = 12
    for n in range(number):
        put(town.console, f"c{n}@x.vn")
    alert_states.active(town.console)
    town.mail = mail = DyingMail(dice)  # type: ignore[assignment]
    commit, deaths, is_dying = UnitOfWork.commit, 0, False

    def dying_commit(unit: UnitOfWork, *args: Any) -> None:
        if is_dying and dice.random() < 0.1:
            raise ProcessEnd
        commit(unit, *args)
        if is_dying and dice.random() < 0.1:
            raise ProcessEnd

    monkeypatch.setattr(UnitOfWork, "commit", dying_commit)
    for _turn in range(400):
        is_dying = True
        try:
            town.step()
        except ProcessEnd:
            deaths += 1
            town.console.clock.pass_by(seconds=CLAIM_LASTS.total_seconds())
        finally:
            is_dying = False
        told = town.deliveries()
        if len(told) == number and all(each.sent_at for each in told):
            break
    assert deaths > 2
    assert {each.id for each in told} == set(mail.ids)  # what is sent twice has the same id
    assert len({each.recipient for each in told}) == len(told) == number
    assert all(each.sent_at for each in told)


def test_what_is_too_late_or_was_ended_meanwhile_is_not_sent(town: Town) -> None:
    put(town.console, LAN)
    put(town.console, "b1", push=True)
    alert_states.active(town.console)
    job = town.job()
    job._composer.compose(town.console.clock())
    assert job._spread(town.console.clock())
    with town.console.context.uow() as unit:
        ids = [each.id for each in unit[CitizenSubscriptions].of(recipient_of(NotificationChannel.EMAIL, LAN))]
        unit[CitizenSubscriptions].end(ids)
        unit.commit()
    town.console.clock.pass_by(days=2)
    town.step()
    assert (town.mail.messages, town.push.messages) == ([], [])
    assert [each.error for each in town.deliveries()] == ["TOO_LATE"]
    with town.console.context.uow.reading() as unit:
        assert unit[CitizenMessages].next_unspread() is None
    assert {each.kind for each in town.deliveries()} == {CitizenMessageKind.ALERT}

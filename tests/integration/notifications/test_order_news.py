"""News of standing orders: who is told of a firing, of one that was held, of a proposal and of the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.notifications.model import NotificationChannel, NotificationKind, NotificationUrgency
from cms.exchange.service.inbox import Inbox
from cms.standing_orders.jobs import LapseJob
from cms.standing_orders.service import orders
from tests.builders.alerts import OFFICER, SECOND
from tests.builders.standing_orders import agreed, call_of, fired, proposed, ready_draft
from tests.console import Console, open_console
from tests.integration.exchange.conftest import pinned
from tests.integration.notifications.world import KeptMessages, choose, job, notifications
from tests.unit.exchange.messages import message, signer

K = NotificationKind


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def told(console: Console, login: str) -> list[tuple[NotificationKind, NotificationUrgency, str]]:
    return [(each.kind, each.urgency, each.path) for each in notifications(console, login)]


def test_a_firing_is_told_at_once_to_everybody_who_may_stop_it_and_rings(console: Console) -> None:
    job(console).step()
    firing = fired(console)
    choose(console, SECOND, NotificationChannel.CALL)
    calls = KeptMessages()
    job(console, call=calls).step()
    news = (K.ORDER_FIRED, NotificationUrgency.URGENT, f"/alerts/{firing.alert_id}")
    assert news in told(console, OFFICER)
    assert news in told(console, SECOND)
    assert [each.title for each in calls.messages] == ["CẢNH BÁO đang phát tự động: Lũ quét"]
    (text,) = (each.text for each in notifications(console, OFFICER) if each.kind is K.ORDER_FIRED)
    assert "theo tin từ kttv@example.vn (có chữ ký số)".casefold() in text.casefold()
    job(console).step()
    assert told(console, OFFICER).count(news) == 1
    assert f'href="/alerts/{firing.alert_id}#act"' in console.client(OFFICER).get("/").text


def test_what_is_held_calls_people_to_its_draft_with_the_reason(console: Console) -> None:
    pinned(console)
    order = agreed(console)
    job(console).step()
    orders.suspend(console.context.uow(), order.id, call=call_of(console, OFFICER))
    record = Inbox.of(console.context).receive(signer().signed(message()), "feed a")
    job(console).step()
    held = [each for each in notifications(console, SECOND) if each.kind is K.ORDER_HELD]
    assert [(each.path, each.urgency) for each in held] == [(f"/alerts/{record.alert_id}", NotificationUrgency.URGENT)]
    assert "lệnh đang tạm dừng" in held[0].text
    (suspended,) = (each for each in notifications(console, SECOND) if each.kind is K.ORDER_ENDED)
    assert "tạm dừng" in suspended.title


def test_a_proposal_calls_a_second_person_and_an_order_that_ends_by_itself_is_told(console: Console) -> None:
    pinned(console)
    order = agreed(console)
    waiting = proposed(console, ready_draft(console))
    ended = orders.end(
        console.context.uow(), order.id, reason="Thôi", expected_version=order.version, call=call_of(console, OFFICER)
    )
    console.clock.pass_by(days=181)
    assert LapseJob(console.context).step() == 1
    job(console).step()
    mine = told(console, SECOND)
    # It is over before anybody read it: nobody is asked to agree any more.
    assert (K.ORDER_PROPOSED, NotificationUrgency.NORMAL, f"/alert-orders/{waiting.id}") not in mine
    assert (K.ORDER_ENDED, NotificationUrgency.NORMAL, f"/alert-orders/{waiting.id}") in mine
    assert f"/alert-orders/{ended.id}" not in {path for _kind, _urgency, path in mine}
    again = proposed(console, ready_draft(console))
    job(console).step()
    assert (K.ORDER_PROPOSED, NotificationUrgency.NORMAL, f"/alert-orders/{again.id}") in told(console, SECOND)
    assert f"/alert-orders/{again.id}" not in {path for _kind, _urgency, path in told(console, OFFICER)}

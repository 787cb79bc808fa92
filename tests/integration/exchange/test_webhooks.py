from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertKind
from cms.accounts.service.vault import vault_of
from cms.audit.queries import events_of
from cms.exchange.jobs import CapPublisher, WebhookSender
from cms.exchange.model import Webhook, WebhookDelivery
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import FIRST_PAUSE, LONGEST_PAUSE, TRIES, pause_after
from cms.exchange.tables import WebhookDeliveryRow
from cms.platform.store.engine import reading
from cms.platform.store.rows import value_of
from tests.builders import alert_states
from tests.console import START, Console
from tests.integration.exchange.web_server import Answer, WebServer, web_server

SECRET = "loahook_of-a-test"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        served.pages["/in"] = Answer(204)
        yield served


@pytest.fixture
def courier(console: Console, server: WebServer) -> WebhookSender:
    subscribe(console, server)
    return WebhookSender(console.context, Fetcher(lambda *_: ["127.0.0.1"]))


def subscribe(console: Console, server: WebServer, name: str = "hook", path: str = "/in", **changes: object) -> Webhook:
    sealed = vault_of(console.context).seal(SECRET, f"w-{name}")
    hook = Webhook(f"w-{name}", name, server.url(path), True, True, False, sealed, START)
    hook = replace(hook, **changes)  # type: ignore[arg-type]
    with console.context.uow() as uow:
        uow[WebhookRecords].add(hook)
        uow.commit()
    return hook


def deliveries(session: Session) -> list[WebhookDelivery]:
    rows = session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.webhook_id))
    return [value_of(WebhookDelivery, row) for row in rows]


def only(console: Console) -> WebhookDelivery:
    with reading(console.context.engine) as session:
        (delivery,) = deliveries(session)
    return delivery


def publish(console: Console, **more: object) -> None:
    alert_states.active(console, **more)
    CapPublisher(console.context).step()


def test_a_subscriber_is_told_once_and_can_prove_who_told_it(
    console: Console, server: WebServer, courier: WebhookSender
) -> None:
    publish(console)
    assert [courier.step(), courier.step()] == [1, 0]
    (asked,) = server.asked
    assert asked.body == console.app.test_client().get(f"/api/v1/cap/{only(console).document_id}.xml").data
    assert (asked.method, asked.headers["Content-Type"]) == ("POST", "application/cap+xml")
    told_at, delivery_id = asked.headers["Loa-Timestamp"], asked.headers["Loa-Delivery"]
    expected = hmac.new(SECRET.encode(), f"{told_at}.{delivery_id}.".encode() + asked.body, "sha256").hexdigest()
    assert asked.headers["Loa-Signature"] == f"v1={expected}"
    assert int(told_at) == int(console.clock().timestamp())
    assert only(console).sent_at == console.clock()


def test_a_subscriber_that_says_no_is_told_again_after_a_growing_pause(
    console: Console, server: WebServer, courier: WebhookSender
) -> None:
    server.pages["/in"] = Answer(503)
    publish(console)
    courier.step()
    assert (only(console).attempts, only(console).error[:21]) == (1, "FETCH_FAILED HTTP_503")
    assert 0.75 * FIRST_PAUSE <= only(console).due_at - console.clock() <= FIRST_PAUSE
    assert courier.step() == 0
    console.clock.at += FIRST_PAUSE
    courier.step()
    assert 1.5 * FIRST_PAUSE <= only(console).due_at - console.clock() <= 2 * FIRST_PAUSE
    server.pages["/in"] = Answer(200)
    console.clock.at += 2 * FIRST_PAUSE
    courier.step()
    assert (only(console).sent_at, only(console).error) == (console.clock(), "")
    assert len({asked.headers["Loa-Delivery"] for asked in server.asked}) == 1


def test_pauses_double_up_to_an_hour() -> None:
    assert pause_after(2) == 2 * FIRST_PAUSE
    assert pause_after(TRIES) == pause_after(10_000) == LONGEST_PAUSE


def test_in_the_end_it_is_given_up_and_told_to_people(
    console: Console, server: WebServer, courier: WebhookSender
) -> None:
    server.pages["/in"] = Answer(500)
    publish(console)
    for _ in range(TRIES + 1):
        courier.step()
        console.clock.at += LONGEST_PAUSE
    assert len(server.asked) == TRIES
    assert only(console).dead_at is not None
    with reading(console.context.engine) as session:
        assert [event.name for event in events_of(session, "w-hook")] == ["webhook.abandoned"]
        assert WebhookRecords(session).counts("w-hook") == (0, 0, 1)


def test_one_that_is_down_takes_no_turn_from_another(
    console: Console, server: WebServer, courier: WebhookSender
) -> None:
    server.pages["/down"] = Answer(500)
    subscribe(console, server, "down", "/down")
    for _ in range(3):
        publish(console)
    assert courier.step() == 2
    for _ in range(2):
        courier.step()
    with reading(console.context.engine) as session:
        assert WebhookRecords(session).counts("w-hook") == (3, 0, 0)
        assert WebhookRecords(session).counts("w-down") == (0, 3, 0)


def test_exercises_are_told_to_those_who_want_them(console: Console, server: WebServer, courier: WebhookSender) -> None:
    subscribe(console, server, "trainer", wants_drills=True)
    publish(console, kind=AlertKind.DRILL)
    with reading(console.context.engine) as session:
        assert [each.webhook_id for each in deliveries(session)] == ["w-trainer"]


def test_whoever_was_removed_is_told_nothing_more(console: Console, server: WebServer, courier: WebhookSender) -> None:
    publish(console)
    with console.context.uow() as uow:
        store = uow[WebhookRecords]
        found = store.named("hook")
        assert found is not None
        store.remove(found, console.clock())
        uow.commit()
    publish(console)
    assert courier.step() == 0
    assert server.asked == []


def test_a_webhook_is_looked_at_like_any_address(console: Console, server: WebServer, courier: WebhookSender) -> None:
    subscribe(console, server, "private", is_local=False)
    subscribe(console, server, "tls", is_plain=False)
    publish(console)
    assert courier.step() == 3
    with reading(console.context.engine) as session:
        errors = {each.webhook_id: each.error.rpartition(" ")[2] for each in deliveries(session)}
    assert errors == {"w-hook": "", "w-private": "ADDRESS", "w-tls": "SCHEME"}


def test_a_secret_that_cannot_be_opened_is_a_fault_of_ours(
    console: Console, server: WebServer, courier: WebhookSender
) -> None:
    subscribe(console, server, "copied", sealed_secret=vault_of(console.context).seal(SECRET, "another"))
    publish(console)
    courier.step()
    with reading(console.context.engine) as session:
        copied = next(each for each in deliveries(session) if each.webhook_id == "w-copied")
    assert copied.error.startswith("FETCH_FAILED OURS")
    assert 0.75 * FIRST_PAUSE <= copied.due_at - console.clock() <= FIRST_PAUSE

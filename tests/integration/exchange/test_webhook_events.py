"""Webhooks of events: each kind to who wants it, once, signed, and as the document says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cms
from broadcast.alerts.model import AlertKind
from cms.exchange.jobs import WebhookEventJob, WebhookSender
from cms.exchange.model import WebhookKind
from cms.exchange.service import webhook_events
from cms.exchange.service.http_client import Fetcher
from tests.builders import alert_states, bulletins, faults, public_pages, tickets
from tests.console import Console
from tests.integration.exchange.test_webhooks import SECRET, subscribe
from tests.integration.exchange.web_server import Answer, Asked, WebServer, web_server

K = WebhookKind
DOCUMENT = (Path(cms.__file__).parent.parent / "docs/exchange.md").read_text(encoding="utf-8")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        served.pages["/in"] = Answer(204)
        yield served


def told(console: Console, server: WebServer) -> list[tuple[str, dict[str, Any]]]:
    """Write and send what happened; return the types and bodies of what the subscriber got by now."""
    sender = WebhookSender(console.context, Fetcher(lambda *_: ["127.0.0.1"]))
    WebhookEventJob(console.context).step()
    while sender.step():
        pass
    return [(each.headers["Loa-Event"], json.loads(each.body)) for each in server.asked]


def test_a_subscriber_is_sent_the_kinds_that_it_wants_each_once(console: Console, server: WebServer) -> None:
    before = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, "Trước đó")))
    console.clock.pass_by(minutes=1)
    subscribe(console, server, kinds=(K.BULLETIN,), added_at=console.clock())
    made = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, "Tiêm phòng")))
    bulletins.approve(console, made)
    alert_states.active(console)
    tickets.ticket(console)
    for _ in range(2):
        sent = told(console, server)
        assert [kind for kind, _body in sent] == ["bulletin.submitted", "bulletin.approved"]
    (_kind, body), _ = sent
    assert (body["type"], body["url"]) == ("bulletin.submitted", f"/api/v1/bulletins/{made.id}")
    assert (body["data"]["title"], body["data"]["areas"]) == ("Tiêm phòng", list(made.targets.areas))
    assert before.id not in json.dumps(sent)
    # No person is named.
    assert made.author_name not in json.dumps(sent, ensure_ascii=False)


def test_an_airing_is_told_of_when_it_has_settled_with_who_missed_it(console: Console, server: WebServer) -> None:
    subscribe(console, server, kinds=(K.AIRING,), added_at=console.clock() - timedelta(days=1))
    heard = public_pages.heard(console, "Nghe được", on=3)
    public_pages.heard(console, "Lỡ một loa", on=2, minutes_ago=30)
    public_pages.heard(console, "Vừa xong", minutes_ago=1)
    sent = {body["data"]["title"]: (kind, body["data"]) for kind, body in told(console, server)}
    assert set(sent) == {"Nghe được", "Lỡ một loa"}
    assert sent["Nghe được"][0] == "airing.played"
    kind, data = sent["Lỡ một loa"]
    assert (kind, data["devices"], data["played"], data["missed"]) == ("airing.missed", 3, 2, 1)
    console.clock.pass_by(minutes=3)
    assert len(told(console, server)) == 3
    assert heard.id == sent["Nghe được"][1]["bulletin_id"]


def test_faults_tickets_and_alerts_come_as_they_happen_and_drills_only_to_who_wants_them(
    console: Console, server: WebServer
) -> None:
    subscribe(console, server, kinds=(K.FAULT, K.TICKET, K.ALERT), added_at=console.clock() - timedelta(days=1))
    fault = faults.fault(console)
    tickets.ticket(console)
    alert_states.active(console, kind=AlertKind.DRILL, headline="Diễn tập")
    alert = alert_states.active(console, headline="Lũ quét")
    sent = told(console, server)
    kinds = [kind for kind, _body in sent]
    assert {"fault.opened", "ticket.opened", "alert.approved"} <= set(kinds)
    assert next(body for kind, body in sent if kind == "fault.opened")["data"]["kind"] == fault.kind
    alerts = [body["data"] for kind, body in sent if kind == "alert.approved"]
    assert [(each["id"], each["is_drill"]) for each in alerts] == [(alert.id, False)]


def test_without_a_subscriber_nothing_is_written(console: Console, server: WebServer) -> None:
    subscribe(console, server)
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    assert WebhookEventJob(console.context).step() == 0


def test_the_documented_check_knows_a_delivery_from_a_forged_one(console: Console, server: WebServer) -> None:
    subscribe(console, server, kinds=(K.BULLETIN,), added_at=console.clock())
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    told(console, server)
    (asked,) = server.asked
    code = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[0]
    known: dict[str, Any] = {}
    exec(code, known)  # the document's own words
    known["time"] = SimpleNamespace(time=lambda: console.clock().timestamp())
    check = known["is_from_loa"]

    def is_right(request: Asked, secret: str = SECRET, body: bytes = b"") -> bool:
        return bool(check(secret, request.headers, body or request.body))

    assert is_right(asked)
    assert not is_right(asked, secret="another")
    assert not is_right(asked, body=asked.body + b" ")
    console.clock.pass_by(minutes=6)
    assert not is_right(asked)


def test_the_document_names_every_type_of_event() -> None:
    section = DOCUMENT[DOCUMENT.index("### Webhooks") : DOCUMENT.index("### Stations")]
    named = set(re.findall(r"`((?:bulletin|airing|fault|incident|ticket|alert)\.[a-z_]+)`", section))
    assert named == set(webhook_events.TYPES)

"""Hubs that push feeds (WebSub): lease, challenge, signature, limits, and the poll that goes on beside them."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from werkzeug.test import TestResponse

from broadcast.standing_orders.cap_warnings import sender_source
from cms.accounts.service.vault import vault_of
from cms.audit.queries import events_of
from cms.exchange.api import cap
from cms.exchange.cap.writer import write
from cms.exchange.jobs import FeedWatch, HubJob
from cms.exchange.model import CapFeed, FeedTrouble, HubSubscription
from cms.exchange.queries.exchange import cap_list
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.hubs import LEASE_MOST, hub_source, subscription_of
from cms.exchange.service.webhooks import LONGEST_PAUSE
from cms.exchange.service.wrappers import MAX_BYTES
from cms.platform.store.engine import reading
from cms.standing_orders.repository import Firings
from tests.builders.standing_orders import agreed
from tests.console import START, Console, post
from tests.integration.exchange.conftest import pinned
from tests.integration.exchange.web_server import Answer, Asked, WebServer, web_server
from tests.unit.exchange.messages import SENDER, message, signer

FEED = "feed-1"


class Hub:
    """A feed with its hub, and our two jobs."""

    def __init__(self, console: Console, server: WebServer) -> None:
        self.console, self.server = console, server
        hosts = (server.host,)
        feed = CapFeed(FEED, "kttv", server.url("/feed"), hosts, hosts, True, 60, 3000, 0, START, START)
        vault = vault_of(console.context)
        with console.context.uow() as uow:
            uow[CapFeeds].add(feed)
            uow[HubSubscriptions].add(subscription_of(feed, vault, START))
            uow.commit()
        fetcher = Fetcher(lambda *_: ["127.0.0.1"])
        self.watch, self.job = FeedWatch(console.context, fetcher), HubJob(console.context, fetcher)
        self.secret = vault.open(self.subscription.sealed_secret, FEED)
        self.names(server.url("/hub"))
        server.pages["/hub"] = Answer(202)

    @property
    def subscription(self) -> HubSubscription:
        with reading(self.console.context.engine) as session:
            return HubSubscriptions(session).get(FEED)

    def trouble(self) -> FeedTrouble:
        return self.feed.trouble

    @property
    def feed(self) -> CapFeed:
        with reading(self.console.context.engine) as session:
            return CapFeeds(session).get(FEED)

    def names(self, hub: str, *documents: bytes) -> bytes:
        """Let the feed name this hub and embed these documents; return it."""
        entries = "".join(
            f"<entry><id>{n}</id><content type='application/cap+xml'>{_bare(each).decode()}</content></entry>"
            for n, each in enumerate(documents)
        )
        links = f"<link rel='hub' href='{hub}'/><link rel='self' href='{self.server.url('/topic')}'/>"
        body = f"<feed xmlns='http://www.w3.org/2005/Atom'>{links}{entries}</feed>".encode()
        self.server.pages["/feed"] = Answer(body=body)
        return body

    def asked(self) -> dict[str, str]:
        """Return the form of the last request to the hub."""
        found: Asked = [each for each in self.server.asked if each.path == "/hub"][-1]
        return {name: value for name, (value,) in parse_qs(found.body.decode()).items()}

    def confirm(self, **changes: str) -> TestResponse:
        asked = {
            "hub.mode": "subscribe",
            "hub.topic": self.server.url("/topic"),
            "hub.challenge": "abc-123",
            "hub.lease_seconds": "86400",
        }
        path = f"/api/v1/cap/hubs/{self.subscription.token}"
        return self.console.app.test_client().get(path, query_string={**asked, **changes})

    def push(self, body: bytes, *, method: str = "sha256", signature: str = "", token: str = "") -> TestResponse:
        signed = signature or f"{method}={hmac.new(self.secret.encode(), body, method).hexdigest()}"
        return self.console.app.test_client().post(
            f"/api/v1/cap/hubs/{token or self.subscription.token}",
            data=body,
            content_type="application/atom+xml",
            headers={"X-Hub-Signature": signed},
        )

    def leased(self) -> Hub:
        self.watch.step()
        self.job.step()
        assert self.confirm().status_code == 200
        return self

    def heard(self) -> list[str]:
        with reading(self.console.context.engine) as session:
            return [line.identifier for line in cap_list(session).rows]


def _bare(document: bytes) -> bytes:
    return document.partition(b"?>")[2] if document.startswith(b"<?xml") else document


@pytest.fixture
def hub(console: Console) -> Iterator[Hub]:
    with web_server() as server:
        yield Hub(console, server)


def test_the_hub_that_the_feed_names_is_asked_and_only_what_was_asked_is_confirmed(hub: Hub) -> None:
    assert hub.job.step() == 0, "no hub is known before the first poll"
    hub.watch.step()
    assert hub.confirm().status_code == 404
    assert hub.job.step() == 1
    asked = hub.asked()
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", hub.server.url("/topic"))
    assert asked["hub.callback"].endswith(f"/api/v1/cap/hubs/{hub.subscription.token}")
    assert asked["hub.secret"] == hub.secret
    for wrong in ({"hub.topic": "https://other.example/"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}):
        assert hub.confirm(**wrong).status_code == 404
    answer = hub.confirm()
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "abc-123", "text/plain")
    now = hub.console.clock()
    assert hub.subscription.lease_until_at == now + timedelta(days=1)
    assert timedelta(hours=9) <= hub.subscription.due_at - now <= timedelta(hours=12)
    assert hub.confirm().status_code == 404, "it was confirmed already"
    assert hub.job.step() == 0
    hub.console.clock.pass_by(hours=12)
    assert hub.job.step() == 1
    assert hub.confirm(**{"hub.lease_seconds": "999999999"}).status_code == 200
    assert hub.subscription.lease_until_at == hub.console.clock() + LEASE_MOST


def test_a_signed_push_of_a_pinned_signer_is_taken_at_once_and_sounds_a_standing_order(hub: Hub) -> None:
    console = hub.console
    pinned(console)
    order = agreed(console, sources=(sender_source(SENDER),))
    hub.leased()
    document = signer().signed(message())
    body = hub.names(hub.server.url("/hub"), document)
    assert hub.push(body).status_code == 202
    assert hub.heard() == ["m-1"]
    with console.context.uow.reading() as uow:
        (firing,) = uow[Firings].of(order.id)
    assert firing.source == sender_source(SENDER)
    # The same by another push and by the poll that the push asked for.
    assert hub.push(body, method="sha1").status_code == 202
    assert hub.watch.step() == 1
    with console.context.uow.reading() as uow:
        assert len(uow[Firings].of(order.id)) == 1
    assert hub.subscription.pushed_at == console.clock()


def test_what_no_pinned_signer_proves_is_polled_at_once_from_the_feed_itself(hub: Hub) -> None:
    hub.leased()
    body = hub.names(hub.server.url("/hub"), write(message()))
    assert hub.watch.step() == 0
    assert hub.push(body).status_code == 202
    assert hub.heard() == []
    assert hub.watch.step() == 1
    assert hub.heard() == ["m-1"]


def test_a_push_without_a_good_signature_changes_nothing(hub: Hub) -> None:
    pinned(hub.console)
    hub.leased()
    body = hub.names(hub.server.url("/hub"), signer().signed(message()))
    before = hub.subscription
    for signature in ("sha256=é".encode().decode("latin-1"), "sha256=", "sha256=00", "md5=00", "none", "sha256"):
        assert hub.push(body, signature=signature).status_code == 202
    assert (hub.heard(), hub.subscription, hub.watch.step()) == ([], before, 0)


def test_a_push_is_bounded_and_an_unknown_callback_is_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.leased()
    assert hub.push(b"x" * (MAX_BYTES + 1)).status_code == 413
    assert hub.push(b"no feed").status_code == 202
    assert hub.push(b"<feed/>", token="another").status_code == 404
    monkeypatch.setattr(cap, "PUSHED_A_MINUTE", 0)
    late = hub.push(b"<feed/>")
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    assert hub_source(hub.feed) == "hub kttv"


def test_a_hub_that_fails_is_asked_again_ever_later_and_the_lost_lease_is_told(hub: Hub) -> None:
    hub.server.pages["/hub"] = Answer(503)
    hub.watch.step()
    clock = hub.console.clock
    pauses = []
    for _ in range(8):
        hub.job.step()
        pauses.append(hub.subscription.due_at - clock())
        clock.at = hub.subscription.due_at
    assert hub.subscription.error.startswith("FETCH_FAILED HTTP_503")
    assert pauses[0] <= timedelta(minutes=1)
    assert pauses == sorted(pauses) or max(pauses) <= LONGEST_PAUSE
    hub.watch.step()
    assert hub.trouble() is FeedTrouble.UNPUSHED
    page = hub.console.client("admin").get("/exchange/feeds").text
    assert "Nơi đẩy tin không đẩy nguồn này" in page
    hub.server.pages["/hub"] = Answer(202)
    clock.at = hub.subscription.due_at
    hub.job.step()
    assert hub.confirm(**{"hub.mode": "denied"}).status_code == 404
    assert hub.subscription.error == "HUB_DENIED"
    clock.at = hub.subscription.due_at
    hub.job.step()
    assert hub.confirm().status_code == 200
    clock.pass_by(seconds=61)
    hub.watch.step()
    assert hub.trouble() is FeedTrouble.NONE
    clock.pass_by(days=2)
    hub.watch.step()
    assert hub.trouble() is FeedTrouble.UNPUSHED
    with reading(hub.console.context.engine) as session:
        names = [event.name for event in events_of(session, FEED)]
    assert names == ["cap_feed.unpushed", "cap_feed.recovered", "cap_feed.unpushed"]


def test_a_push_during_a_poll_is_polled_again(hub: Hub) -> None:
    hub.leased()
    hub.console.clock.pass_by(seconds=61)

    def page(_: Asked) -> Answer:
        hub.push(b"<feed xmlns='http://www.w3.org/2005/Atom'/>")
        return Answer(body=b"<feed xmlns='http://www.w3.org/2005/Atom'/>")

    hub.server.pages["/feed"] = page
    assert hub.watch.step() == 1
    assert hub.feed.due_at == hub.console.clock()


def test_an_administrator_adds_a_feed_with_its_hub_and_removes_both(console: Console) -> None:
    admin = console.client("admin")
    form: dict[str, Any] = {"name": "Đài", "url": "https://kttv.example/cap", "hosts": "hub.example", "poll_s": "60"}
    assert post(admin, "/exchange/feeds", {**form, "is_pushed": "on"}).status_code == 302
    assert "chưa xác nhận" in admin.get("/exchange/feeds").text
    assert post(admin, "/exchange/feeds/remove", {"name": "Đài"}).status_code == 302
    with reading(console.context.engine) as session:
        assert HubSubscriptions(session).all() == []

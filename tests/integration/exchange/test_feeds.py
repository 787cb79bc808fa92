from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.cap.message import Status
from broadcast.alerts.cap.verdict import CapVerdict
from cms.alerts.repository.alerts import Alerts
from cms.audit.queries import events_of
from cms.exchange.cap.writer import write
from cms.exchange.feature import FEATURE
from cms.exchange.jobs import FeedWatch
from cms.exchange.model import CapFeed, FeedTrouble, ReceivedCap
from cms.exchange.queries.exchange import cap_list, cap_of_alert, feeds_in_trouble, open_questions
from cms.exchange.repository.feeds import ENTRIES_KEPT, CapFeeds
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.inbox import Inbox
from cms.platform.process.loops import keep_doing
from cms.platform.scheduler import scheduler
from cms.platform.store.engine import reading
from tests.console import START, Console
from tests.integration.exchange.conftest import alert_of, made_active, pinned
from tests.integration.exchange.web_server import Answer, Asked, WebServer, web_server
from tests.unit.exchange.messages import cancel, message, signer
from tests.unit.exchange.test_wrappers import atom

FEED = "feed-1"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


@pytest.fixture
def watch(console: Console, server: WebServer) -> FeedWatch:
    hosts = (server.host,)
    feed = CapFeed(FEED, "kttv", server.url("/feed"), hosts, hosts, True, 60, 300, 600, START, START)
    with console.context.uow() as uow:
        uow[CapFeeds].add(feed)
        uow.commit()
    return FeedWatch(console.context, Fetcher(lambda *_: ["127.0.0.1"]))


def feed_of(console: Console) -> CapFeed:
    with reading(console.context.engine) as session:
        (feed,) = CapFeeds(session).all()
    return feed


def entry(number: int) -> str:
    return f"<entry><id>{number}</id><updated>u</updated><link href='/{number}.xml'/></entry>"


def heard(console: Console) -> list[str]:
    with reading(console.context.engine) as session:
        return [line.identifier for line in cap_list(session).rows]


def paths(server: WebServer) -> list[str]:
    return [asked.path for asked in server.asked]


def test_an_entry_of_which_nothing_can_be_had_is_a_trouble_of_the_feed(
    console: Console, server: WebServer, watch: FeedWatch
) -> None:
    nowhere = "<entry><id>9</id><title>Lũ lớn</title><updated>u</updated></entry>"
    server.pages["/feed"] = Answer(body=atom(nowhere, entry(1)))
    server.pages["/1.xml"] = Answer(body=write(message("m-1")))
    watch.step()
    assert heard(console) == ["m-1"]
    assert (feed_of(console).trouble, feed_of(console).error) == (FeedTrouble.PARTLY, "ENTRY_NOWHERE Lũ lớn")
    server.pages["/feed"] = Answer(status=304)
    console.clock.pass_by(seconds=61)
    watch.step()
    assert feed_of(console).trouble is FeedTrouble.PARTLY
    server.pages["/feed"] = Answer(body=atom(entry(1)))
    console.clock.pass_by(seconds=61)
    watch.step()
    assert (feed_of(console).trouble, feed_of(console).error) == (FeedTrouble.NONE, "")


def test_a_new_entry_is_fetched_and_taken_once(console: Console, server: WebServer, watch: FeedWatch) -> None:
    server.pages["/feed"] = Answer(body=atom(entry(2), entry(1)))
    server.pages["/1.xml"] = Answer(body=write(message("m-1")))
    server.pages["/2.xml"] = Answer(body=write(message("m-2")))
    assert watch.step() == 1
    assert paths(server) == ["/feed", "/1.xml", "/2.xml"]
    assert watch.step() == 0, "not due yet"
    console.clock.pass_by(seconds=60)
    watch.step()
    assert paths(server)[3:] == ["/feed"]
    assert sorted(heard(console)) == ["m-1", "m-2"]
    assert feed_of(console).heard_at == START


def test_a_feed_that_has_not_changed_says_so(console: Console, server: WebServer, watch: FeedWatch) -> None:
    def page(asked: Asked) -> Answer:
        if asked.headers.get("If-None-Match") == '"1"':
            return Answer(304)
        return Answer(body=atom(), headers={"ETag": '"1"'})

    server.pages["/feed"] = page
    watch.step()
    console.clock.pass_by(seconds=60)
    watch.step()
    assert feed_of(console).answered_at == START + timedelta(seconds=60)
    assert server.asked[-1].headers["If-None-Match"] == '"1"'


def test_an_entry_that_cannot_be_had_is_asked_for_again(console: Console, server: WebServer, watch: FeedWatch) -> None:
    server.pages["/feed"] = Answer(body=atom(entry(1)), headers={"ETag": '"1"'})
    watch.step()
    assert (feed_of(console).etag, feed_of(console).error[:21]) == ("", "FETCH_FAILED HTTP_404")
    server.pages["/1.xml"] = Answer(body=write(message()))
    console.clock.pass_by(seconds=60)
    watch.step()
    assert heard(console) == ["m-1"]
    assert (feed_of(console).etag, feed_of(console).error) == ('"1"', "")


def test_more_than_fits_one_poll_comes_with_the_next(console: Console, server: WebServer, watch: FeedWatch) -> None:
    tests = [write(message(f"t-{n}", status=Status.TEST)).decode().partition("?>")[2] for n in range(60)]
    server.pages["/feed"] = Answer(body=f"<alerts>{''.join(tests)}</alerts>".encode(), headers={"ETag": '"1"'})
    watch.step()
    with reading(console.context.engine) as session:
        page = cap_list(session, [CapVerdict.IGNORE], limit=40)
        assert len(page.rows) == 40
        assert len(cap_list(session, after=page.next_cursor).rows) == 10
    console.clock.pass_by(seconds=60)
    watch.step()
    with reading(console.context.engine) as session:
        assert len(cap_list(session, limit=100).rows) == 60


def test_a_feed_that_fails_for_too_long_is_told_about_once_and_so_is_its_recovery(
    console: Console, server: WebServer, watch: FeedWatch
) -> None:
    for _ in range(8):
        watch.step()
        console.clock.pass_by(seconds=60)
    assert feed_of(console).failures == 8
    with reading(console.context.engine) as session:
        assert [feed.name for feed in feeds_in_trouble(session)] == ["kttv"]
        assert [event.name for event in events_of(session, FEED)] == ["cap_feed.failing"]
    server.pages["/feed"] = Answer(body=write(message("h-1", status=Status.SYSTEM, infos=())))
    watch.step()
    with reading(console.context.engine) as session:
        assert feeds_in_trouble(session) == []
        assert [event.name for event in events_of(session, FEED)] == ["cap_feed.recovered", "cap_feed.failing"]


def test_a_feed_that_answers_without_a_sign_of_life_is_silent(
    console: Console, server: WebServer, watch: FeedWatch
) -> None:
    server.pages["/feed"] = Answer(body=atom())
    for _ in range(12):
        watch.step()
        console.clock.pass_by(seconds=60)
    assert feed_of(console).trouble is FeedTrouble.SILENT
    assert replace(feed_of(console), silent_after_s=0).trouble_at(console.clock()) is FeedTrouble.NONE
    server.pages["/feed"] = Answer(body=write(message("h-1", status=Status.SYSTEM, infos=())))
    watch.step()
    assert feed_of(console).trouble is FeedTrouble.NONE


@pytest.mark.parametrize("body", [b"<html/>", b"\x00"])
def test_what_is_no_feed_is_a_failure(console: Console, server: WebServer, watch: FeedWatch, body: bytes) -> None:
    server.pages["/feed"] = Answer(body=body)
    watch.step()
    assert feed_of(console).error.startswith("UNREADABLE_FEED")


def test_a_fault_of_ours_stops_no_other_entry(
    console: Console, server: WebServer, watch: FeedWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/feed"] = Answer(body=atom(entry(2), entry(1)))
    server.pages["/1.xml"], server.pages["/2.xml"] = Answer(body=b"poison"), Answer(body=write(message("m-2")))
    receive = Inbox.receive

    def breaks(inbox: Inbox, document: bytes, source: str) -> ReceivedCap:
        if document == b"poison":
            raise ZeroDivisionError
        return receive(inbox, document, source)

    monkeypatch.setattr(Inbox, "receive", breaks)
    watch.step()
    assert heard(console) == ["m-2"]
    assert feed_of(console).error == "ZeroDivisionError()"


def test_a_fault_of_ours_stops_no_other_feed(
    console: Console, server: WebServer, watch: FeedWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console.context.uow() as uow:
        uow[CapFeeds].add(replace(feed_of(console), id="feed-2", name="other"))
        uow.commit()

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cms.exchange.service.feeds.entries_of", breaks)
    server.pages["/feed"] = Answer(body=atom())
    assert watch.step() == 2
    with reading(console.context.engine) as session:
        assert [feed.error for feed in CapFeeds(session).all()] == ["ZeroDivisionError()"] * 2


def test_a_thread_works_on_after_a_fault_and_ends_when_told() -> None:
    stopping, turns = threading.Event(), []

    def step() -> None:
        turns.append(1)
        if len(turns) == 1:
            raise ZeroDivisionError
        stopping.set()

    keep_doing(step, stopping, "this test", look_s=0, retry_s=0)
    assert len(turns) == 2


def test_what_was_seen_long_ago_is_forgotten(console: Console, watch: FeedWatch) -> None:
    with console.context.uow() as uow:
        feeds = uow[CapFeeds]
        feeds.see(FEED, "old", START)
        feeds.see(FEED, "new", START + ENTRIES_KEPT + timedelta(days=1))
        feeds.see(FEED, "new", START + ENTRIES_KEPT + timedelta(days=1))
        assert feeds.unseen(FEED, ["old", "new"]) == {"old"}
        feeds.remove(FEED)
        assert feeds.all() == []


def test_a_question_waits_until_the_alert_is_over(console: Console, inbox: Inbox) -> None:
    pinned(console)
    active = made_active(console, alert_of(console, inbox.receive(signer().signed(message()), "file")))
    inbox.receive(signer().signed(cancel("m-2", message())), "file")
    with reading(console.context.engine) as session:
        (question,) = open_questions(session)
        assert (question.alert_id, question.message.identifier) == (active.id, "m-2")
        assert [line.identifier for line in cap_of_alert(session, active.id)] == ["m-1", "m-2"]
    with console.context.uow() as uow:
        uow[Alerts].save(replace(active, status=active.status.CANCELLED, version=active.version + 1))
        uow.commit()
    with reading(console.context.engine) as session:
        assert open_questions(session) == []


def test_the_scheduler_polls_until_it_is_told_to_stop(console: Console, server: WebServer, watch: FeedWatch) -> None:
    stopping, was_asked = threading.Event(), threading.Event()

    def page(_: Asked) -> Answer:
        was_asked.set()
        return Answer(body=atom())

    server.pages["/feed"] = page
    feed = feed_of(console)
    local = f"127.0.0.1:{server.port}"
    with console.context.uow() as uow:
        uow[CapFeeds].save(replace(feed, url=f"http://{local}/feed", plain_hosts=(local,)))
        uow.commit()
    desks = scheduler.loops(console.context, [FEATURE])
    working = threading.Thread(target=scheduler.work, args=(desks, stopping))
    working.start()
    try:
        assert was_asked.wait(10)
    finally:
        stopping.set()
        working.join()

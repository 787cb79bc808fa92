"""Jobs of the scheduler that rest while nothing is committed: never while any of their work may fall due by time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cms.accounts.service.vault import vault_of
from cms.audit.service.checks import ask_check
from cms.exchange.jobs import CapPublisher
from cms.exchange.service.subscriptions import FeedDraft, add_feed
from cms.features import FEATURES
from cms.platform.process.commit_bell import QUIET_S, CommitBell
from cms.platform.process.heartbeat_rows import HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.scheduler import scheduler
from cms.platform.store.engine import reading
from cms.platform.store.pending_look import REST_S
from tests.builders import alert_states, bulletins, citizens, inbox, public_pages, rollouts, sessions, subscriptions
from tests.builders.alerts import end_all, staff
from tests.builders.people import call_by
from tests.console import Console, open_console
from tests.unit.test_commit_bell import Rests, once

JOBS = {job.name: (feature, job) for feature in FEATURES for job in feature.background}


def ended_alert(console: Console) -> None:
    staff(console)
    alert_states.active(console)
    end_all(console)


def owed_delivery(console: Console) -> None:
    subscriptions.subscriber(console)
    alert_states.active(console)
    CapPublisher(console.context).step()


def pushed_feed(console: Console) -> None:
    draft = FeedDraft("Nguồn", "https://kttv.example/cap.atom", is_pushed=True)
    call, vault = call_by(console, "admin"), vault_of(console.context)
    add_feed(console.context.uow(), draft, vault=vault, call=call)


def submitted_alert(console: Console) -> None:
    alert_states.submit(console, alert_states.make_sound(console, alert_states.draft(console)))


def submitted_bulletin(console: Console) -> None:
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))


CAUSES: list[tuple[str, Callable[[Console], object]]] = [
    ("alert_reports", ended_alert),
    ("audiences", public_pages.heard),
    ("audit_check", lambda console: ask_check(console.context.uow(), call=call_by(console, "auditor"))),
    ("broadcast sessions", sessions.afternoon),
    ("cap", alert_states.active),
    ("citizens", citizens.put),
    ("feeds", subscriptions.feed),
    ("firmware", rollouts.started),
    ("hubs", pushed_feed),
    ("inbox", inbox.hand_down),
    ("notices", submitted_alert),
    ("notifications", submitted_alert),
    ("notifications", submitted_bulletin),
    ("webhook events", subscriptions.subscriber),
    ("webhooks", owed_delivery),
]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def job_of(console: Console, name: str) -> Any:
    feature, job = JOBS[name]
    return feature.resolve(job.factory)(console.context)


def is_pending(console: Console, name: str) -> bool:
    with reading(console.context.engine) as session:
        found: bool = job_of(console, name).is_pending(session)
    return found


def test_every_job_that_says_when_nothing_is_pending_is_tried_here(console: Console) -> None:
    assert {name for name in JOBS if hasattr(job_of(console, name), "is_pending")} == {name for name, _ in CAUSES}


def test_in_a_store_without_work_nothing_is_pending(console: Console) -> None:
    assert [name for name, _ in CAUSES if is_pending(console, name)] == []


@pytest.mark.parametrize(("name", "cause"), CAUSES, ids=[f"{name}: {cause.__name__}" for name, cause in CAUSES])
def test_a_job_stays_awake_for_what_falls_due_by_time(
    name: str, cause: Callable[[Console], object], console: Console
) -> None:
    cause(console)
    assert is_pending(console, name)


@pytest.mark.parametrize(
    ("name", "cause", "rest_s"),
    [("feeds", None, REST_S), ("feeds", subscriptions.feed, QUIET_S), ("standing orders", None, QUIET_S)],
)
def test_only_a_job_that_says_that_nothing_is_pending_rests_for_long(
    name: str,
    cause: Callable[[Console], object] | None,
    rest_s: float,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if cause is not None:
        cause(console)
    monkeypatch.setattr(scheduler, "CommitBell", Rests)
    monkeypatch.setattr(scheduler, "keep_doing", once)
    monkeypatch.setattr("cms.exchange.service.feeds.FeedPoller.step", lambda _poller: 0)
    loops = scheduler.loops(console.context, FEATURES)
    bell = loops["commits"].__self__  # type: ignore[attr-defined]
    bell.look()
    loops[name](threading.Event())
    assert [rest for _, rest in bell.rests] == [pytest.approx(rest_s, abs=1)]


def test_a_heartbeats_commit_wakes_no_job_that_reads_nothing_of_it(console: Console) -> None:
    bell = CommitBell(console.context.engine)
    bell.look()
    seen = bell.number
    assert seen is not None
    HeartbeatRow(console.context.uow, console.context.now, "gateway", Heartbeats()).step()
    bell.look()
    assert bell.number == seen
    submitted_bulletin(console)
    bell.look()
    assert bell.number != seen

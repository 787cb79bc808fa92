"""Alerts do not wait for the queue, of whichever kind it is and however it fails (ADR 47)."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from celery import Celery

from broadcast.alerts.model import AlertStatus
from cms.platform.settings import Settings
from cms.platform.store.uow import Committed
from cms.platform.worker import celery_app
from cms.platform.worker.celery_app import JobPublisher, enqueue, make_celery
from tests.builders import alerts
from tests.console import Console, open_console
from tests.contract.jobs.servers import QueueServer, wait_until


@pytest.fixture
def senders() -> set[str]:
    """Threads that have sent anything to the queue."""
    return set()


@pytest.fixture
def publisher(
    queue: QueueServer, senders: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[JobPublisher]:
    """Job publisher as the web process has it; a send that takes 0.2 s counts as slow."""

    def send(celery: Celery, job_ids: Iterable[str], urgent: Collection[str]) -> bool:
        senders.add(threading.current_thread().name)
        return enqueue(celery, job_ids, urgent)

    monkeypatch.setattr(JobPublisher, "SLOW_S", 0.2)
    monkeypatch.setattr(JobPublisher, "WAITING_MAX", 5)
    monkeypatch.setattr(celery_app, "PUBLISH_TIMEOUT_S", 2)
    celery = make_celery(Settings(home=tmp_path, queue_url=queue.url), is_publisher=True)
    yield JobPublisher(celery, send=send)
    celery.close()


@pytest.fixture
def console(publisher: JobPublisher, tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        console.context.uow.hooks.append(publisher.after_commit)
        yield console


@contextmanager
def down(queue: QueueServer) -> Iterator[None]:
    queue.kill()
    try:
        yield
    finally:
        queue.start()


def away(queue: QueueServer, how: str) -> AbstractContextManager[None]:
    return queue.frozen() if how == "frozen" else down(queue)


@pytest.mark.parametrize("how", ["frozen", "down"])
def test_an_alert_is_raised_submitted_and_approved_without_a_queue(
    console: Console, publisher: JobPublisher, senders: set[str], queue: QueueServer, how: str
) -> None:
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    publisher.publish(Committed(("before",), has_outbox=False))
    senders.clear()
    with away(queue, how):
        sent = alerts.active(console, officer)
        assert sent.status is AlertStatus.ACTIVE
        wait_until(publisher.is_away, "the queue is told as away")
    assert senders == {"job-publisher"}, "a request asked the queue"


@pytest.mark.parametrize("how", ["frozen", "down"])
def test_a_queue_that_comes_back_is_given_ids_again(publisher: JobPublisher, queue: QueueServer, how: str) -> None:
    publisher.publish(Committed(("before",), has_outbox=False))
    with away(queue, how):
        for number in range(20):
            publisher.after_commit(Committed((f"j{number}",), has_outbox=False))
        wait_until(publisher.is_away, "the queue is told as away")

    def is_back() -> bool:
        publisher.after_commit(Committed(("later",), has_outbox=False))
        return not publisher.is_away()

    wait_until(is_back, "the queue takes ids again")


def test_publishing_to_a_queue_that_stays_frozen_ends(publisher: JobPublisher, queue: QueueServer) -> None:
    publisher.publish(Committed(("before",), has_outbox=False))
    assert not publisher.is_away()
    with queue.frozen():
        publisher.publish(Committed(("later",), has_outbox=False))  # without a bound: until the queue goes on
        assert publisher.is_away()

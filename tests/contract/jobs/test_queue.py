"""Job queue configuration, and requests that do not wait for an unavailable queue."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from cms.platform.settings import Settings
from cms.platform.store.kinds import QUEUE
from cms.platform.store.uow import Committed
from cms.platform.worker.celery_app import VISIBILITY_TIMEOUT_S, JobPublisher, enqueue, make_celery
from tests.contract.jobs.servers import wait_until


@pytest.fixture
def dead_queue(tmp_path: Path) -> Iterator[Celery]:
    celery = make_celery(Settings(home=tmp_path))
    yield celery
    celery.close()


def test_queue_that_is_away_is_no_error_to_the_sender(dead_queue: Celery, caplog: pytest.LogCaptureFixture) -> None:
    assert not enqueue(dead_queue, ["j1", "j2"])

    assert "workers find job j1 by polling" in caplog.text


class SlowQueue:
    """Queue that accepts a job only when the test lets it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, ...]] = []
        self.is_asked = threading.Event()
        self.may_go_on = threading.Event()
        self.answer = True

    def send(self, _celery: Celery, job_ids: Iterable[str], _urgent: Collection[str]) -> bool:
        self.is_asked.set()
        assert self.may_go_on.wait(60)
        if "broken" in (ids := tuple(job_ids)):
            raise ValueError("a queue may fail in any way")
        self.taken.append(ids)
        return self.answer


def test_a_request_does_not_wait_for_a_queue_that_is_frozen(
    dead_queue: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JobPublisher, "WAITING_MAX", 2)
    now_s, slow = [0.0], SlowQueue()
    publisher = JobPublisher(dead_queue, send=slow.send, monotonic=lambda: now_s[0])
    publisher.after_commit(Committed((), has_outbox=True))
    assert not slow.is_asked.is_set()
    publisher.after_commit(Committed(("j0",), has_outbox=False))
    assert slow.is_asked.wait(60)
    for number in range(1, 10):
        publisher.after_commit(Committed((f"j{number}",), has_outbox=False))
    assert not publisher.is_away()
    now_s[0] += 6
    assert publisher.is_away()
    slow.may_go_on.set()
    wait_until(lambda: len(slow.taken) == 3, "what had room is sent")
    wait_until(lambda: not publisher.is_away(), "the queue is back")


def test_a_queue_that_refused_is_away_for_a_while(dead_queue: Celery, caplog: pytest.LogCaptureFixture) -> None:
    now_s, slow = [0.0], SlowQueue()
    slow.may_go_on.set()
    publisher = JobPublisher(dead_queue, send=slow.send, monotonic=lambda: now_s[0])
    slow.answer = False
    publisher.publish(Committed(("j1",), has_outbox=False))
    assert publisher.is_away()
    now_s[0] += 61
    assert not publisher.is_away()
    publisher.publish(Committed(("broken",), has_outbox=False))
    assert publisher.is_away()
    assert "the queue failed" in caplog.text


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_queue_carries_json_late_acknowledged_one_at_a_time(tmp_path: Path, url: str) -> None:
    conf = make_celery(Settings(home=tmp_path, queue_url=url)).conf

    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert conf.result_backend is None
    assert conf.task_default_queue == QUEUE
    assert conf.task_time_limit < VISIBILITY_TIMEOUT_S


def test_redis_takes_back_after_the_longest_task(tmp_path: Path) -> None:
    options = make_celery(Settings(home=tmp_path)).conf.broker_transport_options

    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_S
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= VISIBILITY_TIMEOUT_S / 10


def test_rabbitmq_confirms_what_it_has_on_disk(tmp_path: Path) -> None:
    conf = make_celery(Settings(home=tmp_path, queue_url="amqp://127.0.0.1:1//")).conf

    assert conf.broker_transport_options == {"confirm_publish": True}
    assert conf.task_default_queue_type == "quorum"

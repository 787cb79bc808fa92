"""What the queue is told, and that nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery

from cms.celery_app import QUEUE, VISIBILITY_TIMEOUT_S, enqueue, make_celery
from cms.settings import Settings
from cms.store.jobs import JobState
from cms.tasks.registration import sweep
from tests.contract.jobs.shop import Shop


@pytest.fixture
def dead_queue(tmp_path: Path) -> Iterator[Celery]:
    celery = make_celery(Settings(home=tmp_path))
    yield celery
    celery.close()


def test_sweep_needs_no_queue_to_find_what_was_dropped(shop: Shop, dead_queue: Celery) -> None:
    job_id = shop.add()
    assert sweep(dead_queue, shop.runner) == 0
    shop.claim(job_id)
    shop.ahead += timedelta(minutes=2)

    assert sweep(dead_queue, shop.runner) == 1

    assert shop.job(job_id).state == JobState.QUEUED


def test_queue_that_is_away_is_no_error_to_the_sender(dead_queue: Celery, caplog: pytest.LogCaptureFixture) -> None:
    enqueue(dead_queue, ["j1", "j2"])

    assert "waits for the sweep" in caplog.text


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
    assert options["unacked_restore_interval"] == 1


def test_rabbitmq_confirms_what_it_has_on_disk(tmp_path: Path) -> None:
    conf = make_celery(Settings(home=tmp_path, queue_url="amqp://127.0.0.1:1//")).conf

    assert conf.broker_transport_options == {"confirm_publish": True}
    assert conf.task_default_queue_type == "quorum"

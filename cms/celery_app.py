"""The queue: carries ids of jobs to the workers, and may lose any of them; the rows are what counts."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from cms.settings import Settings
from cms.store.uow import AfterCommit, Committed

RUN_JOB = "loa.run_job"
QUEUE = "loa.jobs"
URGENT_QUEUE = "loa.urgent"
"""What an alert waits for. A worker of its own takes from it, so that no half hour of recording stands before it."""
QUEUES = f"{URGENT_QUEUE},{QUEUE}"
"""What the other workers take from: on valkey and redis in this order, on RabbitMQ in turn."""
LONGEST_TASK_S = 25 * 60
"""A task is killed after this: half an hour of sound takes about two minutes on two busy cores, and RabbitMQ takes an
unacknowledged message back after 30 minutes."""
VISIBILITY_TIMEOUT_S = 60 * 60
"""Redis hands an unacknowledged id out again after this; above the longest task, or a living worker's would be."""
_PUBLISH_ONCE = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}
"""A request is not kept waiting by a queue that is away: the sweep brings the job back."""

log = logging.getLogger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The Celery app without tasks; opens no connection yet."""
    url = settings.effective_queue_url
    is_amqp = url.startswith(("amqp", "pyamqp"))
    celery = Celery("loa", broker=url, set_as_current=False)
    celery.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=LONGEST_TASK_S,
        task_default_queue=QUEUE,
        task_queues=[_queue(QUEUE, is_amqp=is_amqp), _queue(URGENT_QUEUE, is_amqp=is_amqp)],
        # A quorum queue is on disk before the sender is told so, and needs none of what RabbitMQ 4 is giving up.
        task_default_queue_type="quorum" if is_amqp else "classic",
        task_publish_retry_policy=_PUBLISH_ONCE,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        broker_transport_options=_amqp_options() if is_amqp else _redis_options(),
    )
    return celery


def enqueue(celery: Celery, job_ids: Iterable[str], urgent: Collection[str] = ()) -> None:
    """Put ids on the queue; those that are ``urgent`` too first, on theirs.

    A queue that is away is logged, never raised: the sweep comes back to it.
    """
    for job_id in sorted(job_ids, key=lambda each: each not in urgent):
        try:
            celery.send_task(RUN_JOB, args=[job_id], queue=URGENT_QUEUE if job_id in urgent else QUEUE)
        except OperationalError as error:
            log.warning("the queue is away, job %s waits for the sweep: %s", job_id, error)
            return


def enqueue_after_commit(celery: Celery) -> AfterCommit:
    """A hook for the unit of work: ids of jobs that a commit has added."""

    def hook(done: Committed) -> None:
        enqueue(celery, done.job_ids, done.urgent_job_ids)

    return hook


def _queue(name: str, *, is_amqp: bool) -> Queue:
    # A quorum queue is on disk before the sender is told so, and needs none of what RabbitMQ 4 is giving up.
    return Queue(name, routing_key=name, queue_arguments={"x-queue-type": "quorum"} if is_amqp else None)  # type: ignore[no-untyped-call]


def _redis_options() -> dict[str, object]:
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "global_keyprefix": "loa:",
        "socket_timeout": 10,
        "queue_order_strategy": "priority",
    }


def _amqp_options() -> dict[str, object]:
    return {"confirm_publish": True}

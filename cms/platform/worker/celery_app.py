"""Job queue: wakes workers for new jobs. It may lose any, be down or frozen: workers poll the job rows themselves."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final

from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from cms.platform.settings import Settings
from cms.platform.store.kinds import QUEUE, URGENT_QUEUE
from cms.platform.store.uow import Committed

RUN_JOB = "loa.run_job"
LONGEST_TASK_S = 25 * 60
"""A task is killed after this: half an hour of sound takes about two minutes on two busy cores, and RabbitMQ takes an
unacknowledged message back after 30 minutes."""
VISIBILITY_TIMEOUT_S = 60 * 60
"""Redis hands an unacknowledged id out again after this; above the longest task, or a living worker's would be."""
PUBLISH_TIMEOUT_S: Final = 10
"""Bound of each read and write of a publisher. RabbitMQ that has just started may accept a message and never confirm
it: without a bound the publisher's thread waited for that until the process ended."""
_PUBLISH_ONCE = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}
"""A queue that is down is not retried repeatedly: the workers find the job by polling."""

log = logging.getLogger(__name__)


def make_celery(settings: Settings, *, is_publisher: bool = False) -> Celery:
    """Build the Celery app without tasks; opens no connection yet.

    ``is_publisher``: it puts ids on the queue and takes none, so no read or write may take long.
    """
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
        # A quorum queue is on disk before publishing is confirmed, and uses nothing that RabbitMQ 4 deprecates.
        task_default_queue_type="quorum" if is_amqp else "classic",
        task_publish_retry_policy=_PUBLISH_ONCE,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        broker_transport_options=_amqp_options(is_publisher=is_publisher) if is_amqp else _redis_options(),
    )
    return celery


def enqueue(celery: Celery, job_ids: Iterable[str], urgent: Collection[str] = ()) -> bool:
    """Put job ids on the queue, the ``urgent`` ones first, on theirs. False: the queue is unreachable (logged only)."""
    for job_id in sorted(job_ids, key=lambda each: each not in urgent):
        try:
            celery.send_task(RUN_JOB, args=[job_id], queue=URGENT_QUEUE if job_id in urgent else QUEUE)
        except OperationalError as error:
            log.warning("the queue is unreachable; workers find job %s by polling: %s", job_id, error)
            return False
    return True


class JobPublisher:
    """Job publisher: puts the ids of new jobs on the queue after their commit, on a thread of its own.

    No request waits for the queue or fails with it. More than ``WAITING_MAX`` waiting commits are left to the workers.
    """

    WAITING_MAX: Final = 1000
    SLOW_S: Final = 5.0
    REMEMBERED_S: Final = 60.0

    def __init__(
        self,
        celery: Celery,
        *,
        send: Callable[[Celery, Iterable[str], Collection[str]], bool] = enqueue,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._celery = celery
        self._send = send
        self._monotonic = monotonic
        self._waiting: queue.Queue[Committed] = queue.Queue(self.WAITING_MAX)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sending_since_s: float | None = None
        self._failed_s: float | None = None

    def after_commit(self, done: Committed) -> None:
        """Hand one commit's job ids to the publisher thread; the unit of work's hook, returns at once."""
        if not done.job_ids:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="job-publisher", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(done)
        except queue.Full:
            log.debug("the job publisher's backlog is full; workers find %s by polling", done.job_ids)

    def is_away(self) -> bool:
        """Return whether the queue refuses or blocks publishing."""
        now_s, since_s = self._monotonic(), self._sending_since_s
        is_slow = since_s is not None and now_s - since_s > self.SLOW_S
        return is_slow or (self._failed_s is not None and now_s - self._failed_s < self.REMEMBERED_S)

    def _run(self) -> None:
        while True:
            self.publish(self._waiting.get())

    def publish(self, done: Committed) -> None:
        """Put one commit's ids on the queue; any error is logged."""
        self._sending_since_s = self._monotonic()
        is_sent = False
        try:
            is_sent = self._send(self._celery, done.job_ids, done.urgent_job_ids)
        except Exception:
            log.exception("the queue failed")
        finally:
            self._sending_since_s = None
            self._failed_s = None if is_sent else self._monotonic()


def _queue(name: str, *, is_amqp: bool) -> Queue:
    # A quorum queue is on disk before publishing is confirmed, and uses nothing that RabbitMQ 4 deprecates.
    return Queue(name, routing_key=name, queue_arguments={"x-queue-type": "quorum"} if is_amqp else None)  # type: ignore[no-untyped-call]


def _redis_options() -> dict[str, object]:
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "unacked_restore_interval": 60,
        "unacked_restore_throttle": 1,
        "global_keyprefix": "loa:",
        "socket_timeout": 10,
        # How long the queue may hold back its answer that there is nothing: what comes is handed out at once.
        "polling_interval": 5,
        "queue_order_strategy": "priority",
    }


def _amqp_options(*, is_publisher: bool) -> dict[str, object]:
    bounds = {"read_timeout": PUBLISH_TIMEOUT_S, "write_timeout": PUBLISH_TIMEOUT_S} if is_publisher else {}
    return {"confirm_publish": True, **bounds}

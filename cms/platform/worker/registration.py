"""Registration of a Celery worker: its one task, database polling, heartbeat and ready file."""

import logging
import mmap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from billiard.process import current_process
from celery import Celery, signals
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cms.platform.process.heartbeat_rows import EVERY_S, HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender
from cms.platform.process.logs import fold
from cms.platform.store.kinds import URGENT_QUEUE
from cms.platform.store.uow import utc_now
from cms.platform.worker.celery_app import RUN_JOB
from cms.platform.worker.polling import JobPoller
from cms.platform.worker.runner import Runner
from cms.platform.worker.siblings import FROZEN_AFTER_S, SiblingWatch, shared_slots

log = logging.getLogger(__name__)

_NAME: Final = "worker"
_WITHOUT_QUEUE_AFTER_S: Final = 5.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True)
class Worker:
    """Worker process. ``sweep_s``: how often jobs that were dropped too often are looked for.

    When a process of the pool takes jobs it writes ``{name}.ready`` below ``ready_dir``, named as the worker's host
    name begins. It needs no queue for that. ``heartbeats`` is where the supervisor listens.
    """

    runner: Runner
    engine: Engine
    sweep_s: float
    ready_dir: Path
    heartbeats: Path
    now: Callable[[], datetime] = utc_now
    frozen_s: float = FROZEN_AFTER_S
    """Seconds without a sign of life after which a process of the pool counts as frozen."""


class _Process:
    """State of one process of the pool, made after the fork."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._name = _NAME
        self._stopping = threading.Event()
        self._poller: JobPoller | None = None
        # Shared with the forked processes: no lock, which a killed process could hold forever.
        self._is_ready = mmap.mmap(-1, 1)
        self._slots = shared_slots()

    def named(self, sender: object = None, **_: object) -> None:
        """Remember the worker's host name; runs before the fork."""
        self._name = str(sender or _NAME).split("@", maxsplit=1)[0]

    def ready(self, **_: object) -> None:
        """Note in the main process that the worker takes jobs from the queue."""
        self._is_ready[0] = 1

    def forked(self, celery: Celery) -> None:
        """Start polling; runs in a forked process."""
        # Not in the main process: it forks replacements for dead ones, and a fork while a thread is in SQLite or in the
        # queue's client leaves a child that hangs (seen).
        worker = self._worker
        # Connections of the parent must not be used, nor closed, by the child.
        worker.engine.dispose(close=False)
        beats = Heartbeats()
        only_urgent = set(celery.amqp.queues.consume_from) == {URGENT_QUEUE}
        self._poller = JobPoller(worker.runner, beats, sweep_s=worker.sweep_s, only_urgent=only_urgent)
        row = HeartbeatRow(worker.runner.uow, worker.now, self._name, beats)
        watch = SiblingWatch(self._slots, getattr(current_process(), "index", 0), frozen_s=worker.frozen_s)
        # Before it can take a job: a process that froze within its first half second was in no slot and went unnoticed.
        watch.step(time.monotonic())
        for name, loop in (
            ("jobs", self._poll),
            ("heartbeat-row", lambda stopping: _write(row, stopping)),
            ("siblings", watch.run),
        ):
            event = beats.event_of(name, self._stopping)
            threading.Thread(target=loop, args=(event,), name=name, daemon=True).start()
        HeartbeatSender(worker.heartbeats, self._name, beats).start()
        (worker.ready_dir / f"{self._name}.ready").write_text("")

    def _poll(self, stopping: threading.Event) -> None:
        # Celery ends a worker if a process dies while it connects: wait for it, but not long, as the queue may be down.
        for _ in range(int(_WITHOUT_QUEUE_AFTER_S / _LOOK_S)):
            if self._is_ready[0] or stopping.wait(_LOOK_S):
                break
        assert self._poller is not None
        self._poller.run(stopping)

    def run_job(self, job_id: str) -> None:
        assert self._poller is not None
        self._poller.run_job(job_id)

    def ended(self, **_: object) -> None:
        """Finish the running job when the worker is stopped."""
        self._stopping.set()
        if self._poller is not None:
            self._poller.finish()


def register(celery: Celery, worker: Worker) -> None:
    """Add the task and the threads beside it in every process of the pool."""
    process = _Process(worker)

    def run_job(job_id: str) -> None:
        process.run_job(job_id)

    celery.task(run_job, name=RUN_JOB)
    signals.celeryd_init.connect(process.named, weak=False)
    # Celery makes its own handlers later than this.
    signals.after_setup_logger.connect(lambda logger, **_: fold(logger.handlers), weak=False)
    signals.worker_ready.connect(process.ready, weak=False)
    signals.worker_process_init.connect(lambda **_: process.forked(celery), weak=False)
    signals.worker_process_shutdown.connect(process.ended, weak=False)


def _write(row: HeartbeatRow, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            row.step()
        except SQLAlchemyError as error:
            log.warning("the heartbeat could not be written: %s", error)
        stopping.wait(EVERY_S)

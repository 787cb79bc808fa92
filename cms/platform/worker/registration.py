"""Registration of a Celery worker: its one task, database polling, heartbeat and ready file."""

import logging
import mmap
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from celery import Celery, signals
from sqlalchemy import Engine

from cms.platform.process.heartbeat_rows import HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender
from cms.platform.process.logs import fold
from cms.platform.process.loops import until_turn_s
from cms.platform.process.thread_watch import ThreadWatch, waiting
from cms.platform.store.jobs import URGENT, is_any_open
from cms.platform.store.kinds import URGENT_QUEUE, JobKind
from cms.platform.store.pending_look import PendingLook
from cms.platform.worker.celery_app import LONGEST_TASK_S, RUN_JOB
from cms.platform.worker.runner import Runner
from province.machine_clock import utc_now

log = logging.getLogger(__name__)

URGENT_POLL_S: Final = 0.5
POLL_S: Final = 1.0
URGENT_LEFT_S: Final = 20.0
"""Ordinary workers leave a new urgent job this long to the worker of such jobs: it is away or has others then."""
RETRY_S: Final = 2.0
LOOP: Final = "jobs"
_TRIED: Final = 5
"""Due jobs tried in one step: each may have been claimed by another process meanwhile."""
_NAME: Final = "worker"
_WITHOUT_QUEUE_AFTER_S: Final = 5.0
_LOOK_S: Final = 0.1
WAKE_AFTER_S: Final = 5.0
"""Not at once: the other programs of the set start at this moment, too."""
WAKE_EVERY_S: Final = 120.0
"""Engines that nobody uses end after five minutes (``media.model_process``)."""


def _end_process() -> None:
    log.critical("a job took longer than %s s: its worker is killed", LONGEST_TASK_S)
    os.kill(os.getpid(), signal.SIGKILL)


class JobPoller:
    """Poller of due jobs. ``run_job`` serves the queue, ``run`` is the thread; both share the one job at a time."""

    def __init__(
        self,
        runner: Runner,
        beats: Heartbeats,
        *,
        sweep_s: float,
        only_urgent: bool = False,
        urgent_after_s: float = 0.0,
        longest_s: float = LONGEST_TASK_S,
        too_long: Callable[[], None] = _end_process,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._beats = beats
        self._sweep_s = sweep_s
        self._only_urgent = only_urgent
        self._urgent_after_s = urgent_after_s
        self._longest_s = longest_s
        self._too_long = too_long
        self._monotonic = monotonic
        self._is_busy = threading.Lock()
        self._swept_s = -sweep_s
        kinds = URGENT if only_urgent else JobKind
        self._look = PendingLook(runner.uow.engine, lambda session: is_any_open(session, kinds))

    def run_job(self, job_id: str) -> None:
        """Run a job that the queue named, if this process is free; otherwise it is left to the pollers."""
        if not self._is_busy.acquire(blocking=False):
            log.info("job %s is left to the next free worker", job_id)
            return
        try:
            self._runner.run(job_id)
        finally:
            self._is_busy.release()

    def step(self) -> bool:
        """Run the first due job, if this process is free; returns whether there was one."""
        if not self._look.may_be_due():
            return False
        if self._monotonic() - self._swept_s >= self._sweep_s:
            self._swept_s = self._monotonic()
            self._runner.give_up_exhausted()
        due = self._runner.due(only_urgent=self._only_urgent, urgent_after_s=self._urgent_after_s)
        if not due or not self._is_busy.acquire(blocking=False):
            return False
        # As Celery does with its own tasks: a job that never ends kills its process, and the others go on.
        watchdog = threading.Timer(self._longest_s, self._too_long)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._beats.note(LOOP, self._longest_s)
            with waiting(self._longest_s):
                return any(self._runner.run(job_id) for job_id in due[:_TRIED])
        finally:
            watchdog.cancel()
            self._is_busy.release()

    def run(self, stopping: threading.Event) -> None:
        """Poll until stopped; stopping waits for no job: see ``finish``."""
        poll_s = URGENT_POLL_S if self._only_urgent else POLL_S
        while not stopping.is_set():
            try:
                took = self.step()
            except Exception:
                log.exception("looking for jobs failed; again in %.0f s", RETRY_S)
                stopping.wait(RETRY_S)
            else:
                if not took:
                    stopping.wait(until_turn_s(poll_s))

    def finish(self) -> None:
        """Wait until the running job is finished or handed back; no other is begun afterwards."""
        self._is_busy.acquire()


def _nothing() -> None:
    """Leave it: there is no engine to be woken."""


@dataclass(frozen=True)
class Worker:
    """Worker process. ``sweep_s``: how often jobs that were dropped too often are looked for.

    When a process of the pool takes jobs it writes ``{name}.ready`` below ``ready_dir``, named as the worker's host
    name begins. It needs no queue for that. ``heartbeats`` is where the supervisor listens. ``wake``: called every
    two minutes by a worker of urgent jobs alone; it has the engines ready that they will need.
    """

    runner: Runner
    engine: Engine
    sweep_s: float
    ready_dir: Path
    heartbeats: Path
    now: Callable[[], datetime] = utc_now
    wake: Callable[[], None] = _nothing


class _Process:
    """State of one process of the pool, made after the fork."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._name = _NAME
        self._stopping = threading.Event()
        self._poller: JobPoller | None = None
        # Shared with the forked processes: no lock, which a killed process could hold forever.
        self._is_ready, self._is_ending = mmap.mmap(-1, 1), mmap.mmap(-1, 1)

    def named(self, sender: object = None, **_: object) -> None:
        """Remember the worker's host name; runs before the fork."""
        self._name = str(sender or _NAME).split("@", maxsplit=1)[0]

    def ready(self, **_: object) -> None:
        """Note in the main process that the worker takes jobs from the queue."""
        self._is_ready[0] = 1

    def ending(self, **_: object) -> None:
        """Note in the main process that the worker was told to stop: a job that runs is handed back."""
        self._is_ending[0] = 1

    def forked(self, celery: Celery) -> None:
        """Start polling; runs in a forked process."""
        # Not in the main process: it forks replacements for dead ones, and a fork while a thread is in SQLite or in the
        # queue's client leaves a child that hangs (seen).
        worker = self._worker
        # Connections of the parent must not be used, nor closed, by the child.
        worker.engine.dispose(close=False)
        beats = Heartbeats()
        queues = set(celery.amqp.queues.consume_from)
        only_urgent = queues == {URGENT_QUEUE}
        self._poller = JobPoller(
            replace(worker.runner, is_ending=lambda: bool(self._is_ending[0])),
            beats,
            sweep_s=worker.sweep_s,
            only_urgent=only_urgent,
            urgent_after_s=0.0 if URGENT_QUEUE in queues else URGENT_LEFT_S,
        )
        row = HeartbeatRow(worker.runner.uow, worker.now, self._name, beats)
        loops = {LOOP: self._poll, "heartbeat-row": row.run}
        if only_urgent:
            loops["engines"] = self._keep_awake
        for name, loop in loops.items():
            event = beats.event_of(name, self._stopping)
            threading.Thread(target=loop, args=(event,), name=name, daemon=True).start()
        beats.threads = ThreadWatch(lambda: (LOOP,))
        HeartbeatSender(worker.heartbeats, self._name, beats).start()
        (worker.ready_dir / f"{self._name}.ready").write_text("")

    def _poll(self, stopping: threading.Event) -> None:
        # Celery ends a worker if a process dies while it connects: wait for it, but not long, as the queue may be down.
        for _ in range(int(_WITHOUT_QUEUE_AFTER_S / _LOOK_S)):
            if self._is_ready[0] or stopping.wait(_LOOK_S):
                break
        assert self._poller is not None
        self._poller.run(stopping)

    def _keep_awake(self, stopping: threading.Event) -> None:
        wait_s = WAKE_AFTER_S
        while not stopping.wait(wait_s):
            self._worker.wake()
            wait_s = WAKE_EVERY_S

    def run_job(self, job_id: str) -> None:
        assert self._poller is not None
        self._poller.run_job(job_id)

    def ended(self, **_: object) -> None:
        """Wait until the running job is handed back, when the worker is stopped."""
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
    signals.worker_shutting_down.connect(process.ending, weak=False)
    signals.worker_process_init.connect(lambda **_: process.forked(celery), weak=False)
    signals.worker_process_shutdown.connect(process.ended, weak=False)

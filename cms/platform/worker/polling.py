"""Polling of the database for jobs, so that no queue delays an alert's sound.

A thread beside Celery's in every process of the pool. Due jobs are read; the claim decides which process gets one. A
process does one job at a time, whether it came from the queue or from polling.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

from cms.platform.process.heartbeats import Heartbeats
from cms.platform.worker.celery_app import LONGEST_TASK_S
from cms.platform.worker.runner import Runner

log = logging.getLogger(__name__)

URGENT_POLL_S: Final = 0.5
POLL_S: Final = 1.0
RETRY_S: Final = 2.0
LOOP: Final = "jobs"
_TRIED: Final = 5
"""Due jobs tried in one step: each may have been claimed by another process meanwhile."""


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
        longest_s: float = LONGEST_TASK_S,
        too_long: Callable[[], None] = _end_process,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._beats = beats
        self._sweep_s = sweep_s
        self._only_urgent = only_urgent
        self._longest_s = longest_s
        self._too_long = too_long
        self._monotonic = monotonic
        self._is_busy = threading.Lock()
        self._swept_s = -sweep_s

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
        if self._monotonic() - self._swept_s >= self._sweep_s:
            self._swept_s = self._monotonic()
            self._runner.give_up_exhausted()
        due = self._runner.due(only_urgent=self._only_urgent)
        if not due or not self._is_busy.acquire(blocking=False):
            return False
        # As Celery does with its own tasks: a job that never ends kills its process, and the others go on.
        watchdog = threading.Timer(self._longest_s, self._too_long)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._beats.note(LOOP, self._longest_s)
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
                    stopping.wait(poll_s)

    def finish(self) -> None:
        """Wait for the running job; no other is begun afterwards."""
        self._is_busy.acquire()

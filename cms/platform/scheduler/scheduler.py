"""Scheduler of background work: everything that needs no device connection. All its pending work is in the store.

::

    store ──► health watch, notifier, mail ──► faults, incidents, mails to those on call
    store ──► exchange jobs                ──► other systems, and what they send; sources of relays
    store ──► firmware job                 ──► outbox ──► (the gateway sends it)
    store ──► self-test job                ──► commands ──► (the gateway sends them)
    store ──► other jobs                   ──► hourly telemetry, days of figures, due reports, audiences of airings

A process of its own: in the gateway, an alert's answers shared one interpreter with all of this. Killed at any instant,
it starts again and finds its pending work.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine

from cms.platform.context import Context
from cms.platform.feature import BackgroundJob, Feature
from cms.platform.process.commit_bell import CommitBell, QuietStep
from cms.platform.process.disk import DiskReserve
from cms.platform.process.heartbeat_rows import HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.logs import cut
from cms.platform.process.loops import keep_doing
from cms.platform.process.process import Loop, begin, work_alone
from cms.platform.process.state_files import ready_file
from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.store.engine import reading

RESERVE_LOOK_S: Final = 5.0
NAME: Final = "scheduler"
LEAVE_S: Final = 2.0
"""For all together. Each may be in the middle of a request: what it did not store is requested again."""


class ReserveKeeper:
    """Job that keeps the disk reserve; ``run`` is a thread's loop. It needs no database, which may be full.

    It truncates the web front's access log as well: nothing else does where nginx is a unit of its own.
    """

    def __init__(self, context: Context) -> None:
        self._reserve = DiskReserve(context.settings, context.disk)
        self._requests = context.settings.log_dir / "access.log"

    def step(self) -> None:
        self._reserve.tend()
        cut(self._requests)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "keeping the disk's reserve", look_s=RESERVE_LOOK_S)


def loops(context: Context, features: Sequence[Feature]) -> Mapping[str, Loop]:
    """Return the loops of all features, and the server's own, by name."""
    bell = CommitBell(context.engine)
    of_features = {
        job.name: _loop(job, feature.resolve(job.factory)(context), context.engine, bell)
        for feature in features
        for job in feature.background
        if not (job.reaches_out and context.settings.is_practice)
    }
    return {**of_features, "commits": bell.run, "disk": ReserveKeeper(context).run}


def _loop(job: BackgroundJob, made: Any, engine: Engine, bell: CommitBell) -> Loop:
    """Return a job's own loop, or one that repeats its step."""
    if hasattr(made, "run"):
        own: Loop = made.run
        return own

    def is_pending() -> bool:
        with reading(engine) as session:
            found: bool = made.is_pending(session)
        return found

    step = QuietStep(made.step, bell, is_pending) if hasattr(made, "is_pending") else QuietStep(made.step, bell)
    return lambda stopping: keep_doing(step, stopping, job.doing, look_s=job.look_s, rest=step.rest)


def work(works: Mapping[str, Loop], stopping: threading.Event, beats: Heartbeats | None = None) -> None:
    """Run each loop on a thread of its own until stopped; then wait for all of them, ``LEAVE_S`` at most."""
    threads = begin(works, stopping, beats)
    stopping.wait()
    until_s = time.monotonic() + LEAVE_S
    for thread in threads:
        thread.join(max(0.0, until_s - time.monotonic()))


def run(context: Context, features: Sequence[Feature]) -> int:
    """Run until SIGTERM or SIGINT; return the exit status. Call it in the main thread."""
    jobs = [job for feature in features for job in feature.background]
    beats = Heartbeats({job.name: job.bound_s for job in jobs if job.bound_s is not None})
    local = {"commits", *(job.name for job in jobs if job.is_local)}
    beats.threads = ThreadWatch(lambda: local)

    def begin_work(held: Context, stopping: threading.Event) -> None:
        works = {**loops(held, features), "heartbeat": HeartbeatRow(context.uow, context.now, NAME, beats).run}
        ready_file(context.settings, NAME).touch()
        work(works, stopping, beats)

    return work_alone(context, NAME, begin_work, beats)

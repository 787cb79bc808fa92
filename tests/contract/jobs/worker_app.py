"""Celery app for the contract suite: the real queue, runner and sweep; its work waits for a file."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from cms.platform.settings import Settings
from cms.platform.store.engine import make_engine
from cms.platform.store.jobs import Job
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork, make_uow_factory
from cms.platform.worker import Worker, register
from cms.platform.worker.celery_app import make_celery
from cms.platform.worker.runner import Apply, Runner
from media.ports import Progress
from province.events import Event
from province.machine_clock import utc_now

LEASE_S = 6.0
"""Three renewals: a worker delayed by the machine for less than that counts as alive."""
SHORT_LEASE_S = 1.0
"""For tests in which every holder dies, so that no lease has to be kept."""
SWEEP_S = 0.2
DEADLINE_S = 180.0


class GatedWork:
    """Gated work: notes each start in ``{subject}.starts``, waits for ``{subject}.go``; its result is an event."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def do(self, job: Job, progress: Progress) -> Apply:
        with (self._folder / f"{job.subject_id}.starts").open("a") as starts:
            starts.write(f"{os.getpid()}\n")
        progress(40, "levelling")
        if job.payload.get("deadly"):
            os.kill(os.getpid(), signal.SIGKILL)
        pause = threading.Event()
        end = time.monotonic() + DEADLINE_S
        while job.payload.get("waits") and not (self._folder / f"{job.subject_id}.go").exists():
            assert time.monotonic() < end, "never let go"
            pause.wait(0.05)
            progress(40, "levelling")
        return lambda unit: _record(unit, made(job))

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        _record(unit, Event("sound.failed", job.subject_id, utc_now(), "", "", {"code": code}))


def _record(unit: UnitOfWork, event: Event) -> None:
    with unit:
        unit.record(event)
        unit.commit()


def made(job: Job) -> Event:
    return Event("sound.made", job.subject_id, utc_now(), "", "", {"attempts": job.attempts})


if "LOA_TEST_FOLDER" in os.environ:  # only in the worker: the tests import the classes
    folder = Path(os.environ["LOA_TEST_FOLDER"])
    sweep_s = float(os.environ["LOA_TEST_SWEEP_S"])
    engine = make_engine(f"sqlite:///{folder / 'loa.db'}")
    lease_s = float(os.environ["LOA_TEST_LEASE_S"])
    runner = Runner(make_uow_factory(engine), dict.fromkeys(JobKind, GatedWork(folder)), lease_s)
    celery = make_celery(Settings(home=folder))
    heartbeats, wake = folder / "heartbeats.sock", (folder / f"{os.environ['LOA_TEST_QUEUES']}.woken").touch
    register(celery, Worker(runner, engine, sweep_s, folder, heartbeats, wake=wake))

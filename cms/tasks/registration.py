"""Makes a Celery app a worker: its one task, its sweep, its sign of being ready."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from celery import Celery, signals
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cms.celery_app import RUN_JOB, enqueue
from cms.tasks.running import Runner

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """``sweep_s`` is how often dropped jobs are looked for.

    When the worker takes jobs it writes ``{name}.ready`` below ``ready_dir``, named as its host name begins.
    """

    runner: Runner
    engine: Engine
    sweep_s: float
    ready_dir: Path


def register(celery: Celery, worker: Worker) -> None:
    """Add the task, and the sweep that runs beside it in every process of the pool.

    The sweep is not in the main process: that one forks a new process for one that died, and a fork while a thread
    stands in SQLite or in the queue's client leaves a child that hangs (seen).
    """

    def run_job(job_id: str) -> None:
        worker.runner.run(job_id)

    celery.task(run_job, name=RUN_JOB)

    def on_fork(**_: object) -> None:
        # Connections of the parent must not be used, nor closed, by the child.
        worker.engine.dispose(close=False)
        threading.Thread(target=_sweep_for_ever, args=(celery, worker), name="sweep", daemon=True).start()

    def on_ready(sender: object = None, **_: object) -> None:
        name = str(getattr(sender, "hostname", "worker")).split("@", maxsplit=1)[0]
        (worker.ready_dir / f"{name}.ready").write_text("")

    signals.worker_process_init.connect(on_fork, weak=False)
    signals.worker_ready.connect(on_ready, weak=False)


def sweep(celery: Celery, runner: Runner) -> int:
    """Bring back what a dead worker or a lost queue dropped; how many were put on the queue again."""
    runner.give_up_exhausted()
    with runner.uow() as unit:
        again = unit.jobs.sweep()
        unit.commit()
    enqueue(celery, again, unit.jobs.urgent)
    return len(again)


def _sweep_for_ever(celery: Celery, worker: Worker) -> None:
    pause = threading.Event()
    while True:
        try:
            if count := sweep(celery, worker.runner):
                log.warning("brought back %d dropped jobs", count)
        except SQLAlchemyError:
            log.exception("the sweep could not reach the store")
        pause.wait(worker.sweep_s)

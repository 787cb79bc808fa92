"""Lease of a job, renewed by a thread: it ends when the process does, for whatever reason."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork

log = logging.getLogger(__name__)


class JobLostError(Exception):
    """Error: the job is no longer ours; it was cancelled, or reclaimed because we looked dead."""


class LeaseKeeper:
    """Thread that renews the lease three times per lease time and writes progress as it comes.

    One step of a long recording takes longer than a lease, so progress alone could not keep it.
    """

    def __init__(self, uow: Callable[[], UnitOfWork], job: Job, lease_s: float) -> None:
        self._uow = uow
        self._job = job
        self._lease_s = lease_s
        self._reached = (0, "")
        self._is_lost = False
        self._over = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, pct: int, step: str) -> None:
        """Write progress; implements ``media.ports.Progress``. Raises JobLostError once that is known: stop working."""
        if (pct, step) != self._reached:
            self._reached = (pct, step)
            self._renew()
        if self._is_lost:
            raise JobLostError(self._job.id)

    def _beat(self) -> None:
        while not self._over.wait(self._lease_s / 3):
            try:
                self._renew()
            except SQLAlchemyError:  # the database is unreachable for a moment: the lease may outlast that
                log.warning("lease of job %s not renewed", self._job.id, exc_info=True)

    def _renew(self) -> None:
        with self._writing, self._uow() as unit:
            is_ours = unit.jobs.progress(self._job, *self._reached, self._lease_s)
            unit.commit()
        self._is_lost = not is_ours

"""Lease of a program in PostgreSQL: one active instance on all hosts, and a fence that rises with each.

Instants are the database's own: no host's clock decides. A holder counts from before it asked, so its own view ends
first, also where its process, its machine or its network stood still meanwhile. On SQLite, which has one host, the lock
of the program's file does all of this.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Engine, case, cast, extract, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cms.platform.epoch import Epoch
from cms.platform.store.engine import OUTAGES
from cms.platform.store.tables import ProcessLeaseRow as Row

log = logging.getLogger(__name__)

TTL_S: Final = 1.2
RENEW_S: Final = 0.25
LOOK_S: Final = 0.1
"""Between two looks of a standby: with what is left of a lease and a connection to the broker under 2 s."""
_TTL_MS: Final = int(TTL_S * 1000)
# Now, and not at the beginning of the transaction, which may have waited for the row.
_NOW_MS: Final = cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)


def boot_s() -> float:
    """Return seconds that no clock setting moves, and in which a suspended machine is counted too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ProcessLease:
    """Lease of the program of this name. With it the restore epoch of the last holder's host comes to this one."""

    def __init__(self, engine: Engine, name: str, epoch: Epoch, seconds: Callable[[], float] = boot_s) -> None:
        self._engine = engine
        self._name = name
        self._epoch = epoch
        self._seconds = seconds
        self._holder = f"{socket.gethostname()} {os.getpid()}"
        self._until_s = float("-inf")
        self.fence = 0

    @property
    def is_held(self) -> bool:
        """Return whether no other instance can hold it now, by this host's own count."""
        return self._seconds() < self._until_s

    def acquire(self, stopping: threading.Event) -> bool:
        """Wait until it is released, or over; False if ``stopping`` was set first."""
        trouble = ""
        while not stopping.is_set():
            try:
                if self.take():
                    log.warning("lease.taken %s by %s, fence %d", self._name, self._holder, self.fence)
                    return True
            except OUTAGES as error:
                if type(error).__name__ != trouble:
                    log.warning("the lease of %s cannot be read: %s", self._name, error)
                trouble = type(error).__name__
            stopping.wait(LOOK_S)
        return False

    def take(self) -> bool:
        """Take it if it is free. Raises an outage of the database."""
        asked_s, ours = self._seconds(), self._epoch.value
        is_free = Row.until_ms <= _NOW_MS
        values = {
            "holder": self._holder,
            "fence": case((Row.fence >= _NOW_MS, Row.fence + 1), else_=_NOW_MS),
            "epoch": func.greatest(Row.epoch, ours),
            "until_ms": _NOW_MS + _TTL_MS,
        }
        with self._engine.begin() as connection:
            known = connection.scalar(select(is_free).where(Row.name == self._name))
            if known is None:
                blank = {"name": self._name, "holder": "", "fence": 0, "epoch": ours, "until_ms": 0}
                connection.execute(insert(Row).values(blank).on_conflict_do_nothing())
            taken = (
                known is not False
                and connection.execute(
                    update(Row).where(Row.name == self._name, is_free).values(values).returning(Row.fence, Row.epoch)
                ).one_or_none()
            )
        if not taken:
            return False
        self.fence, self._until_s = taken.fence, asked_s + TTL_S
        self._epoch.keep_up(taken.epoch)
        return True

    def renew(self) -> bool:
        """Renew it, also one that is over and not taken; False: another instance has. Raises an outage."""
        asked_s = self._seconds()
        if is_ours := self._write({"until_ms": _NOW_MS + _TTL_MS, "epoch": self._epoch.value}):
            self._until_s = asked_s + TTL_S
        return is_ours

    def release(self) -> None:
        """End it: a standby takes it at its next look. Raises an outage."""
        self._until_s = float("-inf")
        self._write({"until_ms": 0, "epoch": self._epoch.value})

    def keep(self, stopping: threading.Event, on_lost: Callable[[], object]) -> None:
        """Renew until stopped, then release; ``on_lost`` is called once another instance holds it."""
        while not stopping.wait(RENEW_S):
            try:
                if not self.renew():
                    log.critical("lease.lost %s: another instance holds it", self._name)
                    on_lost()
                    return
            except OUTAGES as error:
                log.warning("the lease of %s is not renewed: %s", self._name, error)
        try:
            self.release()
        except OUTAGES as error:
            log.warning("the lease of %s is left to end: %s", self._name, error)

    def _write(self, values: Mapping[str, Any]) -> bool:
        is_ours = (Row.name == self._name, Row.holder == self._holder, Row.fence == self.fence)
        with self._engine.begin() as connection:
            # A renewal that a crash of the database loses ends the lease early, and must not wait for a disk.
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            return connection.execute(update(Row).where(*is_ours).values(values)).rowcount == 1

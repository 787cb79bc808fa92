"""Lease of a program in PostgreSQL: one active instance on all hosts, and a fence that rises with each.

Instants are the database's own: no host's clock decides. A holder counts from before it asked, so its own view ends
first, also where its process, its machine or its network stood still meanwhile. On SQLite, which has one host, the lock
of the program's file does all of this.
"""

import logging
import os
import secrets
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Engine, case, cast, extract, func, make_url, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cms.platform.epoch import Epoch
from cms.platform.store.engine import OUTAGES, make_engine
from cms.platform.store.tables import ProcessLeaseRow as Row

log = logging.getLogger(__name__)

TTL_S: Final = 1.2
RENEW_S: Final = 0.25
LOOK_S: Final = 0.1
"""Between two looks of a standby: with what is left of a lease and a connection to the broker under 2 s."""
LISTEN_S: Final = 1.0
# A renewal that a crash of the database loses ends the lease early, and must not wait for a disk.
_OPTIONS: Final = "-c synchronous_commit=off"
_END_SESSIONS: Final = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = :holder AND usename = current_user AND pid <> pg_backend_pid()"
)
# Hosts may have one name, and in containers one process id.
_MARK: Final = secrets.token_hex(4)
_TTL_MS: Final = int(TTL_S * 1000)
# Now, and not at the beginning of the transaction, which may have waited for the row.
_NOW_MS: Final = cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)


def tell_holder(engine: Engine, name: str, data: bytes) -> bool:
    """Send a datagram of 5 KB at most to the holder of this lease, on whatever host; False: there is none.

    It is carried in PostgreSQL's memory, and lost where the holder does not listen. Raises an outage.
    """
    told = select(func.pg_notify(name, b64encode(data).decode())).where(Row.name == name, Row.until_ms > _NOW_MS)
    with engine.begin() as connection:
        return connection.execute(told).first() is not None


def hear(engine: Engine, name: str, take: Callable[[bytes], object], stopping: threading.Event) -> None:
    """Take the datagrams for the holder of this lease until stopped. Raises an outage."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"LISTEN {name}"))
        driver = connection.connection.driver_connection
        assert driver is not None
        while not stopping.is_set():
            for said in driver.notifies(timeout=LISTEN_S):
                take(b64decode(said.payload))


def boot_s() -> float:
    """Return seconds that no clock setting moves, and in which a suspended machine is counted too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def holder_of(name: str) -> str:
    """Return the name of this process as a holder and as a client of PostgreSQL, which keeps 63 bytes."""
    return f"{name} {socket.gethostname()[:30]} {os.getpid()} {_MARK}"


def lease_engine(url: str) -> Engine:
    """Build an engine for leases alone: with a connection of its own, a renewal waits for no other thread."""
    parsed = make_url(url)
    options = f"{parsed.query.get('options', '')} {_OPTIONS}".strip()
    prompt = parsed.update_query_dict({"options": options, "tcp_user_timeout": str(_TTL_MS)})
    return make_engine(prompt.render_as_string(hide_password=False))


class ProcessLease:
    """Lease of the program of this name. With it the restore epoch of the last holder's host comes to this one.

    Each statement commits by itself: a holder that freezes keeps no lock on the row. Its other sessions, which may hold
    locks that every writer needs, are ended by the next holder.
    """

    def __init__(self, engine: Engine, name: str, epoch: Epoch, seconds: Callable[[], float] = boot_s) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._name = name
        self._epoch = epoch
        self._seconds = seconds
        self._holder = holder_of(name)
        self._until_s = float("-inf")
        self.fence = 0

    @property
    def is_held(self) -> bool:
        """Return whether no other instance can hold it now, by this host's own count."""
        return self._seconds() < self._until_s

    def acquire(self, stopping: threading.Event) -> bool:
        """Wait until it is released, or over; False if ``stopping`` was set first."""
        while not stopping.is_set():
            try:
                if self.take():
                    log.warning("lease.taken %s by %s, fence %d", self._name, self._holder, self.fence)
                    return True
            except OUTAGES as error:
                log.warning("the lease of %s cannot be read: %s", self._name, error)
            stopping.wait(LOOK_S)
        return False

    def take(self) -> bool:
        """Take it if it is free. Raises an outage of the database."""
        ours = self._epoch.value
        is_free = Row.until_ms <= _NOW_MS
        values = {
            "holder": self._holder,
            "fence": case((Row.fence >= _NOW_MS, Row.fence + 1), else_=_NOW_MS),
            "epoch": func.greatest(Row.epoch, ours),
            "until_ms": _NOW_MS + _TTL_MS,
        }
        with self._engine.connect() as connection:
            last = connection.execute(select(is_free, Row.holder).where(Row.name == self._name)).one_or_none()
            if last is None:
                blank = {"name": self._name, "holder": "", "fence": 0, "epoch": ours, "until_ms": 0}
                connection.execute(insert(Row).values(blank).on_conflict_do_nothing())
            elif not last[0]:
                return False
            take = update(Row).where(Row.name == self._name, is_free).values(values)
            asked_s = self._seconds()
            taken = connection.execute(take.returning(Row.fence, Row.epoch)).one_or_none()
            if taken is None:
                return False
            self.fence, self._until_s = taken.fence, asked_s + TTL_S
            if last is not None and last.holder:
                connection.execute(_END_SESSIONS, {"holder": last.holder})
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
        while not stopping.is_set():
            try:
                if not self.renew():
                    log.critical("lease.lost %s: another instance holds it", self._name)
                    on_lost()
                    return
            except OUTAGES as error:
                log.warning("the lease of %s is not renewed: %s", self._name, error)
            stopping.wait(RENEW_S)
        try:
            self.release()
        except OUTAGES as error:
            log.warning("the lease of %s is left to end: %s", self._name, error)

    def _write(self, values: Mapping[str, Any]) -> bool:
        is_ours = (Row.name == self._name, Row.holder == self._holder, Row.fence == self.fence)
        with self._engine.connect() as connection:
            return connection.execute(update(Row).where(*is_ours).values(values)).rowcount == 1

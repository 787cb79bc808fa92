"""PostgreSQL engines with bounded waits: a frozen server is detected and reported.

The kernel of a stopped server keeps its connections: no timeout of its own ends a wait, nor does TCP's. So the client
checks: a connection silent for ``SILENT_S`` is probed by a second one, and given up where that one gets no answer
either. A slow statement goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from time import monotonic
from typing import Any, Final, TypeVar, cast

import psycopg
from psycopg import errors
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event

from cms.platform.store.sqlite import HOLD_S

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 5
POOL_TIMEOUT_S: Final = 5
"""Wait for a connection that another thread gives back."""
PING_S: Final = 3.0
"""Wait for a pooled connection's ping, which is sent outside of any transaction."""
SILENT_S: Final = 5.0
PROBE_TIMEOUT_S: Final = 3
STATEMENT_TIMEOUT_S: Final = 120
"""Limit in the server; the client gives up somewhat later."""
LOCK_TIMEOUT_S: Final = 15
IDLE_TRANSACTION_S: Final = 120
"""A client frozen inside a transaction loses its locks after this."""
_GRACE_S: Final = 10.0

WORDS: Final = "the database server says nothing"

_SETTINGS: Final = {
    "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    "idle_in_transaction_session_timeout": f"{IDLE_TRANSACTION_S}s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_NETWORK: Final = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def make_bounded(url: URL) -> Engine:
    """Build an engine for people's requests and for loops: every wait on it is bounded."""
    own = str(url.query.get("options", ""))
    ours = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    network = {name: value for name, value in _NETWORK.items() if name not in url.query}
    args = {**network, "options": f"{ours} {own}".rstrip()}
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=POOL_TIMEOUT_S, connect_args=args)
    event.listen(engine, "do_connect", connect_bounded)
    event.listen(engine, "begin", _set_deadline)
    return engine


def _set_deadline(connection: Connection) -> None:
    """Let the server end a transaction that may write: the locks of a client that is frozen are freed too."""
    if not connection.get_execution_options().get("loa_reads"):
        connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{HOLD_S:.0f}s'")


def make_patient(url: URL) -> Engine:
    """Build an engine for migrations: statements, and waits for another migration's lock, are unbounded."""
    return create_engine(url, connect_args={"connect_timeout": CONNECT_TIMEOUT_S})


def connect_bounded(dialect: Dialect, record: object, args: list[Any], options: dict[str, Any]) -> BoundedConnection:
    """Open a connection of an engine; for the event ``do_connect``."""
    del dialect, record
    return BoundedConnection.opened(args, options)


class BoundedConnection(psycopg.Connection[Any]):
    """Connection that waits for an answer as long as the server is alive, and for a statement within its timeout."""

    probe: Callable[[], object] | None = None

    @classmethod
    def opened(cls, args: Sequence[Any], options: Mapping[str, Any]) -> BoundedConnection:
        """Connect; raises OperationalError within the time that ``options`` give."""
        made = cls.connect(*args, **options)
        asked = {**options, "connect_timeout": PROBE_TIMEOUT_S}
        made.probe = lambda: psycopg.connect(*args, **asked).close()
        return made

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        return super().wait(self._bounded(gen), *args, **options)

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Relay the same waits and answers, until the deadline."""
        began_s = asked_s = monotonic()
        ready = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as done:
                return cast("T", done.value)
            ready = yield wanted
            if ready:
                asked_s = monotonic()
                continue
            now_s = monotonic()
            if now_s - began_s > (PING_S if self.autocommit else STATEMENT_TIMEOUT_S + _GRACE_S):
                raise self._given_up(now_s - began_s)
            if now_s - asked_s > SILENT_S:
                self._ask(now_s - began_s)
                asked_s = monotonic()

    def _ask(self, waited_s: float) -> None:
        """Probe the server; raises if it does not answer. One that refuses, even for lack of connections, is alive."""
        if self.probe is None:
            return
        try:
            self.probe()
        except errors.ConnectionTimeout as error:
            raise self._given_up(waited_s) from error
        except psycopg.OperationalError:
            return

    def _given_up(self, waited_s: float) -> psycopg.OperationalError:
        self.pgconn.finish()
        return psycopg.OperationalError(f"{WORDS} for {waited_s:.0f} s")

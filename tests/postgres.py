"""PostgreSQL of the test run: in a temporary folder, on a unix socket, removed afterwards."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg

from bench.speed import postgres as bench_postgres
from bench.speed.postgres import SUPERUSER, url_of
from cms import migrations

_FAST: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
"""Nothing in it outlives the run."""


class PostgresServer:
    """Server with one database per test, copied from an empty one or from one where the migrations have run."""

    def __init__(self, socket_dir: Path) -> None:
        self._socket_dir = socket_dir

    def new_database(self) -> str:
        """Make a fresh database with all tables, and return its SQLAlchemy URL."""
        return self._url(self._copy(self._migrated))

    def new_empty_database(self) -> str:
        """Make a database without tables, and return its SQLAlchemy URL."""
        return self._url(self._copy("template1"))

    @cached_property
    def _migrated(self) -> str:
        name = self._copy("template1")
        migrations.upgrade(self._url(name))
        return name

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the server in the block: its kernel still accepts connections, and no query is answered."""
        stopped = self._processes()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        """Return its processes, the first before its children, so that it starts no more."""
        first = int((self._socket_dir / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _copy(self, template: str) -> str:
        name = f"t{uuid4().hex}"
        with psycopg.connect(host=str(self._socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        return name

    def _url(self, name: str) -> str:
        return url_of(self._socket_dir, name)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    with bench_postgres.running_postgres(_FAST) as socket_dir:
        yield PostgresServer(socket_dir)

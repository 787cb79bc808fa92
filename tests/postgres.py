"""PostgreSQL of the test run: in a temporary folder, on a unix socket, removed afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg

from bench.fault_injection import processes
from bench.speed import postgres as bench_postgres
from bench.speed.postgres import SUPERUSER, url_of
from cms import migrations
from tests.forked_workers import SHARED

_FAST: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
"""Nothing in it outlives the run."""


_SHAPE: Final = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
  SELECT concat('class', oid, relname, relkind, relnatts) FROM pg_class WHERE oid >= 16384
  UNION ALL SELECT concat('column', attrelid, attname, atttypid, attnotnull) FROM pg_attribute WHERE attrelid >= 16384
  UNION ALL SELECT concat('constraint', oid, conname) FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT concat('trigger', oid, tgname, tgenabled) FROM pg_trigger WHERE oid >= 16384
  UNION ALL SELECT concat('function', oid, proname) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT concat('setting', setconfig) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
    WHERE datname = current_database()
) AS parts (part)
"""
"""Digest of all that a test could have changed but rows."""
_CLIENTS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_SEQUENCES: Final = "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences WHERE last_value IS NOT NULL"
_MIGRATED: Final = "migrated"
_MADE: Final = "SELECT FROM pg_database WHERE datname = %s"
_TABLES: Final = """
SELECT quote_ident(nspname) || '.' || quote_ident(relname)
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND pg_class.oid >= 16384
"""


class PostgresServer:
    """Server with one database per test, copied from an empty one or from one where the migrations have run."""

    def __init__(self, socket_dir: Path) -> None:
        self.socket_dir = socket_dir
        self._idle: list[tuple[str, psycopg.Connection]] = []

    @contextmanager
    def lent_database(self) -> Iterator[str]:
        """Lend a database with all tables by its SQLAlchemy URL, with the rows of a new one.

        Copying one, a thousand files, takes longer than most tests, and so does removing them all at the end. It keeps
        the connection that restores it: a new one is a new process, which reads the catalogue first.
        """
        name, db = self._idle.pop() if self._idle else self._lendable(self._copy(self._migrated))
        yield self._url(name)
        if _told(db, _SHAPE) == self._new[0] and not _told(db, _CLIENTS):
            self._restore_rows(db)
            db.commit()
            self._idle.append((name, db))
        else:
            db.close()

    def close(self) -> None:
        for _, db in self._idle:
            db.close()

    def _lendable(self, name: str) -> tuple[str, psycopg.Connection]:
        db = self._connected(name)
        db.execute("SET session_replication_role = replica")  # neither foreign keys nor triggers
        db.commit()
        return name, db

    @cached_property
    def _new(self) -> tuple[str, dict[str, bytes], str]:
        """Return shape and filled tables of a new database, and the question which tables are filled."""
        with self._connected(self._migrated) as db:
            assert not db.execute(_SEQUENCES).fetchall()
            tables = [name for (name,) in db.execute(_TABLES)]
            asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
            rows = {}
            for (name,) in db.execute(asked.encode()).fetchall():
                with db.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
                    rows[name] = b"".join(map(bytes, copy))
            return _told(db, _SHAPE), rows, asked

    def _restore_rows(self, db: psycopg.Connection) -> None:
        _, rows, asked = self._new
        for (name,) in db.execute(asked.encode()).fetchall():
            db.execute(f"DELETE FROM {name}".encode())
        for name, content in rows.items():
            with db.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                copy.write(content)
        for (name,) in db.execute(_SEQUENCES).fetchall():
            db.execute(f"ALTER SEQUENCE {name} RESTART".encode())

    def new_database(self) -> str:
        """Make a fresh database with all tables, and return its SQLAlchemy URL."""
        return self._url(self._copy(self._migrated))

    def new_empty_database(self) -> str:
        """Make a database without tables, and return its SQLAlchemy URL."""
        return self._url(self._copy("template1"))

    @cached_property
    def _migrated(self) -> str:
        with self._connected("postgres", autocommit=True) as db:
            if db.execute(_MADE, [_MIGRATED]).fetchone() is None:
                db.execute(f"CREATE DATABASE {_MIGRATED}".encode())
                migrations.upgrade(self._url(_MIGRATED))
        return _MIGRATED

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the server in the block: its kernel still accepts connections, and no query is answered."""
        stopped = self._processes()
        processes.freeze(stopped)
        try:
            yield
        finally:
            processes.thaw(stopped)

    def _processes(self) -> list[int]:
        """Return its processes, the first before its children, so that it starts no more."""
        first = int((self.socket_dir / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _copy(self, template: str) -> str:
        name = f"t{uuid4().hex}"
        with self._connected("postgres", autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        return name

    def _connected(self, name: str, *, autocommit: bool = False) -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket_dir), user=SUPERUSER, dbname=name, autocommit=autocommit)

    def _url(self, name: str) -> str:
        return url_of(self.socket_dir, name)


def _told(db: psycopg.Connection, question: str) -> Any:
    row = db.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def running_postgres(**options: str) -> Iterator[PostgresServer]:
    """Run a server; in a parallel run all begin as copies of one, whose migrations have run."""
    shared = os.environ.get(SHARED)
    make = partial(_copy, Path(shared) / "postgres") if shared else bench_postgres.new_cluster
    with (
        bench_postgres.running_postgres(_FAST | options, make) as socket_dir,
        closing(PostgresServer(socket_dir)) as server,
    ):
        yield server


def _copy(first: Path, data: Path) -> None:
    with first.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not first.exists():
            _make().rename(first)
    subprocess.run(["cp", "--archive", first / "data", data], check=True)


def _make() -> Path:
    folder = Path(tempfile.mkdtemp(dir=os.environ[SHARED]))
    if os.getuid() == 0:
        shutil.chown(folder, SUPERUSER)
    bench_postgres.new_cluster(folder / "data")
    with bench_postgres.serving(folder, _FAST, stop="fast"):
        assert PostgresServer(folder)._migrated
    return folder

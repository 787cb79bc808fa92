"""A PostgreSQL of the test run's own: in a temporary folder, on a unix socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from cms import migrations

RUNS_AS = "postgres"


class PostgresServer:
    """Databases are made one a test, as copies of an empty one or of one where the migrations have run."""

    def __init__(self, socket_dir: Path) -> None:
        self._socket_dir = socket_dir

    def new_database(self) -> str:
        """SQLAlchemy URL of a fresh database with all tables."""
        return self._url(self._copy(self._migrated))

    def new_empty_database(self) -> str:
        """SQLAlchemy URL of a database without tables."""
        return self._url(self._copy("template1"))

    @cached_property
    def _migrated(self) -> str:
        name = self._copy("template1")
        migrations.upgrade(self._url(name))
        return name

    def _copy(self, template: str) -> str:
        name = f"t{uuid4().hex}"
        with psycopg.connect(host=str(self._socket_dir), user=RUNS_AS, dbname="postgres", autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        return name

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{RUNS_AS}@/{name}?host={self._socket_dir}"


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Started with durability off: it holds nothing that outlives the run."""
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-", dir="/tmp"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, RUNS_AS)
        data = folder / "data"
        _run("initdb", "-D", data, "-U", RUNS_AS, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
        options += " -c full_page_writes=off -c shared_buffers=32MB -c max_connections=60"
        _run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", options, "start")
        try:
            yield PostgresServer(folder)
        finally:
            _run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(tool: str, *arguments: str | Path) -> None:
    command = [str(_binary(tool)), *map(str, arguments)]
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        command = ["runuser", "-u", RUNS_AS, "--", *command]
    # Its output goes to a file: a server that inherits a pipe keeps it open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False, cwd="/", timeout=90)
        if done.returncode != 0:
            output.seek(0)
            pytest.fail(f"{tool} failed:\n{output.read()}")


def _binary(tool: str) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"))
    on_path = shutil.which(tool)
    if on_path:
        found.append(Path(on_path))
    if not found:
        pytest.fail(f"PostgreSQL's {tool} is missing: run `make setup`")
    return found[-1]

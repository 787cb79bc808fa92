"""Temporary PostgreSQL of the caller's own: for benches with production's options, for tests without durability."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import click

from cms.platform.cli.embedded import MissingProgramError, find_program

SUPERUSER: Final = "postgres"
START_S: Final = 60
TOOL_TIMEOUT_S: Final = 120
AS_ADVISED: Final = {"shared_buffers": "512MB", "max_wal_size": "4GB", "wal_compression": "on"}
"""Options that docs/production.md advises; all else, durability first of all, is PostgreSQL's own default."""


class DatabaseKind(StrEnum):
    """Kinds of database that Loa runs on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


store_option: Final = click.option(
    "--store",
    type=click.Choice([store.value for store in DatabaseKind]),
    default=DatabaseKind.SQLITE.value,
    show_default=True,
    help="Where all is kept; PostgreSQL is a server of the bench's own.",
)


class PostgresError(RuntimeError):
    """Failure of a PostgreSQL tool, with its output."""


@dataclass(frozen=True, slots=True)
class Database:
    """Empty database by its SQLAlchemy URL; ``server_pid``: process of its server, if it has one of its own."""

    url: str
    server_pid: int | None = None

    def cpu_ms(self) -> float:
        """Return the processor time of the server's running processes; SQLite has none, it works in ours."""
        if self.server_pid is None:
            return 0.0
        children = Path(f"/proc/{self.server_pid}/task/{self.server_pid}/children").read_text().split()
        return sum(map(_ran_ms, children))


@contextmanager
def database_for(store: DatabaseKind, sqlite: Path) -> Iterator[Database]:
    """Yield an SQLite file of that name, or a temporary PostgreSQL server."""
    if store is DatabaseKind.SQLITE:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{sqlite}{suffix}").unlink(missing_ok=True)
        yield Database(f"sqlite:///{sqlite}")
        return
    with running_postgres(AS_ADVISED) as socket_dir:
        (server, *_) = (socket_dir / "data" / "postmaster.pid").read_text().splitlines()
        yield Database(url_of(socket_dir, SUPERUSER), int(server))


def url_of(socket_dir: Path, database: str) -> str:
    """Return the SQLAlchemy URL of a database of the server that listens there."""
    return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={socket_dir}"


def new_cluster(data: Path) -> None:
    """Make the files of an empty server."""
    run_tool("initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")


@contextmanager
def running_postgres(options: Mapping[str, str], make: Callable[[Path], None] = new_cluster) -> Iterator[Path]:
    """Run a PostgreSQL; yield the folder of its socket, below the folder for temporary files. It listens on no port.

    ``make`` makes its files.

    Raises:
        PostgresError: it cannot be made or started, or is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, SUPERUSER)
        make(folder / "data")
        with serving(folder, options):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(folder: Path, options: Mapping[str, str], *, stop: str = "immediate") -> Iterator[None]:
    """Run the server whose files are in ``folder / 'data'``; ``stop`` is the mode in which pg_ctl stops it."""
    data = folder / "data"
    chosen = {"listen_addresses": "''", "unix_socket_directories": str(folder), **options}
    said = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    run_tool("pg_ctl", "-D", data, "-w", "-t", str(START_S), "-l", folder / "log", "-o", said, "start")
    try:
        yield
    finally:
        run_tool("pg_ctl", "-D", data, "-w", "-m", stop, "stop")


def run_tool(tool: str, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL, as its own user where we are root. Raises PostgresError."""
    command = [_binary(tool), *map(str, arguments)]
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        command = ["runuser", "-u", SUPERUSER, "--", *command]
    # Its output goes to a file: a server that inherits a pipe keeps it open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, check=False, cwd="/", timeout=TOOL_TIMEOUT_S
        )
        if done.returncode != 0:
            output.seek(0)
            raise PostgresError(f"{tool} failed:\n{output.read()}")


def _ran_ms(pid: str) -> float:
    """Return the processor time from schedstat, exact to 1 ns; the kernel's other figures are in steps of 10 ms."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except FileNotFoundError:
        return 0.0


def _binary(tool: str) -> str:
    """Find a PostgreSQL program: Debian keeps a server's programs by version, outside PATH."""
    try:
        return find_program(tool)
    except MissingProgramError as error:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"))
        if not found:
            raise PostgresError(f"PostgreSQL's {tool} is missing: run `make setup`") from error
        return str(found[-1])

"""``loa bench restore``: what a lost server loses, and how long its restore takes, from the continuous back-up.

RPO: a server that is written to is lost at a random instant, again and again; what was committed last and is not in the
restored database is what was lost. RTO: a database of the size of a province and its content come back, from the first
byte to the database and the keys in place; to that comes the start of the programs.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import click
import pyrage

from bench.speed.rows import Row, print_rows
from cms import bootstrap
from cms.platform.cli.backup import bring_back, bring_database
from cms.platform.cli.replica.replicator import COMPLETE
from cms.platform.cli.replica.restore import bring_replica
from cms.platform.cli.up import APP_DIR
from cms.platform.process.clock import steady_clock
from cms.platform.settings import Settings
from media.storage import FolderContentStore
from province.machine_clock import unix_s

RPO_BAR_S: Final = 5.0
RTO_BAR_S: Final = 300.0
_WRITES_EACH_S: Final = 20
_PAGE_BYTES: Final = 4_000
_BLOB_BYTES: Final = 500_000
_WAIT_S: Final = 1_200.0


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Servers lost at random instants; 0: the restore alone.")
@click.option("--database-mb", default=1_000, show_default=True, help="Size of the database that is brought back.")
@click.option("--content-mb", default=500, show_default=True, help="Size of its content.")
@click.option("--seed", default=None, type=int, help="Of the random instants; printed.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def restore(*, rounds: int, database_mb: int, content_mb: int, seed: int | None, as_json: bool) -> None:
    """Measure what is lost with a server (RPO) and the time of its restore (RTO)."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    if not as_json:
        click.echo(f"seed {seed}")
    dice = random.Random(seed)  # noqa: S311 - instants, not secrets
    print_rows(_rows(rounds, database_mb, content_mb, dice), as_json=as_json)


def _rows(rounds: int, database_mb: int, content_mb: int, dice: random.Random) -> Iterator[Row]:
    lost_s = sorted(_lost_s(dice) for _ in range(rounds))
    if lost_s:
        yield Row.against("lost_median_s", rounds, lost_s[rounds // 2], "s", baseline=RPO_BAR_S)
        yield Row.against("lost_worst_s", rounds, lost_s[-1], "s", baseline=RPO_BAR_S)
    took_s, processor_s, is_whole = _restore_s(database_mb, content_mb)
    yield Row.against("restore_s", database_mb, took_s, "s", baseline=RTO_BAR_S)
    yield Row("restore_processor_s", database_mb, round(processor_s, 1), "s")
    yield Row("restore_mb_s", database_mb + content_mb, round((database_mb + content_mb) / took_s, 1), "MB/s")
    yield Row("restored_whole", database_mb, int(is_whole), "")


class _LostServer:
    """Installation with its replicator, in a folder."""

    def __init__(self, folder: Path) -> None:
        secrets = [pyrage.x25519.Identity.generate() for _ in range(2)]
        self.identities = (folder / "data.txt", folder / "keys.txt")
        for path, secret in zip(self.identities, secrets, strict=True):
            path.write_text(str(secret))
        self.settings = Settings(
            home=folder / "home",
            database_url="",
            backup_folder=str(folder / "vault"),
            backup_recipient=str(secrets[0].to_public()),
            backup_keys_recipient=str(secrets[1].to_public()),
        )
        self.fresh = self.settings.model_copy(update={"home": folder / "fresh"})
        bootstrap.prepare(self.settings)
        self.database = sqlite3.connect(self.settings.root / "loa.db", isolation_level=None, timeout=60)
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE written (n INTEGER PRIMARY KEY, at REAL, data BLOB)")
        self.content = FolderContentStore(self.settings.content_dir)

    def write(self, size: int = 200) -> None:
        self.database.execute("INSERT INTO written (at, data) VALUES (?, randomblob(?))", (unix_s(), size))

    @property
    def whole_until_s(self) -> float:
        mark = Path(self.settings.backup_folder) / COMPLETE
        return datetime.fromisoformat(json.loads(mark.read_text())["until"]).timestamp() if mark.exists() else 0.0

    def await_whole(self, until_s: float) -> None:
        deadline_s = time.monotonic() + _WAIT_S
        while self.whole_until_s < until_s:
            if time.monotonic() > deadline_s:
                raise click.ClickException("the back-up did not become whole")
            time.sleep(0.1)

    @contextmanager
    def replicated(self) -> Iterator[None]:
        """Run the replicator; at the end it is killed."""
        environment = {**os.environ, **self.settings.as_environment(), "PYTHONPATH": str(APP_DIR)}
        command = [sys.executable, "-m", "cms.platform.cli", "replicator"]
        with (self.settings.root / "replicator.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def bring_back(self) -> float:
        """Restore into a fresh home; return the newest instant of what is there."""
        bring = partial(bring_replica, self.fresh, Path(self.settings.backup_folder), self.identities, bring_database)
        bring_back(self.fresh, Path(self.settings.backup_folder), steady_clock(self.fresh), bring)
        with closing(sqlite3.connect(self.fresh.root / "loa.db")) as database:
            return float(database.execute("SELECT max(at) FROM written").fetchone()[0])


def _lost_s(dice: random.Random) -> float:
    """Lose a server at a random instant; return the seconds of commits that are lost with it."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        server = _LostServer(Path(folder))
        server.write()
        with server.replicated():
            server.await_whole(unix_s())
            ends_s = time.monotonic() + dice.uniform(2, 12)
            while time.monotonic() < ends_s:
                server.content.put_bytes(dice.randbytes(1_000))
                server.write()
                threading.Event().wait(dice.expovariate(_WRITES_EACH_S))
            server.write()
            lost_at_s = unix_s()
        return lost_at_s - server.bring_back()


def _restore_s(database_mb: int, content_mb: int) -> tuple[float, float, bool]:
    """Return the seconds of the restore, those of the processor, and whether the newest commit is there."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        server = _LostServer(Path(folder))
        server.database.execute("BEGIN")
        for _ in range(database_mb * 1_000_000 // _PAGE_BYTES):
            server.write(_PAGE_BYTES)
        server.database.execute("COMMIT")
        for _ in range(content_mb * 1_000_000 // _BLOB_BYTES):
            server.content.put_bytes(os.urandom(_BLOB_BYTES))
        written_s = unix_s()
        server.write()
        with server.replicated():
            server.await_whole(unix_s())
        began_s, before = time.monotonic(), os.times()
        newest_s = server.bring_back()
        after = os.times()
        processor_s = sum(after[:4]) - sum(before[:4])
        return time.monotonic() - began_s, processor_s, newest_s >= written_s

"""Continuous back-up of an installation that is written to, and its restore by two people with their keys."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import cast

import pyrage
import pytest
from click.testing import CliRunner, Result

from cms import bootstrap
from cms.platform.cli import backup, main
from cms.platform.cli.replica import replicator
from cms.platform.cli.replica.copier import DatabaseCopier
from cms.platform.cli.replica.replicator import COMPLETE, Replicator
from cms.platform.epoch import Epoch
from cms.platform.settings import Settings
from cms.platform.store.engine import make_engine
from cms.platform.store.uow import make_uow_factory
from media.storage import FolderContentStore
from province.events import Event
from province.machine_clock import unix_s, utc_now
from tests.databases import new_sqlite
from tests.integration.process import until
from tests.programs import PythonProgram


def loa(home: Path, *command: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(command), env={"LOA_HOME": str(home), "LOA_DATABASE_URL": "", **env})


class People:
    """Two people, each with a secret key in a file of their own."""

    def __init__(self, folder: Path) -> None:
        self.files, self.public = [], []
        for name in ("data", "keys"):
            secret = pyrage.x25519.Identity.generate()
            path = folder / f"{name}.txt"
            path.write_text(f"# public key: {secret.to_public()}\n{secret}\n")
            self.files.append(path)
            self.public.append(str(secret.to_public()))

    def options(self) -> list[str]:
        return ["--identity", str(self.files[0]), "--keys-identity", str(self.files[1])]


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


@pytest.fixture
def settings(tmp_path: Path, people: People) -> Settings:
    """An installation, its vault beside it."""
    made = Settings(
        home=tmp_path / "home",
        database_url="",
        backup_folder=str(tmp_path / "vault"),
        backup_recipient=people.public[0],
        backup_keys_recipient=people.public[1],
        disk_reserve_mb=0,
    )
    made.root.mkdir(mode=0o700)
    new_sqlite(made.root / "loa.db")
    bootstrap.prepare(made)
    return made


class Office:
    """Writer of content and of a row that names it, as a bulletin does."""

    def __init__(self, settings: Settings) -> None:
        self._content = FolderContentStore(settings.content_dir)
        self._database = sqlite3.connect(settings.root / "loa.db", isolation_level=None, timeout=10)
        self._database.execute("CREATE TABLE IF NOT EXISTS aired (n INTEGER PRIMARY KEY, sha256 TEXT, at REAL)")
        self._units = make_uow_factory(make_engine(settings.effective_database_url))
        self.began_s = unix_s()
        self.written = 0

    def write(self) -> None:
        sha256 = self._content.put_bytes(b"bulletin %d" % self.written)
        with self._units() as unit:
            unit.record(Event("user.signed_in", f"u-{self.written}", utc_now(), "u-1", "Lan", {"source": "x"}))
            unit.commit()
        self._database.execute("INSERT INTO aired VALUES (?, ?, ?)", (self.written, sha256, unix_s()))
        self.written += 1


def rows(home: Path) -> list[tuple[int, str, float]]:
    with closing(sqlite3.connect(home / "loa.db")) as database:
        return database.execute("SELECT n, sha256, at FROM aired ORDER BY n").fetchall()


@pytest.fixture
def office(settings: Settings) -> Office:
    return Office(settings)


class Turns:
    """Stop event of a replicator that runs in this thread: at each of its pauses something is done."""

    def __init__(self, act: Callable[[int], bool]) -> None:
        """``act``: gets the number of the pause; returns whether to stop."""
        self._act = act
        self._turn = 0
        self._is_stopping = False
        self._inner = threading.Event()

    def is_set(self) -> bool:
        return self._is_stopping

    def wait(self, timeout: float) -> bool:
        self._inner.wait(min(timeout, 0.2))
        self._turn += 1
        self._is_stopping = self._act(self._turn) or self._turn > 300
        return self._is_stopping


def run(settings: Settings, act: Callable[[int], bool]) -> None:
    Replicator(settings, DatabaseCopier(settings)).run(cast("threading.Event", Turns(act)))


def whole_until_s(settings: Settings) -> float:
    """Return what the vault promises."""
    mark = Path(settings.backup_folder) / COMPLETE
    return datetime.fromisoformat(json.loads(mark.read_text())["until"]).timestamp() if mark.exists() else 0.0


def replicate(settings: Settings) -> None:
    """Run the replicator until the vault holds all that is there now."""
    now_s = unix_s()
    run(settings, lambda _: whole_until_s(settings) >= now_s)


def vault_of(settings: Settings, folder: str) -> set[str]:
    return {path.name for path in (Path(settings.backup_folder) / folder).rglob("*") if path.is_file()}


def restored(settings: Settings, people: People, *more: str) -> Path:
    fresh = settings.root.with_name("fresh")
    done = loa(fresh, "restore", settings.backup_folder, *people.options(), *more)
    assert done.exit_code == 0, done.output
    return fresh


def test_a_server_lost_at_a_random_instant_comes_back_with_all_that_was_promised(
    settings: Settings, office: Office, people: People
) -> None:
    seed = secrets.randbits(64)
    marks = random.Random(seed).randrange(1, 3)
    environment = {**os.environ, **settings.as_environment()}
    with (settings.root / "replicator.log").open("wb") as log:
        program = PythonProgram("cms.platform.cli", "replicator", env=environment, stdout=log, stderr=log)
    office.write()
    promised = unix_s()
    try:
        deadline_s = time.monotonic() + 120
        while marks and time.monotonic() < deadline_s:
            office.write()
            if (until_s := whole_until_s(settings)) > promised:
                promised, marks = until_s, marks - 1
    finally:
        program.kill()
        program.wait()
    assert not marks, (settings.root / "replicator.log").read_text()
    fresh = restored(settings, people)
    content = FolderContentStore(fresh / "content")
    found = rows(fresh)
    due = [row for row in rows(settings.root) if row[2] <= whole_until_s(settings)]
    assert due, seed
    assert found[: len(due)] == due, seed
    assert [sha256 for _n, sha256, _at in found if not content.has(sha256)] == [], seed
    verified = loa(fresh, "audit", "verify")
    assert verified.exit_code == 0, verified.output


def test_it_comes_back_as_it_was_at_an_instant(settings: Settings, office: Office, people: People) -> None:
    office.write()
    replicate(settings)
    between = utc_now()
    office.write()
    replicate(settings)
    fresh = restored(settings, people, "--at", between.isoformat())
    assert [n for n, _, _ in rows(fresh)] == [0]


def test_each_key_opens_its_own_part_alone(settings: Settings, office: Office, people: People) -> None:
    office.write()
    replicate(settings)
    vault = Path(settings.backup_folder)
    for path in vault.rglob("*"):
        assert path.is_dir() or path.name == COMPLETE or path.read_bytes().startswith(b"age-encryption.org/v1\n")
    data, keys = people.options()[1::2]
    fresh = settings.root.with_name("fresh")
    for given in ((data, data), (keys, keys)):
        done = loa(fresh, "restore", str(vault), "--identity", given[0], "--keys-identity", given[1])
        assert (done.exit_code, "No matching keys" in done.output) == (1, True), done.output
        shutil.rmtree(fresh)
    done = loa(fresh, "restore", str(vault), "--identity", data)
    assert (done.exit_code, "give --identity and --keys-identity" in done.output) == (1, True)
    home = restored(settings, people)
    assert (home / "keys" / "root.key").read_bytes() == (settings.keys_dir / "root.key").read_bytes()
    assert (home / "keys").stat().st_mode & 0o077 == 0
    assert (home / "keys" / "root.key").stat().st_mode & 0o077 == 0
    assert Epoch(home / "keys").value > Epoch(settings.keys_dir).value


def test_a_later_replicator_ships_only_what_is_new(settings: Settings, office: Office) -> None:
    office.write()
    replicate(settings)
    vault = Path(settings.backup_folder)
    before = {path: path.stat().st_ino for path in (vault / "content").rglob("*.age")}
    office.write()
    replicate(settings)
    after = {path: path.stat().st_ino for path in (vault / "content").rglob("*.age")}
    assert (len(before), len(after)) == (1, 2)
    assert {path: after[path] for path in before} == before


def test_a_vault_that_is_away_is_filled_when_it_is_back(
    settings: Settings, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    vault = Path(settings.backup_folder)
    vault.write_text("no folder")
    office.write()

    def bring_back(turn: int) -> bool:
        if turn == 2:
            vault.unlink()
        return whole_until_s(settings) > office.began_s

    run(settings, bring_back)
    assert "backup.failed" in caplog.text
    assert len(vault_of(settings, "content")) == 1


def test_copies_that_others_replace_and_those_of_an_earlier_home_leave_the_vault(
    settings: Settings, office: Office
) -> None:
    office.write()
    replicate(settings)
    copier = DatabaseCopier(settings)
    copies = copier.copies()
    long_ago = Path(settings.backup_folder) / "database" / "20200101T000000Z"
    long_ago.mkdir()
    (long_ago / "old.ltx.age").write_bytes(b"")
    replicator = Replicator(settings, copier)
    gone = min(copies)
    sealed = long_ago.parent / f"{gone}.age"
    assert sealed.exists()
    copies[gone].unlink()
    replicator.sweep(threading.Event())
    assert not sealed.exists()
    assert (long_ago / "old.ltx.age").exists(), "it is kept for two days"
    settings.root.joinpath("replica", copier.series).rename(settings.root / "replica" / "20200102T000000Z")
    Replicator(settings, DatabaseCopier(settings)).sweep(threading.Event())
    assert not (long_ago / "old.ltx.age").exists()


def copiers() -> set[int]:
    """Return the process ids of our own copiers that run."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    return {int(pid) for pid in children if b"replicate" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")}


def only_copier() -> int:
    """Wait until one runs alone, and return its id. Of one that has just become the program the name is empty."""
    running: set[int] = set()

    def is_alone() -> bool:
        running.clear()
        running.update(copiers())
        return len(running) == 1

    until(is_alone)
    return running.pop()


def test_a_copier_that_ended_is_started_again_and_none_runs_on_a_full_disk(
    settings: Settings, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.write()
    copier = DatabaseCopier(settings)
    full = DatabaseCopier(settings.model_copy(update={"disk_reserve_mb": 1}))
    (settings.root / "disk-reserve").write_bytes(b"")
    try:
        copier.keep_running()
        first = only_copier()
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        copier.keep_running()
        assert "backup.copier_stopped" in caplog.text
        copier.keep_running()
        second = only_copier()
        assert second != first
        full.keep_running()
        until(lambda: copiers() == {second})
    finally:
        copier.stop()
    assert copiers() == set()


def test_a_back_up_by_hand_is_encrypted_for_the_same_two_people(
    settings: Settings, office: Office, people: People, tmp_path: Path
) -> None:
    office.write()
    made = loa(settings.root, "backup", str(tmp_path / "copies"), **settings.as_environment())
    assert made.exit_code == 0, made.output
    copy = Path(made.output.strip())
    assert {path.name for path in copy.iterdir()} == {COMPLETE, "content", "database", "keys.age"}
    assert {path.suffix for path in copy.rglob("*") if path.is_file()} == {".age", ".json"}
    done = loa(tmp_path / "fresh", "restore", str(copy), *people.options())
    assert done.exit_code == 0, done.output
    assert rows(tmp_path / "fresh") == rows(settings.root)
    assert FolderContentStore(tmp_path / "fresh" / "content").has(rows(settings.root)[0][1])
    without = {**settings.as_environment(), "LOA_BACKUP_KEYS_RECIPIENT": ""}
    refused = loa(settings.root, "backup", str(tmp_path / "copies"), **without)
    assert (refused.exit_code, "LOA_BACKUP_KEYS_RECIPIENT is no public key" in refused.output) == (1, True)


def test_it_begins_too_late_for_an_instant_before_it(settings: Settings, office: Office, people: People) -> None:
    office.write()
    replicate(settings)
    done = loa(
        settings.root.with_name("fresh"),
        *("restore", settings.backup_folder, *people.options(), "--at", "2020-01-01T00:00:00+00:00"),
    )
    assert (done.exit_code, "holds no copy of the database from before" in done.output) == (1, True), done.output


def test_content_and_keys_are_kept_without_a_database_of_ours_or_content_of_ours(
    settings: Settings, office: Office
) -> None:
    office.write()
    Replicator(settings, None).sweep(threading.Event())
    assert vault_of(settings, "database") == set()
    assert (len(vault_of(settings, "content")), whole_until_s(settings) > office.began_s) == (1, True)
    on_s3 = settings.model_copy(update={"s3_endpoint": "https://s3.example", "backup_folder": str(settings.root / "b")})
    Replicator(on_s3, None).sweep(threading.Event())
    assert (vault_of(on_s3, "content"), (settings.root / "b" / "keys.age").exists()) == (set(), True)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"LOA_BACKUP_FOLDER": ""}, "LOA_BACKUP_FOLDER is empty"),
        ({"LOA_BACKUP_RECIPIENT": "age1"}, "LOA_BACKUP_RECIPIENT is no public key"),
        ({"LOA_BACKUP_KEYS_RECIPIENT": ""}, "LOA_BACKUP_KEYS_RECIPIENT is no public key"),
    ],
)
def test_a_replicator_without_folder_or_keys_does_not_start(
    settings: Settings, changed: dict[str, str], sentence: str
) -> None:
    done = loa(settings.root, "replicator", **{**settings.as_environment(), **changed})
    assert (done.exit_code, sentence in done.output) == (1, True), done.output


@pytest.mark.parametrize("signer_keys", ["", "signer"])
def test_a_replicator_beside_a_signer_of_its_own_user_keeps_its_memory_private(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, signer_keys: str
) -> None:
    done: list[str] = []
    monkeypatch.setattr(backup, "keep_memory_private", lambda: done.append("private"))
    monkeypatch.setattr(replicator, "run", lambda _: done.append("run"))
    environment = {**settings.as_environment(), "LOA_SIGNER_KEYS": signer_keys}
    assert loa(settings.root, "replicator", **environment).exit_code == 0
    assert done == [*(["private"] if signer_keys else []), "run"]

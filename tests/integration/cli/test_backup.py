"""Back-up of an installation, and its restore."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms import bootstrap
from cms.platform.cli import main
from cms.platform.cli.backup import ABOUT, POSTGRES_COPY, bring_command, dump_command
from cms.platform.epoch import Epoch
from cms.platform.settings import Settings
from tests.databases import new_sqlite


def loa(home: Path, *command: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(command), env={"LOA_HOME": str(home), "LOA_DATABASE_URL": "", **env})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation with a user, a content and a bundle."""
    settings = Settings(home=tmp_path / "home", database_url="")
    settings.root.mkdir(mode=0o700)
    new_sqlite(settings.root / "loa.db")
    bootstrap.prepare(settings)
    (settings.content_dir / "ab").mkdir()
    (settings.content_dir / "ab" / "sound").write_bytes(b"sound")
    (settings.devices_dir / "l01").mkdir(parents=True)
    (settings.devices_dir / "l01" / "device.key").write_text("key")
    with sqlite3.connect(settings.root / "loa.db") as database:
        database.execute("CREATE TABLE kept (name TEXT)")
        database.execute("INSERT INTO kept VALUES ('before')")
    return settings.root


def backed_up(home: Path, into: Path) -> Path:
    done = loa(home, "backup", str(into))
    assert done.exit_code == 0, done.output
    return Path(done.output.strip())


def test_a_back_up_is_whole_and_comes_back_with_a_higher_epoch(home: Path, tmp_path: Path) -> None:
    before = Epoch(home / "keys").rise(bootstrap.build(Settings(home=home, database_url="")).now())
    copy = backed_up(home, tmp_path / "copies")
    with sqlite3.connect(home / "loa.db") as database:
        database.execute("INSERT INTO kept VALUES ('after')")
    fresh = tmp_path / "fresh"
    done = loa(fresh, "restore", str(copy))
    assert done.exit_code == 0, done.output
    with sqlite3.connect(fresh / "loa.db") as database:
        assert database.execute("SELECT name FROM kept").fetchall() == [("before",)]
    assert (fresh / "content" / "ab" / "sound").read_bytes() == b"sound"
    assert (fresh / "devices" / "l01" / "device.key").read_text() == "key"
    assert (fresh / "keys" / "root.pub").read_bytes() == (home / "keys" / "root.pub").read_bytes()
    assert Epoch(fresh / "keys").value > before
    assert copy.stat().st_mode & 0o077 == 0


def test_content_that_goes_meanwhile_or_is_not_whole_yet_is_left_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ab/gone", "partial/half", "uploads/u1/part"):
        path = home / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    copy2 = shutil.copy2

    def set_aside_first(source: str, target: str) -> str:
        if source.endswith("gone"):
            Path(source).unlink()
        return copy2(source, target)

    monkeypatch.setattr(shutil, "copy2", set_aside_first)
    copy = backed_up(home, tmp_path / "copies")
    assert [path.name for path in (copy / "content").rglob("*") if path.is_file()] == ["sound"]


def test_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    copy = backed_up(home, tmp_path / "copies")
    done = loa(home, "restore", str(copy))
    assert (done.exit_code, "is not empty" in done.output) == (1, True)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "loa.db").write_bytes(b"")
    done = loa(fresh, "restore", str(copy))
    assert (done.exit_code, "nothing is overwritten" in done.output) == (1, True)


def test_what_is_no_back_up_is_not_restored(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is no back-up" in loa(tmp_path / "fresh", "restore", str(empty)).output
    (empty / ABOUT).write_text(json.dumps({}))
    assert "holds no SQLite database" in loa(tmp_path / "fresh", "restore", str(empty)).output
    postgres = {"LOA_DATABASE_URL": "postgresql+psycopg://loa@/loa"}
    assert "holds no PostgreSQL database" in loa(tmp_path / "fresh", "restore", str(empty), **postgres).output


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    done = loa(tmp_path / "nowhere", "backup", str(tmp_path / "copies"))
    assert (done.exit_code, "no database" in done.output) == (1, True)


@pytest.mark.parametrize("says", ["ok", "fails", "is missing"])
def test_postgresql_is_copied_by_its_own_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("pg_dump", "pg_restore") if says != "is missing" else ():
        (tools / name).write_text(f"#!/bin/sh\necho {name} broke >&2\nexit {int(says == 'fails')}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/bin" if says != "is missing" else str(tools))
    source = tmp_path / "copy"
    source.mkdir()
    (source / ABOUT).write_text(json.dumps({"epoch": 7}))
    (source / POSTGRES_COPY).write_bytes(b"dump")
    postgres = {"LOA_DATABASE_URL": "postgresql+psycopg://loa:secret@db/loa"}
    made = loa(tmp_path / "home", "backup", str(tmp_path / "copies"), **postgres)
    brought = loa(tmp_path / "fresh", "restore", str(source), **postgres)
    expected = {"ok": "", "fails": "broke", "is missing": "is not installed"}[says]
    assert (made.exit_code, brought.exit_code) == ((0, 0) if says == "ok" else (1, 1))
    assert expected in made.output
    assert expected in brought.output


def test_the_tools_are_handed_the_databases_own_address(tmp_path: Path) -> None:
    url = "postgresql+psycopg://loa:secret@db/loa"
    assert dump_command(url, tmp_path)[-1] == "--dbname=postgresql://loa@db/loa"
    assert "--single-transaction" in bring_command(url, tmp_path)


def test_a_back_up_of_a_server_with_content_on_s3_names_the_bucket_and_leaves_it_out(
    home: Path, tmp_path: Path
) -> None:
    s3 = {"LOA_S3_ENDPOINT": "https://s3.example", "LOA_S3_BUCKET": "binh-thuan"}
    (home / "content-cache").mkdir()
    done = loa(home, "backup", str(tmp_path / "copies"), **s3)
    assert done.exit_code == 0, done.output
    assert "back up the bucket binh-thuan" in done.output
    assert not (Path(done.output.splitlines()[0]) / "content-cache").exists()

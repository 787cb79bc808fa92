"""``loa chaos-restore`` in small: a server is lost and restored, and every device agrees with it within a minute."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.virtual_province.editors import Settlement
from bench.virtual_province.restores import rounds
from bench.virtual_province.restores.__main__ import main
from bench.virtual_province.restores.stage import NewDatabase, RestoreKind, sqlite_in
from tests.postgres import PostgresServer

SMALL = Settlement(2, 3)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the rounds, with time enough to act before the back-up and after it."""
    monkeypatch.setattr(rounds, "BEFORE_MS", (120_000, 180_000))
    monkeypatch.setattr(rounds, "AFTER_MS", (60_000, 120_000))
    monkeypatch.setattr(rounds, "WATCHED_MS", 90_000)


@pytest.mark.parametrize(
    ("store", "way"),
    [("sqlite", RestoreKind.BROKER_STAYS), ("sqlite", RestoreKind.DATABASE), ("postgresql", RestoreKind.DATABASE)],
)
def test_a_minute_after_a_restore_devices_and_server_agree(
    request: pytest.FixtureRequest, tmp_path: Path, store: str, way: RestoreKind
) -> None:
    found = rounds.play(1, tmp_path / "home", SMALL, way, seed=3, new_database=_empty_databases(request, store))
    assert (found.late, found.left) == ([], [])
    assert sum(found.done.values()) > 5


def _empty_databases(request: pytest.FixtureRequest, store: str) -> NewDatabase:
    if store == "sqlite":
        return sqlite_in
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda _home: server.new_empty_database()


def test_the_command_prints_a_table_and_one_line_of_json() -> None:
    answer = CliRunner().invoke(main, ["--rounds", "1", "--devices", "2", "--communes", "1", "--way", "whole"])
    assert answer.exit_code == 0, answer.output
    table, row, line = answer.output.splitlines()
    assert (table.split()[0], row.split()[1]) == ("round", "whole")
    body = json.loads(line)
    assert (body["ok"], body["late"], body["left"], body["devices"]) == (True, 0, 0, 2)

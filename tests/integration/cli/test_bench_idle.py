"""Idle bench in small: it runs. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed.idle import idle


def test_each_program_of_an_idle_set_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    arguments = ["--only", "broker", "--only", "queue", "--settle", "0", "--seconds", "0.1", "--json"]
    result = CliRunner().invoke(idle, arguments)
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    names = {"broker", "queue", "supervisor", "total"}
    assert rows.keys() == {f"{name}_pct_of_a_core" for name in names}
    assert rows["total_pct_of_a_core"]["value"] == pytest.approx(
        sum(rows[f"{name}_pct_of_a_core"]["value"] for name in names - {"total"}), abs=0.02
    )

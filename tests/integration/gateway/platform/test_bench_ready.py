"""Bench of plans and sounds in small: it runs and prints its rows. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed.ready import ready
from tests.programs import forked_by_supervisor


@forked_by_supervisor()
def test_every_device_is_ready_by_the_front_and_by_a_bare_nginx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.ready.START_IN_MS", 40_000)
    sizes = ["--devices", "4", "--kib", "20", "--rounds", "1", "--processes", "1"]
    result = CliRunner().invoke(ready, [*sizes, "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows["last_ready_s"]["baseline"] == pytest.approx(rows["bare_ready_s"]["value"], abs=0.01)
    assert rows["last_ready_s"]["ratio"] > 0

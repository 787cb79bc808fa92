"""Fan-out bench in small: it runs, prints its rows, and leaves nothing running. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed.fanout import fanout


def test_the_bench_tells_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.fanout.JITTER_LEAST_MS", 50)
    result = CliRunner().invoke(fanout, ["--devices", "6", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() == {
        "certificates_s",
        "verify_us",
        "approvals_us",
        "verdict_us",
        "sign_us",
        "signer_us",
        "connect_s",
        "last_verified_ms",
        "signed_alert_ms",
        "swarm_rss_mb",
    }
    last = rows["last_verified_ms"]
    assert last.keys() == {"metric", "n", "value", "unit", "baseline", "ratio"}
    assert (last["n"], last["unit"]) == (6, "ms")
    # Value and baseline are rounded in the rows.
    assert last["ratio"] == pytest.approx(last["value"] / last["baseline"], rel=0.01)


def test_the_table_is_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.fanout.JITTER_LEAST_MS", 50)
    result = CliRunner().invoke(fanout, ["--devices", "2,4", "--rounds", "1", "--processes", "1"])
    assert result.exit_code == 0, result.output
    assert [line.split()[1] for line in result.output.splitlines() if line.startswith("last_verified_ms")] == ["2", "4"]


def test_counts_that_are_no_numbers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    assert CliRunner().invoke(fanout, ["--devices", "many"]).exit_code == 2

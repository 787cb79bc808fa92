"""Alert bench in small: it runs, prints its rows, and leaves nothing running. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import alert_field
from bench.speed.alert import alert
from tests.programs import forked_by_supervisor


@forked_by_supervisor(alert_field)
def test_the_bench_tells_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.alert.PAUSE_S", 0.3)
    monkeypatch.setattr("bench.speed.alert.PROOFS_S", 0.1)
    result = CliRunner().invoke(alert, ["--devices", "4", "--rounds", "1", "--under-health", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() == {
        *(
            "connect_s",
            "bare_alert_ms",
            "bare_loop_ms",
            "last_verified_ms",
            "last_verified_beside_devices_ms",
            "siren_ms",
            "last_answer_committed_ms",
            "last_silent_after_cancel_ms",
        ),
        *(
            "swarm_cpu_ms",
            "gateway_cpu_ms",
            "broker_cpu_ms",
            "gateway_rss_mb",
            "first_word_message_p99_ms",
            "first_word_http_p99_ms",
        ),
        *(f"{each}_under_health" for each in ("last_verified_ms", "siren_ms", "last_answer_committed_ms")),
        *("last_silent_after_cancel_ms_under_health", "gateway_rss_under_health_mb"),
        *("health_stored", "health_dropped"),
    }
    assert rows["health_stored"]["value"] > 0
    assert rows["last_verified_ms"]["ratio"] == pytest.approx(
        rows["last_verified_ms"]["value"] / rows["last_verified_ms"]["baseline"], rel=0.01
    )


def test_counts_that_are_no_numbers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    assert CliRunner().invoke(alert, ["--devices", "many"]).exit_code == 2


@forked_by_supervisor(alert_field)
def test_a_storm_is_measured_order_by_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.speed.alert_storm.PAUSE_S", 0.1)
    monkeypatch.setattr("bench.speed.alert_storm.STORMS", 1)
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    answer = CliRunner().invoke(alert, ["--devices", "6", "--storm", "5", "--processes", "2", "--json"])
    assert answer.exit_code == 0, answer.output
    rows = {row["metric"]: row for row in map(json.loads, answer.output.splitlines())}
    assert {"commune_last_verified_ms", "province_verified_ms", "drill_verified_ms", "wait_longest_ms"} <= rows.keys()
    assert all(rows[f"{name}_verified_ms"]["ratio"] > 0 for name in ("commune_median", "province"))
    assert all(rows[f"{name}_beside_devices_ms"]["ratio"] > 0 for name in ("commune_last", "province", "drill"))


def test_a_storm_needs_a_commune() -> None:
    answer = CliRunner().invoke(alert, ["--storm", "2"])
    assert answer.exit_code == 2, answer.output

"""Telemetry benches in small: they run and print their rows. Their figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import fleet, office, reports
from bench.speed import health_days as bench_health_days
from bench.speed import telemetry as bench_telemetry
from bench.speed.ingest import ingest
from bench.speed.telemetry import telemetry


def test_what_is_told_is_committed_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    result = CliRunner().invoke(ingest, ["--devices", "40", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row["value"] for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() >= {"bare_per_s", "committed_per_s", "lag_p99_ms", "rss_mb", "database_cpu_us"}
    assert (rows["lost"], rows["rows_kept"]) == (0, 40)


def test_a_fleet_is_made_up_and_asked_for_its_sizes_its_charts_and_its_screens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_telemetry, "RULES", 40)
    monkeypatch.setattr(bench_telemetry, "PLANNED_DAYS", 4)
    monkeypatch.setattr(bench_telemetry, "YEAR_DAYS", 40)
    monkeypatch.setattr(bench_telemetry, "ASKED", 2)
    monkeypatch.setattr(bench_health_days, "KINDS", 4)
    monkeypatch.setattr(fleet, "TICKETS", 30)
    monkeypatch.setattr(office, "_FEEDBACK", 30)
    monkeypatch.setattr(reports, "DAYS", 20)
    options = [
        "--devices",
        "124",
        "--days",
        "3",
        "--raw-days",
        "1",
        "--every-s",
        "1800",
        "--store",
        "postgresql",
        "--json",
    ]
    result = CliRunner().invoke(telemetry, options)
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    measured = ("device_raw_mb", "device_hourly_year_mb", "chart_month_ms", "device_day_ms", "fleet_ms", "metrics_ms")
    for name in ("add_up_hour_ms", "let_go_day_ms", "add_up_held_max_ms", "let_go_held_max_ms", *measured):
        assert rows[name]["value"] > 0
    assert rows["device_day_ms"]["baseline"] == 100
    assert rows["device_day_queries"]["baseline"] == 30

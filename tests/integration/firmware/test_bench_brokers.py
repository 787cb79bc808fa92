"""Benches of several brokers and of reconnection in small: they run, and tell their rows. Times are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import alert_field
from bench.speed.brokers import brokers
from bench.speed.reconnect import reconnect
from tests.programs import forked_by_supervisor


@forked_by_supervisor(alert_field)
def test_devices_of_a_broker_that_is_killed_hear_an_alert_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.brokers.LATER_S", 0.1)
    result = CliRunner().invoke(brokers, ["--devices", "12", "--brokers", "2", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows["heard_times_least"]["value"] == rows["heard_times_most"]["value"] == 1
    assert 0 < rows["last_back_ms"]["n"] < 12
    assert {"connect_s", "last_verified_ms", "last_heard_ms"} < rows.keys()


@forked_by_supervisor(alert_field)
def test_a_fleet_returns_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr("bench.speed.reconnect.STEADY_S", 0.1)
    result = CliRunner().invoke(reconnect, ["--devices", "4", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() == {"last_back_ms", "broker_cpu_ms_per_device"}
    assert rows["last_back_ms"]["value"] > 0

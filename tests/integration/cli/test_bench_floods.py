"""Flood bench in small: it runs, and the flood is limited. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import alert_field
from bench.speed.floods import floods
from tests.programs import forked_by_supervisor


@forked_by_supervisor(alert_field)
def test_hostile_devices_are_held_back_while_a_person_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    result = CliRunner().invoke(floods, ["--devices", "2", "--seconds", "2", "--rate", "50", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row["value"] for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() >= {"quiet_write_ms", "flooded_write_ms", "flooded_write_max_ms", "gateway_cpu_ms_per_s"}
    assert rows["messages_sent"] > 0
    # Two of the ten kinds of message are a line each.
    assert rows["audit_lines"] <= rows["messages_sent"] // 5 + 2

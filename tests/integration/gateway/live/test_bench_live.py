"""Live bench in small: through the real web, gateway and broker to a swarm. Its delays are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import alert_field
from bench.speed.live import live
from firmware_sim.core.live.live_reception import BUFFER_MS
from tests.programs import forked_by_supervisor


@forked_by_supervisor(alert_field)
def test_the_bench_tells_how_late_and_how_much_was_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    result = CliRunner().invoke(live, ["--devices", "3", "--seconds", "2", "--processes", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows.keys() == {
        *("mouth_to_speaker_ms p95", "mouth_to_speaker_ms p50", "mouth_to_speaker_ms max", "frame_ms"),
        *("frames_heard_pct", "web_frame_ms p95"),
    }
    assert rows["mouth_to_speaker_ms p95"]["baseline"] == 700
    assert rows["mouth_to_speaker_ms p50"]["value"] >= rows["frame_ms"]["value"] + BUFFER_MS
    assert 0 < rows["frames_heard_pct"]["value"] <= 100


def test_counts_that_are_no_numbers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    assert CliRunner().invoke(live, ["--devices", "many"]).exit_code == 2

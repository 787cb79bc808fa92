from __future__ import annotations

from pathlib import Path

from bench.speed.audio import measured


def test_a_recording_is_timed_against_the_bare_commands_of_the_same_run(tmp_path: Path) -> None:
    ready, pace = measured(tmp_path, 4, 1)

    assert (ready.metric, ready.n, ready.unit) == ("audio_ready_s", 4, "s")
    assert ready.baseline
    assert ready.ratio == round(ready.value / ready.baseline, 2)
    assert pace.value > 0

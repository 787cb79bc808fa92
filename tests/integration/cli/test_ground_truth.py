"""Ground truth of devices, read while they write it."""

from __future__ import annotations

import json
from pathlib import Path

from bench.demo.run import truth_in

LINES = [{"item": "a", "result": "started"}, {"item": "a", "result": "done"}]


def test_wherever_a_read_ends_the_lines_that_are_whole_are_told(tmp_path: Path) -> None:
    log = tmp_path / "truth.jsonl"
    text = "".join(f"{json.dumps(line)}\n" for line in LINES)
    for length in range(len(text) + 1):
        log.write_text(text[:length])
        assert truth_in(log) == LINES[: text[:length].count("\n")]

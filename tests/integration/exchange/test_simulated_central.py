"""Simulated central system: it remembers across a restart what it accepted."""

from __future__ import annotations

import json
from pathlib import Path

from bench.demo.central_system import Central


def test_what_it_took_it_knows_in_its_next_life(tmp_path: Path) -> None:
    kept = tmp_path / "taken.jsonl"
    first = Central(kept=kept)
    assert first.take("/thiet-bi", "d1", b'{"ThietBi": []}') == 200
    assert first.take("/thiet-bi", "d1", b'{"ThietBi": []}') == 200
    second = Central(kept=kept)
    assert second.taken == {"d1": ("/thiet-bi", {"ThietBi": []})}
    second.take("/thiet-bi", "d1", b'{"ThietBi": []}')
    assert second.repeats == 1
    assert len(kept.read_text().splitlines()) == 1


def test_a_line_that_was_cut_off_is_taken_again_when_it_comes_again(tmp_path: Path) -> None:
    kept = tmp_path / "taken.jsonl"
    kept.write_text(json.dumps(["d1", "/thong-ke", {}]) + "\n" + '["d2", "/tho')
    central = Central(kept=kept)
    assert set(central.taken) == {"d1"}
    central.take("/thong-ke", "d2", b"{}")
    assert set(Central(kept=kept).taken) == {"d1", "d2"}

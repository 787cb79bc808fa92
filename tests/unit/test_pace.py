"""Benchmark of officers at human pace: pauses of the person, busy processes, first audible sample, limits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bench.demo.run import DemoError
from bench.pace import first_sample
from bench.pace.busy import busy_processes
from bench.pace.command import missed, rows
from bench.pace.first_sample import AUDIBLE, FirstSample, audible_from, first_samples
from bench.pace.person import LOOK_S, Pace, PacedPerson
from bench.pace.rounds import MeasuredRound
from devices.model import DeviceId
from firmware_sim.sound.wav import WavSegment

RATE_HZ, BEGAN_MS = 8_000, 1_764_000_000_000
LOUDSPEAKER = DeviceId("xa-1-l01")


def test_a_person_pauses_before_each_press_and_each_key() -> None:
    done: list[Any] = []
    page: Any = SimpleNamespace(
        keyboard=SimpleNamespace(type=done.append, press=done.append), goto=lambda url, wait_until: done.append(url)
    )
    looks = iter([False, False, True])
    target: Any = SimpleNamespace(is_visible=lambda: next(looks), click=lambda: done.append("click"))
    person = PacedPerson(Pace(press_s=1.7, key_s=0.25), done.append)
    person(target)
    person.write(page, "ừ a")
    person.key(page, "ControlOrMeta+A")
    person.follow(page, "/alerts/1")
    typed = [0.25, "ừ", 0.25, " ", 0.25, "a"]
    assert done == [LOOK_S, LOOK_S, 1.7, "click", *typed, 0.5, "ControlOrMeta+A", 1.7, "/alerts/1"]


def test_a_person_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.pace.person.DEADLINE_MS", 0)
    target: Any = SimpleNamespace(is_visible=lambda: False)
    with pytest.raises(TimeoutError, match="did not appear"):
        PacedPerson(Pace(press_s=1.7, key_s=0.25), lambda _s: None).see(target)


def test_a_passkey_waits_for_the_finger() -> None:
    scripts: list[str] = []
    context: Any = SimpleNamespace(add_init_script=scripts.append)
    PacedPerson(Pace(press_s=1.7, key_s=0)).take_finger_time(context)
    assert "setTimeout(resolve, 1700)" in scripts[0]


def test_busy_processes_end_with_the_block() -> None:
    with busy_processes(2) as pids:
        assert len(pids) == 2
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_first_audible_sample_is_found_after_its_instant_and_in_later_segments(tmp_path: Path) -> None:
    assert audible_from(tmp_path, BEGAN_MS) is None
    _segment(tmp_path, BEGAN_MS, [AUDIBLE] * 80 + [AUDIBLE - 1] * 80 + [-AUDIBLE] * 80)
    assert audible_from(tmp_path, BEGAN_MS) == BEGAN_MS
    assert audible_from(tmp_path, BEGAN_MS + 12) == BEGAN_MS + 20
    _segment(tmp_path, BEGAN_MS + 1_000, [0] * 40 + [AUDIBLE])
    assert audible_from(tmp_path, BEGAN_MS + 500) == BEGAN_MS + 1_005


def test_an_alert_is_heard_where_its_first_round_began_and_something_sounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_sample, "_LIMIT_S", 0.0)
    folder = tmp_path / LOUDSPEAKER
    folder.mkdir()
    lines = [
        {"item": "another", "round": 1, "result": "started", "planned_at_ms": BEGAN_MS},
        {"item": "order", "round": 1, "result": "started", "planned_at_ms": BEGAN_MS + 5},
    ]
    log = folder / "truth.jsonl"
    log.write_text(f"{json.dumps(lines[0])}\n")
    _segment(folder, BEGAN_MS, [0] * 80)
    with pytest.raises(DemoError):
        first_samples(tmp_path, "order", [LOUDSPEAKER])
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with pytest.raises(DemoError):
        first_samples(tmp_path, "order", [LOUDSPEAKER])
    _segment(folder, BEGAN_MS, [0] * 80 + [AUDIBLE])
    assert first_samples(tmp_path, "order", [LOUDSPEAKER]) == [FirstSample(LOUDSPEAKER, BEGAN_MS + 5, BEGAN_MS + 10)]


def test_the_worst_round_is_held_against_the_limit() -> None:
    quick, slow = MeasuredRound(29.0, 11.0, 90.0, 400.0, 40.0), MeasuredRound(31.0, 12.0, 95.0, 500.0, 50.0)
    found = {row.metric: row for row in rows([quick, slow])}
    assert (found["submit_s p50"].value, found["submit_s worst"].value) == (30.0, 31.0)
    assert (found["heard_ms worst"].baseline, found["heard_ms worst"].ratio) == (1_000.0, 0.5)
    assert found["answered_ms worst"].baseline is None
    assert missed(rows([quick, slow])) == ["submit_s worst"]
    assert missed(rows([quick])) == []


def _segment(folder: Path, starts_at_ms: int, samples: list[int]) -> None:
    segment = WavSegment.open(folder, RATE_HZ, starts_at_ms)
    segment.write(np.array(samples, dtype=np.int16))
    segment.close()

"""Silence of a program, counted by the supervisor's own steps."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from cms.platform.process.liveness import STEP_MAX_S, Liveness, Prober, SilenceMeter, processor_ns

LIVENESS = Liveness(lambda: True, idle_s=10, silent_s=60)


class Watched:
    """Program that is looked at every ``step_s``."""

    def __init__(self, liveness: Liveness = LIVENESS, start_s: float = 30) -> None:
        self.meter = SilenceMeter(liveness, start_s)
        self.now_s = 0.0
        self.ran_ns: int | None = 0
        self.meter.look(self.now_s, self.ran_ns)

    def passes(self, seconds: float, *, runs: bool = False, step_s: float = 0.25) -> str:
        for _ in range(int(seconds / step_s)):
            self.now_s += step_s
            if runs and self.ran_ns is not None:
                self.ran_ns += 1
            if why := self.meter.look(self.now_s, self.ran_ns):
                return why
        return ""


@pytest.fixture
def watched() -> Watched:
    made = Watched()
    made.meter.heard()
    return made


def test_a_frozen_program_is_found(watched: Watched) -> None:
    assert watched.passes(10) == ""
    assert "has done nothing for 10 s" in watched.passes(1)


def test_one_that_is_heard_is_left_alone(watched: Watched) -> None:
    for _ in range(100):
        assert watched.passes(9) == ""
        watched.meter.heard()


def test_one_that_is_slow_but_works_is_given_longer(watched: Watched) -> None:
    assert watched.passes(60, runs=True) == ""
    assert "no sign of life for 60 s" in watched.passes(1, runs=True)


def test_a_program_may_take_its_time_to_start() -> None:
    starting = Watched()
    assert starting.passes(30) == ""
    assert starting.passes(1)


def test_a_suspended_machine_ends_nothing(watched: Watched) -> None:
    assert watched.passes(36_000, step_s=36_000) == ""
    assert watched.passes(9) == ""


def test_a_supervisor_without_processor_counts_its_own_steps_only(watched: Watched) -> None:
    assert watched.passes(20 * 10, step_s=20) == ""
    assert STEP_MAX_S < 1


def test_of_one_that_gives_no_signs_only_the_processor_counts() -> None:
    mute = Watched(Liveness(idle_s=10), start_s=5)
    assert mute.passes(10_000, runs=True) == ""
    assert "has done nothing" in mute.passes(11)


def test_where_the_kernel_says_nothing_signs_count_alone(watched: Watched) -> None:
    watched.ran_ns = None
    assert watched.passes(10) == ""
    assert watched.passes(1)


@pytest.fixture
def prober() -> Iterator[Prober]:
    asked = iter([False, True])
    done = threading.Event()

    def probe() -> bool:
        if (answer := next(asked, None)) is None:
            done.set()
            raise RuntimeError("a probe may break")
        return answer

    made = Prober("web", probe, every_s=0)
    made.start()
    assert done.wait(30)
    yield made
    made.stop()


def test_an_answer_is_a_sign_of_life_once(prober: Prober) -> None:
    assert prober.has_answered()
    assert not prober.has_answered()


def test_the_kernel_tells_how_long_a_process_ran() -> None:
    ran = processor_ns(os.getpid())
    assert ran is None or ran >= 0
    assert processor_ns(2**31) is None


def test_a_probe_that_is_stopped_closes_what_it_held() -> None:
    closed = threading.Event()
    made = Prober("broker", lambda: True, closed.set, every_s=0)
    made.start()
    made.stop()
    made.join(30)
    assert closed.is_set()

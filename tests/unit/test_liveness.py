"""Silence of a program, counted by the supervisor's own steps."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cms.platform.process.kernel_tasks import ProcessTree, is_exhausted
from cms.platform.process.liveness import (
    DOUBTED_AFTER_S,
    STEP_MAX_S,
    STOPPED_AFTER_S,
    Liveness,
    Prober,
    SilenceMeter,
    StoppedProcesses,
)
from tests.integration.process import until

LIVENESS = Liveness(lambda: True, idle_s=10, silent_s=60)


class Watched:
    """Program that is looked at every ``step_s``."""

    def __init__(self, liveness: Liveness = LIVENESS, start_s: float = 30) -> None:
        self.meter = SilenceMeter(liveness, start_s)
        self.now_s = 0.0
        self.ran_ns: int | None = 0
        self.is_exhausted = False
        self.meter.look(self.now_s, self.ran_ns)

    def passes(self, seconds: float, *, runs: bool = False, step_s: float = 0.25) -> str:
        for _ in range(int(seconds / step_s)):
            self.now_s += step_s
            if runs and self.ran_ns is not None:
                self.ran_ns += 1
            if why := self.meter.look(self.now_s, self.ran_ns, is_exhausted=self.is_exhausted):
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


def test_silence_is_doubted_long_before_it_ends_a_program(watched: Watched) -> None:
    doubts = []
    for seconds in (DOUBTED_AFTER_S - 0.5, 1):
        assert watched.passes(seconds) == ""
        doubts.append(watched.meter.is_doubtful)
    watched.meter.heard()
    assert [*doubts, watched.meter.is_doubtful] == [False, True, False]


def test_one_that_starts_is_not_doubted_and_works_once_it_is_heard() -> None:
    starting = Watched()
    starting.passes(20)
    before = (starting.meter.is_doubtful, starting.meter.has_spoken)
    starting.meter.heard()
    assert (before, starting.meter.has_spoken) == ((False, False), True)
    assert Watched(Liveness()).meter.has_spoken


def test_one_without_memory_or_files_that_is_silent_is_frozen_though_it_works(watched: Watched) -> None:
    watched.is_exhausted = True
    assert watched.passes(DOUBTED_AFTER_S - 0.5, runs=True) == ""
    assert watched.meter.is_doubtful
    assert "no memory or no file descriptors" in watched.passes(1, runs=True)


@contextmanager
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as made:
        try:
            tree = ProcessTree(made.pid)
            until(lambda: tree.look()[made.pid].letter == "S")
            yield made
        finally:
            made.kill()


def test_a_process_that_a_signal_stopped_is_known_and_one_that_sleeps_is_not() -> None:
    with sleeping() as child:
        stopped, tree = StoppedProcesses(), ProcessTree(child.pid)
        assert stopped.look(tree.look(), 10) == []
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        steps = int(STOPPED_AFTER_S / 0.3) + 1
        assert [stopped.look(tree.look(), 0.3) for _ in range(steps)][-2:] == [[], [child.pid]]
        child.send_signal(signal.SIGCONT)
        until(lambda: stopped.look(tree.look(), 10) == [])


def test_a_suspended_machine_counts_as_one_step_of_a_stopped_process() -> None:
    with sleeping() as child:
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        assert StoppedProcesses().look(ProcessTree(child.pid).look(), 36_000) == []


def test_open_files_and_memory_are_compared_with_their_limits() -> None:
    with sleeping() as child:
        assert not is_exhausted(child.pid)
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (1, 1))
        assert is_exhausted(child.pid)
    with sleeping() as child:
        resource.prlimit(child.pid, resource.RLIMIT_AS, (4096, 4096))
        assert is_exhausted(child.pid)
    assert not is_exhausted(2**31 - 1)


def test_a_probe_that_is_stopped_closes_what_it_held() -> None:
    closed = threading.Event()
    made = Prober("broker", lambda: True, closed.set, every_s=0)
    made.start()
    made.stop()
    made.join(30)
    assert closed.is_set()

"""Threads that have to wake: one that hangs ends its process, and nothing else does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.fault_injection import processes
from cms.platform.process import thread_watch
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.thread_watch import EXIT_STATUS, HANGS_AFTER_S, ThreadWatch, waiting

NAME = "watched"


class Watched:
    """Watch whose clock is turned by hand, over threads of that name."""

    def __init__(self) -> None:
        self.now_s = time.monotonic() + 1
        self.ended: list[int] = []
        self.watch = ThreadWatch(lambda: {NAME}, self.ended.append, lambda: self.now_s)

    def passes(self, seconds: float, step_s: float = 0.25) -> list[int]:
        for _ in range(int(seconds / step_s)):
            self.now_s += step_s
            self.watch.look()
        return self.ended


@contextmanager
def sleeper(name: str = NAME, *, exempt_s: float = 0.0) -> Iterator[None]:
    """Run a thread that sleeps in one call for as long as the block lasts."""
    over, begun = threading.Event(), threading.Event()

    def sleep() -> None:
        with waiting(exempt_s):
            begun.set()
            over.wait()

    thread = threading.Thread(target=sleep, name=name)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel say that a thread has done nothing: it may just now have gone to sleep."""
    monkeypatch.setattr(thread_watch, "activity_of", lambda _: "slept")


def test_a_thread_that_sleeps_all_the_while_ends_the_process() -> None:
    watched = Watched()
    with sleeper():
        assert watched.passes(HANGS_AFTER_S) == []
        assert watched.passes(1)[0] == EXIT_STATUS


def test_threads_of_other_names_may_sleep() -> None:
    watched = Watched()
    with sleeper("other"):
        assert watched.passes(60) == []


def test_a_thread_that_waits_for_others_has_its_deadline_first() -> None:
    watched = Watched()
    with sleeper(exempt_s=1e9):
        assert watched.passes(60) == []


def test_the_steps_after_the_deadline_of_a_wait_count_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    with sleeper():
        (task,) = [each.native_id for each in threading.enumerate() if each.name == NAME]
        assert task is not None
        monkeypatch.setitem(thread_watch._waiting, task, watched.now_s + 2)
        assert watched.passes(2 + HANGS_AFTER_S - 0.3) == []
        assert watched.passes(0.25) == [EXIT_STATUS]


def test_a_thread_that_a_tracer_holds_does_not_wait() -> None:
    watched = Watched()
    with sleeper(exempt_s=1e9):
        held = next(each.native_id for each in threading.enumerate() if each.name == NAME)
        assert held is not None
        with processes.stuck(held):
            assert watched.passes(2)[0] == EXIT_STATUS


def test_a_suspended_machine_counts_as_one_step() -> None:
    watched = Watched()
    with sleeper():
        assert watched.passes(36_000, step_s=36_000) == []


@pytest.mark.parametrize("activity", [None, 0])
def test_one_that_runs_or_of_which_the_kernel_says_nothing_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, activity: object
) -> None:
    monkeypatch.setattr(thread_watch, "activity_of", lambda _: None if activity is None else object())
    watched = Watched()
    with sleeper():
        assert watched.passes(60) == []


def test_a_wait_for_the_stop_event_exempts_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()
    event = Heartbeats().event_of("loop", stopping)
    seen: list[float] = []

    def wait(timeout: float | None = None) -> bool:
        assert timeout != 0
        seen.append(thread_watch._waiting[threading.get_native_id()])
        return False

    monkeypatch.setattr(stopping, "wait", wait)
    assert not event.wait(5)
    assert not event.wait()
    assert seen[1] > seen[0] > 0
    assert threading.get_native_id() not in thread_watch._waiting


def test_it_looks_on_a_thread_of_its_own() -> None:
    asked = threading.Event()

    def names() -> tuple[str, ...]:
        asked.set()
        return ()

    ThreadWatch(names).start()
    assert asked.wait(30)

"""Processes of one pool, which watch each other through shared memory."""

from __future__ import annotations

import mmap
import os
import struct
import threading

import pytest

from cms.platform.worker import siblings
from cms.platform.worker.siblings import EVERY_S, SLOTS, SiblingWatch, shared_slots

FROZEN, OTHERS = 4_000_001, 4_000_002


class Pool:
    """Pool in which process 0 watches; ``ticks`` stands in for the kernel's CPU times of the others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slots = shared_slots()
        self.killed: list[tuple[int, int]] = []
        self.ticks: dict[int, int] = {FROZEN: 0, OTHERS: 0}
        self.parent = os.getppid()
        self.now_s = 0.0
        self.watch = SiblingWatch(self.slots, 0, frozen_s=12, kill=lambda pid, kind: self.killed.append((pid, kind)))
        monkeypatch.setattr(siblings, "_stat", self.stat)

    def stat(self, pid: int) -> list[str]:
        if pid not in self.ticks:
            return []
        return ["S", str(self.parent), *["0"] * 9, str(self.ticks[pid]), "0"]

    def put(self, place: int, pid: int, turns: int) -> None:
        struct.pack_into("<qq", self.slots, place * 16, pid, turns)

    def passes(self, seconds: float, *, runs: bool = False) -> None:
        for _ in range(int(seconds / EVERY_S)):
            self.now_s += EVERY_S
            if runs:
                self.ticks[FROZEN] += 1
            self.watch.step(self.now_s)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    pool = Pool(monkeypatch)
    pool.put(1, FROZEN, 7)
    pool.passes(EVERY_S)
    return pool


def test_a_process_that_no_longer_turns_is_killed(pool: Pool) -> None:
    pool.passes(12)
    assert pool.killed == []
    pool.passes(1)
    assert pool.killed == [(FROZEN, 9)]


def test_a_process_that_turns_or_computes_is_left_alone(pool: Pool) -> None:
    for turns in range(8, 20):
        pool.put(1, FROZEN, turns)
        pool.passes(10)
    pool.passes(60, runs=True)
    assert pool.killed == []


def test_a_process_that_computes_without_end_and_gives_no_sign_is_killed(pool: Pool) -> None:
    pool.passes(120, runs=True)
    assert pool.killed == [(FROZEN, 9)]


def test_the_one_that_replaces_it_begins_anew(pool: Pool) -> None:
    pool.passes(11)
    pool.put(1, OTHERS, 1)
    pool.passes(11)
    assert pool.killed == []
    pool.passes(2)
    assert pool.killed == [(OTHERS, 9)]


def test_what_is_gone_or_is_no_child_of_the_same_parent_is_left_alone(pool: Pool) -> None:
    pool.parent += 1
    pool.passes(100)
    pool.parent -= 1
    del pool.ticks[FROZEN]
    pool.passes(100)
    assert pool.killed == []


def test_each_writes_its_own_place_only(pool: Pool) -> None:
    before = [struct.unpack_from("<qq", pool.slots, place * 16) for place in range(1, SLOTS)]
    pool.passes(5)
    assert [struct.unpack_from("<qq", pool.slots, place * 16) for place in range(1, SLOTS)] == before
    assert struct.unpack_from("<qq", pool.slots, 0) == (os.getpid(), 11)


def test_the_kernel_is_asked_about_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = siblings._processor_ticks(os.getpid())
    assert ticks is not None
    assert siblings._processor_ticks(2**22 + 1) is None
    assert not siblings._is_sibling(2**22 + 1)


def test_it_watches_until_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping, slots = threading.Event(), shared_slots()
    monkeypatch.setattr(siblings, "EVERY_S", 0)
    step, turns = SiblingWatch.step, []

    def note(self: SiblingWatch, now_s: float) -> None:
        step(self, now_s)
        turns.append(now_s)
        if len(turns) == 3:
            stopping.set()

    monkeypatch.setattr(SiblingWatch, "step", note)
    SiblingWatch(slots, SLOTS + 2).run(stopping)
    assert isinstance(slots, mmap.mmap)
    assert struct.unpack_from("<qq", slots, 2 * 16) == (os.getpid(), 3)

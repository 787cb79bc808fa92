"""Bell for threads that wait for commits, and the steps that rest until it rings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, StaticPool, create_engine

from cms.platform.process.commit_bell import QUIET_S, CommitBell, QuietStep
from cms.platform.process.loops import keep_doing
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.pending_look import REST_S
from cms.platform.store.uow import make_uow_factory
from tests.databases import engine_of, new_sqlite

LONG_S = 600.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with engine_of(new_sqlite(tmp_path / "loa.db")) as found:
        yield found


def commit(engine: Engine) -> None:
    with make_uow_factory(engine)() as unit:
        unit.outbox.add(OutboxKind.PLAN, "xa-1")
        unit.commit()


def commit_and_look(engine: Engine, bell: CommitBell) -> None:
    commit(engine)
    bell.look()


def rung(engine: Engine) -> CommitBell:
    bell = CommitBell(engine)
    bell.look()
    return bell


class Rests(CommitBell):
    """Bell that notes how long each rest may last, and for which commit."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.rests: list[tuple[int | None, float]] = []

    def wait(self, seen: int | None, timeout_s: float) -> None:
        self.rests.append((seen, timeout_s))


def once(step: Callable[[], object], *_: object, rest: Callable[[], object], **_more: object) -> None:
    """Turn a loop once: for ``keep_doing``."""
    step()
    rest()


@pytest.fixture
def rests(engine: Engine) -> Rests:
    made = Rests(engine)
    made.look()
    return made


def test_a_commit_wakes_those_that_wait_and_so_does_the_end(engine: Engine) -> None:
    bell = rung(engine)
    wakers: list[Callable[[], None]] = [lambda: commit_and_look(engine, bell), bell.end]
    for wakes in wakers:
        waiting = threading.Thread(target=bell.wait, args=(bell.number, LONG_S))
        waiting.start()
        wakes()
        waiting.join(LONG_S)
        assert not waiting.is_alive()


def test_nobody_waits_for_a_commit_that_came_already_nor_past_the_time(engine: Engine) -> None:
    bell = rung(engine)
    seen = bell.number
    commit_and_look(engine, bell)
    bell.wait(seen, LONG_S)
    bell.wait(bell.number, 0.0)


def test_where_commits_are_not_counted_nobody_waits() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    bell = rung(engine)
    engine.dispose()
    assert bell.number is None
    bell.wait(None, LONG_S)


def test_the_bell_looks_again_after_a_failure_and_wakes_all_when_it_stops(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bell, stopping, turns = CommitBell(engine), threading.Event(), [True, False]

    def look() -> None:
        if turns.pop(0):
            raise RuntimeError("away")
        stopping.set()

    monkeypatch.setattr(bell, "look", look)
    monkeypatch.setattr("cms.platform.process.commit_bell.until_turn_s", lambda _every_s: 0.0)
    bell.run(stopping)
    assert turns == []
    assert "looking for commits failed" in caplog.text
    bell.wait(None, LONG_S)
    bell.number = 1
    bell.wait(1, LONG_S)


@pytest.mark.parametrize(("is_pending", "rest_s"), [(True, QUIET_S), (False, REST_S)])
def test_a_step_rests_until_a_commit_and_for_longer_where_nothing_falls_due_by_time(
    is_pending: bool,
    rest_s: float,
    rests: Rests,
) -> None:
    now_s = [100.0]
    step = QuietStep(lambda: None, rests, lambda: is_pending, monotonic=lambda: now_s[0])
    step()
    now_s[0] += 2
    step.rest()
    assert rests.rests == [(rests.number, rest_s - 2)]


def test_a_step_that_may_not_wait_does_not_rest_while_something_is_pending(rests: Rests) -> None:
    for is_pending, rest_s in ((True, 0.0), (False, REST_S)):
        step = QuietStep(lambda: None, rests, partial(bool, is_pending), quiet_s=0.0, monotonic=lambda: 0.0)
        step()
        step.rest()
        assert rests.rests.pop() == (rests.number, rest_s)


def test_a_step_rests_for_no_commit_that_came_since_the_last_look(engine: Engine, rests: Rests) -> None:
    before = rests.number
    step = QuietStep(lambda: commit_and_look(engine, rests), rests, monotonic=lambda: 0.0)
    step()
    step.rest()
    assert rests.rests == [(before, QUIET_S)]
    assert rests.number != before


def test_a_step_that_failed_does_not_rest(rests: Rests) -> None:
    failures = [RuntimeError("away")]

    def work() -> None:
        if len(rests.rests) == 1:
            raise failures.pop()

    step = QuietStep(work, rests, monotonic=lambda: 0.0)
    step()
    step.rest()
    with pytest.raises(RuntimeError):
        step()
    step.rest()
    assert rests.rests[1:] == [(None, 0.0)]


def test_a_loop_rests_after_its_pause_and_not_once_it_is_to_stop() -> None:
    did: list[str] = []
    stopping = threading.Event()

    def step() -> None:
        did.append("step")
        if len(did) > 2:
            stopping.set()

    keep_doing(step, stopping, "trying", look_s=0.0, rest=lambda: did.append("rest"))
    assert did == ["step", "rest", "step"]

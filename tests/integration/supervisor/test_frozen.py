"""Frozen programs: found by the supervisor, killed, and started again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.fault_injection import processes
from cms.platform.cli.supervisor import Program, Supervisor
from cms.platform.process.liveness import Liveness
from cms.platform.process.program_reports import read, steady_s
from tests.integration.process import until

BEATS = """
import os, pathlib, signal, sys, threading
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender
mark, inbox = map(pathlib.Path, sys.argv[1:3])
beats = Heartbeats({"stuck": 0.0})
with HeartbeatSender(inbox, "child", beats, every_s=0.05):
    if "stuck" in sys.argv and not mark.exists():
        beats.event_of("stuck", threading.Event())
    new = mark.with_suffix(".new")
    new.write_text(str(os.getpid()))
    new.replace(mark)
    while not mark.with_suffix(".mute").exists():
        threading.Event().wait(0.01)
signal.pause()
"""


def child(folder: Path, liveness: Liveness, *more: str) -> Program:
    mark = folder / "child.pid"
    argv = [sys.executable, "-c", BEATS, str(mark), str(folder / "beats.sock"), *more]
    env = {"PYTHONPATH": str(Path(__file__).parents[3])}
    return Program(name="child", argv=argv, ready=mark.exists, env=env, stop_s=30, liveness=liveness)


@contextmanager
def supervised(
    program: Program, folder: Path, *, listens: bool = True, database: Path | None = None
) -> Iterator[tuple[Supervisor, Sequence[str]]]:
    said: list[str] = []
    inbox = folder / "beats.sock" if listens else None
    reports = folder / "programs.json"
    supervisor = Supervisor(
        [program], folder / "log", report=said.append, heartbeats=inbox, reports=reports, database=database
    )
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    try:
        yield supervisor, said
    finally:
        supervisor.stop()
        loop.join(60)


def spoken(supervisor: Supervisor) -> int:
    """Return the child, once it was heard."""
    meter = supervisor._children[0].meter
    until(lambda: meter is not None and meter.has_spoken)
    pid = supervisor.pid("child")
    assert pid is not None
    return pid


def test_a_program_that_a_signal_stopped_is_started_again_and_that_is_told(tmp_path: Path) -> None:
    liveness = Liveness(sends_heartbeats=True, idle_s=600)
    with supervised(child(tmp_path, liveness), tmp_path) as (supervisor, said):
        stopped = spoken(supervisor)
        os.kill(stopped, signal.SIGSTOP)
        until(lambda: supervisor.pid("child") not in {None, stopped})
        until(lambda: read(tmp_path / "programs.json", steady_s()) == ([], ["child"]))
    assert said[0] == "child is stopped and is killed"
    assert "ended with -9" in said[1]


@contextmanager
def parent_of_one(tmp_path: Path) -> Iterator[tuple[Sequence[str], int]]:
    """Supervise a program with one child; yield what was said, and the child's process id."""
    mark = tmp_path / "child.pid"
    script = 'sleep 600 & echo $! > "$0"; wait; sleep 600'
    program = Program("child", ["sh", "-c", script, str(mark)], mark.exists, liveness=Liveness(idle_s=600))
    with supervised(program, tmp_path, listens=False) as (supervisor, said):
        leader = supervisor.pid("child")
        until(lambda: mark.read_text().endswith("\n"))
        yield said, int(mark.read_text())
        assert supervisor.pid("child") == leader


def test_a_child_that_a_signal_stopped_is_killed_alone(tmp_path: Path) -> None:
    with parent_of_one(tmp_path) as (said, child_pid):
        os.kill(child_pid, signal.SIGSTOP)
        until(lambda: bool(said))
        assert said == [f"child is stopped in its process {child_pid}, which is killed"]


def test_a_child_that_a_tracer_holds_is_told_and_left_alone(tmp_path: Path) -> None:
    with parent_of_one(tmp_path) as (said, child_pid):
        with processes.stuck(child_pid):
            until(lambda: read(tmp_path / "programs.json", steady_s()) == (["child"], []))
        until(lambda: read(tmp_path / "programs.json", steady_s()) == ([], []))
        assert said == ["child does not work as it should"]


def test_a_process_of_a_pool_that_ended_is_told(tmp_path: Path) -> None:
    mark = tmp_path / "child.pid"
    script = 'sleep 600 & echo $! > "$0"; wait; sleep 600'
    liveness = Liveness(lambda: True, sends_heartbeats=True, idle_s=600)
    program = Program("child", ["sh", "-c", script, str(mark)], mark.exists, liveness=liveness)
    with supervised(program, tmp_path) as (supervisor, said):
        spoken(supervisor)
        until(lambda: mark.read_text().endswith("\n") and int(mark.read_text()) in supervisor._children[0].children)
        os.kill(int(mark.read_text()), signal.SIGKILL)
        until(lambda: bool(said))
        until(lambda: read(tmp_path / "programs.json", steady_s()) == ([], ["child"]))
    assert said == [f"child has lost its process {mark.read_text().strip()}"]


def test_a_program_that_sends_no_heartbeats_any_more_is_started_again(tmp_path: Path) -> None:
    liveness = Liveness(sends_heartbeats=True, idle_s=1)
    with supervised(child(tmp_path, liveness), tmp_path) as (supervisor, said):
        mute = spoken(supervisor)
        (tmp_path / "child.mute").touch()
        until(lambda: supervisor.pid("child") not in {None, mute})
    assert any(words.startswith("child has done nothing for") for words in said)
    assert any("ended with -9" in words for words in said)


def test_a_program_that_does_not_answer_is_started_again(tmp_path: Path) -> None:
    frozen: set[int] = set()
    liveness = Liveness(lambda: not frozen, idle_s=1)
    with supervised(child(tmp_path, liveness), tmp_path, listens=False) as (supervisor, _):
        frozen.add(spoken(supervisor))
        until(lambda: supervisor.pid("child") not in {None, *frozen})


def test_a_program_with_a_loop_that_no_longer_turns_is_ended_in_good_order(tmp_path: Path) -> None:
    liveness = Liveness(sends_heartbeats=True, idle_s=600)
    with supervised(child(tmp_path, liveness, "stuck"), tmp_path) as (supervisor, said):
        until(lambda: any("ended with -15" in words for words in said))
        until(lambda: supervisor.pid("child") is not None)
    assert any("no longer turn: stuck for" in words for words in said)


def test_without_a_place_for_heartbeats_none_is_missed(tmp_path: Path) -> None:
    program = child(tmp_path, Liveness(sends_heartbeats=True, idle_s=0, silent_s=0))
    with supervised(program, tmp_path, listens=False) as (supervisor, said):
        assert supervisor.pid("child") is not None
    assert said == []

"""The process that keeps a model: killed when it is late, started again when it has died."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from media.engine import URGENT_NICE, EngineProcess
from media.errors import ToolError

_ECHO = "import sys\nprint('ready', flush=True)\nfor line in sys.stdin:\n    print(line.strip()[::-1], flush=True)\n"
_DEAF = "import sys\nprint('ready', flush=True)\nsys.stdin.read()\n"
_MUTE = "import sys\nsys.stdin.read()\n"
_DYING = "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\nsys.exit('the model broke')\n"
_DYING_ONCE = (
    "import sys, pathlib\nmark = pathlib.Path(sys.argv[1])\nprint('ready', flush=True)\nline = sys.stdin.readline()\n"
    "if not mark.exists():\n    mark.touch()\n    sys.exit(1)\nprint('late ' + line.strip(), flush=True)\n"
)
_STANDING = (
    "import sys, os\nprint('ready', flush=True)\nfor line in sys.stdin:\n"
    "    print(os.getpriority(os.PRIO_PROCESS, 0), os.getsid(0) == os.getpid(), flush=True)\n"
)
LONG_S = 60.0
Starts = Callable[..., EngineProcess]


@pytest.fixture
def started() -> Iterator[Starts]:
    made: list[EngineProcess] = []

    def start(program: str, *arguments: str, is_urgent: bool = False) -> EngineProcess:
        made.append(EngineProcess("tiny", (sys.executable, "-c", program, *arguments), is_urgent=is_urgent))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_it_is_started_once_and_answers_line_by_line(started: Starts) -> None:
    process = started(_ECHO)

    assert [process.ask(line, LONG_S) for line in ("bão", "gió")] == ["oãb", "óig"]


def test_an_urgent_one_goes_before_others_where_that_is_permitted(started: Starts) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, URGENT_NICE)
    except PermissionError:
        expected = own
    else:
        expected = URGENT_NICE
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, own)

    assert started(_STANDING, is_urgent=True).ask("bão", LONG_S) == f"{expected} True"
    assert started(_STANDING).ask("bão", LONG_S) == f"{own} False"


@pytest.mark.parametrize("program", [_DEAF, _MUTE])
def test_one_that_does_not_answer_in_time_is_killed(started: Starts, program: str) -> None:
    process = started(program)

    for _ in range(2):
        with pytest.raises(ToolError, match="killed"):
            process.ask("bão", 0.2)


def test_one_that_dies_is_started_again_once(started: Starts, tmp_path: Path) -> None:
    assert started(_DYING_ONCE, str(tmp_path / "mark")).ask("bão", LONG_S) == "late bão"
    with pytest.raises(ToolError, match="the model broke"):
        started(_DYING).ask("bão", LONG_S)


def test_one_that_is_closed_is_started_again(started: Starts) -> None:
    process = started(_ECHO)
    process.close()

    assert process.ask("bão", LONG_S) == "oãb"
    process.close()
    process.close()
    assert process.ask("gió", LONG_S) == "óig"


def test_a_fork_starts_its_own(started: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    parents, pid = started(_ECHO), 4_000_000
    assert parents.ask("bão", LONG_S) == "oãb"
    child = parents._child
    assert child is not None

    monkeypatch.setattr("media.engine.os.getpid", lambda: pid)

    assert parents.ask("gió", LONG_S) == "óig"
    assert parents._child is not child
    child.kill()
    child.communicate()


def test_one_that_is_woken_is_ready_for_the_next_request(started: Starts) -> None:
    process = started(_ECHO)

    process.wake(LONG_S)

    assert process._child is not None
    woken = process._child.pid
    assert process.ask("bão", LONG_S) == "oãb"
    assert process._child.pid == woken


def test_one_at_work_is_not_woken_and_waits_for_nobody_longer_than_its_caller(started: Starts) -> None:
    process = started(_ECHO)

    with process._lock:
        process.wake(LONG_S)
        with pytest.raises(ToolError, match="at work for others"):
            process.ask("bão", 0.0)

    assert process._child is None


def test_a_frozen_one_that_is_woken_is_killed_and_started_by_the_next(started: Starts) -> None:
    process = started(_ECHO)
    process.wake(LONG_S)
    assert process._child is not None
    frozen = process._child
    os.kill(frozen.pid, signal.SIGSTOP)

    with pytest.raises(ToolError, match="killed"):
        process.wake(0.2)
    process.wake(LONG_S)

    assert frozen.returncode == -signal.SIGKILL
    assert process.ask("bão", LONG_S) == "oãb"

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.platform.cli.filtered_log import cut_large
from cms.platform.cli.supervisor import AlreadyRunningError, HomeLock, Program, Supervisor, backoff_s
from tests.integration.process import until

# A reader of the file finds the whole number in it.
WRITE_PID = """
import os, pathlib, signal, sys
mark = pathlib.Path(sys.argv[1])
new = mark.with_suffix(".new")
new.write_text(str(os.getpid()))
new.replace(mark)
signal.pause()
"""
AFTER_SECOND = f"""
import pathlib, sys, threading
while not pathlib.Path(sys.argv[1]).with_name("second.pid").exists():
    threading.Event().wait(0.01)
{WRITE_PID}
"""
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{WRITE_PID}"


def child(name: str, folder: Path, code: str = WRITE_PID, **more: float) -> Program:
    mark = folder / f"{name}.pid"
    return Program(name=name, argv=[sys.executable, "-c", code, str(mark)], ready=mark.exists, **more)  # type: ignore[arg-type]


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Supervisor, list[str], threading.Thread]]:
    said: list[str] = []
    supervisor = Supervisor([child("first", tmp_path), child("second", tmp_path)], tmp_path / "log", report=said.append)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    yield supervisor, said, loop
    supervisor.stop()
    loop.join(30)


def test_what_nobody_needs_is_waited_for_only_when_all_are_started(tmp_path: Path) -> None:
    programs = [child("first", tmp_path, AFTER_SECOND, is_needed=False), child("second", tmp_path)]
    supervisor = Supervisor(programs, tmp_path / "log")
    supervisor.start()
    assert (tmp_path / "first.pid").exists()
    supervisor.stop()
    supervisor.run()


def test_what_dies_is_started_again(running: tuple[Supervisor, list[str], threading.Thread], tmp_path: Path) -> None:
    supervisor, said, _ = running
    before = supervisor.pid("first")
    other = supervisor.pid("second")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    until(lambda: supervisor.pid("first") not in {None, before})
    assert supervisor.pid("second") == other
    assert "first ended with -9" in said[0]


def test_stopping_leaves_no_process_behind(
    running: tuple[Supervisor, list[str], threading.Thread], tmp_path: Path
) -> None:
    supervisor, _, loop = running
    pids = [int((tmp_path / f"{name}.pid").read_text()) for name in ("first", "second")]
    supervisor.stop()
    loop.join(30)
    assert not any(is_alive(pid) for pid in pids)


def test_one_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([child("deaf", tmp_path, STUBBORN, stop_s=0.2)], tmp_path / "log", report=said.append)
    supervisor.start()
    pid = supervisor.pid("deaf")
    assert pid is not None
    supervisor.stop()
    supervisor.run()
    assert not is_alive(pid)
    assert "deaf did not stop" in said[0]


def test_one_that_is_never_ready_stops_everything(tmp_path: Path) -> None:
    good = child("good", tmp_path)
    never = Program(name="never", argv=[sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False, start_s=1.0)
    supervisor = Supervisor([good, never], tmp_path / "log", report=lambda _: None)
    with pytest.raises(TimeoutError, match="never is not ready"):
        supervisor.start()
    assert not is_alive(int((tmp_path / "good.pid").read_text()))


def test_a_child_does_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, pathlib
        from cms.platform.cli.supervisor import Program, Supervisor
        folder, code = pathlib.Path(sys.argv[1]), sys.argv[2]
        mark = folder / "orphan.pid"
        program = Program(name="orphan", argv=[sys.executable, "-c", code, str(mark)], ready=mark.exists)
        supervisor = Supervisor([program], folder / "log")
        supervisor.start()
        supervisor.run()
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), WRITE_PID])
    mark = tmp_path / "orphan.pid"
    until(mark.exists)
    parent.kill()
    parent.wait()
    until(lambda: not is_alive(int(mark.read_text())))


def test_a_home_has_one_supervisor(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "up.lock"
    with HomeLock(lock), pytest.raises(AlreadyRunningError, match=str(os.getpid())), HomeLock(lock):
        pass
    with HomeLock(lock):
        assert lock.read_text() == str(os.getpid())


def test_backoff_doubles_and_is_bounded() -> None:
    assert [backoff_s(n) for n in (0, 1, 2, 3)] == [0.2, 0.4, 0.8, 1.6]
    assert backoff_s(50) == 10.0


def test_a_large_log_is_put_aside_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.platform.cli.filtered_log.KEEP_BYTES", 3)
    logs = tmp_path / "log"
    logs.mkdir()
    (logs / "solo.log").write_text("old words")
    supervisor = Supervisor([child("solo", tmp_path)], logs, report=lambda _: None)
    supervisor.start()
    supervisor.stop()
    supervisor.run()
    assert (logs / "solo.log.1").read_text() == "old words"


def test_a_log_is_cut_while_its_program_writes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.platform.cli.filtered_log.KEEP_BYTES", 3)
    monkeypatch.setattr("cms.platform.cli.supervisor.CUT_EVERY_S", 0.0)
    says = f"print('many words', flush=True)\n{WRITE_PID}"
    supervisor = Supervisor([child("solo", tmp_path, says)], tmp_path / "log", report=lambda _: None)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    until(lambda: (tmp_path / "log" / "solo.log").stat().st_size == 0)
    supervisor.stop()
    loop.join(60)
    assert (tmp_path / "log" / "solo.log.1").read_text() == "many words\n"


def test_what_one_of_ours_cuts_itself_is_left_to_it_and_a_full_disk_gets_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.platform.cli.filtered_log.KEEP_BYTES", 3)
    for name in ("broker", "web", "small"):
        (tmp_path / f"{name}.log").write_text("x" * (2 if name == "small" else 10))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cms.platform.process.logs.shutil.copyfile", full)
    cut_large(tmp_path, ["broker"])
    assert [(tmp_path / f"{name}.log").stat().st_size for name in ("broker", "web", "small")] == [10, 0, 2]
    assert not (tmp_path / "web.log.1").exists()


def test_logs_that_cannot_be_cut_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise PermissionError(13, "not ours")

    monkeypatch.setattr("cms.platform.cli.supervisor.cut_large", broken)
    said: list[str] = []
    supervisor = Supervisor([], tmp_path, report=said.append)
    supervisor._cut_logs(1.0)
    supervisor._cut_logs(2.0)
    assert said == ["logs could not be cut: [Errno 13] not ours"]

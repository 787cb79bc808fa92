"""Filter of a program's log: no kept line is lost, and the program never waits for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cms.platform.cli import filtered_log as sifted_log
from cms.platform.cli.filtered_log import LoggedProcess, SiftedLog
from cms.platform.cli.supervisor import Program, Supervisor
from tests.integration.process import until

TALKS = "import sys\nfor n in range(int(sys.argv[1])): print('drop' if n % 10 else f'keep {n}')"


def without(word: bytes) -> sifted_log.Keep:
    return lambda text: b"".join(line for line in text.splitlines(keepends=True) if word not in line)


def talk(log: SiftedLog, count: int) -> None:
    with log as words:
        process = subprocess.Popen([sys.executable, "-c", TALKS, str(count)], stdout=words)
    assert process.wait() == 0
    log.join()


def test_what_is_kept_is_in_the_file_when_the_program_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("before\n")
    talk(SiftedLog(path, without(b"drop")), 1_000)
    assert path.read_text().splitlines() == ["before", *(f"keep {n}" for n in range(0, 1_000, 10))]


def test_nothing_is_written_once_a_process_has_been_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    log = SiftedLog(path, without(b"drop"))
    with LoggedProcess([sys.executable, "-c", TALKS, "1000"], os.environ, log) as process:
        pass
    assert process.returncode == 0
    assert len(path.read_text().splitlines()) == 100
    shutil.rmtree(tmp_path)
    assert not tmp_path.exists()


def test_what_a_program_did_not_get_to_the_end_of_is_kept_too(tmp_path: Path) -> None:
    log = SiftedLog(tmp_path / "x.log", without(b"drop"))
    with log as words:
        os.write(words, b"drop\nwhy it di")
    log.join()
    assert (tmp_path / "x.log").read_text() == "why it di\n"


def test_a_program_whose_words_nobody_reads_is_not_held_up(tmp_path: Path) -> None:
    may_read = threading.Event()

    def slow(text: bytes) -> bytes:
        may_read.wait(60)
        return text

    log = SiftedLog(tmp_path / "x.log", slow)
    code = (
        "import os\nfor _ in range(100_000):\n  try: os.write(1, b'x' * 100 + b'\\n')\n  except BlockingIOError: pass"
    )
    with log as words:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=words)
    assert process.wait(60) == 0
    may_read.set()
    log.join()
    assert 0 < len((tmp_path / "x.log").read_bytes()) < 100_000 * 101


def test_a_file_that_has_grown_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifted_log, "KEEP_BYTES", 10)
    path = tmp_path / "x.log"
    for word in (b"much of it\n", b"new\n"):
        log = SiftedLog(path, lambda text: text)
        with log as words:
            os.write(words, word)
        log.join()
    assert (path.read_text(), path.with_suffix(".log.1").read_text()) == ("new\n", "much of it\n")


def test_a_file_that_cannot_be_written_is_told_of_once_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.log").mkdir()
    heard: list[bytes] = []

    def hear(text: bytes) -> bytes:
        heard.append(text)
        return text

    log = SiftedLog(tmp_path / "x.log", hear)
    with log as words:
        os.write(words, b"one\n")
        until(lambda: len(heard) == 1)
        os.write(words, b"two\n")
        until(lambda: len(heard) > 1)
    log.join()
    assert [record.getMessage() for record in caplog.records if "cannot be written" in record.getMessage()] == [
        f"{tmp_path / 'x.log'} cannot be written: the output of its program is lost"
    ]


def test_a_choice_that_fails_keeps_everything_and_goes_on(tmp_path: Path) -> None:
    def choose(text: bytes) -> bytes:
        raise RuntimeError(text)

    log = SiftedLog(tmp_path / "x.log", choose)
    with log as words:
        os.write(words, b"drop\n")
    log.join()
    assert (tmp_path / "x.log").read_text() == "drop\n"


def test_the_supervisor_keeps_what_is_to_be_kept_of_each_life(tmp_path: Path) -> None:
    mark = tmp_path / "ready"
    code = (
        "import pathlib,signal,sys\nprint('drop\\nkeep', flush=True)\npathlib.Path(sys.argv[1]).touch()\nsignal.pause()"
    )
    program = Program(
        name="chatty",
        argv=[sys.executable, "-c", code, str(mark)],
        ready=mark.exists,
        sift=lambda: without(b"drop"),
    )
    for _ in range(2):
        mark.unlink(missing_ok=True)
        supervisor = Supervisor([program], tmp_path / "log", report=lambda _: None)
        supervisor.start()
        supervisor.stop()
        supervisor.run()
    assert (tmp_path / "log" / "chatty.log").read_text() == "keep\nkeep\n"

"""``loa update``: refusals, and what it asks of a running set."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.platform.cli import main, update
from cms.platform.cli.supervisor import HomeLock
from cms.platform.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "run").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """Folder of a version whose ``loa init`` fails while there is a file ``broken``."""
    loa = tmp_path / "version" / ".venv" / "bin" / "loa"
    loa.parent.mkdir(parents=True)
    loa.write_text(f"#!/bin/sh\n[ ! -e {tmp_path}/broken ] || {{ echo no disk >&2; exit 1; }}\n")
    loa.chmod(0o755)
    return tmp_path / "version"


def updated(home: Path, version: Path, **env: str) -> Result:
    return CliRunner().invoke(
        main, ["update", str(version)], env={"LOA_HOME": str(home), "LOA_DATABASE_URL": "", **env}
    )


def answering(monkeypatch: pytest.MonkeyPatch, home: Path, problem: str) -> None:
    def answer(pid: int, kind: int) -> None:
        assert (pid, kind) == (os.getpid(), signal.SIGHUP)
        (home / "run" / "update.result").write_text(problem)

    monkeypatch.setattr(os, "kill", answer)


def test_without_a_running_set_there_is_nothing_to_hand_over(home: Path, version: Path) -> None:
    done = updated(home, version)
    assert (done.exit_code, "loa up does not run here" in done.output) == (1, True)


@pytest.mark.parametrize("problem", ["", "web of x does not start"])
def test_the_running_set_is_asked_for_the_version_and_its_word_is_passed_on(
    home: Path, version: Path, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    answering(monkeypatch, home, problem)
    with HomeLock(home / "run" / "up.lock"):
        done = updated(home, version)
    assert (home / "run" / "update.wanted").read_text() == str(version / ".venv" / "bin" / "loa")
    assert (done.exit_code, (problem or "all programs run from") in done.output) == (int(bool(problem)), True)


def test_a_version_that_cannot_prepare_the_database_is_not_begun(home: Path, version: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with HomeLock(home / "run" / "up.lock"):
        done = updated(home, version)
    assert (done.exit_code, "nothing was changed: no disk" in done.output) == (1, True)
    assert not (home / "run" / "update.wanted").exists()


def test_there_is_no_update_while_the_back_up_is_behind(home: Path, version: Path) -> None:
    settings = Settings(home=home)
    settings.backup_mark.touch()
    os.utime(settings.backup_mark, (0, 0))
    with HomeLock(home / "run" / "up.lock"):
        done = updated(home, version, LOA_BACKUP_FOLDER="/backup")
    assert (done.exit_code, "the continuous back-up is behind" in done.output) == (1, True)


def test_the_supervisor_takes_the_steps_towards_the_version_that_is_wanted(home: Path, version: Path) -> None:
    settings = Settings(home=home)
    steps: list[Iterator[None]] = []
    stops = count()

    class Recorder:
        child: Callable[[str], None] = staticmethod(lambda _name: None)
        roll = steps.append
        stop = stops.__next__

    (home / "run" / "update.wanted").write_text(str(version / ".venv" / "bin" / "loa"))
    update.begin(settings, Recorder())  # type: ignore[arg-type]
    assert list(steps[0]) == []
    assert (home / "run" / "update.result").read_text() == ""
    assert next(stops) == 0
    update.begin(settings, Recorder())  # type: ignore[arg-type]
    assert (len(steps), next(stops)) == (1, 2), "a closed terminal ends the set"

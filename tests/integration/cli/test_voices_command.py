from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.platform.cli import main
from tests.builders.tiny_voice import tiny_voice


def test_who_speaks_what_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_VOICES", f"vi={tiny_voice(tmp_path / 'lan')}")

    told = CliRunner().invoke(main, ["voices"])

    assert told.exit_code == 0, told.output
    assert "vi\tsherpa-onnx lan\n" in told.output
    assert "cjm\trecorded\n" in told.output


def test_a_folder_is_tried_before_it_is_chosen(tmp_path: Path) -> None:
    folder = tiny_voice(tmp_path / "lan")
    assert CliRunner().invoke(main, ["voices", "--check", str(folder)]).output == f"it speaks: {folder}\n"

    (folder / "tokens.txt").unlink()
    told = CliRunner().invoke(main, ["voices", "--check", str(folder)])
    assert told.exit_code == 1
    assert told.output == f"Error: the voice in {folder} cannot be used: tokens.txt is missing\n"


@pytest.mark.parametrize("command", [["up"], ["voices"]])
def test_a_voice_that_is_broken_is_refused_before_anything_starts(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", f"vi={tmp_path}")

    told = CliRunner().invoke(main, command)

    assert told.exit_code == 1
    assert f"the voice in {tmp_path} cannot be used: no file in it ends in .onnx" in told.output


def test_no_other_command_stays_away_because_of_a_broken_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", f"vi={tmp_path}")

    assert CliRunner().invoke(main, ["words", "list"]).exit_code == 0


def test_a_choice_that_says_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", "nonsense")

    told = CliRunner().invoke(main, ["words", "list"])

    assert told.exit_code == 1
    assert "nonsense" in told.output

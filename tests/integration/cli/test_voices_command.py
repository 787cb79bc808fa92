from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.platform.cli import main
from tests.builders.tiny_voice import tiny_voice


def test_who_speaks_what_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_VOICES", f"vi={tiny_voice(tmp_path / 'lan')}")

    output = CliRunner().invoke(main, ["voices"])

    assert output.exit_code == 0, output.output
    assert "vi\tsherpa-onnx lan\n" in output.output
    assert "cjm\trecorded\n" in output.output


def test_a_folder_is_tried_before_it_is_chosen(tmp_path: Path) -> None:
    folder = tiny_voice(tmp_path / "lan")
    assert CliRunner().invoke(main, ["voices", "--check", str(folder)]).output == f"it speaks: {folder}\n"

    (folder / "tokens.txt").unlink()
    output = CliRunner().invoke(main, ["voices", "--check", str(folder)])
    assert output.exit_code == 1
    assert output.output == f"Error: the voice in {folder} cannot be used: tokens.txt is missing\n"


@pytest.mark.parametrize("command", [["up"], ["voices"]])
def test_a_voice_that_is_broken_is_refused_before_anything_starts(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", f"vi={tmp_path}")

    output = CliRunner().invoke(main, command)

    assert output.exit_code == 1
    assert f"the voice in {tmp_path} cannot be used: no file in it ends in .onnx" in output.output


def test_no_other_command_stays_away_because_of_a_broken_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", f"vi={tmp_path}")

    assert CliRunner().invoke(main, ["words", "list"]).exit_code == 0


def test_a_choice_that_says_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_VOICES", "nonsense")

    output = CliRunner().invoke(main, ["words", "list"])

    assert output.exit_code == 1
    assert "nonsense" in output.output

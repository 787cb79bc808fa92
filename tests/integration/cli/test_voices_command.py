from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.platform.cli import main
from tests.builders.voices.tiny_voice import PHONEMES, tiny_piper, tiny_voice
from tests.builders.voices.tone_model import heard


def test_who_speaks_what_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_VOICES", f"vi={tiny_voice(tmp_path / 'lan')}")

    output = CliRunner().invoke(main, ["voices"])

    assert output.exit_code == 0, output.output
    assert "vi\tsherpa-onnx lan\n" in output.output
    assert "cjm\trecorded\n" in output.output


def test_a_folder_is_tried_before_it_is_chosen(tmp_path: Path) -> None:
    folder, out = tiny_piper(tmp_path / "lan", speakers=("an", "binh")), tmp_path / "a.wav"

    tried = CliRunner().invoke(main, ["voices", "try", str(folder), "--speaker", "binh", "--out", str(out)])

    assert tried.exit_code == 0, tried.output
    assert tried.output.splitlines()[0] == "layout: Piper, run by onnxruntime; it is given phonemes of espeak-ng"
    assert "it says 802 of 802 sample syllables" in tried.output
    assert "speakers: an, binh" in tried.output
    assert f"written: {out}" in tried.output
    assert "at 16000 Hz" in tried.output
    assert len(heard(out)) > 100


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (lambda folder: next(folder.glob("*.json")).unlink(), "download the whole folder"),
        (lambda folder: next(folder.glob("*.json")).write_text("{}"), "not as published; download it again"),
        (lambda folder: (folder / "b.onnx").touch(), "of these only one may be in it: b.onnx, vi_VN-tiny-low.onnx"),
        (lambda folder: next(folder.glob("*.onnx")).write_bytes(b"no model"), "the voice did not speak: ended:"),
        (lambda folder: next(folder.glob("*.onnx")).unlink(), "no file in it ends in .onnx"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told(broken: Callable[[Path], object], what: str, tmp_path: Path) -> None:
    folder = tiny_piper(tmp_path / "lan")
    broken(folder)

    tried = CliRunner().invoke(main, ["voices", "try", str(folder), "--out", str(tmp_path / "a.wav")])

    assert tried.exit_code == 1
    assert f"Error: the voice in {folder} cannot be used: " in tried.output
    assert what in tried.output
    assert not (tmp_path / "a.wav").exists()


def test_what_a_voice_lacks_is_told_with_what_it_says_nevertheless(tmp_path: Path) -> None:
    folder, out = tiny_piper(tmp_path / "lan", PHONEMES.replace("ɲ", "")), tmp_path / "a.wav"

    tried = CliRunner().invoke(main, ["voices", "try", str(folder), "--text", "Bão.", "--out", str(out)])

    assert tried.exit_code == 1
    assert "it says 765 of 802 sample syllables" in tried.output
    assert "\nit cannot say, and espeak-ng would: " in tried.output
    assert f"written: {out}" in tried.output
    assert "it has no sound for these letters of its language: ɲ\n" in tried.output


def test_an_unknown_speaker_is_refused_with_those_it_has(tmp_path: Path) -> None:
    folder = tiny_piper(tmp_path / "lan", speakers=("an", "binh"))

    tried = CliRunner().invoke(main, ["voices", "try", str(folder), "--speaker", "chi", "--out", str(tmp_path / "a")])

    assert tried.exit_code == 1
    assert "it has no speaker 'chi', but: an, binh" in tried.output


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

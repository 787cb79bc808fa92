from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from media.chime import CHIME_PAUSE_MS
from media.editing import END_PAUSE_MS, KEPT_EDGE_MS, PydubEditing
from media.errors import NoVoiceError, ToolError
from media.ffmpeg import FfmpegTools
from media.loudness import TARGET_LUFS
from media.speech import EspeakVoice
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import bursts, write_wav

TOOLS = FfmpegTools()


def length_ms(wav: Path) -> int:
    with wave.open(str(wav)) as file:
        return round(int(file.getnframes()) * 1000 / int(file.getframerate()))


def spoken_ms(folder: Path, text: str) -> int:
    EspeakVoice().speak(text, "vi", folder / "spoken.wav")
    return length_ms(folder / "spoken.wav")


def test_vietnamese_is_spoken(tmp_path: Path) -> None:
    EspeakVoice().speak("Kính thưa bà con, hôm nay trời nắng.", "vi-VN", tmp_path / "a.wav")

    figures = TOOLS.measure(tmp_path / "a.wav")
    assert 2000 < figures.duration_ms < 8000
    assert figures.integrated_lufs > -40


@pytest.mark.parametrize("language", ["en", "cjm", "km", "", "xx"])
def test_other_languages_have_no_voice(tmp_path: Path, language: str) -> None:
    assert not EspeakVoice().speaks(language)
    with pytest.raises(NoVoiceError):
        EspeakVoice().speak("Hello", language, tmp_path / "a.wav")


def test_voice_that_is_set_but_not_installed_does_not_speak() -> None:
    assert not EspeakVoice({"cjm": "cham"}).speaks("cjm")


def test_text_that_looks_like_options_is_read_out(tmp_path: Path) -> None:
    target = tmp_path / "stolen.wav"

    assert spoken_ms(tmp_path, f"-w {target} -f /etc/passwd --stdin") > 1000
    assert not target.exists()


def test_decomposed_text_sounds_like_composed(tmp_path: Path) -> None:
    assert spoken_ms(tmp_path, "Tie\u0302\u0301ng Vie\u0323\u0302t") == spoken_ms(tmp_path, "Tiếng Việt")


def test_text_file_is_removed(tmp_path: Path) -> None:
    spoken_ms(tmp_path, "Xin chào")

    assert [p.name for p in tmp_path.iterdir()] == ["spoken.wav"]


def test_one_word_becomes_a_sound(studio: Studio) -> None:
    made = studio.from_text("Có.")

    assert made.loudness.integrated_lufs == pytest.approx(TARGET_LUFS, abs=1.0)


def test_missing_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not installed"):
        EspeakVoice(espeak="no-such-espeak").speak("Có", "vi", tmp_path / "a.wav")


def test_failing_engine_is_an_error(tmp_path: Path) -> None:
    tool = tmp_path / "espeak"
    tool.write_text('#!/bin/sh\n[ "$1" = --voices ] && { echo head; echo " 5 vi --/M Vi v -"; exit 0; }\nexit 3\n')
    tool.chmod(0o755)

    with pytest.raises(ToolError):
        EspeakVoice(espeak=str(tool)).speak("Có", "vi", tmp_path / "a.wav")


def test_hanging_engine_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "espeak"
    tool.write_text("#!/bin/sh\nexec sleep 600\n")
    tool.chmod(0o755)
    monkeypatch.setattr("media.engine.TIMEOUT_S", 0.2)

    with pytest.raises(ToolError, match="killed"):
        EspeakVoice(espeak=str(tool)).speaks("vi")


def assembled(folder: Path, level_dbfs: float, *, chime: bool) -> int:
    """Assemble a second of silence, speech, a second of silence, and return the length in ms."""
    silence = np.zeros(44_100) + 10 ** ((level_dbfs - 45) / 20)
    source = write_wav(folder / "a.wav", np.concatenate([silence, bursts(level_dbfs), silence]))
    level_lufs = TOOLS.decode(source, folder / "decoded.wav").integrated_lufs
    told_ms = PydubEditing().assemble(folder / "decoded.wav", folder / "out.wav", level_lufs=level_lufs, chime=chime)
    assert told_ms == length_ms(folder / "out.wav")
    return told_ms


@pytest.mark.parametrize("level_dbfs", [-10.0, -25.0, -48.0])
def test_silent_edges_go_whatever_the_level(tmp_path: Path, level_dbfs: float) -> None:
    assert assembled(tmp_path, level_dbfs, chime=False) == pytest.approx(
        2000 + END_PAUSE_MS, abs=2 * KEPT_EDGE_MS + 200
    )


def test_chime_and_pause_come_first(tmp_path: Path) -> None:
    plain = assembled(tmp_path, -25.0, chime=False)

    assert assembled(tmp_path, -25.0, chime=True) == plain + 2000 + CHIME_PAUSE_MS


def test_item_that_is_never_above_the_threshold_is_kept_whole(tmp_path: Path) -> None:
    TOOLS.decode(write_wav(tmp_path / "a.wav", bursts(-40)), tmp_path / "decoded.wav")

    PydubEditing().assemble(tmp_path / "decoded.wav", tmp_path / "out.wav", level_lufs=0.0, chime=False)

    assert length_ms(tmp_path / "out.wav") == 2000 + END_PAUSE_MS


def test_what_is_no_wav_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"nothing")

    with pytest.raises(ToolError):
        PydubEditing().assemble(tmp_path / "a.wav", tmp_path / "out.wav", level_lufs=-20.0, chime=False)

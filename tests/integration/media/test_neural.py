from __future__ import annotations

import wave
from pathlib import Path

import pytest

from cms.speech.service.phonology import PHONOLOGY
from media.errors import BrokenVoiceError, NoVoiceError, ToolError
from media.ffmpeg import FfmpegTools
from media.neural.voice import NeuralVoice, vietnamese_letters
from media.voices import chosen_voices
from tests.builders.voices.tiny_voice import LETTER_MS, PHONEMES, RATE_HZ, tiny_piper_voice, tiny_voice

TEXT = "hai"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_voice(tmp_path / "tiny")


def length_ms(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, RATE_HZ)
        return int(file.getnframes()) * 1000 / RATE_HZ


def test_a_supplied_voice_speaks_its_language_and_says_who_it_is(folder: Path, tmp_path: Path) -> None:
    name = NeuralVoice(folder, "vi").speak(TEXT, "vi-VN", tmp_path / "a.wav")

    assert name == "sherpa-onnx tiny"
    assert length_ms(tmp_path / "a.wav") == pytest.approx(LETTER_MS * len(TEXT), abs=LETTER_MS)
    assert FfmpegTools().measure(tmp_path / "a.wav").true_peak_dbtp == pytest.approx(-10.5, abs=0.5)


def test_it_is_slower_where_asked_to_be(folder: Path, tmp_path: Path) -> None:
    NeuralVoice(folder, "vi").speak(TEXT, "vi", tmp_path / "a.wav")
    NeuralVoice(folder, "vi", speed=0.5).speak(TEXT, "vi", tmp_path / "b.wav")

    assert length_ms(tmp_path / "b.wav") == pytest.approx(2 * length_ms(tmp_path / "a.wav"))


def test_it_never_reads_another_language(folder: Path, tmp_path: Path) -> None:
    voice = NeuralVoice(folder, "vi")

    assert not voice.speaks("cjm")
    assert voice.name("cjm") == ""
    with pytest.raises(NoVoiceError):
        voice.speak(TEXT, "cjm", tmp_path / "a.wav")


def test_a_good_folder_is_not_refused(folder: Path) -> None:
    NeuralVoice(folder, "vi").refuse_mute()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda folder: (folder / "vi.onnx").unlink(), "NO_MODEL"),
        (lambda folder: (folder / "en.onnx").write_bytes(b""), "MANY_MODELS"),
        (lambda folder: (folder / "tokens.txt").unlink(), "NO_CONFIG"),
        (lambda folder: (folder / "espeak-ng-data").mkdir(), "ESPEAK_DATA"),
        (lambda folder: (folder / "vi.onnx").write_bytes(b"no model"), "MUTE"),
        (lambda folder: (folder / "tokens.txt").write_text(""), "LETTERS"),
    ],
)
def test_a_broken_folder_is_refused_with_what_is_wrong(folder: Path, broken: object, reason: str) -> None:
    assert callable(broken)
    broken(folder)

    with pytest.raises(BrokenVoiceError) as raised:
        NeuralVoice(folder, "vi").refuse_mute()
    assert raised.value.reason == reason
    assert str(folder) in str(raised.value)


def test_a_voice_that_would_leave_out_a_letter_fails_and_espeak_says_the_text(folder: Path, tmp_path: Path) -> None:
    voices = chosen_voices(f"vi={folder}", PHONOLOGY)
    tokens = (folder / "tokens.txt").read_text().replace("\nợ ", "\n# ")
    (folder / "tokens.txt").write_text(tokens)

    with pytest.raises(ToolError, match="ợ"):
        NeuralVoice(folder, "vi").speak("không được ra khơi", "vi", tmp_path / "a.wav")
    assert voices.speak("không được ra khơi", "vi", tmp_path / "a.wav") == "espeak-ng vi"
    with pytest.raises(BrokenVoiceError, match="ợ") as raised:
        voices.refuse_mute()
    assert raised.value.reason == "LETTERS"


def test_a_voice_that_lacks_any_letter_is_refused_with_it(folder: Path) -> None:
    tokens = (folder / "tokens.txt").read_text()
    for letter in vietnamese_letters():
        (folder / "tokens.txt").write_text(tokens.replace(f"\n{letter} ", "\n# "))
        assert NeuralVoice(folder, "vi", phonology=PHONOLOGY).coverage().lacking == (letter,)


def test_a_voice_of_words_fails_on_a_word_it_does_not_list(folder: Path, tmp_path: Path) -> None:
    (folder / "lexicon.txt").write_text("chào c h à o\n")

    with pytest.raises(ToolError, match="xin"):
        NeuralVoice(folder, "vi").speak("Xin chào.", "vi", tmp_path / "a.wav")


def test_a_voice_of_phonemes_speaks_by_the_pinned_library(tmp_path: Path) -> None:
    voice = NeuralVoice(tiny_piper_voice(tmp_path / "piper"), "vi")
    voice.refuse_mute()

    assert voice.speak("Mời bà con.", "vi", tmp_path / "a.wav") == "sherpa-onnx piper"
    short, long = length_ms(tmp_path / "a.wav"), tmp_path / "b.wav"
    voice.speak("Mời bà con, mời bà con. Xin chào!", "vi", long)
    assert length_ms(long) > 2 * short > 0


def test_a_voice_of_phonemes_fails_on_one_it_has_no_sound_for(tmp_path: Path) -> None:
    folder = tiny_piper_voice(tmp_path / "piper", PHONEMES.replace("ŋ", ""))

    with pytest.raises(ToolError, match="ŋ"):
        NeuralVoice(folder, "vi").speak("Không được ra khơi.", "vi", tmp_path / "a.wav")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenVoiceError, match="no such folder"):
        NeuralVoice(tmp_path / "none", "vi").refuse_mute()


def test_a_missing_library_is_told_with_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.neural.layouts.find_spec", lambda _module: None)

    with pytest.raises(BrokenVoiceError, match=r"requirements/voice\.txt"):
        NeuralVoice(folder, "vi").refuse_mute()


def test_a_voice_that_breaks_later_has_its_text_said_by_espeak_in_the_same_language(
    folder: Path, tmp_path: Path
) -> None:
    voices = chosen_voices(f"vi={folder}, en={folder}", PHONOLOGY)
    voices.refuse_mute()
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == "sherpa-onnx tiny"

    (folder / "vi.onnx").write_bytes(b"no model")
    voices = chosen_voices(f"vi={folder}, en={folder}", PHONOLOGY)

    assert voices.speak(TEXT, "vi", tmp_path / "b.wav") == "espeak-ng vi"
    with pytest.raises(ToolError):
        voices.speak(TEXT, "en", tmp_path / "c.wav")
    with pytest.raises(BrokenVoiceError, match="did not speak"):
        voices.refuse_mute()


def test_each_language_is_spoken_by_what_was_chosen_for_it(folder: Path, tmp_path: Path) -> None:
    voices = chosen_voices(f"vi={folder},en=espeak-ng:en-gb", PHONOLOGY)

    assert [voices.name(each) for each in ("vi", "en", "cjm")] == ["sherpa-onnx tiny", "espeak-ng en-gb", ""]
    assert [voices.speaks(each) for each in ("vi", "en", "cjm")] == [True, True, False]
    assert voices.speak("Hello", "en", tmp_path / "a.wav") == "espeak-ng en-gb"
    with pytest.raises(NoVoiceError):
        voices.speak("Hello", "cjm", tmp_path / "a.wav")


def test_a_language_that_is_to_be_recorded_is_spoken_by_nobody() -> None:
    assert not chosen_voices("vi=recorded", PHONOLOGY).speaks("vi")

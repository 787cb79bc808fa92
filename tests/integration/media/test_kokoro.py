"""Kokoro as a voice: said whole or not at all, in time or not at all; espeak-ng says the rest."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cms.speech.service.phonology import PHONOLOGY
from media.errors import BrokenVoiceError, NoVoiceError, ToolError
from media.ffmpeg import FfmpegTools
from media.kokoro.parts import SOUND
from media.kokoro.prosody import RATE_HZ
from media.kokoro.script import scripts
from media.kokoro.voice import AT_ONCE, KokoroVoice
from media.model_voice import Patience
from media.speech import EspeakVoice
from media.voices import ChosenVoices, chosen_voices
from tests.builders.voices.tiny_kokoro import tiny_kokoro

TEXT = "Kính thưa bà con, đang có bão."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_kokoro(tmp_path / "kokoro")


@pytest.fixture
def voice(folder: Path) -> Iterator[KokoroVoice]:
    made = KokoroVoice(PHONOLOGY, folder=folder)
    yield made
    made.close()


def length_s(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, RATE_HZ)
        return int(file.getnframes()) / RATE_HZ


def test_it_speaks_vietnamese_and_says_who_it_is(voice: KokoroVoice, tmp_path: Path) -> None:
    assert voice.speak(TEXT, "vi-VN", tmp_path / "a.wav") == "kokoro female"
    assert voice.speak(TEXT * 20, "vi", tmp_path / "b.wav") == "kokoro female"

    assert 1 < length_s(tmp_path / "a.wav") < 6
    assert length_s(tmp_path / "b.wav") > 15 * length_s(tmp_path / "a.wav")
    assert FfmpegTools().measure(tmp_path / "a.wav").integrated_lufs > -40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "b.wav", "kokoro"]


def test_it_speaks_no_other_language(voice: KokoroVoice, tmp_path: Path) -> None:
    assert (voice.speaks("en"), voice.name("en"), voice.pieces("A. B.", "en")) == (False, "", ("A. B.",))
    with pytest.raises(NoVoiceError):
        voice.speak("Hello", "en", tmp_path / "a.wav")


@pytest.mark.parametrize(("text", "what"), [("Không được 会议 ra khơi.", "会议"), ("…", "no word")])
def test_a_text_that_it_would_not_say_whole_is_refused(
    voice: KokoroVoice, tmp_path: Path, text: str, what: str
) -> None:
    with pytest.raises(ToolError, match=what):
        voice.speak(text, "vi", tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


def test_the_sentence_that_it_refuses_is_said_by_espeak(voice: KokoroVoice, tmp_path: Path) -> None:
    voices = ChosenVoices({"vi": voice}, EspeakVoice())
    pieces = voices.pieces("Bà con chú ý. Họp 会议 lúc bảy giờ. Hết.", "vi")

    said = [voices.speak(piece, "vi", tmp_path / f"{number}.wav") for number, piece in enumerate(pieces)]

    assert said == ["kokoro female", "espeak-ng vi", "kokoro female"]
    assert voices.pieces("Hello. Hello.", "en") == ("Hello. Hello.",)


def test_a_model_that_breaks_gives_way_to_espeak_and_is_tried_again(
    folder: Path, voice: KokoroVoice, tmp_path: Path
) -> None:
    voices = ChosenVoices({"vi": voice}, EspeakVoice())
    whole = (folder / SOUND).read_bytes()
    (folder / SOUND).write_bytes(b"no model")
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == "espeak-ng vi"

    (folder / SOUND).write_bytes(whole)

    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == "kokoro female"


def test_a_model_that_fails_on_a_text_says_why_and_goes_on(folder: Path, tmp_path: Path) -> None:
    (folder / "female.bin").write_bytes(b"")
    voice = KokoroVoice(PHONOLOGY, folder=folder)
    try:
        with pytest.raises(ToolError, match="IndexError"):
            voice.speak(TEXT, "vi", tmp_path / "a.wav")
    finally:
        voice.close()


def test_what_takes_too_long_is_left_to_espeak(folder: Path, voice: KokoroVoice, tmp_path: Path) -> None:
    hasty = KokoroVoice(PHONOLOGY, folder=folder, patience=Patience(0.0, 0.0, is_whole=True))
    try:
        assert hasty.pieces("Một. Hai.", "vi") == ("Một. Hai.",)
        assert ChosenVoices({"vi": hasty}, EspeakVoice()).speak(TEXT, "vi", tmp_path / "a.wav") == "espeak-ng vi"
    finally:
        hasty.close()


def test_scripts_made_at_once_sound_as_one_after_the_other(folder: Path, voice: KokoroVoice, tmp_path: Path) -> None:
    sides = ("đồi", "biển", "chợ", "đình", "kênh", "ruộng")
    text = " ".join(f"Bà con thôn {each} hãy đi ngay về phía {side}." for each in ("hai", "ba") for side in sides)
    urgent = KokoroVoice(PHONOLOGY, folder=folder, patience=Patience(60.0, 0.0, is_whole=True))
    try:
        urgent.speak(text, "vi", tmp_path / "at once.wav")
    finally:
        urgent.close()

    voice.speak(text, "vi", tmp_path / "one by one.wav")

    assert (tmp_path / "at once.wav").read_bytes() == (tmp_path / "one by one.wav").read_bytes()
    assert len(list(scripts(PHONOLOGY.read(text, "announcer")))) > AT_ONCE


def test_what_would_take_too_long_by_its_pace_so_far_is_not_begun_until_that_is_forgotten(
    voice: KokoroVoice, tmp_path: Path
) -> None:
    voice.speak(TEXT, "vi", tmp_path / "a.wav")
    calm, voice._patience = voice._patience, Patience(0.0, 1e-9)

    with pytest.raises(ToolError, match="longer than"):
        voice.speak(TEXT, "vi", tmp_path / "b.wav")

    voice._patience, voice._syllable_s = calm, 2 * calm.base_s
    refused = 0
    while voice._syllable_s * 7 > calm.base_s + 7 * calm.syllable_s:
        with pytest.raises(ToolError, match="longer than"):
            voice.speak(TEXT, "vi", tmp_path / "b.wav")
        refused += 1
    assert refused > 1
    assert voice.speak(TEXT, "vi", tmp_path / "b.wav") == "kokoro female"


def test_an_installed_voice_says_every_syllable(voice: KokoroVoice) -> None:
    voice.refuse_mute()


def test_one_that_lacks_a_syllable_is_refused_with_it(folder: Path) -> None:
    def shapes() -> list[str]:
        return ["ba", "会", "bão", "ba ba"]

    voice = KokoroVoice(replace(PHONOLOGY, shapes=shapes), folder=folder)

    with pytest.raises(BrokenVoiceError, match="ba ba") as raised:
        voice.refuse_mute()
    assert raised.value.reason == "LETTERS"
    assert raised.value.detail == "会 ba ba"


def test_one_that_is_not_installed_is_refused(folder: Path) -> None:
    (folder / SOUND).unlink()

    assert not KokoroVoice(PHONOLOGY, folder=folder).is_installed()
    with pytest.raises(BrokenVoiceError, match="make setup"):
        KokoroVoice(PHONOLOGY, folder=folder).refuse_mute()


def test_one_whose_model_does_not_speak_is_refused(folder: Path, voice: KokoroVoice) -> None:
    (folder / SOUND).write_bytes(b"no model")

    with pytest.raises(BrokenVoiceError, match="did not speak"):
        voice.refuse_mute()


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("kokoro", "kokoro female"),
        ("kokoro:male", "kokoro male"),
        ("kokoro:female-southern", "kokoro female"),
        ("kokoro-northern", "kokoro female"),
        ("espeak-ng", "espeak-ng vi"),
    ],
)
def test_the_voice_and_the_dialect_are_chosen(choice: str, name: str) -> None:
    assert chosen_voices(f"vi={choice}", PHONOLOGY).name("vi") == name


def test_where_nothing_is_chosen_it_speaks_if_it_is_installed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.kokoro.voice.FOLDER", folder)
    assert chosen_voices("", PHONOLOGY).name("vi") == "kokoro female"

    monkeypatch.setattr("media.kokoro.voice.FOLDER", tmp_path / "none")
    assert chosen_voices("", PHONOLOGY).name("vi") == "espeak-ng vi"


def test_a_repeat_of_an_alert_says_the_same_scripts_and_one_more(
    voice: KokoroVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    say = voice._say

    def listening(request: Mapping[str, Any], count: int, into: Path, until_s: float) -> dict[str, Any]:
        asked.append(request["scripts"])
        return say(request, count, into, until_s)

    monkeypatch.setattr(voice, "_say", listening)
    voice.speak(TEXT, "vi", tmp_path / "a.wav")
    voice.speak(f"Nhắc lại cảnh báo.\n{TEXT}", "vi", tmp_path / "b.wav")
    first, again = asked
    assert again[1:] == first
    assert len(again) == len(first) + 1


def test_an_engine_that_is_late_says_so_and_is_kept(folder: Path, tmp_path: Path) -> None:
    hasty = KokoroVoice(PHONOLOGY, folder=folder, patience=Patience(60.0, 0.0, is_whole=True))
    many = [each.encoded() for count in range(40) for each in scripts(PHONOLOGY.read("ba " * (count + 1), "announcer"))]
    try:
        hasty.speak(TEXT, "vi", tmp_path / "a.wav")
        engine = hasty._process._child
        with pytest.raises(ToolError, match="not ready in time"):
            hasty._ask({"scripts": many, "rate": 1.0, "until_s": 0.0}, tmp_path / "b.wav", 60.0)
        assert hasty._process._child is engine
    finally:
        hasty.close()

"""Voices as operators download them: each layout speaks all that it is given, or refuses it by name."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cms.speech.service.phonology import PHONOLOGY
from media.engine import EngineProcess
from media.errors import BrokenVoiceError, ToolError
from media.model_voice import Patience
from media.neural.layouts import Layout, Notation, decomposed, packs_of, read_folder
from media.neural.models import loaded
from media.neural.voice import NeuralVoice
from media.speech import EspeakVoice
from media.voices import ChosenVoices, chosen_voices
from tests.builders.voices import tiny_voice as tiny
from tests.builders.voices.tone_model import heard

TEXT = "Mời bà con."
PIPER_SAID = "^mˈəː2j bˈaː2 kˌɔ1n.$"
KOKORO_SAID = "_mˈəː↘j bˈaː↘ kˌɔn._"
Make = Callable[..., Path]


def numbers(said: str, signs: str, blank: int | None = None) -> list[int]:
    """Return the numbers of signs, with a blank between two."""
    own = [signs.index(sign) for sign in said]
    return own if blank is None else [number for each in own for number in (each, blank)][:-1]


def said_by(folder: Path, into: Path, text: str = TEXT, speaker: str = "") -> list[int]:
    voice = NeuralVoice(folder, "vi", speaker=speaker, phonology=PHONOLOGY)
    voice.refuse_lacking(voice.coverage().lacking)
    voice.speak(text, "vi", into)
    return heard(into)


def test_piper_as_published_speaks_and_says_what_its_pack_for_sherpa_onnx_says(tmp_path: Path) -> None:
    wanted = numbers(PIPER_SAID, tiny.PHONEMES, blank=0)

    assert said_by(tiny.tiny_piper(tmp_path / "a"), tmp_path / "a.wav") == wanted
    assert said_by(tiny.tiny_piper_voice(tmp_path / "b"), tmp_path / "b.wav") == wanted


def test_a_pack_for_sherpa_onnx_without_data_of_espeak_is_known_by_its_phonemes(tmp_path: Path) -> None:
    folder = tiny.tiny_piper_voice(tmp_path / "a")
    shutil.rmtree(folder / "espeak-ng-data")

    assert said_by(folder, tmp_path / "a.wav") == numbers(PIPER_SAID, tiny.PHONEMES, blank=0)


def test_a_piper_voice_is_given_the_dialect_that_it_was_trained_on(tmp_path: Path) -> None:
    signs = f"{tiny.PHONEMES}ʝ"
    folder = tiny.tiny_piper(tmp_path / "a", signs, espeak="vi-vn-x-south")

    assert said_by(folder, tmp_path / "a.wav", "Rau.") == numbers("^ɣˈaːʊ7.$", signs, blank=0)


def test_sentences_have_a_pause_between_them(tmp_path: Path) -> None:
    voice = NeuralVoice(tiny.tiny_piper(tmp_path / "a"), "vi", patience=Patience(60.0, 0.0, is_whole=True))
    text = "Mời bà con. Có bão."
    assert voice.pieces(text, "vi") == (text,)

    voice.speak(text, "vi", tmp_path / "a.wav")

    silence = [-5, -5]
    assert silence == [each for each in heard(tmp_path / "a.wav") if each < 0]


def test_piper_of_letters_speaks(tmp_path: Path) -> None:
    signs = "_^$" + "".join(sorted({*decomposed(tiny.LETTERS + tiny.LETTERS.upper())} - {"_"}))

    said = said_by(tiny.tiny_piper(tmp_path / "a", signs, kind="text"), tmp_path / "a.wav")

    assert said == numbers(f"^{decomposed(TEXT)}$", signs, blank=0)


def test_vits_of_letters_speaks(tmp_path: Path) -> None:
    assert said_by(tiny.tiny_voice(tmp_path / "a"), tmp_path / "a.wav") == numbers(TEXT.lower(), tiny.LETTERS)


@pytest.mark.parametrize("style", ["ref_s", "style"])
def test_a_fine_tuned_kokoro_speaks(tmp_path: Path, style: str) -> None:
    folder = tiny.tiny_fine_tune(tmp_path / "a", style=style)

    assert said_by(folder, tmp_path / "a.wav") == numbers(KOKORO_SAID, tiny.KOKORO_SIGNS)


def test_matcha_speaks_by_its_vocoder(tmp_path: Path) -> None:
    said = numbers(PIPER_SAID[1:-1], tiny.PHONEMES, blank=0)

    assert said_by(tiny.tiny_matcha(tmp_path / "a"), tmp_path / "a.wav") == [0, *said, 0]


def test_supertonic_speaks_vietnamese(tmp_path: Path) -> None:
    signs = "".join(sorted({*decomposed(tiny.LETTERS + tiny.LETTERS.upper()), *'</>"'}))

    said = said_by(tiny.tiny_supertonic(tmp_path / "a"), tmp_path / "a.wav")

    assert said == numbers(f"<vi>{decomposed(TEXT)}</vi>", signs)


@pytest.mark.parametrize(
    ("make", "speakers"),
    [
        (lambda folder: tiny.tiny_piper(folder, speakers=("an", "bình")), ["an", "bình"]),
        (tiny.tiny_fine_tune, ["diem_trinh", "duc_an", "mai_linh"]),
        (tiny.tiny_supertonic, ["0", "1"]),
    ],
)
def test_the_speaker_is_chosen_by_name_or_number(make: Make, speakers: list[str], tmp_path: Path) -> None:
    folder = make(tmp_path / "a")
    first = said_by(folder, tmp_path / "a.wav")

    second = said_by(folder, tmp_path / "b.wav", speaker=speakers[1])
    assert second == said_by(folder, tmp_path / "c.wav", speaker="1") != first
    assert len(second) == len(first)
    assert chosen_voices(f"vi={folder}:{speakers[1]}", PHONOLOGY).name("vi").endswith(f" a {speakers[1]}")
    with pytest.raises(BrokenVoiceError) as raised:
        NeuralVoice(folder, "vi", speaker="9").refuse_mute()
    assert f"it has no speaker '9', but: {', '.join(speakers)}" in str(raised.value)


@pytest.mark.parametrize(
    ("make", "lacked", "text"),
    [
        (lambda folder: tiny.tiny_piper(folder, tiny.PHONEMES.replace("ŋ", "")), "ŋ", "Không được ra khơi."),
        (lambda folder: tiny.tiny_piper(folder, tiny.PHONEMES.replace("6", "")), "6", "Không được ra khơi."),
        (lambda folder: tiny.tiny_piper_voice(folder, tiny.PHONEMES.replace("ŋ", "")), "ŋ", "Không ra khơi."),
        (lambda folder: tiny.tiny_matcha(folder, tiny.PHONEMES.replace("ŋ", "")), "ŋ", "Không ra khơi."),
        (lambda folder: tiny.tiny_fine_tune(folder, tiny.KOKORO_SIGNS.replace("θ", "")), "θ", "Thông báo."),
        (lambda folder: tiny.tiny_fine_tune(folder, tiny.KOKORO_SIGNS.replace("↓", "")), "↓", "Được ra khơi."),
        (lambda folder: tiny.tiny_supertonic(folder, tiny.LETTERS.replace("đ", "")), "đ", "Không được ra khơi."),
    ],
)
def test_a_voice_that_lacks_a_sound_or_tone_is_refused_with_it_and_fails_the_sentence(
    make: Make, lacked: str, text: str, tmp_path: Path
) -> None:
    folder = make(tmp_path / "a")
    voices = chosen_voices(f"vi={folder}", PHONOLOGY)

    with pytest.raises(BrokenVoiceError) as raised:
        voices.refuse_mute()
    assert (raised.value.reason, raised.value.detail) == ("LETTERS", lacked)
    assert NeuralVoice(folder, "vi", phonology=PHONOLOGY).coverage().unsaid
    with pytest.raises(ToolError, match=lacked):
        NeuralVoice(folder, "vi").speak(text, "vi", tmp_path / "a.wav")
    assert voices.speak(text, "vi", tmp_path / "a.wav") == "espeak-ng vi"
    assert voices.speak("Bà con.", "vi", tmp_path / "a.wav") == voices.name("vi")


@pytest.mark.parametrize("make", tiny.LAYOUTS)
@pytest.mark.parametrize("text", ["Họp 会议 lúc bảy giờ.", "…", "Số điện thоại."])
def test_no_letter_of_another_script_is_left_out(make: Make, text: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError):
        NeuralVoice(make(tmp_path / "a"), "vi").speak(text, "vi", tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize("make", tiny.LAYOUTS)
def test_an_engine_that_is_frozen_or_killed_holds_nobody(
    make: Make, tmp_path: Path, engines: list[EngineProcess]
) -> None:
    voice = NeuralVoice(make(tmp_path / "a"), "vi")
    voices = ChosenVoices({"vi": voice}, EspeakVoice())
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == voice.name("vi")

    os.kill(_pid(engines), signal.SIGKILL)
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == voice.name("vi")

    os.kill(_pid(engines), signal.SIGSTOP)
    voice._patience, voice._syllable_s = Patience(0.3, 0.0), 0.0
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == "espeak-ng vi"
    assert engines[0]._child is None


def _pid(engines: list[EngineProcess]) -> int:
    child = engines[0]._child
    assert child is not None
    return child.pid


@pytest.mark.parametrize(
    ("make", "file", "reason"),
    [
        (tiny.tiny_fine_tune, "config.json", "NO_CONFIG"),
        (tiny.tiny_supertonic, "voice.bin", "MISSING"),
        (tiny.tiny_supertonic, "vocoder.int8.onnx", "MISSING"),
        (tiny.tiny_matcha, "hifigan_v2.onnx", "MISSING"),
    ],
)
def test_a_folder_with_a_file_missing_is_refused(make: Make, file: str, reason: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "a")
    (folder / file).unlink()

    with pytest.raises(BrokenVoiceError) as raised:
        NeuralVoice(folder, "vi", phonology=PHONOLOGY).refuse_mute()
    assert raised.value.reason == reason
    assert reason != "MISSING" or file.removesuffix(".int8.onnx") in raised.value.detail


def test_two_parts_of_one_kind_and_no_voice_pack_are_refused(tmp_path: Path) -> None:
    both = tiny.tiny_supertonic(tmp_path / "a")
    (both / "vocoder.onnx").touch()
    with pytest.raises(BrokenVoiceError, match=r"vocoder\.int8\.onnx, vocoder\.onnx"):
        NeuralVoice(both, "vi").refuse_mute()

    bare = tiny.tiny_fine_tune(tmp_path / "b")
    for pack in packs_of(bare).values():
        pack.unlink()
    with pytest.raises(BrokenVoiceError, match="voicepacks/NAME"):
        NeuralVoice(bare, "vi").refuse_mute()


def test_each_layout_is_recognised(tmp_path: Path) -> None:
    found = {make.__name__: NeuralVoice(make(tmp_path / make.__name__), "vi").folder for make in tiny.LAYOUTS}

    assert {name: (folder.layout, folder.notation) for name, folder in found.items()} == {
        "tiny_voice": (Layout.VITS, Notation.LETTERS),
        "tiny_piper": (Layout.PIPER, Notation.PHONEMES),
        "tiny_piper_voice": (Layout.VITS, Notation.PHONEMES),
        "tiny_fine_tune": (Layout.KOKORO, Notation.KOKORO),
        "tiny_matcha": (Layout.MATCHA, Notation.PHONEMES),
        "tiny_supertonic": (Layout.SUPERTONIC, Notation.DECOMPOSED),
    }


def test_a_sentence_too_long_for_kokoro_is_said_by_the_next_engine(tmp_path: Path) -> None:
    voices = chosen_voices(f"vi={tiny.tiny_fine_tune(tmp_path / 'a')}", PHONOLOGY)

    assert voices.speak("bà con " * 80, "vi", tmp_path / "a.wav") == "espeak-ng vi"


def test_a_syllable_that_espeak_would_shorten_fails_the_sentence(tmp_path: Path) -> None:
    voices = chosen_voices(f"vi={tiny.tiny_piper(tmp_path / 'a')}", PHONOLOGY)

    with pytest.raises(ToolError, match="ông gin"):
        NeuralVoice(tmp_path / "a", "vi").speak("Mời bà con, ông gin.", "vi", tmp_path / "a.wav")
    assert voices.speak("Mời bà con, ông gin.", "vi", tmp_path / "a.wav") == "espeak-ng vi"


def test_a_folder_that_is_gone_leaves_its_texts_to_the_next_engine(tmp_path: Path) -> None:
    voices = chosen_voices(f"vi={tmp_path / 'gone'}", PHONOLOGY)

    assert voices.name("vi") == "sherpa-onnx gone"
    assert voices.speak(TEXT, "vi", tmp_path / "a.wav") == "espeak-ng vi"


def test_without_espeak_or_with_another_output_there_are_no_phonemes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = NeuralVoice(tiny.tiny_piper(tmp_path / "a"), "vi", phonology=PHONOLOGY)
    monkeypatch.setattr("media.neural.phonemes.ESPEAK", "no-such-program")
    with pytest.raises(BrokenVoiceError, match="not installed"):
        voice.refuse_mute()

    monkeypatch.setattr("media.neural.phonemes.engine.run", lambda *_command, text: "")
    with pytest.raises(ToolError, match="1 parts have 0 lines"):
        voice.speak(TEXT, "vi", tmp_path / "a.wav")


def test_a_voice_of_words_that_lists_too_few_is_refused_with_the_letters_of_none(tmp_path: Path) -> None:
    folder = tiny.tiny_voice(tmp_path / "a")
    letters = "".join(tiny.LETTERS.split())
    (folder / "lexicon.txt").write_text(f"{letters.replace('ợ', '')} c h à o\n")

    with pytest.raises(BrokenVoiceError) as raised:
        NeuralVoice(folder, "vi", phonology=PHONOLOGY).refuse_mute()
    assert (raised.value.reason, raised.value.detail) == ("LETTERS", "ợ")


@pytest.mark.parametrize(
    ("make", "line"), [(tiny.tiny_piper, "mˈəː2j."), (tiny.tiny_fine_tune, "mˈəː↘j."), (tiny.tiny_fine_tune, "." * 511)]
)
def test_a_loaded_model_says_a_line_slower_where_asked_or_not_at_all(make: Make, line: str, tmp_path: Path) -> None:
    model = loaded(read_folder(make(tmp_path / "a")), "vi")
    if len(line) > 510:
        with pytest.raises(ValueError, match="511 signs"):
            model.say(line, 0, 1.0)
        return
    samples = model.say(line, 0, 1.0)

    assert samples.size % (model.rate_hz // 10) == 0
    assert model.say(line, 0, 0.5).size == 2 * samples.size
    assert not (samples == model.say(line.replace("m", "n"), 0, 1.0)).all()
    with pytest.raises(KeyError):
        model.say("会", 0, 1.0)

"""Every syllable of Vietnamese × every layout of operators' voices: spoken whole or refused, none shortened."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from broadcast.speech.phonology.syllables import STOPS, parse
from cms.speech.service.phonology import PHONOLOGY
from media import engine
from media.neural.layouts import Notation, decomposed
from media.neural.phonemes import spelled
from media.neural.voice import NeuralVoice
from tests.builders.voices import tiny_voice as tiny
from tests.builders.voices.syllables import inventory

SYLLABLES = tuple(inventory())
_SHORT = {"gi", "gim", "gin", "ging", "ginh", "quỳu", "quýu", "quỷu", "quỹu", "quỵu"}
"""Those that espeak-ng 1.52 says without a vowel."""
_VOWEL = re.compile("[aeiouyæøœɐɑɒɔəɛɤɪɯʊʌ]")
_TONES = {
    Notation.PHONEMES: {"ngang": "[17]", "huyền": "2", "sắc": "ɜ", "hỏi": "4", "ngã": "5", "nặng": "6"},
    Notation.KOKORO: {"ngang": "", "huyền": "↘", "sắc": "↗", "hỏi": "↓", "ngã": "ʔ↗", "nặng": "ʔ↓"},
}
_run_once = cache(engine.run)


@pytest.fixture(autouse=True)
def _share_phonemes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let espeak-ng read a text once for all layouts that give it the same."""
    monkeypatch.setattr("media.neural.phonemes.engine.run", _run_once)


@cache
def phonemes(notation: Notation) -> dict[str, str]:
    return dict(zip(SYLLABLES, spelled(SYLLABLES, notation, "vi"), strict=True))


@pytest.mark.parametrize("make", tiny.LAYOUTS)
def test_every_syllable_is_spoken_or_refused(make: Callable[..., Path], tmp_path: Path) -> None:
    voice = NeuralVoice(make(tmp_path / "a"), "vi", phonology=replace(PHONOLOGY, shapes=lambda: SYLLABLES))

    coverage = voice.coverage()

    refused = _SHORT if voice.folder.notation in _TONES else set()
    assert (coverage.lacking, set(coverage.unsaid), coverage.tried) == ((), refused, len(SYLLABLES))


@pytest.mark.parametrize("notation", list(_TONES))
def test_the_phonemes_of_every_syllable_have_its_onset_vowel_tone_and_final_consonant(notation: Notation) -> None:
    for word in SYLLABLES:
        syllable, said = parse(word), phonemes(notation)[word]
        assert syllable is not None
        if not said or " " in said:
            # Named letter by letter: no word.
            assert word in _SHORT or said.startswith(("bˈe ˈu", "bˈe1 ˈu1")), word
            continue
        first = _VOWEL.search(said)
        assert first, word
        assert not syllable.onset or said[: first.start()].strip("ˈˌwj") or word.startswith("y"), word
        tone = _TONES[notation][str(syllable.tone)]
        assert re.search(tone, said), (word, said)
        assert not _VOWEL.match(said[-1]) or syllable.coda not in {*STOPS, "m", "n", "ng", "nh"}, (word, said)


@pytest.mark.parametrize("make", tiny.LAYOUTS)
def test_of_random_bulletins_no_word_is_lost(make: Callable[..., Path], tmp_path: Path) -> None:
    chance = random.Random(16)
    voice = NeuralVoice(make(tmp_path / "a"), "vi")
    words = chance.choices([word for word in SYLLABLES if word not in _SHORT], k=10_000)
    text = "".join(word + chance.choice((" ", " ", " ", ", ", ". ", "? ", "\n")) for word in words)

    lines = voice._lines(text)

    assert voice._unknown(text, lines) == []
    match voice.folder.notation:
        case Notation.PHONEMES:
            assert len(re.findall("[1-7ɜ]", "".join(lines))) >= len(words)
        case Notation.KOKORO:
            said = [word.strip(",.?") for line in lines for word in line.split()]
            assert "".join(said) == "".join(phonemes(Notation.KOKORO)[word] for word in words).replace(" ", "")
        case _:
            assert lines == [text if voice.folder.notation is Notation.LETTERS else decomposed(text)]

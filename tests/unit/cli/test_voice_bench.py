"""Horn, STOI, confusions, settings and sentences of the benches of the voice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.speed.speech import BULLETINS
from bench.voice import settings
from bench.voice.confusions import Confusions
from bench.voice.corpus import SENTENCES, sentences_of
from bench.voice.stoi import stoi
from broadcast.speech.normalization import read
from broadcast.speech.phonology.breath_groups import breath_groups
from broadcast.speech.word_errors import words
from media.horn import ECHO_DB, ECHO_S, WIND_SNR_DB, in_band, through_horn
from media.kokoro import prosody, script

RATE_HZ = 24_000


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def syllables(seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Make two seconds of noise in four bursts a second."""
    noise = np.random.default_rng(seed).standard_normal(2 * RATE_HZ)
    return np.asarray(noise * (1.05 + np.sin(2 * np.pi * 4 * np.arange(noise.size) / RATE_HZ)))


@pytest.mark.parametrize(
    ("hertz", "is_kept"), [(100, False), (300, True), (3_000, True), (6_000, True), (9_000, False)]
)
def test_the_horn_has_its_band(hertz: float, is_kept: bool) -> None:
    left = float(np.std(in_band(tone(hertz), RATE_HZ)) / np.std(tone(hertz)))
    assert left == pytest.approx(1 if is_kept else 0, abs=0.02)


def test_the_horn_echoes_over_the_wind() -> None:
    click = np.zeros(RATE_HZ)
    click[1000] = 1.0
    heard = through_horn(click, RATE_HZ)
    assert heard.size == click.size + round(ECHO_S * RATE_HZ)
    echo = 1000 + round(ECHO_S * RATE_HZ)
    assert abs(heard[echo]) / abs(heard[1000]) == pytest.approx(10 ** (ECHO_DB / 20), rel=0.2)
    speech = syllables()
    quiet = in_band(through_horn(speech, RATE_HZ), RATE_HZ)
    assert WIND_SNR_DB > 0
    assert np.array_equal(quiet, in_band(through_horn(speech, RATE_HZ), RATE_HZ))
    assert float(np.abs(through_horn(speech, RATE_HZ)).max()) <= 1


def test_stoi_is_one_for_the_same_sound_and_falls_with_noise() -> None:
    clean = syllables()
    figures = [stoi(clean, clean + gain * syllables(2)[::-1], RATE_HZ) for gain in (0, 0.3, 1, 3)]
    assert figures[0] == pytest.approx(1)
    assert all(after < before for before, after in pairwise(figures))
    assert figures[-1] < 0.5
    assert stoi(clean, 0.1 * clean, RATE_HZ) == pytest.approx(1)


def test_a_sound_too_short_for_stoi_is_refused() -> None:
    with pytest.raises(ValueError, match="384 ms"):
        stoi(tone(500, 0.3), tone(500, 0.3), RATE_HZ)


def test_the_misheard_part_of_a_syllable_is_counted() -> None:
    counted = Confusions()
    counted.add("năm nghìn đồng", "năm nhìn tùng")
    assert counted.heard["onset", "ng", "nh"] == 1
    assert counted.heard["onset", "đ", "t"] == 1
    assert counted.heard["nucleus", "ô", "u"] == 1
    assert counted.wrong["tone", "huyền"] == 0
    assert counted.words["đồng", "tùng"] == 1
    counted.add("một hộ", "một")
    assert counted.heard["onset", "h", "nothing"] == 1
    assert [row for row in counted.rows(least=1) if row.startswith("coda")]


def constants() -> dict[str, object]:
    return {
        "short": prosody.SHORT_VOWEL,
        "ươ": script.NUCLEI["ươ"],
        "ươi": script.RIME_NUCLEI.get("ươi"),
        "ngã": prosody.CONTOURS["ngã"],
    }


def test_settings_hold_for_a_while() -> None:
    before, in_force = constants(), settings.in_force()
    changed = {
        "prosody.SHORT_VOWEL": 0.5,
        "script.NUCLEI.ươ": "ɯɤ",
        "script.RIME_NUCLEI.ươi": "ɯ",
        "prosody.CONTOURS.ngã": [[0, 0], [1, 5]],
        "rate": 0.8,
    }
    with settings.applied(changed):
        assert constants() == {"short": 0.5, "ươ": "ɯɤ", "ươi": "ɯ", "ngã": ((0, 0), (1, 5))}
        assert settings.in_force() != in_force
    assert constants() == before
    assert settings.in_force() == in_force


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(AttributeError), settings.applied({"prosody.LOUDNESS": 1}):
        pass


def test_sentences_to_tune_on_are_readable_and_none_of_the_bulletins() -> None:
    assert len(set(SENTENCES)) == len(SENTENCES) >= 200
    assert not _runs(BULLETINS) & _runs(SENTENCES)
    for sentence in SENTENCES:
        assert words(read(sentence).spoken) == words(sentence)
        assert breath_groups(sentence)


def _runs(texts: tuple[str, ...], length: int = 5) -> set[tuple[str, ...]]:
    """Return every run of so many words."""
    each = [words(read(text).spoken) for text in texts]
    return {tuple(some[at : at + length]) for some in each for at in range(len(some) - length + 1)}


def test_the_parts_of_the_sentences_are_disjoint() -> None:
    tuning, held_out = sentences_of("tuning"), sentences_of("held-out")
    assert not set(tuning) & set(held_out)
    assert set(tuning) | set(held_out) == set(sentences_of("all")) == set(SENTENCES)
    assert len(set(sentences_of("tuning", 30))) == 30

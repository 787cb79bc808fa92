"""Horn, STOI, STI, confusions, settings and sentences of the benches of the voice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from bench.speed.speech import BULLETINS
from bench.voice import settings
from bench.voice.confusions import Confusions
from bench.voice.corpus import SENTENCES, sentences_of
from bench.voice.sti import MODULATIONS_HZ, modulation_transfer, speech_sti, transmission_index
from bench.voice.stoi import stoi
from broadcast.speech.normalization import read
from broadcast.speech.phonology.breath_groups import breath_groups
from broadcast.speech.word_errors import words
from media.horn import ECHO_DB, ECHO_S, WIND_SNR_DB, Samples, in_band, through_horn
from media.kokoro import prosody, script

RATE_HZ = 24_000
PERIOD_S = 4
EXACT_HZ = np.rint(MODULATIONS_HZ * PERIOD_S) / PERIOD_S
"""Modulations, rounded to whole cycles of so short a signal."""


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def syllables(seed: int = 1) -> Samples:
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


def noisy(samples: Samples, snr_db: float) -> Samples:
    """Add stationary noise with the long-term spectrum of the sound."""
    spectrum = np.abs(np.fft.rfft(samples))
    phases = np.exp(2j * np.pi * np.random.default_rng(3).random(spectrum.size))
    return samples + np.fft.irfft(spectrum * phases, samples.size) * 10 ** (-snr_db / 20)


def echoed(samples: Samples) -> Samples:
    delay = round(ECHO_S * RATE_HZ)
    return samples + 10 ** (ECHO_DB / 20) * np.pad(samples, (delay, 0))[: samples.size]


def reverberant(samples: Samples, decay_s: float) -> Samples:
    """Let the sound decay by 60 dB in so many seconds."""
    time_s = np.arange(round(decay_s * RATE_HZ)) / RATE_HZ
    response = np.random.default_rng(3).standard_normal(time_s.size) * 10 ** (-3 * time_s / decay_s)
    size = samples.size + response.size
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: samples.size])


def measured_transfer(channel: Callable[[Samples], Samples]) -> Samples:
    return modulation_transfer(channel, RATE_HZ, PERIOD_S)


@pytest.mark.parametrize(("snr_db", "index"), [(-20, 0), (-15, 0), (-6, 0.3), (0, 0.5), (9, 0.8), (15, 1), (40, 1)])
def test_one_signal_to_noise_ratio_everywhere_is_its_share_of_thirty_decibels(snr_db: float, index: float) -> None:
    assert transmission_index(np.full((7, 14), 1 / (1 + 10 ** (-snr_db / 10)))) == pytest.approx(index, abs=1e-6)


def test_the_octaves_have_the_weights_of_male_speech() -> None:
    only = [transmission_index(np.repeat(np.eye(7)[:, [band]], 14, axis=1)) for band in range(7)]
    assert only == pytest.approx([0.085, 0.127, 0.230, 0.233, 0.309, 0.224, 0.173])
    neighbours = transmission_index(np.repeat(np.eye(7)[:, [4]] + np.eye(7)[:, [5]], 14, axis=1))
    assert neighbours == pytest.approx(0.309 + 0.224 - 0.047)


def test_a_clean_channel_leaves_every_modulation() -> None:
    transfer = measured_transfer(lambda samples: 0.1 * samples)
    assert transfer == pytest.approx(np.ones((7, 14)))
    assert transmission_index(transfer) == pytest.approx(1)


def test_test_signals_measure_the_noise_of_a_channel() -> None:
    index = transmission_index(measured_transfer(lambda samples: noisy(samples, -6)))
    assert index == pytest.approx(0.3, abs=0.01)


def test_test_signals_measure_an_echo() -> None:
    power = 10 ** (ECHO_DB / 10)
    expected = np.abs(1 + power * np.exp(-2j * np.pi * EXACT_HZ * ECHO_S)) / (1 + power)
    transfer = measured_transfer(echoed)
    # A narrow band's noise is less like its mean.
    assert transfer[:3] == pytest.approx(np.tile(expected, (3, 1)), abs=0.1)
    assert transfer[3:] == pytest.approx(np.tile(expected, (4, 1)), abs=0.03)
    assert transmission_index(transfer) == pytest.approx(transmission_index(np.tile(expected, (7, 1))), abs=0.01)


def test_test_signals_measure_reverberation() -> None:
    expected = 1 / np.sqrt(1 + (2 * np.pi * EXACT_HZ * 1.0 / 13.8) ** 2)
    transfer = measured_transfer(lambda samples: reverberant(samples, 1.0))
    assert transfer[4:].mean(axis=0) == pytest.approx(expected, abs=0.05)
    assert transmission_index(transfer) == pytest.approx(transmission_index(np.tile(expected, (7, 1))), abs=0.02)


def test_the_index_of_speech_is_one_for_the_same_sound_however_loud() -> None:
    clean = syllables()
    assert speech_sti(clean, clean, RATE_HZ) == pytest.approx(1)
    assert speech_sti(clean, 0.01 * np.pad(clean, (0, 999)), RATE_HZ) == pytest.approx(1)


@pytest.mark.parametrize("snr_db", [-10, -5, 0, 5, 10])
def test_the_index_of_speech_in_noise_is_that_of_a_test_signal(snr_db: float) -> None:
    assert speech_sti(syllables(), noisy(syllables(), snr_db), RATE_HZ) == pytest.approx((snr_db + 15) / 30, abs=0.02)


def test_the_index_of_speech_falls_by_its_echo() -> None:
    # Intensity (1.05 + sin ωt)² with ω of 4 Hz: the correlation with itself 150 ms later, and its slope.
    turn = 2 * np.pi * 4 * ECHO_S
    correlation = (2.1**2 * np.cos(turn) + 0.5**2 * np.cos(2 * turn)) / (2.1**2 + 0.5**2)
    power = 10 ** (ECHO_DB / 10)
    expected = transmission_index(np.full((7, 1), (1 + power * correlation) / (1 + power)))
    assert speech_sti(syllables(), echoed(syllables()), RATE_HZ) == pytest.approx(expected, abs=0.03)


def test_silence_has_no_index() -> None:
    with pytest.raises(ValueError, match="no speech"):
        speech_sti(np.zeros(RATE_HZ), syllables(), RATE_HZ)


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

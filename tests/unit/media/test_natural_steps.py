"""Natural steps: against the loss of each sound, however much more the loss varies with some features than others."""

from __future__ import annotations

import numpy as np
import pytest

from bench.voice.natural_steps import STYLE_VALUES, Additions, Array, MeasuredSentence, NaturalSteps
from media.kokoro.accent import FEATURES

SOUNDS = (("edge",), ("onset:b",), ("vowel:a", "tone:huyền"), ("edge",))


def sentence(number: int, wanted: Array, scales: Array) -> MeasuredSentence:
    """Measure a loss that falls towards ``wanted`` for the vowel, and is noise for all others."""
    chance = np.random.default_rng(number)
    gradients = chance.standard_normal((len(SOUNDS), FEATURES + 1)) * scales
    gradients[2] -= wanted * scales
    return MeasuredSentence(SOUNDS, gradients, chance.standard_normal(STYLE_VALUES) + 0.5)


@pytest.fixture(scope="module")
def learned() -> tuple[Additions, Array]:
    chance = np.random.default_rng(99)
    scales = np.append(np.where(np.arange(FEATURES) < 4, 100.0, 1.0), 1.0)
    wanted = np.append(chance.choice([-1.0, 1.0], FEATURES), 1.0)
    measured = [sentence(number, wanted, scales) for number in range(150)]
    steps, additions = NaturalSteps(measured), Additions()
    for each in measured:
        steps.step(additions, each, 1.0)
    return additions, wanted


def test_a_sound_moves_against_its_loss_in_features_on_which_little_depends_too(
    learned: tuple[Additions, Array],
) -> None:
    additions, wanted = learned
    moved = additions.sounds["vowel:a"]
    assert np.mean(np.sign(moved[4:FEATURES]) == wanted[4:FEATURES]) > 0.9
    assert np.sign(moved[FEATURES]) == wanted[FEATURES]
    weak, strong = np.abs(moved[4:FEATURES]).mean(), np.abs(moved[:4]).mean()
    assert 0.1 < weak / strong < 1000, "the strong ones do not drown the others"


def test_the_style_moves_against_its_loss_and_a_sound_of_mere_noise_nowhere(learned: tuple[Additions, Array]) -> None:
    additions, wanted = learned
    assert (additions.style < 0).mean() > 0.9
    noise = additions.sounds["onset:b"][4:FEATURES]
    assert abs(np.mean(np.sign(noise) == wanted[4:FEATURES]) - 0.5) < 0.1


def test_additions_of_a_symbol_are_those_of_all_its_names() -> None:
    one = np.ones(FEATURES + 1)
    additions = Additions({"vowel:a": one, "tone:huyền": 2 * one})
    assert additions.of(SOUNDS)[:, 0].tolist() == [0, 0, 3, 0]


def test_a_rare_sound_moves_less_than_a_frequent_one_that_asks_the_same() -> None:
    chance = np.random.default_rng(4)
    rows = np.tile(chance.standard_normal(FEATURES + 1), (2, 1))
    style = np.ones(STYLE_VALUES)
    measured = [
        MeasuredSentence((("rare",) if number == 0 else ("often",), ("often",)), rows, style) for number in range(60)
    ]
    steps, additions = NaturalSteps(measured), Additions()
    for each in measured:
        steps.step(additions, each, 1.0)
    assert np.linalg.norm(additions.sounds["rare"]) < 0.2 * np.linalg.norm(additions.sounds["often"])

"""Steps of a natural gradient: the recogniser's loss by each sound, weighed by how much it varies with the features.

Nearly all of the loss depends on a handful of the 512 features: along the plain gradient these overshoot before any
other moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.kokoro.accent import FEATURES, summed

Array = NDArray[np.float64]
DAMPING: Final = 0.1
"""Of the mean variance, added to that of each direction."""
DOUBT: Final = 20
"""Occurrences that count as evidence for no change: rare sounds move less."""
ENERGY_SHARE: Final = 0.3
STYLE_SHARE: Final = 0.5
LIMIT_PERCENT: Final = 85
"""Gradients longer than those of so many symbols are cut to that length."""
STYLE_LIMIT: Final = 200.0
STYLE_VALUES: Final = 256


@dataclass(frozen=True, slots=True)
class MeasuredSentence:
    """Gradients of one sentence's loss: a row for each symbol, by the names of its additions, and the style's."""

    sounds: tuple[tuple[str, ...], ...]
    gradients: Array
    style: Array


@dataclass(slots=True)
class Additions:
    """Accent as it is learned."""

    sounds: dict[str, Array] = field(default_factory=dict)
    style: Array = field(default_factory=lambda: np.zeros(STYLE_VALUES))

    def of(self, sounds: Sequence[tuple[str, ...]]) -> Array:
        """Return what is added to each symbol, in rows."""
        return summed(self.sounds, sounds)


class NaturalSteps:
    """Rule of the steps, from the gradients of many sentences at the start."""

    def __init__(self, measured: Sequence[MeasuredSentence]) -> None:
        rows = np.concatenate([each.gradients for each in measured])
        self._limit = float(np.percentile(np.linalg.norm(rows[:, :FEATURES], axis=1), LIMIT_PERCENT))
        limited = self._limited(rows)
        features = limited[:, :FEATURES]
        values, directions = np.linalg.eigh(features.T @ features / len(features))
        values = np.maximum(values, 0)
        self._inverse: Array = (directions / (values + DAMPING * values.mean())) @ directions.T
        self._energy_variance = float(np.mean(limited[:, FEATURES] ** 2))
        styles = np.array([_style(each) for each in measured])
        variance = (styles**2).mean(axis=0)
        self._style_variance = variance + DAMPING * variance.mean()
        self._sentences = len(measured)
        self._counts = Counter(name for each in measured for names in each.sounds for name in names)

    def step(self, additions: Additions, at: MeasuredSentence, size: float) -> None:
        """Change the additions against one sentence's gradients; ``size`` 1 over all sentences is one whole step."""
        limited = self._limited(at.gradients)
        wanted = np.column_stack(
            [
                limited[:, :FEATURES] @ self._inverse,
                ENERGY_SHARE * limited[:, FEATURES] / self._energy_variance,
            ]
        )
        for names, row in zip(at.sounds, wanted, strict=True):
            for name in names:
                now = additions.sounds.get(name, np.zeros(FEATURES + 1))
                additions.sounds[name] = now - size * row / (self._counts[name] + DOUBT)
        additions.style = additions.style - size * STYLE_SHARE * _style(at) / self._style_variance / self._sentences

    def _limited(self, rows: Array) -> Array:
        lengths = np.linalg.norm(rows[:, :FEATURES], axis=1)
        return np.asarray(rows * np.minimum(1, self._limit / (lengths + 1e-9))[:, None])


def _style(of: MeasuredSentence) -> Array:
    return of.style * min(1.0, STYLE_LIMIT / (float(np.linalg.norm(of.style)) + 1e-9))

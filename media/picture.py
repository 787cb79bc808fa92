"""Waveform document of a sound: outline and loudness over time, as received and as aired; kept in the content store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from media.model import Loudness

KIND = "waveform"
OUTLINE = "outline"
MEDIA_TYPE = "application/json"
VERSION = 1
POINTS = 300
"""Figures of loudness over time, at most."""
AUDIBLE_LUFS = -70.0
"""The gate of R 128: below it nothing is audible, and the meter has not filled its first three seconds."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side. ``peaks`` as in ``media.peaks``; ``short_term_lufs`` in equal steps, None below the gate."""

    duration_ms: int
    integrated_lufs: float
    true_peak_dbtp: float
    peaks: tuple[int, ...]
    short_term_lufs: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class LoudnessPicture:
    """Both sides: ``before`` is the recording or the voice as received, ``after`` is aired."""

    before: Side
    after: Side


def side(figures: Loudness, peaks: Sequence[int], gain_db: float = 0.0) -> Side:
    """Return one side; ``gain_db`` is the gain by which the sound was lowered before it was measured."""
    return Side(
        duration_ms=figures.duration_ms,
        integrated_lufs=round(figures.integrated_lufs + gain_db, 1),
        true_peak_dbtp=round(figures.true_peak_dbtp + gain_db, 1),
        peaks=tuple(peaks),
        short_term_lufs=_thinned(figures.short_term_lufs, gain_db),
    )


def encoded(picture: LoudnessPicture) -> bytes:
    """Return the one encoding of it: the same picture gives the same bytes."""
    return json.dumps({"v": VERSION, **asdict(picture)}, separators=(",", ":")).encode()


def encoded_outline(duration_ms: int, peaks: Sequence[int]) -> bytes:
    """Encode the outline of a whole recording, for setting cues in it; ``peaks`` as in ``media.peaks``."""
    return json.dumps({"v": VERSION, "duration_ms": duration_ms, "peaks": tuple(peaks)}, separators=(",", ":")).encode()


def decoded(data: bytes) -> LoudnessPicture:
    """Read a picture that :func:`encoded` wrote."""
    body = json.loads(data)
    return LoudnessPicture(_side(body["before"]), _side(body["after"]))


def _side(told: dict[str, Any]) -> Side:
    return Side(**{**told, "peaks": tuple(told["peaks"]), "short_term_lufs": tuple(told["short_term_lufs"])})


def _thinned(found: Sequence[float], gain_db: float) -> tuple[float | None, ...]:
    """Return the loudest of each stretch, so that no rise is lost."""
    count = min(POINTS, len(found))
    bounds = [len(found) * n // count for n in range(count + 1)] if count else []
    loudest = (max(found[start:end]) + gain_db for start, end in pairwise(bounds))
    return tuple(round(each, 1) if each > AUDIBLE_LUFS else None for each in loudest)

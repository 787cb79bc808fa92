"""The outline of a sound: how far it swings in each of many equal stretches, for drawing."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.errors import ToolError

COUNT = 800
"""More columns than a screen draws of it."""
FULL = 100
"""A swing of full scale."""
_CHUNK_FRAMES = 1 << 18
_TOP = 1 << 15


def peaks_of(wav: Path, gain_db: float = 0.0) -> tuple[int, ...]:
    """At most :data:`COUNT` figures of 0 to :data:`FULL`, in order of time.

    ``wav`` is mono PCM of 16, 24 or 32 bits; read piece by piece, so that two hours need no more memory than a minute.
    Raises ToolError.
    """
    try:
        with wave.open(str(wav), "rb") as sound:
            swings = _swings(sound)
    except (OSError, EOFError, wave.Error) as error:
        raise ToolError("peaks", str(error)) from error
    scaled = np.rint(swings * (FULL / _TOP * 10 ** (gain_db / 20)))
    return tuple(int(each) for each in np.minimum(scaled, FULL))


def _swings(sound: wave.Wave_read) -> NDArray[np.float64]:
    total = sound.getnframes()
    count = min(COUNT, total)
    swings = np.zeros(count)
    at = 0
    for samples in _chunks(sound):
        places = (np.arange(at, at + len(samples)) * count) // total
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        found = np.maximum.reduceat(np.abs(samples), starts)
        # A stretch may run from one chunk into the next.
        swings[places[starts]] = np.maximum(swings[places[starts]], found)
        at += len(samples)
    return swings


def _chunks(sound: wave.Wave_read) -> Iterator[NDArray[np.int32]]:
    """The upper 16 bits of each sample: finer is nothing that can be seen."""
    width = sound.getsampwidth()
    while data := sound.readframes(_CHUNK_FRAMES):
        upper = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)[:, -2:]
        yield np.ascontiguousarray(upper).view("<i2")[:, 0].astype(np.int32)

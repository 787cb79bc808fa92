"""Samples of mono WAV files."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_wave(path: Path) -> tuple[NDArray[np.float64], int]:
    """Return the samples of a mono WAV of 16 or 32 bits, and its rate."""
    with wave.open(str(path)) as file:
        width = file.getsampwidth()
        samples = np.frombuffer(file.readframes(file.getnframes()), f"<i{width}")
        return samples / 2.0 ** (8 * width - 1), file.getframerate()


def write_wave(path: Path, samples: NDArray[Any], rate_hz: int) -> None:
    """Write a mono WAV of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())

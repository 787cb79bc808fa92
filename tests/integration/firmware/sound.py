"""Distinctive sound, encoded as the server would send it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

RATE_HZ = 48_000


def opus(folder: Path, seconds: float, *, seed: int = 1) -> bytes:
    """Return Ogg Opus of coloured noise that swells: speech-like enough, and similar to nothing else."""
    count = round(seconds * RATE_HZ)
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.normal(size=count), np.ones(24) / 24, mode="same")
    swell = 0.5 + 0.5 * np.sin(np.arange(count) * 2 * np.pi * 3 / RATE_HZ)
    pcm = (noise * swell / np.abs(noise).max() * 20_000).astype(np.int16)
    target = folder / f"noise-{seed}.opus"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-"]
    subprocess.run([*command, "-c:a", "libopus", "-b:a", "32k", str(target)], input=pcm.tobytes(), check=True)
    return target.read_bytes()

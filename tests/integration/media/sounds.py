"""Short sounds made by the tests: speech-like bursts at a chosen level, and files in every container."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]


def bursts(level_dbfs: float, *, rate_hz: int = 44_100, seconds: float = 2.0, seed: int = 7) -> Wave:
    """Return syllables of noise with silences between, of this RMS level."""
    count = int(rate_hz * seconds)
    at = np.arange(count) / rate_hz
    noise = np.convolve(np.random.default_rng(seed).normal(size=count), np.ones(8) / 8, "same")
    shaped = noise * np.clip(np.sin(2 * np.pi * 3 * at), 0, 1) ** 2
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)) * 10 ** (level_dbfs / 20))


def chords(level: float, *, rate_hz: int = 44_100, seconds: float = 6.0) -> Wave:
    """Return four plucked chords with overtones, one after the other, as music has them."""
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    since = at % 1.5
    root_hz = np.array([220.0, 174.6, 261.6, 196.0])[(at // 1.5).astype(int) % 4]
    tones = sum(np.sin(2 * np.pi * root_hz * step * since) / step for step in (1, 1.25, 1.5, 2, 3, 4))
    return np.asarray(level * tones / 3 * np.exp(-since / 0.6) * np.clip(since / 0.005, 0, 1))


def square(*, rate_hz: int = 44_100, seconds: float = 2.0) -> Wave:
    """Return the loudest possible sound: clipped."""
    return np.asarray(np.sign(np.sin(2 * np.pi * 440 * np.arange(int(rate_hz * seconds)) / rate_hz)))


def knocks(speech_dbfs: float, *, rate_hz: int = 44_100) -> Wave:
    """Return quiet speech with knocks at full scale."""
    sound = bursts(speech_dbfs, rate_hz=rate_hz)
    sound[:: rate_hz // 2] = 1.0
    sound[1 :: rate_hz // 2] = -1.0
    return sound


def write_wav(path: Path, *channels: Wave, rate_hz: int = 44_100) -> Path:
    """Write 16-bit samples, one array per channel."""
    frames = np.stack([np.clip(c, -1, 1) for c in channels], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((frames * 32767).astype("<i2").tobytes())
    return path


def ffmpeg(*arguments: str) -> None:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, timeout=60)


def sine(path: Path, *options: str, seconds: float = 2.0) -> Path:
    """Write a tone in the container and codec of the name and the options."""
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency=500:duration={seconds}", *options, str(path))
    return path

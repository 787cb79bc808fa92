"""Speaker: a synthetic voice, and its frames as a browser's encoder makes them."""

from __future__ import annotations

from collections.abc import Sequence

import av
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
OPUS_HZ = 48_000
PACKET = OPUS_HZ // 50


def voice(seconds: float, rate_hz: int = OPUS_HZ) -> Samples:
    """Return harmonics of a pitch that rises and falls, in syllables; never silent for long."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    pitch = 140 + 30 * np.sin(2 * np.pi * 0.7 * t) + 12 * np.sin(2 * np.pi * 2.3 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    tone = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllables = 0.35 + 0.65 * np.abs(np.sin(2 * np.pi * 2.1 * t))
    return np.asarray(tone * syllables * 5_000, dtype=np.int16)


def packets(samples: Samples) -> list[bytes]:
    """Encode as Opus at 24 kbit/s in packets of 20 ms, mono."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = OPUS_HZ, "mono", "s16", 24_000
    encoder.options = {"frame_duration": "20", "application": "voip"}
    found: list[bytes] = []
    for start in range(0, len(samples) - PACKET + 1, PACKET):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + PACKET], format="s16", layout="mono")
        frame.sample_rate, frame.pts = OPUS_HZ, start
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found


def frames(samples: Samples, frame_ms: int = 100) -> list[tuple[bytes, ...]]:
    """Return the packets of each frame."""
    return _grouped(packets(samples), frame_ms // 20)


def _grouped(sound: Sequence[bytes], count: int) -> list[tuple[bytes, ...]]:
    return [tuple(sound[start : start + count]) for start in range(0, len(sound) - count + 1, count)]

"""Limits of a recording; each bound with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """Limits. ``timeout_s`` bounds one call of a tool: the longest item takes about a tenth of it on two cores."""

    max_bytes: int = 50 * 1024 * 1024
    max_duration_ms: int = 30 * 60 * 1000
    min_duration_ms: int = 400  # one block of EBU R 128
    min_sample_rate_hz: int = 8_000  # a telephone
    max_sample_rate_hz: int = 192_000
    max_channels: int = 8
    max_streams: int = 4  # the sound and some cover pictures
    timeout_s: float = 180.0

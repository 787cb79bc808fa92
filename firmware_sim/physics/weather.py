"""Weather at a pole of the south-central coast: temperature, sun and humidity by hour and the day's clouds."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from firmware_sim.physics.dice import dice

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
MEAN_C: Final = 27.0
SWING_C: Final = 4.5
"""Half of the range from the night's minimum to the afternoon's maximum."""
HOTTEST_H: Final = 14.0
SUNRISE_H: Final = 5.7
SUNSET_H: Final = 17.9
DAMP_MEAN_PCT: Final = 78.0
DAMP_SWING_PCT: Final = 12.0
"""Humidity is highest when it is coolest."""


@dataclass(frozen=True, slots=True)
class Air:
    """Weather at an instant. ``temp`` in °C, ``sun`` from 0 (night, or clouded over) to 1, ``hum`` in per cent."""

    temp: float
    sun: float
    hum: float


@dataclass(frozen=True, slots=True)
class Weather:
    """Weather of a region, the same for every device. ``utc_offset_min``: local time less UTC."""

    seed: int
    utc_offset_min: int = 420

    def at(self, now_ms: int) -> Air:
        local_ms = now_ms + self.utc_offset_min * 60_000
        day, ms = divmod(local_ms, DAY_MS)
        hour = ms / HOUR_MS
        cover, warmer = _day(self.seed, day)
        swing = math.cos((hour - HOTTEST_H) / 24 * 2 * math.pi)
        light = math.sin(math.pi * (hour - SUNRISE_H) / (SUNSET_H - SUNRISE_H)) if SUNRISE_H < hour < SUNSET_H else 0.0
        return Air(
            temp=MEAN_C + warmer + SWING_C * (1 - cover / 2) * swing,
            sun=light * (1 - cover),
            hum=min(100.0, DAMP_MEAN_PCT + 10 * cover - DAMP_SWING_PCT * swing),
        )


@lru_cache(maxsize=64)
def _day(seed: int, day: int) -> tuple[float, float]:
    """Return the day's cloud cover (0 to 0.9), and its deviation from the mean temperature (°C)."""
    chance = dice(seed, "weather", day)
    return 0.9 * chance.random(), chance.gauss(0.0, 1.2)

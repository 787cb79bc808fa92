"""Thermal model of a body that is heated and cooled: one thermal resistance, one time constant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

SUN_LIFT_C: Final = 16.0
"""A grey device in full sun is this much warmer inside than the air."""
BOX_C_PER_W: Final = 0.45
ENCLOSURE_TAU_S: Final = 2_400.0
SINK_C_PER_W: Final = 1.1
SINK_TAU_S: Final = 420.0
"""An amplifier's heat sink: minutes, where the device takes the better part of an hour."""


@dataclass(slots=True)
class Body:
    """Heated body. ``temp``: now, in °C; ``tau_s``: time constant, after which 63 % of a change has come."""

    temp: float
    tau_s: float

    def step(self, seconds: float, towards: float) -> None:
        """Advance the temperature under a load that leads to ``towards`` in the end. Exact for any length."""
        self.temp = towards + (self.temp - towards) * math.exp(-max(0.0, seconds) / self.tau_s)


def enclosure_settles_at(air_c: float, sun: float, loss_w: float) -> float:
    """Return the temperature in the device that air, sun and heat loss inside lead to."""
    return air_c + SUN_LIFT_C * sun + BOX_C_PER_W * loss_w


def sink_settles_at(box_c: float, loss_w: float) -> float:
    """Return the temperature that the amplifier's heat sink settles at, in the device."""
    return box_c + SINK_C_PER_W * loss_w

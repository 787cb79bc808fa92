"""Noise of the street at a microphone: a steady level with its flutter, and vehicles that pass.

A vehicle is a point source that passes at a constant speed: its level falls by the square of its distance.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from firmware_sim.physics.amplifier import STREET_DB
from firmware_sim.physics.dice import dice

FLUTTER_MS: Final = 500
VEHICLE_DB: Final = (5.0, 25.0)
"""Loudest instant of a vehicle, above the steady level: a motorbike afar, a lorry at the pole."""
NEAR_FOR_MS: Final = (400, 3_000)
"""Time in which a vehicle covers its least distance to the pole: 6 m at 15 m/s, 15 m at 5 m/s."""
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class AmbientNoise:
    """Noise of all streets, drawn from the seed. ``vehicles``: that pass each pole in a minute."""

    steady_db: float = STREET_DB
    flutter_db: float = 0.0
    vehicles: int = 0
    seed: int = 0

    def power(self, name: str, at_ms: float) -> float:
        """Return the power at the microphone of a box; 1.0 is full scale."""
        minute, steady = int(at_ms // _MINUTE_MS), self.steady_db
        if self.flutter_db:
            steady += _flutter(self, name, int(at_ms // FLUTTER_MS))
        found = 10 ** (steady / 10)
        if self.vehicles:
            for each in (minute - 1, minute, minute + 1):
                for passes_at, near_ms, loudest in _vehicles(self, name, each):
                    found += loudest / (1 + ((at_ms - passes_at) / near_ms) ** 2)
        return found


@lru_cache(maxsize=4_096)
def _flutter(noise: AmbientNoise, name: str, number: int) -> float:
    return dice(noise.seed, name, "flutter", number).gauss(0.0, noise.flutter_db)


@lru_cache(maxsize=4_096)
def _vehicles(noise: AmbientNoise, name: str, minute: int) -> tuple[tuple[float, float, float], ...]:
    """Draw the vehicles of a minute: when each is nearest, for how long, and its power then."""
    chance = dice(noise.seed, name, "vehicles", minute)
    return tuple(
        (
            (minute + chance.random()) * _MINUTE_MS,
            chance.uniform(*NEAR_FOR_MS),
            10 ** ((noise.steady_db + chance.uniform(*VEHICLE_DB)) / 10),
        )
        for _ in range(noise.vehicles)
    )

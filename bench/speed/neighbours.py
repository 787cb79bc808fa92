"""``loa bench neighbours``: how often a mute box says rightly that it heard the alert of its neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from devices.health.neighbour_proof import HEARD_ABOVE_DB, neighbours_db
from firmware_sim.core.effects import Clip, Part, Silence, Tone
from firmware_sim.physics.ambient_noise import AmbientNoise
from firmware_sim.physics.amplifier import IDLE_MA
from firmware_sim.physics.dice import dice
from firmware_sim.physics.sound_field import SoundField
from firmware_sim.sound.round_levels import RoundTiming
from firmware_sim.sound.silent_player import NOMINAL_LEVEL

TOLERANCE_DB: Final = 3.0
"""Of a level against the truth: flutter of the street, and the softest tenth of the frames."""
STEADY_DB: Final = (-55.0, -45.0)
FLUTTER_DB: Final = 1.5
VEHICLES: Final = {"calm": 0, "night": 1, "day": 4, "busy": 20}
"""Vehicles that pass a pole in a minute, by street."""
AWAY_M: Final = (30.0, 600.0)
LATE_MS: Final = 300
"""Devices begin up to this apart: their commands travel, and their clocks differ."""
MUTE_SHARE: Final = 0.3
_BEGIN_MS: Final = 3_600_000
_A_DEGREE_M: Final = 111_195
_WORDS: Final = Clip("0" * 64, 12_000)
_ROUNDS: Final[Sequence[tuple[Part, ...]]] = (
    (Tone("siren-a", 10_000), _WORDS, Silence(2_000), _WORDS, Silence(2_000), _WORDS),
    tuple(part for _ in range(5) for part in (Tone("siren-b", 4_000), Silence(2_500))),
)
"""Rounds of the national table, and of a siren in blasts."""


@dataclass(frozen=True, slots=True)
class NeighbourCase:
    """One mute box: the level that it reported, and that of the alert there above the steady street."""

    reported_db: float | None
    true_db: float
    above_db: float

    @property
    def is_false(self) -> bool:
        """Return whether it heard what was not there, or was too soft to be heard."""
        return self.reported_db is not None and self.above_db < HEARD_ABOVE_DB - TOLERANCE_DB

    @property
    def is_loud(self) -> bool:
        return self.above_db >= HEARD_ABOVE_DB + TOLERANCE_DB

    @property
    def error_db(self) -> float:
        return 0.0 if self.reported_db is None else abs(self.reported_db - self.true_db)


@click.command("neighbours")
@click.option("--boxes", default=1_000, show_default=True, help="Mute boxes, on each of the streets.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def neighbours(*, boxes: int, seed: int, as_json: bool) -> None:
    """Compare what mute boxes report of their neighbours with the truth; exit status 1 if one heard what was not there.

    Each has up to four others around it, some of them mute too, at drawn distances and starts.
    """
    rows = list(_rows(boxes, seed))
    print_rows(rows, as_json=as_json)
    if any(row.baseline is not None and row.value > row.baseline for row in rows):
        raise click.exceptions.Exit(1)


def _rows(boxes: int, seed: int) -> Iterator[Row]:
    for name, vehicles in VEHICLES.items():
        cases = [drawn_case(dice(seed, name, number), vehicles) for number in range(boxes)]
        loud = [each for each in cases if each.is_loud]
        silent = [each for each in cases if each.true_db == -math.inf]
        yield Row.against(f"heard_falsely_{name}", boxes, sum(each.is_false for each in cases), "", baseline=0)
        yield Row.against(f"level_error_max_{name}", boxes, _worst(cases), "dB", baseline=TOLERANCE_DB)
        yield Row(f"none_sounds_{name}", boxes, len(silent), "")
        yield Row(f"found_of_loud_{name}", len(loud), _pct(loud), "%")


def drawn_case(chance: Random, vehicles: int) -> NeighbourCase:
    """Sound a round around a mute box on a drawn street."""
    noise = AmbientNoise(chance.uniform(*STEADY_DB), FLUTTER_DB, vehicles, chance.randrange(2**31))
    metres = [chance.choice((-1, 1)) * chance.uniform(*AWAY_M) for _ in range(chance.randint(1, 4))]
    sounding = [each for each in metres if chance.random() >= MUTE_SHARE]
    parts = chance.choice(_ROUNDS)
    field = SoundField(
        {"mute": (11.0, 108.0), **{f"l{n}": (11.0 + each / _A_DEGREE_M, 108.0) for n, each in enumerate(sounding)}},
        noise=noise,
    )
    mute = _timing(parts, _BEGIN_MS + chance.randint(0, LATE_MS))
    for number in range(len(sounding)):
        begin_ms = _BEGIN_MS + chance.randint(0, LATE_MS)
        other = _timing(parts, begin_ms)
        field.sounds(f"l{number}", begin_ms, NOMINAL_LEVEL, other)
        field.sounds(f"l{number}", other.filled_to, 0.0)
    levels = mute.levels(mute.filled_to, lambda at_ms: field.level_db("mute", at_ms), IDLE_MA)
    power = field.others("mute", _BEGIN_MS + 3_000)  # within the first tone of all
    true_db = 10 * math.log10(power) if power else -math.inf
    return NeighbourCase(neighbours_db(levels), true_db, true_db - noise.steady_db)


def _timing(parts: Sequence[Part], begin_ms: int) -> RoundTiming:
    timing = RoundTiming()
    timing.lay(parts, begin_ms)
    return timing


def _worst(cases: Sequence[NeighbourCase]) -> float:
    return max((each.error_db for each in cases), default=0.0)


def _pct(cases: Sequence[NeighbourCase]) -> float:
    """Return how many were found."""
    return round(100 * sum(each.reported_db is not None for each in cases) / len(cases), 1) if cases else 0.0

"""Noise of the street: the same for the same seed, and a vehicle that comes and goes smoothly."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from firmware_sim.physics.ambient_noise import VEHICLE_DB, AmbientNoise
from firmware_sim.physics.amplifier import STREET_DB


def levels(noise: AmbientNoise, name: str = "l01") -> list[float]:
    return [10 * math.log10(noise.power(name, at_ms)) for at_ms in range(0, 600_000, 100)]


def test_a_street_without_flutter_and_vehicles_is_steady() -> None:
    assert levels(AmbientNoise()) == pytest.approx([STREET_DB] * 6_000)


def test_noise_follows_from_seed_and_place_alone() -> None:
    noise = AmbientNoise(flutter_db=1.5, vehicles=4, seed=7)
    assert levels(noise) == levels(AmbientNoise(flutter_db=1.5, vehicles=4, seed=7))
    assert levels(noise) != levels(noise, "l02")
    assert levels(noise) != levels(AmbientNoise(flutter_db=1.5, vehicles=4, seed=8))


def test_vehicles_are_loud_for_a_while_and_never_begin_at_once() -> None:
    found = levels(AmbientNoise(vehicles=4))
    assert min(found) < STREET_DB + VEHICLE_DB[0]
    assert STREET_DB + 15 < max(found) < STREET_DB + VEHICLE_DB[1] + 6
    assert max(abs(later - before) for before, later in pairwise(found)) < 3

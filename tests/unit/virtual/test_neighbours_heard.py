"""A mute box hears the alert of its neighbours: by distance and noise, never where they do not sound."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

import pytest

from devices.health.neighbour_proof import HEARD_ABOVE_DB, neighbours_db
from devices.protocol import codec
from devices.protocol.messages import Ack, Blasts, RoundLevels
from firmware_sim.physics.ambient_noise import AmbientNoise
from tests.unit.virtual.test_sound_field import line
from tests.unit.virtual.world import MINUTE, SECOND, World

BLASTS: Final = Blasts(count=4, on_ms=6_000, off_ms=2_500)
QUIET: Final = AmbientNoise(flutter_db=1.0)


def sounded(*metres: float, mute: int = 0, noise: AmbientNoise = QUIET, blasts: Blasts | None = BLASTS) -> World:
    """Sound an alert on boxes along a road, the first ``mute`` of them with a dead amplifier."""
    world = World(len(metres), points=line(*metres), noise=noise)
    for device in list(world.fleet.devices.values())[:mute]:
        device.physics.amplifier.is_dead = True
    world.run(MINUTE)
    world.tell_time()
    world.alert("alert-1", blasts=blasts)
    world.run(2 * MINUTE)
    return world


def measured(world: World, number: int = 1) -> RoundLevels | None:
    """Return the levels that a box reported with the end of its first round."""
    acks = [codec.decode(Ack, body) for _, topic, body in world.heard if topic.endswith(f"l{number:02d}/ack")]
    (done,) = (ack for ack in acks if ack.st == "done")
    assert done.proof is not None
    assert [record.proof for record in world.records() if record.proof == done.proof]
    return done.proof.levels


def test_a_mute_box_hears_its_neighbour_in_the_blasts_and_the_street_in_the_pauses() -> None:
    world = sounded(0, 100, mute=1)
    found = measured(world)
    assert found is not None
    assert found.pauses == BLASTS.count - 1
    assert found.amp_ma == 60
    assert found.sounding_db == pytest.approx(-40, abs=1)
    assert found.pause_db == pytest.approx(-55, abs=3)
    assert neighbours_db(found) == found.sounding_db


def test_a_box_that_sounds_says_nothing_about_its_neighbours() -> None:
    found = measured(sounded(0, 100))
    assert found is not None
    assert found.sounding_db > -35
    assert found.amp_ma > 90
    assert neighbours_db(found) is None


def test_a_mute_box_among_mute_ones_or_out_of_hearing_hears_nobody() -> None:
    assert neighbours_db(measured(sounded(0, 100, mute=2))) is None
    assert neighbours_db(measured(sounded(0, 600, mute=1))) is None


def test_an_alert_without_pauses_or_a_box_without_a_place_measures_no_levels() -> None:
    assert measured(sounded(0, 100, mute=1, blasts=None)) is None
    assert measured(sounded(0, 100, mute=1, blasts=Blasts(count=4, on_ms=6_000, off_ms=1_500))) is None
    world = World(1)
    world.run(MINUTE)
    world.alert("alert-1", blasts=BLASTS)
    world.run(MINUTE)
    assert measured(world) is None


def test_a_horn_that_failed_within_the_round_is_not_taken_for_a_neighbour() -> None:
    world = World(1, points=line(0))
    world.run(MINUTE)
    world.alert("alert-1", blasts=BLASTS)
    world.run(25 * SECOND)
    world.device.physics.amplifier.is_dead = True
    world.device.felt()
    world.run(MINUTE)
    found = measured(world)
    assert found is not None
    assert found.amp_ma > 90
    assert neighbours_db(found) is None


@dataclass(frozen=True)
class Drawn:
    """Drawn road: what a mute box reported, and the level of its neighbours there and of the steady street."""

    reported_db: float | None
    neighbours_db: float
    noise: AmbientNoise


def drawn(seed: int, *, vehicles: int, all_mute: bool = False) -> Drawn:
    dice = random.Random(seed)
    noise = AmbientNoise(dice.uniform(-55.0, -45.0), flutter_db=1.5, vehicles=vehicles, seed=seed)
    others = [dice.choice((-1, 1)) * dice.uniform(40, 400) for _ in range(dice.randint(1, 3))]
    world = sounded(0, *others, mute=len(others) + 1 if all_mute else 1, noise=noise)
    power = 0.0 if all_mute else sum((10 * 0.1 / abs(metres)) ** 2 for metres in others)
    return Drawn(neighbours_db(measured(world)), 10 * math.log10(power) if power else -math.inf, noise)


@pytest.mark.parametrize("vehicles", [0, 4, 20])
def test_over_seeds_no_neighbour_is_heard_who_does_not_sound(vehicles: int) -> None:
    assert {drawn(seed, vehicles=vehicles, all_mute=True).reported_db for seed in range(15)} == {None}


def test_over_seeds_who_is_heard_is_as_loud_as_reported_and_who_is_loud_enough_is_found_on_a_calm_street() -> None:
    for seed in range(30):
        found = drawn(seed, vehicles=0)
        above_db = found.neighbours_db - found.noise.steady_db
        if found.reported_db is not None:
            assert above_db > HEARD_ABOVE_DB - 3
            assert found.reported_db == pytest.approx(found.neighbours_db, abs=3)
        assert found.reported_db is not None or above_db < HEARD_ABOVE_DB + 6

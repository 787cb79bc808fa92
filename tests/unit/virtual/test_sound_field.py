"""Boxes hear each other: by distance and the time that sound takes, and no verdict on a box is led astray by it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest

from devices.health.kinds import FaultKind
from devices.health.sound_proof import SoundVerdict, sound_verdict
from devices.health.symptoms import DeviceFacts, symptoms
from devices.model import DeviceId, DeviceStatus
from devices.protocol import codec
from devices.protocol.messages import DeviceEvent, Telemetry
from devices.telemetry import TelemetrySnapshot
from firmware_sim.physics.ambient_noise import AmbientNoise
from firmware_sim.physics.amplifier import STREET_DB
from firmware_sim.physics.sound_field import SoundField
from tests.unit.virtual.world import HOUR, MINUTE, World

A_DEGREE_M: Final = 111_195
BOXES: Final = 4
SEEDS: Final = range(8)


def line(*metres: float) -> list[tuple[float, float]]:
    """Return places on a meridian."""
    return [(11.0 + at / A_DEGREE_M, 108.0) for at in metres]


def test_sound_comes_after_a_while_and_fades_with_the_square_of_the_distance() -> None:
    near, far, away = line(100, 200, 5_000)
    field = SoundField({"horn": (11.0, 108.0), "near": near, "far": far, "away": away})
    field.sounds("horn", 1_000, 0.1)
    assert field.level_db("near", 1_290) == STREET_DB
    assert field.level_db("near", 1_295) == pytest.approx(-40, abs=0.2)
    assert field.level_db("far", 1_580) == STREET_DB
    assert field.level_db("far", 1_600) == pytest.approx(-46, abs=0.6)
    assert field.level_db("away", 60_000) == STREET_DB
    assert field.level_db("horn", 2_000) == STREET_DB
    field.sounds("horn", 3_000, 0.0)
    assert field.level_db("near", 3_290) > STREET_DB
    assert field.level_db("near", 3_300) == STREET_DB


def test_several_boxes_are_louder_than_one_and_one_without_a_place_is_unheard() -> None:
    field = SoundField({"a": (11.0, 108.0), **dict(zip("bc", line(100, -100), strict=True))}, noise=AmbientNoise(-60.0))
    field.sounds("b", 0, 0.1)
    one = field.level_db("a", 1_000)
    field.sounds("c", 0, 0.1)
    assert field.level_db("a", 1_000) == pytest.approx(one + 3, abs=0.1)
    field.sounds("nowhere", 0, 1.0)
    assert field.level_db("nowhere", 1_000) == -60.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mute_box_among_sounding_ones_is_found_and_no_other_is_blamed(seed: int) -> None:
    dice = random.Random(seed)
    places = line(*(number * dice.uniform(60, 250) for number in range(BOXES)))
    world = World(BOXES, seed, points=places, noise=AmbientNoise(dice.uniform(STREET_DB, STREET_DB + 3)))
    boxes = list(world.fleet.devices)
    mute = dice.choice(boxes)
    world.fleet.devices[mute].physics.amplifier.is_dead = True
    world.air(HOUR, length_ms=4 * MINUTE)
    world.run_to(HOUR + 5 * MINUTE)
    told: dict[str, list[bool]] = {}
    heard_by_mute: list[float] = []
    for at_ms, topic, body in world.heard:
        if topic.endswith("/tel") and (record := codec.decode(Telemetry, body)).st == "playing":
            device_id = DeviceId(topic.split("/")[3])
            at = datetime.fromtimestamp(at_ms / 1000, UTC)
            snapshot = TelemetrySnapshot(device_id=device_id, heard_at=at, **msgspec.structs.asdict(record))
            online = DeviceStatus(device_id, online=True, conn=1, seen_at=at)
            shown = symptoms(snapshot, online, DeviceFacts(device_id), at)[FaultKind.SILENT_PLAYBACK].shown
            if shown is not None:
                told.setdefault(device_id, []).append(shown)
                heard_by_mute += [record.mic_db or STREET_DB] if device_id == mute else []
    assert {each: set(shown) for each, shown in told.items()} == {each: {each == mute} for each in boxes}
    assert max(heard_by_mute) > STREET_DB
    verdicts = {
        topic.split("/")[3]: sound_verdict(record.proof.amp_ma, record.proof.mic_db, None)
        for _, topic, body in world.heard
        if topic.endswith("/evt")
        for record in codec.decode(DeviceEvent, body).records
        if record.proof is not None
    }
    assert verdicts == {each: SoundVerdict.NOT_HEARD if each == mute else SoundVerdict.HEARD for each in boxes}

"""Power cuts at every moment of an update: the device always starts, and never reports a failed update as done."""

from __future__ import annotations

import random

import pytest

from devices.protocol.messages import ExecutionState
from firmware_sim.storage.firmware_image import Behaviour
from tests.unit.firmware.device_harness import MINUTE_MS
from tests.unit.firmware.updatable_device import UpdatableDevice, begun

LONG_MS = 4 * 60 * MINUTE_MS
SEEDS = range(60)


def moments_of(behaviour: Behaviour) -> int:
    """Return the number of moments in an undisturbed update."""
    device = begun()
    before = device.moments
    device.offer(2, behaviour)
    device.live_through(LONG_MS)
    return device.moments - before


MOMENTS = {behaviour: moments_of(behaviour) for behaviour in Behaviour}


def updated(behaviour: Behaviour, cuts: list[int], off_ms: int = 0) -> UpdatableDevice:
    """Return the device after an update with power cuts at these moments, each counted from the last."""
    device = begun()
    device.effects_until_power_cut = cuts[0]
    device.offer(2, behaviour)
    for cut in cuts[1:]:
        device.live_through(20 * MINUTE_MS, off_ms=off_ms)
        device.effects_until_power_cut = cut
    device.live_through(LONG_MS, off_ms=off_ms)
    device.effects_until_power_cut = None
    # A device that lost the command gets it again, as from the server.
    if not device.answers("fw-2"):
        device.offer(2, behaviour)
    device.live_through(LONG_MS)
    return device


def assert_honest(device: UpdatableDevice, behaviour: Behaviour) -> None:
    running = device.ran[-1]
    done = [ack for ack in device.answers("fw-2") if ack.st is ExecutionState.DONE]
    assert all(ack.fw == "loa-sim-2" for ack in done)
    assert device.answers("fw-2")[-1].st is (ExecutionState.DONE if running.number == 2 else ExecutionState.FAILED)
    assert bool(done) == (running.number == 2)
    assert running.number == 1 or behaviour is Behaviour.GOOD
    assert device.flash.facts.get("boot", {}).get("trial") is None


def test_a_good_image_arrives_whatever_moment_the_power_goes() -> None:
    assert MOMENTS[Behaviour.GOOD] >= 20
    for moment in range(MOMENTS[Behaviour.GOOD]):
        device = updated(Behaviour.GOOD, [moment])
        assert_honest(device, Behaviour.GOOD)
        assert device.ran[-1].number == 2, moment


@pytest.mark.parametrize("behaviour", [each for each in Behaviour if each is not Behaviour.GOOD])
def test_a_bad_image_never_stays_whatever_moment_the_power_goes(behaviour: Behaviour) -> None:
    for moment in range(MOMENTS[behaviour]):
        assert_honest(updated(behaviour, [moment]), behaviour)


@pytest.mark.parametrize("seed", SEEDS)
def test_several_cuts_at_random_moments_leave_one_good_image_that_tells_the_truth(seed: int) -> None:
    dice = random.Random(seed)
    behaviour = dice.choice([Behaviour.GOOD, *Behaviour])
    cuts = [dice.randrange(MOMENTS[behaviour]) for _ in range(dice.randint(1, 5))]
    assert_honest(updated(behaviour, cuts, off_ms=dice.randrange(30 * MINUTE_MS)), behaviour)

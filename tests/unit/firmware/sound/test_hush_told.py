"""Silence kept by a stop: reported at sync like an order in force, and ended by a cancel that names the stop."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Command
from tests.unit.firmware.alerting import cancel, send
from tests.unit.firmware.asking import asks
from tests.unit.firmware.pole import MINUTE_MS, Pole, ready_pole


def hushed(prio: int = 8) -> Pole:
    pole = ready_pole()
    stop = pole.command("stop", type="stop", prio=prio, hush_until=pole.now + 30 * MINUTE_MS)
    send(pole, stop, kid="alert" if prio == 9 else "plan")
    return pole


def told(pole: Pole) -> dict[str, int]:
    """Return the orders in the sync request after a power cut."""
    pole.power_cut(1_000)
    pole.connect()
    return asks(pole)[-1].orders


def is_silent(pole: Pole) -> bool:
    play = pole.play()
    pole.order(play)
    return pole.last_ack(play.cid).code == "HUSHED"


@pytest.mark.parametrize("prio", [8, 9])
def test_the_stop_whose_silence_holds_is_told_with_its_end(prio: int) -> None:
    pole = hushed(prio)
    until = pole.now + 30 * MINUTE_MS
    assert told(pole) == {"stop": until}


def test_a_cancel_that_names_the_stop_lifts_its_silence() -> None:
    pole = hushed()
    assert is_silent(pole)
    send(pole, cancel(pole, "stop"))
    assert not is_silent(pole)
    assert "stop" not in told(pole)


def test_a_cancel_that_names_another_or_comes_from_lower_or_is_a_drills_lifts_nothing() -> None:
    pole = hushed(9)
    lower: Command = pole.command("lower", type="cancel", prio=6, refs=["stop"])
    send(pole, lower, kid="plan")
    send(pole, cancel(pole, "stop", drill=True, cid="drill"))
    send(pole, cancel(pole, "other", cid="other"))
    assert is_silent(pole)

"""Rounds of an alert in a device's reports."""

from __future__ import annotations

from tests.unit.firmware.alerting import alert, send, stood, turns
from tests.unit.firmware.pole import MINUTE_MS, NOON_MS, ready_pole


def test_a_device_that_comes_late_tells_which_round_it_begins_with() -> None:
    pole = ready_pole()
    send(pole, alert(pole, issued_at=NOON_MS - 12 * MINUTE_MS, rounds_ms=[5 * MINUTE_MS], every_ms=5 * MINUTE_MS))
    pole.run(4 * MINUTE_MS)
    assert turns(pole, "a") == [("started", 3, 1), ("done", 3, 1), ("started", 4, 2), ("done", 4, 2)]


def test_a_copy_of_the_command_is_answered_as_heard_while_a_later_round_sounds() -> None:
    pole = ready_pole()
    command = alert(pole, every_ms=5 * MINUTE_MS)
    send(pole, command)
    pole.run(5 * MINUTE_MS + 1_000)
    send(pole, command)
    assert stood(pole, "a")[-1] == ("done", "DUPLICATE")


def test_a_stop_in_a_later_round_tells_which_one_it_cut() -> None:
    pole = ready_pole()
    command = alert(pole, every_ms=5 * MINUTE_MS)
    send(pole, command)
    pole.run(5 * MINUTE_MS + 1_000)
    send(pole, pole.command("s", type="stop", prio=9))
    pole.run(MINUTE_MS)
    assert turns(pole, "a")[-1] == ("cut", 2, 2)
    send(pole, command)
    assert stood(pole, "a")[-1] == ("cut", "DUPLICATE")


def test_rounds_go_on_counting_through_a_power_cut() -> None:
    pole = ready_pole()
    send(pole, alert(pole, every_ms=5 * MINUTE_MS))
    pole.run(5 * MINUTE_MS + 10_000)
    pole.power_cut(1_000)
    pole.connect()
    pole.run(6 * MINUTE_MS)
    told = [(record.result, record.round, record.turn) for record in pole.records()]
    assert told == [("done", 1, 1), ("cut", 2, 2), ("done", 3, 3)]

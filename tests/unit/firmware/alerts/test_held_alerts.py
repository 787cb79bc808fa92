"""Old alert that waits for the server's answer, and never for long."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Code, Command
from firmware_sim.core.alerts.held_alerts import HOLD_MS, OLD_AT_CONNECT_MS, OLD_MS, UNTIMELY_MAX
from tests.unit.firmware.alerting import alert, cancel, send, stood
from tests.unit.firmware.asking import answer, asks
from tests.unit.firmware.pole import MINUTE_MS, Pole, ready_pole


def synced_pole() -> Pole:
    pole = ready_pole()
    answer(pole)
    return pole


def old(pole: Pole, age_ms: int, cid: str = "a") -> Command:
    at = pole.now - age_ms
    return pole.changed(alert(pole, cid, issued_at=at), iat=at, nbf=at)


def test_a_cancelled_alert_that_a_held_up_link_hands_over_does_not_blip() -> None:
    pole = synced_pole()
    send(pole, old(pole, 2 * MINUTE_MS))
    pole.run(900)
    send(pole, cancel(pole, "a"))
    answer(pole)
    pole.run(MINUTE_MS)
    assert pole.heard == []
    assert stood(pole, "a")[-1] == ("rejected", "CANCELLED")


def test_after_a_reconnect_an_alert_waits_for_the_answer_and_sounds_with_it() -> None:
    pole = synced_pole()
    pole.disconnect()
    pole.connect()
    send(pole, old(pole, OLD_AT_CONNECT_MS + 1))
    pole.run(150)
    assert pole.heard == []
    answer(pole)
    assert pole.heard == [("a", pole.now)]


@pytest.mark.parametrize("is_synced", [True, False])
def test_a_lost_answer_mutes_no_alert(*, is_synced: bool) -> None:
    pole = synced_pole() if is_synced else ready_pole()
    began = pole.now
    send(pole, old(pole, OLD_MS + 1))
    pole.run(MINUTE_MS)
    assert pole.heard == [("a", began + HOLD_MS)]


@pytest.mark.parametrize(("is_synced", "age_ms"), [(True, OLD_MS), (False, OLD_AT_CONNECT_MS)])
def test_a_fresh_alert_waits_for_nothing(*, is_synced: bool, age_ms: int) -> None:
    pole = synced_pole() if is_synced else ready_pole()
    asked = len(asks(pole))
    send(pole, old(pole, age_ms))
    assert pole.heard == [("a", pole.now)]
    assert len(asks(pole)) == asked


def test_a_stop_ends_what_waits_and_was_issued_before_it() -> None:
    pole = synced_pole()
    send(pole, old(pole, 2 * MINUTE_MS))
    send(pole, old(pole, 2 * MINUTE_MS, "b"))
    send(pole, pole.command("s", type="stop", prio=9, refs=["a"]))
    send(pole, pole.changed(pole.command("t", type="stop", prio=9), iat=pole.now - 3 * MINUTE_MS))
    pole.run(MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["b"]


def test_the_server_is_asked_once_for_many_that_wait() -> None:
    pole = synced_pole()
    asked = len(asks(pole))
    for number in range(4):
        send(pole, old(pole, 2 * MINUTE_MS, f"n{number}"))
    assert len(asks(pole)) == asked + 1


def test_a_clock_that_is_turned_back_makes_nothing_wait_longer() -> None:
    pole = synced_pole()
    send(pole, old(pole, 2 * MINUTE_MS))
    pole.now -= MINUTE_MS
    pole.desire()
    assert [cid for cid, _ in pole.heard] == ["a"]


def test_a_flood_of_expired_alerts_is_remembered_up_to_a_few() -> None:
    pole = synced_pole()
    server_ms = pole.now - 90 * MINUTE_MS
    for number in range(UNTIMELY_MAX + 1):
        at = server_ms
        command = alert(pole, f"n{number}", issued_at=at, exp=at + 30 * MINUTE_MS)
        send(pole, pole.changed(command, iat=at, nbf=at))
    answer(pole, server_ms)
    pole.run(1_000)
    assert stood(pole, "n0") == [("expired", Code.EXPIRED)]
    assert pole.obeyed == UNTIMELY_MAX


def test_what_was_untimely_long_ago_is_not_judged_again() -> None:
    pole = synced_pole()
    at = pole.now - 90 * MINUTE_MS
    send(pole, pole.changed(alert(pole, issued_at=at, exp=at + 30 * MINUTE_MS), iat=at, nbf=at))
    asked = asks(pole)[-1].nonce
    pole.run(MINUTE_MS)
    answer(pole, pole.now - 90 * MINUTE_MS, asked)
    assert pole.heard == []

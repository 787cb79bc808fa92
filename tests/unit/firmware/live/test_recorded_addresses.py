"""Recorded live addresses as plays on the device, and devices that have no loudspeaker for them."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Live, Play, Standing, VolumeHours
from tests.unit.firmware.address import session_key
from tests.unit.firmware.alerting import alert, send
from tests.unit.firmware.pole import MINUTE_MS, Pole, ready_pole


def refusal(pole: Pole, cid: str) -> tuple[Standing, str | None]:
    ack = pole.last_ack(cid)
    return ack.st, ack.code


@pytest.mark.parametrize(("asked", "heard"), [(100, 40), (30, 30)])
def test_a_play_is_no_louder_than_the_place_allows(asked: int, heard: int) -> None:
    pole = ready_pole()
    pole.desire(volumes=[VolumeHours(start="00:00", until="23:59", volume_pct=40)])
    pole.order(pole.play("p", play=Play(volume_pct=asked)))
    pole.run(2 * MINUTE_MS)
    assert [record.volume_pct for record in pole.records()] == [heard]


@pytest.mark.parametrize("kind", ["play", "live_start", "live_renew"])
def test_without_a_loudspeaker_nothing_is_sounded_that_is_no_alert(kind: str) -> None:
    pole = ready_pole(has_loudspeaker=False)
    if kind == "play":
        pole.order(pole.play("p"))
    else:
        live = Live(session="p", key=session_key(1).x, until=pole.now + MINUTE_MS)
        pole.order(pole.command("p", type=kind, live=live, prio=7))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == []
    assert refusal(pole, "p") == (Standing.REJECTED, "UNSUPPORTED")


def test_what_was_recorded_for_a_live_address_goes_on_after_an_alert_and_is_heard_once() -> None:
    pole = ready_pole()
    spoken = pole.play("live-1", prio=7, play=Play(start_at=pole.now + 5_000, volume_pct=100, after="resume"))
    pole.order(spoken)
    pole.order(spoken)
    pole.run(20_000)
    send(pole, alert(pole, "a"))
    pole.order(spoken)
    pole.run(3 * MINUTE_MS)
    heard = [item for item, _ in pole.heard if item == "live-1"]
    assert len(heard) == 2
    record = next(each for each in pole.records() if each.item == "live-1")
    assert (record.result, record.sha256) == ("done", spoken.content.sha256)  # type: ignore[union-attr]
    assert pole.last_ack("live-1").st is Standing.DONE


def test_who_sounds_an_alert_takes_what_was_recorded_when_it_is_told_again() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(1_000)
    spoken = pole.play("live-1", prio=7, play=Play(start_at=pole.now + 5_000, after="resume"))
    pole.order(spoken)
    assert refusal(pole, "live-1") == (Standing.REJECTED, "BUSY_HIGHER")
    pole.run(2 * MINUTE_MS)
    pole.order(spoken)
    pole.run(2 * MINUTE_MS)
    assert pole.last_ack("live-1").st is Standing.DONE


def test_a_cancel_by_the_one_who_released_it_ends_it_at_once() -> None:
    pole = ready_pole()
    pole.order(pole.play("live-1", prio=7, play=Play(after="resume")))
    pole.run(10_000)
    pole.order(pole.command("live-1-stop", type="cancel", prio=7, refs=["live-1"]))
    pole.run(1_000)
    assert pole.card.sounding is None
    assert pole.last_ack("live-1").st is Standing.CUT

"""Quarantined device: it sounds nothing, alerts included, and reports so."""

from __future__ import annotations

from devices.protocol.messages import BoardItem, Code, Standing
from tests.unit.firmware.alerting import alert, send
from tests.unit.firmware.pole import MINUTE_MS, Pole, ready_pole


def shut_off() -> Pole:
    pole = ready_pole()
    pole.desire(quarantined=True)
    return pole


def test_a_device_in_quarantine_refuses_to_play() -> None:
    pole = shut_off()
    play = pole.play()
    pole.order(play)
    assert pole.last_ack(play.cid).code == Code.QUARANTINED
    assert pole.heard == []


def test_a_device_in_quarantine_refuses_an_alert() -> None:
    pole = shut_off()
    order = alert(pole)
    send(pole, order)
    pole.run(MINUTE_MS)
    assert pole.last_ack(order.cid).code == Code.QUARANTINED
    assert pole.heard == []


def test_what_is_planned_is_missed_and_the_record_says_why() -> None:
    pole = shut_off()
    pole.plan(pole.item("later", pole.now + MINUTE_MS))
    pole.run(5 * MINUTE_MS)
    assert pole.heard == []
    assert ("later", "missed", Code.QUARANTINED) in pole.results()


def test_what_sounds_falls_silent_at_once() -> None:
    pole = ready_pole()
    play = pole.play(dur_ms=10 * MINUTE_MS)
    pole.order(play)
    pole.run(MINUTE_MS)
    pole.desire(quarantined=True)
    pole.run(MINUTE_MS)
    assert [whole for _, _, whole in pole.ended] == [False]
    assert pole.last_ack(play.cid).code == Code.QUARANTINED


def test_an_alert_that_sounds_falls_silent_for_good() -> None:
    pole = ready_pole()
    order = alert(pole)
    send(pole, order)
    pole.run(5_000)
    pole.desire(quarantined=True)
    before = len(pole.heard)
    pole.run(10 * MINUTE_MS)
    assert len(pole.heard) == before
    assert pole.last_ack(order.cid).st in {Standing.CUT, Standing.FAILED}


def let_pass() -> Pole:
    pole = ready_pole()
    pole.desire(quarantined=True, alerts_pass=True)
    return pole


def test_alerts_pass_a_quarantine_that_lets_them_also_after_a_power_cut() -> None:
    pole = let_pass()
    order = alert(pole)
    send(pole, order)
    pole.run(MINUTE_MS)
    assert pole.last_ack(order.cid).st == Standing.DONE
    pole.power_cut(1_000)
    pole.connect()
    later = alert(pole, "later")
    send(pole, later)
    pole.run(MINUTE_MS)
    assert pole.last_ack(later.cid).st == Standing.DONE


def test_nothing_but_alerts_passes_it() -> None:
    pole = let_pass()
    play, drill = pole.play(), alert(pole, "drill", drill=True)
    pole.order(play)
    send(pole, drill)
    pole.plan(pole.item("later", pole.now + MINUTE_MS))
    pole.run(5 * MINUTE_MS)
    assert pole.last_ack(play.cid).code == Code.QUARANTINED
    assert pole.last_ack(drill.cid).code == Code.QUARANTINED
    assert ("later", "missed", Code.QUARANTINED) in pole.results()
    assert pole.sounds == []


def test_an_alert_that_sounds_goes_on_and_a_drill_does_not() -> None:
    pole = ready_pole()
    drill = alert(pole, "drill", drill=True)
    send(pole, drill)
    pole.run(1_000)
    pole.desire(quarantined=True, alerts_pass=True)
    pole.run(MINUTE_MS)
    assert pole.last_ack(drill.cid).st in {Standing.CUT, Standing.FAILED}
    pole.desire(quarantined=False)
    order = alert(pole)
    send(pole, order)
    pole.run(1_000)
    pole.desire(quarantined=True, alerts_pass=True)
    pole.run(MINUTE_MS)
    assert pole.last_ack(order.cid).st == Standing.DONE


def test_a_key_found_in_other_hands_mutes_the_alert_that_had_passed() -> None:
    pole = let_pass()
    order = alert(pole)
    send(pole, order)
    pole.run(1_000)
    pole.desire(quarantined=True)
    pole.run(MINUTE_MS)
    assert pole.last_ack(order.cid).st in {Standing.CUT, Standing.FAILED}


def test_it_is_remembered_through_a_power_cut_and_lifted_by_a_later_word() -> None:
    pole = shut_off()
    pole.power_cut(1_000)
    pole.connect()
    play = pole.play()
    pole.order(play)
    assert pole.last_ack(play.cid).code == Code.QUARANTINED
    pole.desire(quarantined=False)
    again = pole.play()
    pole.order(again)
    pole.run(2 * MINUTE_MS)
    assert pole.last_ack(again.cid).st == Standing.DONE


def test_a_board_that_is_shut_off_shows_nothing_and_tells_what_was_cut() -> None:
    pole = Pole(is_board=True)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.boards(*(board_item(name, pole.now + at) for name, at in (("now", 0), ("later", 5 * MINUTE_MS))))
    pole.run(MINUTE_MS)
    assert showing(pole)
    pole.desire(quarantined=True)
    pole.run(20 * MINUTE_MS)
    assert not showing(pole)
    assert sorted(pole.results()) == [("later", "missed", Code.QUARANTINED), ("now", "cut", Code.QUARANTINED)]


def showing(pole: Pole) -> bool:
    return pole.screen is not None


def board_item(name: str, start_at: int) -> BoardItem:
    return BoardItem(item=name, start_at=start_at, end_at=start_at + 3 * MINUTE_MS, prio=4, head=name)

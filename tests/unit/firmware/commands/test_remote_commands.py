"""Remote commands on the device: effects, refusals, and proofs."""

from __future__ import annotations

import gzip
import hashlib
import random

import pytest

from devices.protocol import codec, topics
from devices.protocol.limits import LOG_MAX_BYTES, LOG_PARTS_MAX, MESSAGE_MAX_BYTES
from devices.protocol.messages import Ack, LogPart, Proof, QuietHours, Standing, SyncRequest, TestResult
from firmware_sim.core.effects import Restart
from firmware_sim.core.events import Measured
from firmware_sim.core.health.measurements import Measurements
from firmware_sim.core.maintenance.device_log import LINES_MAX, RUNS_MAX, DeviceLog, parts_of
from firmware_sim.core.maintenance.device_self_test import CLEAR_MS, TONE, TONE_MS
from firmware_sim.core.maintenance.remote_commands import LOG_EVERY_MS
from firmware_sim.core.step import Step
from firmware_sim.virtual import card
from tests.unit.firmware.alerting import alert, send
from tests.unit.firmware.pole import DEVICE, IDLE, MINUTE_MS, NOON_MS, Pole, ready_pole


def refusal(pole: Pole, cid: str) -> tuple[Standing, str | None]:
    ack = pole.last_ack(cid)
    return ack.st, ack.code


def answers(pole: Pole, cid: str) -> list[Ack]:
    return [ack for ack in pole.acks() if ack.cid == cid]


def restarts(pole: Pole) -> int:
    return sum(isinstance(effect, Restart) for effect in pole.done)


def log_parts(pole: Pole) -> list[LogPart]:
    topic = topics.device_request(DEVICE, "log")
    return [codec.decode(LogPart, sent.body) for sent in pole.published if sent.topic == topic]


def log_of(parts: list[LogPart]) -> str:
    packed = b"".join(part.data for part in parts)
    assert {part.sha256 for part in parts} == {hashlib.sha256(packed).hexdigest()}
    return gzip.decompress(packed).decode()


# Volume, and sync.


def test_volume_without_a_figure_is_refused() -> None:
    pole = ready_pole()
    pole.order(pole.command("v", type="volume"))
    assert refusal(pole, "v") == (Standing.REJECTED, "MALFORMED")


def test_resync_asks_for_news_and_says_who_asked() -> None:
    pole = ready_pole()
    pole.published.clear()
    pole.order(pole.command("r", type="resync"))
    (asked,) = [sent for sent in pole.published if sent.topic == topics.device_request(DEVICE, "sync")]
    assert codec.decode(SyncRequest, asked.body).cid == "r"
    assert refusal(pole, "r") == (Standing.DONE, None)


def test_a_connect_asks_in_nobodys_name() -> None:
    pole = ready_pole()
    asked = [sent for sent in pole.published if sent.topic == topics.device_request(DEVICE, "sync")]
    assert {codec.decode(SyncRequest, each.body).cid for each in asked} == {""}


# Reboot.


def test_a_reboot_is_taken_on_before_and_done_after_under_another_boot() -> None:
    pole = ready_pole()
    pole.order(pole.command("r", type="reboot"))
    assert restarts(pole) == 1
    pole.power_cut(5_000)
    pole.connect()
    pole.run(1_000)
    assert [(ack.st, ack.boot) for ack in answers(pole, "r")] == [
        (Standing.RECEIVED, "boot1"),
        (Standing.DONE, "boot2"),
    ]


def test_a_reboot_that_comes_twice_is_done_once() -> None:
    pole = ready_pole()
    order = pole.command("r", type="reboot")
    pole.order(order)
    pole.power_cut()
    pole.connect()
    pole.order(order)
    assert restarts(pole) == 1
    assert refusal(pole, "r") == (Standing.DONE, "DUPLICATE")
    pole.power_cut()
    pole.connect()
    assert len([ack for ack in answers(pole, "r") if ack.code is None]) == 2


@pytest.mark.parametrize("type_", ["reboot", "selftest"])
def test_nothing_is_disturbed_that_sounds_or_soon_will(type_: str) -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", NOON_MS + CLEAR_MS + 1_000))
    pole.order(pole.command("early", type="volume", volume_pct=50))
    pole.run(1_000)
    pole.order(pole.command("soon", type=type_, audible=type_ == "selftest"))
    pole.run(CLEAR_MS + 10_000)
    pole.order(pole.command("now", type=type_, audible=type_ == "selftest"))
    assert refusal(pole, "soon") == refusal(pole, "now") == (Standing.REJECTED, "BUSY")
    pole.run(2 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + CLEAR_MS + 1_000 + MINUTE_MS, True)]
    pole.order(pole.command("after", type=type_, audible=type_ == "selftest"))
    assert pole.last_ack("after").st is not Standing.REJECTED


@pytest.mark.parametrize("type_", ["reboot", "selftest"])
def test_nothing_is_done_under_an_alert(type_: str) -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.order(pole.command("r", type=type_, prio=6))
    assert refusal(pole, "r") == (Standing.REJECTED, "BUSY_HIGHER")
    assert restarts(pole) == 0


# A self-test.


def test_a_self_test_in_silence_tells_what_it_measured() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest"))
    (answer,) = answers(pole, "t")
    assert (answer.st, answer.test) == (Standing.DONE, TestResult(amp_ma=IDLE.amp_ma, mic_db=IDLE.mic_db))
    assert pole.heard == []


def test_an_audible_self_test_sounds_a_short_tone_and_measures_it() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(10_000)
    assert [(name, length) for name, _, length in pole.sounds] == [(TONE, TONE_MS)]
    assert [ack.st for ack in answers(pole, "t")] == [Standing.STARTED, Standing.DONE]
    assert pole.last_ack("t").test == TestResult(audible=True, amp_ma=card.PROOF.amp_ma, mic_db=card.PROOF.mic_db)


def test_a_tone_that_draws_no_more_than_silence_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PROOF", Proof(amp_ma=70, mic_db=-54.0))
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(10_000)
    assert refusal(pole, "t") == (Standing.FAILED, "AMP_FAULT")


def test_what_cannot_be_measured_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PROOF", None)
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(10_000)
    assert refusal(pole, "t") == (Standing.DONE, None)


@pytest.mark.parametrize("is_audible", [False, True])
def test_a_line_that_is_open_is_a_fault(is_audible: bool) -> None:
    pole = ready_pole()
    pole.feed(Measured(Measurements(spk="open", line_ohm=9_000.0)))
    pole.order(pole.command("t", type="selftest", audible=is_audible))
    pole.run(10_000)
    assert refusal(pole, "t") == (Standing.FAILED, "AMP_FAULT")
    test = pole.last_ack("t").test
    assert test is not None
    assert (test.spk, test.line_ohm) == ("open", 9_000.0)


def test_a_tone_keeps_to_quiet_hours_and_hushes() -> None:
    pole = ready_pole(quiet=[QuietHours(start="12:01", until="13:00")])
    pole.run(MINUTE_MS)
    pole.order(pole.command("q", type="selftest", audible=True))
    assert refusal(pole, "q") == (Standing.REJECTED, "QUIET_HOURS")
    pole.desire()
    pole.order(pole.command("s", type="stop", hush_until=pole.now + MINUTE_MS))
    pole.order(pole.command("h", type="selftest", audible=True))
    assert refusal(pole, "h") == (Standing.REJECTED, "HUSHED")
    pole.order(pole.command("silent", type="selftest"))
    assert refusal(pole, "silent") == (Standing.DONE, None)


def test_one_self_test_at_a_time() -> None:
    pole = ready_pole()
    pole.order(pole.command("a", type="selftest", audible=True))
    pole.order(pole.command("b", type="selftest", audible=True))
    pole.order(pole.command("c", type="selftest"))
    pole.order(pole.command("d", type="reboot"))
    assert {refusal(pole, cid)[1] for cid in "bcd"} == {"BUSY"}


def test_an_alert_takes_the_speaker_from_a_test_at_once() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(500)
    send(pole, alert(pole, "a"))
    assert refusal(pole, "t") == (Standing.FAILED, "BUSY_HIGHER")
    test = pole.last_ack("t").test
    assert test is not None
    assert not test.audible


def test_a_stop_ends_the_tone_and_is_done_when_it_has_ended() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(500)
    pole.order(pole.command("s", type="stop"))
    assert refusal(pole, "t") == (Standing.FAILED, "CANCELLED")
    assert refusal(pole, "s") == (Standing.DONE, None)
    assert pole.ended == [("t", NOON_MS + 500, False)]


def test_the_key_at_the_box_ends_the_tone() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(500)
    pole.press_stop()
    pole.press_stop()
    assert refusal(pole, "t") == (Standing.FAILED, "LOCAL_STOP")


def test_a_test_that_power_cut_short_has_failed() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.power_cut(5_000)
    pole.connect()
    assert refusal(pole, "t") == (Standing.FAILED, "POWER_LOST")
    assert len(pole.heard) == 1


def test_asked_again_it_tells_again_what_it_measured() -> None:
    pole = ready_pole()
    order = pole.command("t", type="selftest", audible=True)
    pole.order(order)
    pole.run(10_000)
    pole.order(order)
    first, again = answers(pole, "t")[-2:]
    assert (again.st, again.code, again.test) == (Standing.DONE, "DUPLICATE", first.test)


# The log.


def test_the_log_tells_what_happened_in_parts_that_fit_a_message() -> None:
    pole = ready_pole()
    pole.order(pole.command("v", type="volume"))
    pole.disconnect()
    pole.connect()
    pole.order(pole.command("l", type="log"))
    assert pole.last_ack("l").st is Standing.RECEIVED
    parts = log_parts(pole)
    assert [(part.cid, part.n, part.of) for part in parts] == [("l", 0, 1)]
    lines = [line.split(" ", 1)[1] for line in log_of(parts).splitlines()]
    assert lines == [
        "start boot1 (power)",
        "connected",
        "answer v rejected MALFORMED",
        "connection lost",
        "connected",
        "answer l received",
    ]


def test_the_log_tells_of_earlier_runs_how_they_began() -> None:
    pole = ready_pole()
    pole.order(pole.command("r", type="reboot"))
    for _ in range(RUNS_MAX):
        pole.power_cut()
    pole.connect()
    pole.order(pole.command("l", type="log"))
    starts = [line.split(" ", 1)[1] for line in log_of(log_parts(pole)).splitlines() if " start " in line]
    assert starts == ["start boot2 (command)", *(f"start boot{n} (power)" for n in range(3, RUNS_MAX + 2))]


def test_the_same_command_has_the_log_sent_again_but_not_at_once() -> None:
    pole = ready_pole()
    order = pole.command("l", type="log")
    pole.order(order)
    pole.order(order)
    assert len(log_parts(pole)) == 1
    pole.run(LOG_EVERY_MS)
    pole.order(order)
    assert len(log_parts(pole)) == 2
    assert refusal(pole, "l") == (Standing.RECEIVED, "DUPLICATE")


def test_of_a_log_that_is_too_long_the_newest_lines_are_told() -> None:
    dice = random.Random(1)
    journal = DeviceLog(Step({}))
    for number in range(2 * LINES_MAX):
        journal.write(NOON_MS, f"{number} {dice.randbytes(150).hex()}")
    packed = journal.packed()
    parts = parts_of(packed)
    assert b"".join(parts) == packed
    assert len(parts) <= LOG_PARTS_MAX
    text = gzip.decompress(packed).decode()
    assert len(text.encode()) <= LOG_MAX_BYTES
    numbers = [int(line.split(" ")[1]) for line in text.splitlines()]
    assert numbers == list(range(numbers[0], 2 * LINES_MAX))
    fullest = LogPart(v=1, ts=NOON_MS, cid="c" * 80, sha256="0" * 64, n=0, of=6, data=b"\xff" * max(map(len, parts)))
    assert len(codec.encode(fullest)) <= MESSAGE_MAX_BYTES

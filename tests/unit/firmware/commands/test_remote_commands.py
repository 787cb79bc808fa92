"""Remote commands on the device: effects, refusals, and proofs."""

from __future__ import annotations

import gzip
import hashlib
import random

import pytest

from devices.protocol import codec, topics
from devices.protocol.limits import LOG_MAX_BYTES, LOG_PARTS_MAX, MESSAGE_MAX_BYTES
from devices.protocol.messages import Ack, ExecutionState, LogPart, Proof, QuietHours, SyncRequest, TestResult
from firmware_sim.core.effects import Restart
from firmware_sim.core.events import Measured, Measurements
from firmware_sim.core.maintenance.device_log import LINES_MAX, RUNS_MAX, DeviceLog, parts_of
from firmware_sim.core.maintenance.device_self_test import CLEAR_MS, TONE, TONE_MS
from firmware_sim.core.maintenance.remote_commands import LOG_EVERY_MS
from firmware_sim.core.step import Step
from tests.unit.firmware import recording_card as card
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import DEVICE, IDLE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device


def refusal(device: DeviceHarness, cid: str) -> tuple[ExecutionState, str | None]:
    ack = device.last_ack(cid)
    return ack.st, ack.code


def answers(device: DeviceHarness, cid: str) -> list[Ack]:
    return [ack for ack in device.acks() if ack.cid == cid]


def restarts(device: DeviceHarness) -> int:
    return sum(isinstance(effect, Restart) for effect in device.done)


def log_parts(device: DeviceHarness) -> list[LogPart]:
    topic = topics.device_request(DEVICE, "log")
    return [codec.decode(LogPart, sent.body) for sent in device.published if sent.topic == topic]


def log_of(parts: list[LogPart]) -> str:
    packed = b"".join(part.data for part in parts)
    assert {part.sha256 for part in parts} == {hashlib.sha256(packed).hexdigest()}
    return gzip.decompress(packed).decode()


# Volume, and sync.


def test_volume_without_a_figure_is_refused() -> None:
    device = ready_device()
    device.order(device.command("v", type="volume"))
    assert refusal(device, "v") == (ExecutionState.REJECTED, "MALFORMED")


def test_resync_asks_for_news_and_says_who_asked() -> None:
    device = ready_device()
    device.published.clear()
    device.order(device.command("r", type="resync"))
    (asked,) = [sent for sent in device.published if sent.topic == topics.device_request(DEVICE, "sync")]
    assert codec.decode(SyncRequest, asked.body).cid == "r"
    assert refusal(device, "r") == (ExecutionState.DONE, None)


def test_a_connect_asks_in_nobodys_name() -> None:
    device = ready_device()
    asked = [sent for sent in device.published if sent.topic == topics.device_request(DEVICE, "sync")]
    assert {codec.decode(SyncRequest, each.body).cid for each in asked} == {""}


# Reboot.


def test_a_reboot_is_taken_on_before_and_done_after_under_another_boot() -> None:
    device = ready_device()
    device.order(device.command("r", type="reboot"))
    assert restarts(device) == 1
    device.power_cut(5_000)
    device.connect()
    device.run(1_000)
    assert [(ack.st, ack.boot) for ack in answers(device, "r")] == [
        (ExecutionState.RECEIVED, "boot1"),
        (ExecutionState.DONE, "boot2"),
    ]


def test_a_reboot_that_comes_twice_is_done_once() -> None:
    device = ready_device()
    order = device.command("r", type="reboot")
    device.order(order)
    device.power_cut()
    device.connect()
    device.order(order)
    assert restarts(device) == 1
    assert refusal(device, "r") == (ExecutionState.DONE, "DUPLICATE")
    device.power_cut()
    device.connect()
    assert len([ack for ack in answers(device, "r") if ack.code is None]) == 2


@pytest.mark.parametrize("type_", ["reboot", "selftest"])
def test_nothing_is_disturbed_that_sounds_or_soon_will(type_: str) -> None:
    device = ready_device()
    device.plan(device.item("a", NOON_MS + CLEAR_MS + 1_000))
    device.order(device.command("early", type="volume", volume_pct=50))
    device.run(1_000)
    device.order(device.command("soon", type=type_, audible=type_ == "selftest"))
    device.run(CLEAR_MS + 10_000)
    device.order(device.command("now", type=type_, audible=type_ == "selftest"))
    assert refusal(device, "soon") == refusal(device, "now") == (ExecutionState.REJECTED, "BUSY")
    device.run(2 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + CLEAR_MS + 1_000 + MINUTE_MS, True)]
    device.order(device.command("after", type=type_, audible=type_ == "selftest"))
    assert device.last_ack("after").st is not ExecutionState.REJECTED


@pytest.mark.parametrize("type_", ["reboot", "selftest"])
def test_nothing_is_done_under_an_alert(type_: str) -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.order(device.command("r", type=type_, prio=6))
    assert refusal(device, "r") == (ExecutionState.REJECTED, "BUSY_HIGHER")
    assert restarts(device) == 0


# A self-test.


def test_a_self_test_in_silence_tells_what_it_measured() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest"))
    (answer,) = answers(device, "t")
    assert (answer.st, answer.test) == (ExecutionState.DONE, TestResult(amp_ma=IDLE.amp_ma, mic_db=IDLE.mic_db))
    assert device.heard == []


def test_an_audible_self_test_sounds_a_short_tone_and_measures_it() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(10_000)
    assert [(name, length) for name, _, length in device.sounds] == [(TONE, TONE_MS)]
    assert [ack.st for ack in answers(device, "t")] == [ExecutionState.STARTED, ExecutionState.DONE]
    assert device.last_ack("t").test == TestResult(audible=True, amp_ma=card.PROOF.amp_ma, mic_db=card.PROOF.mic_db)


def test_a_tone_that_draws_no_more_than_silence_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PROOF", Proof(amp_ma=70, mic_db=-54.0))
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(10_000)
    assert refusal(device, "t") == (ExecutionState.FAILED, "AMP_FAULT")


def test_what_cannot_be_measured_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PROOF", None)
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(10_000)
    assert refusal(device, "t") == (ExecutionState.DONE, None)


@pytest.mark.parametrize("is_audible", [False, True])
def test_a_line_that_is_open_is_a_fault(is_audible: bool) -> None:
    device = ready_device()
    device.feed(Measured(Measurements(spk="open", line_ohm=9_000.0)))
    device.order(device.command("t", type="selftest", audible=is_audible))
    device.run(10_000)
    assert refusal(device, "t") == (ExecutionState.FAILED, "AMP_FAULT")
    test = device.last_ack("t").test
    assert test is not None
    assert (test.spk, test.line_ohm) == ("open", 9_000.0)


def test_a_tone_keeps_to_quiet_hours_and_hushes() -> None:
    device = ready_device(quiet=[QuietHours(start="12:01", until="13:00")])
    device.run(MINUTE_MS)
    device.order(device.command("q", type="selftest", audible=True))
    assert refusal(device, "q") == (ExecutionState.REJECTED, "QUIET_HOURS")
    device.desire()
    device.order(device.command("s", type="stop", hush_until=device.now + MINUTE_MS))
    device.order(device.command("h", type="selftest", audible=True))
    assert refusal(device, "h") == (ExecutionState.REJECTED, "HUSHED")
    device.order(device.command("silent", type="selftest"))
    assert refusal(device, "silent") == (ExecutionState.DONE, None)


def test_one_self_test_at_a_time() -> None:
    device = ready_device()
    device.order(device.command("a", type="selftest", audible=True))
    device.order(device.command("b", type="selftest", audible=True))
    device.order(device.command("c", type="selftest"))
    device.order(device.command("d", type="reboot"))
    assert {refusal(device, cid)[1] for cid in "bcd"} == {"BUSY"}


def test_an_alert_takes_the_speaker_from_a_test_at_once() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(500)
    send(device, alert(device, "a"))
    assert refusal(device, "t") == (ExecutionState.FAILED, "BUSY_HIGHER")
    test = device.last_ack("t").test
    assert test is not None
    assert not test.audible


def test_a_stop_ends_the_tone_and_is_done_when_it_has_ended() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(500)
    device.order(device.command("s", type="stop"))
    assert refusal(device, "t") == (ExecutionState.FAILED, "CANCELLED")
    assert refusal(device, "s") == (ExecutionState.DONE, None)
    assert device.ended == [("t", NOON_MS + 500, False)]


def test_the_key_at_the_box_ends_the_tone() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(500)
    device.press_stop()
    device.press_stop()
    assert refusal(device, "t") == (ExecutionState.FAILED, "LOCAL_STOP")


def test_a_test_that_power_cut_short_has_failed() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.power_cut(5_000)
    device.connect()
    assert refusal(device, "t") == (ExecutionState.FAILED, "POWER_LOST")
    assert len(device.heard) == 1


def test_asked_again_it_tells_again_what_it_measured() -> None:
    device = ready_device()
    order = device.command("t", type="selftest", audible=True)
    device.order(order)
    device.run(10_000)
    device.order(order)
    first, again = answers(device, "t")[-2:]
    assert (again.st, again.code, again.test) == (ExecutionState.DONE, "DUPLICATE", first.test)


# The log.


def test_the_log_tells_what_happened_in_parts_that_fit_a_message() -> None:
    device = ready_device()
    device.order(device.command("v", type="volume"))
    device.disconnect()
    device.connect()
    device.order(device.command("l", type="log"))
    assert device.last_ack("l").st is ExecutionState.RECEIVED
    parts = log_parts(device)
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
    device = ready_device()
    device.order(device.command("r", type="reboot"))
    for _ in range(RUNS_MAX):
        device.power_cut()
    device.connect()
    device.order(device.command("l", type="log"))
    starts = [line.split(" ", 1)[1] for line in log_of(log_parts(device)).splitlines() if " start " in line]
    assert starts == ["start boot2 (command)", *(f"start boot{n} (power)" for n in range(3, RUNS_MAX + 2))]


def test_the_same_command_has_the_log_sent_again_but_not_at_once() -> None:
    device = ready_device()
    order = device.command("l", type="log")
    device.order(order)
    device.order(order)
    assert len(log_parts(device)) == 1
    device.run(LOG_EVERY_MS)
    device.order(order)
    assert len(log_parts(device)) == 2
    assert refusal(device, "l") == (ExecutionState.RECEIVED, "DUPLICATE")


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

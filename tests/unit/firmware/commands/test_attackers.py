"""Attackers with access to the broker, a stolen key or a recording to replay: nothing sounds, and it is reported."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from devices.protocol import codec, topics
from devices.protocol.messages import Code, Command, Play, Target
from firmware_sim.core.commands.command_handler import SEEN_MAX
from firmware_sim.core.effects import StartSound, StartTrack
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware import signing
from tests.unit.firmware.alert_messages import ROUND_MS, VI, alert, cancel, later, send, sha, stood
from tests.unit.firmware.device_harness import AREA, CHAIN, DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device

DAY_MS = 24 * 60 * MINUTE_MS
EVERY_TOPIC = [
    *(of(area) for area in CHAIN for of in (topics.area_alert, topics.area_drill, topics.area_command)),
    *(topics.area_plan(AREA), topics.time_beacon(), topics.keys(), topics.area_speech(AREA, sha(VI))),
    *(topics.device_command(DEVICE), topics.device_desired(DEVICE), topics.device_ack(DEVICE)),
    *(topics.device_command("another"), topics.device_state(DEVICE)),
]


def is_silent(device: DeviceHarness) -> bool:
    """Return whether no sound was started, now or in the next two hours."""
    device.run(120 * MINUTE_MS)
    return device.heard == [] and not any(isinstance(effect, StartSound | StartTrack) for effect in device.done)


def unsigned(command: Command) -> bytes:
    return codec.encode(command)


def none_alg(command: Command) -> bytes:
    return b"eyJhbGciOiJub25lIn0." + signing.signed(command).split(b".")[1] + b"."


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("forge", [unsigned, none_alg])
def test_an_alert_that_nobody_signed_sounds_nowhere(topic: str, forge: Callable[[Command], bytes]) -> None:
    device = ready_device()
    for is_drill in (False, True):
        device.deliver(topic, forge(alert(device, "a", drill=is_drill)))
    assert is_silent(device)


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("kid", ["plan", "firmware", "drill"])
def test_a_live_alert_by_any_other_trusted_key_sounds_nowhere(topic: str, kid: str) -> None:
    device = ready_device()
    command = alert(device)
    send(device, command, kid=kid, topic=topic)
    send(device, device.changed(device.play("p", prio=9), alert=None), kid=kid, topic=topic)
    assert is_silent(device)


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("kid", ["plan", "firmware", "alert"])
def test_a_drill_by_any_other_trusted_key_sounds_nowhere(topic: str, kid: str) -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True), kid=kid, topic=topic)
    assert is_silent(device)


@pytest.mark.parametrize("name", ["plan", "alert", "drill"])
def test_an_alert_under_a_known_name_by_an_unknown_key_sounds_nowhere(name: str) -> None:
    device = ready_device()
    for topic in EVERY_TOPIC:
        device.deliver(topic, signing.signed(alert(device, drill=name == "drill"), name, signing.STRANGER))
    assert is_silent(device)
    assert "BAD_SIGNATURE" in {event.code for event in device.events()}


def test_a_drill_cannot_be_turned_into_an_alert_nor_an_alert_into_a_drill() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True), topic=topics.area_alert(AREA))
    send(device, alert(device, "a"), topic=topics.area_drill(AREA))
    assert is_silent(device)
    assert stood(device, "d") == stood(device, "a") == [("rejected", "WRONG_TOPIC")]
    assert ("security", "WRONG_TOPIC") in [(event.type, event.code) for event in device.events()]


def test_a_key_that_signs_what_it_may_not_is_reported() -> None:
    device = ready_device()
    send(device, alert(device), kid="plan")
    assert ("security", "KEY_ROLE") in [(event.type, event.code) for event in device.events()]


@pytest.mark.parametrize("drill", [False, True])
def test_yesterday_s_recording_is_refused(*, drill: bool) -> None:
    recorder = ready_device()
    command = alert(recorder, drill=drill)
    device = DeviceHarness(now=NOON_MS + DAY_MS)
    device.power_on()
    device.connect()
    device.desire()
    for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.device_command(DEVICE)):
        send(device, command, topic=topic)
    assert is_silent(device)
    assert ("expired", "EXPIRED") in stood(device, "a")
    assert ("security", "EXPIRED", "a") in [(event.type, event.code, event.detail) for event in device.events()]


@pytest.mark.parametrize(("late_ms", "is_told"), [(1, False), (600_000, False), (600_001, True)])
def test_only_what_is_late_beyond_all_delay_is_told_as_a_breach(late_ms: int, *, is_told: bool) -> None:
    device = ready_device()
    send(device, msgspec.structs.replace(alert(device), exp=NOON_MS - late_ms))
    assert ("expired", "EXPIRED") in stood(device, "a")
    assert ("EXPIRED" in [event.code for event in device.events()]) is is_told


@pytest.mark.parametrize("drill", [False, True])
@pytest.mark.parametrize("minutes", [1, 10, 59, 61, 75, 24 * 60])
def test_a_recording_played_again_to_who_has_heard_it_is_refused(minutes: int, *, drill: bool) -> None:
    device = ready_device()
    command = alert(device, drill=drill)
    send(device, command)
    device.run(minutes * MINUTE_MS)
    device.power_cut()
    device.connect()
    send(device, command)
    device.run(10 * MINUTE_MS)
    assert len(device.heard) == 1


def test_old_beacons_cannot_bring_back_an_alert_that_was_heard_and_has_expired() -> None:
    """The clock can be set back a little after a start, but the ids are kept longer than that."""
    device = ready_device()
    beacons = []
    command = alert(device, exp=later(20))
    send(device, command)
    for _ in range(200):
        beacons.append(device.now)
        device.beacon(device.now)
        device.run(MINUTE_MS)
    device.power_cut(MINUTE_MS)
    device.connect()
    for instant in reversed(beacons):
        device.beacon(instant)
        send(device, command)
    device.run(5 * MINUTE_MS)
    assert len(device.heard) == 1


def test_a_cancelled_alert_cannot_be_brought_back() -> None:
    device = ready_device()
    command = alert(device)
    send(device, command)
    device.run(1_000)
    send(device, cancel(device, "a"))
    device.power_cut()
    device.connect()
    for topic in EVERY_TOPIC:
        send(device, command, topic=topic)
    device.run(120 * MINUTE_MS)
    assert len(device.heard) == 1


def test_an_alert_for_another_device_or_place_is_refused_here() -> None:
    device = ready_device()
    targets = [Target(devices=["another"]), Target(areas=["xa-2"]), Target(areas=CHAIN, exclude=[AREA])]
    for number, target in enumerate(targets):
        named = device.changed(alert(device, f"n{number}"), target=target)
        for topic in EVERY_TOPIC:
            send(device, named, topic=topic)
    assert is_silent(device)


def test_a_memory_filled_with_lesser_commands_and_drills_still_takes_an_alert() -> None:
    device = DeviceHarness()
    device.flash.save([JournalEntry("seen", f"c{n}", {"exp": later(90), "st": "done"}) for n in range(SEEN_MAX)])
    device.power_on()
    device.connect()
    device.desire()
    send(device, alert(device, "d", drill=True))
    send(device, alert(device, "a"))
    device.run(MINUTE_MS)
    assert stood(device, "d") == [("rejected", Code.NO_SPACE)]
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]


def test_a_device_that_does_not_know_the_time_obeys_no_recording() -> None:
    recorder = ready_device()
    command = alert(recorder)
    device = DeviceHarness(clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    send(device, command)
    assert is_silent(device)
    assert stood(device, "a") == [("rejected", Code.NO_CLOCK)]


def test_the_plan_key_can_neither_silence_an_alert_nor_keep_one_from_sounding() -> None:
    device = ready_device()
    for number, kind in enumerate(("cancel", "stop")):
        device.order(device.command(f"n{number}", type=kind, prio=8, refs=["a"], hush_until=later(60)))
        device.order(device.command(f"m{number}", type=kind, prio=9, refs=["a"], hush_until=later(60)))
    send(device, alert(device))
    device.run(1_000)
    device.order(device.command("s", type="stop", prio=8))
    device.order(device.command("c", type="cancel", prio=8, refs=["a"]))
    device.order(device.command("r", type="reboot", prio=8))
    device.order(device.play("p", prio=8, play=Play(interrupt="now")))
    device.run(5 * MINUTE_MS)
    assert device.ended[0] == ("a", NOON_MS + ROUND_MS, True)

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
from tests.unit.firmware.alerting import ROUND_MS, VI, alert, cancel, later, send, sha, stood
from tests.unit.firmware.pole import AREA, CHAIN, DEVICE, MINUTE_MS, NOON_MS, Pole, ready_pole

DAY_MS = 24 * 60 * MINUTE_MS
EVERY_TOPIC = [
    *(of(area) for area in CHAIN for of in (topics.area_alert, topics.area_drill, topics.area_command)),
    *(topics.area_plan(AREA), topics.time_beacon(), topics.keys(), topics.area_speech(AREA, sha(VI))),
    *(topics.device_command(DEVICE), topics.device_desired(DEVICE), topics.device_ack(DEVICE)),
    *(topics.device_command("another"), topics.device_state(DEVICE)),
]


def is_silent(pole: Pole) -> bool:
    """Return whether no sound was started, now or in the next two hours."""
    pole.run(120 * MINUTE_MS)
    return pole.heard == [] and not any(isinstance(effect, StartSound | StartTrack) for effect in pole.done)


def unsigned(command: Command) -> bytes:
    return codec.encode(command)


def none_alg(command: Command) -> bytes:
    return b"eyJhbGciOiJub25lIn0." + signing.signed(command).split(b".")[1] + b"."


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("forge", [unsigned, none_alg])
def test_an_alert_that_nobody_signed_sounds_nowhere(topic: str, forge: Callable[[Command], bytes]) -> None:
    pole = ready_pole()
    for is_drill in (False, True):
        pole.deliver(topic, forge(alert(pole, "a", drill=is_drill)))
    assert is_silent(pole)


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("kid", ["plan", "firmware", "drill"])
def test_a_live_alert_by_any_other_trusted_key_sounds_nowhere(topic: str, kid: str) -> None:
    pole = ready_pole()
    command = alert(pole)
    send(pole, command, kid=kid, topic=topic)
    send(pole, pole.changed(pole.play("p", prio=9), alert=None), kid=kid, topic=topic)
    assert is_silent(pole)


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("kid", ["plan", "firmware", "alert"])
def test_a_drill_by_any_other_trusted_key_sounds_nowhere(topic: str, kid: str) -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True), kid=kid, topic=topic)
    assert is_silent(pole)


@pytest.mark.parametrize("name", ["plan", "alert", "drill"])
def test_an_alert_under_a_known_name_by_an_unknown_key_sounds_nowhere(name: str) -> None:
    pole = ready_pole()
    for topic in EVERY_TOPIC:
        pole.deliver(topic, signing.signed(alert(pole, drill=name == "drill"), name, signing.STRANGER))
    assert is_silent(pole)
    assert "BAD_SIGNATURE" in {event.code for event in pole.events()}


def test_a_drill_cannot_be_turned_into_an_alert_nor_an_alert_into_a_drill() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True), topic=topics.area_alert(AREA))
    send(pole, alert(pole, "a"), topic=topics.area_drill(AREA))
    assert is_silent(pole)
    assert stood(pole, "d") == stood(pole, "a") == [("rejected", "WRONG_TOPIC")]
    assert ("security", "WRONG_TOPIC") in [(event.type, event.code) for event in pole.events()]


def test_a_key_that_signs_what_it_may_not_is_reported() -> None:
    pole = ready_pole()
    send(pole, alert(pole), kid="plan")
    assert ("security", "KEY_ROLE") in [(event.type, event.code) for event in pole.events()]


@pytest.mark.parametrize("drill", [False, True])
def test_yesterday_s_recording_is_refused(*, drill: bool) -> None:
    recorder = ready_pole()
    command = alert(recorder, drill=drill)
    pole = Pole(now=NOON_MS + DAY_MS)
    pole.power_on()
    pole.connect()
    pole.desire()
    for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.device_command(DEVICE)):
        send(pole, command, topic=topic)
    assert is_silent(pole)
    assert ("expired", "EXPIRED") in stood(pole, "a")
    assert ("security", "EXPIRED", "a") in [(event.type, event.code, event.detail) for event in pole.events()]


@pytest.mark.parametrize(("late_ms", "is_told"), [(1, False), (600_000, False), (600_001, True)])
def test_only_what_is_late_beyond_all_delay_is_told_as_a_breach(late_ms: int, *, is_told: bool) -> None:
    pole = ready_pole()
    send(pole, msgspec.structs.replace(alert(pole), exp=NOON_MS - late_ms))
    assert ("expired", "EXPIRED") in stood(pole, "a")
    assert ("EXPIRED" in [event.code for event in pole.events()]) is is_told


@pytest.mark.parametrize("drill", [False, True])
@pytest.mark.parametrize("minutes", [1, 10, 59, 61, 75, 24 * 60])
def test_a_recording_played_again_to_who_has_heard_it_is_refused(minutes: int, *, drill: bool) -> None:
    pole = ready_pole()
    command = alert(pole, drill=drill)
    send(pole, command)
    pole.run(minutes * MINUTE_MS)
    pole.power_cut()
    pole.connect()
    send(pole, command)
    pole.run(10 * MINUTE_MS)
    assert len(pole.heard) == 1


def test_old_beacons_cannot_bring_back_an_alert_that_was_heard_and_has_expired() -> None:
    """The clock can be set back a little after a start, but the ids are kept longer than that."""
    pole = ready_pole()
    beacons = []
    command = alert(pole, exp=later(20))
    send(pole, command)
    for _ in range(200):
        beacons.append(pole.now)
        pole.beacon(pole.now)
        pole.run(MINUTE_MS)
    pole.power_cut(MINUTE_MS)
    pole.connect()
    for instant in reversed(beacons):
        pole.beacon(instant)
        send(pole, command)
    pole.run(5 * MINUTE_MS)
    assert len(pole.heard) == 1


def test_a_cancelled_alert_cannot_be_brought_back() -> None:
    pole = ready_pole()
    command = alert(pole)
    send(pole, command)
    pole.run(1_000)
    send(pole, cancel(pole, "a"))
    pole.power_cut()
    pole.connect()
    for topic in EVERY_TOPIC:
        send(pole, command, topic=topic)
    pole.run(120 * MINUTE_MS)
    assert len(pole.heard) == 1


def test_an_alert_for_another_device_or_place_is_refused_here() -> None:
    pole = ready_pole()
    targets = [Target(devices=["another"]), Target(areas=["xa-2"]), Target(areas=CHAIN, exclude=[AREA])]
    for number, target in enumerate(targets):
        named = pole.changed(alert(pole, f"n{number}"), target=target)
        for topic in EVERY_TOPIC:
            send(pole, named, topic=topic)
    assert is_silent(pole)


def test_a_memory_filled_with_lesser_commands_and_drills_still_takes_an_alert() -> None:
    pole = Pole()
    pole.flash.save([JournalEntry("seen", f"c{n}", {"exp": later(90), "st": "done"}) for n in range(SEEN_MAX)])
    pole.power_on()
    pole.connect()
    pole.desire()
    send(pole, alert(pole, "d", drill=True))
    send(pole, alert(pole, "a"))
    pole.run(MINUTE_MS)
    assert stood(pole, "d") == [("rejected", Code.NO_SPACE)]
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]


def test_a_device_that_does_not_know_the_time_obeys_no_recording() -> None:
    recorder = ready_pole()
    command = alert(recorder)
    pole = Pole(clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    send(pole, command)
    assert is_silent(pole)
    assert stood(pole, "a") == [("rejected", Code.NO_CLOCK)]


def test_the_plan_key_can_neither_silence_an_alert_nor_keep_one_from_sounding() -> None:
    pole = ready_pole()
    for number, kind in enumerate(("cancel", "stop")):
        pole.order(pole.command(f"n{number}", type=kind, prio=8, refs=["a"], hush_until=later(60)))
        pole.order(pole.command(f"m{number}", type=kind, prio=9, refs=["a"], hush_until=later(60)))
    send(pole, alert(pole))
    pole.run(1_000)
    pole.order(pole.command("s", type="stop", prio=8))
    pole.order(pole.command("c", type="cancel", prio=8, refs=["a"]))
    pole.order(pole.command("r", type="reboot", prio=8))
    pole.order(pole.play("p", prio=8, play=Play(interrupt="now")))
    pole.run(5 * MINUTE_MS)
    assert pole.ended[0] == ("a", NOON_MS + ROUND_MS, True)

"""Fault injection: each fault of a scenario acts on a simulated device as in the field, and ends when it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from bench.virtual_fleet.link import PING_MS
from devices.protocol import codec
from devices.protocol.messages import Telemetry
from firmware_sim.physics.amplifier import IDLE_MA, STREET_DB
from tests.unit.virtual.world import HOUR, MINUTE, SECOND, START_MS, World

EVERYBODY = "who: {everybody: true}"


def fault(kind: str, at: str = "1h", lasts: str = "30m", more: str = "") -> str:
    return f"{{fault: {kind}, {EVERYBODY}, at: {at}, lasts: {lasts}{more}}}"


def world(*faults: str, devices: int = 1, seed: int = 1) -> World:
    made = World(devices, seed)
    if faults:
        made.play(*faults)
    return made


def offline_at(found: World) -> list[int]:
    return [at_ms for at_ms, standing in found.states() if standing == "offline"]


def test_without_any_fault_everything_is_played_and_told_once() -> None:
    calm = world(devices=5)
    calm.air(2 * HOUR, 3 * HOUR)
    calm.run_to(4 * HOUR)
    assert calm.results() == [("done", None)] * 10
    assert [standing for _, standing in calm.states()] == ["online"] * 5
    assert all(sounding.is_heard and sounding.is_whole for sounding in calm.fleet.truth.soundings)


def with_battery(has_it: bool) -> World:
    for seed in range(50):
        found = world(fault("mains_cut"), seed=seed)
        if (found.device.physics.battery is not None) is has_it:
            return found
    raise AssertionError(has_it)


def test_a_box_with_a_battery_lives_through_a_mains_cut() -> None:
    found = with_battery(True)
    found.air(HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    assert found.results() == [("done", None)]
    assert offline_at(found) == []
    assert found.device.physics.battery is not None
    assert found.device.physics.battery.charge > 0.9


def test_a_box_without_one_dies_after_its_last_gasp_and_is_missed_later() -> None:
    found = with_battery(False)
    found.air(HOUR - 30 * SECOND, HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    assert found.results() == [("cut", "POWER_LOST"), ("missed", "POWER_LOST")]
    (gone_at,) = offline_at(found)
    assert HOUR + 30 * SECOND < gone_at <= HOUR + 2 * SECOND + 120 * SECOND
    standings = [standing for _, standing in found.fleet.truth.series(found.device.name)]
    assert {standing.why for standing in standings} == {("power",), ("boot",), ()}
    assert standings[-1].can_sound


def test_a_battery_that_is_old_ends_before_the_cut_does() -> None:
    old = "{fault: old_battery, who: {everybody: true}, at: 10m, health: 0.1}"
    for seed in range(50):
        found = world(old, fault("mains_cut", lasts="9h"), seed=seed)
        if found.device.physics.battery is not None:
            break
    found.run_to(9 * HOUR)
    assert not found.device.is_on
    assert len(offline_at(found)) == 1
    found.run_to(11 * HOUR)
    assert found.device.is_on


@pytest.mark.parametrize(
    ("kind", "why"),
    [("speaker_open", "open"), ("speaker_short", "short"), ("silent_playback", "amplifier"), ("amplifier_hot", "hot")],
)
def test_what_is_not_heard_is_played_all_the_same_and_the_truth_knows(kind: str, why: str) -> None:
    found = world(fault(kind))
    found.air(HOUR + 10 * MINUTE, 2 * HOUR)
    found.run_to(3 * HOUR)
    assert found.results() == [("done", None)] * 2
    assert [sounding.is_heard for sounding in found.fleet.truth.soundings] == [False, True]
    assert why in {word for _, standing in found.fleet.truth.series(found.device.name) for word in standing.why}
    proofs = [record.proof for record in found.records()]
    if kind in ("speaker_open", "silent_playback"):
        assert proofs[0] is not None
        assert (proofs[0].amp_ma, proofs[0].mic_db) == (IDLE_MA, STREET_DB)


def test_a_conductor_to_earth_is_still_heard() -> None:
    found = world(fault("speaker_earth"))
    found.air(HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    assert [sounding.is_heard for sounding in found.fleet.truth.soundings] == [True]


def test_a_half_open_link_is_noticed_by_both_ends_and_tells_what_it_could_not() -> None:
    found = world(fault("half_open_link"))
    found.air(HOUR + 10 * MINUTE)
    found.run_to(HOUR + 29 * MINUTE)
    (gone_at,) = offline_at(found)
    assert HOUR + 75 * SECOND <= gone_at <= HOUR + 120 * SECOND
    assert not found.device.link.is_online
    assert found.results() == []
    found.run_to(2 * HOUR)
    assert found.results() == [("done", None)]


def test_what_else_befalls_a_box_meanwhile_makes_nobody_wait_longer_for_it() -> None:
    found = World(1)
    found.play(fault("half_open_link"), fault("amplifier_hot"))  # which shows every minute
    found.run_to(HOUR + 29 * MINUTE)
    (gone_at,) = offline_at(found)
    assert HOUR + 75 * SECOND <= gone_at <= HOUR + 120 * SECOND
    assert not found.device.link.is_online


def test_a_link_that_is_back_before_anybody_noticed_goes_on() -> None:
    found = world(fault("half_open_link", lasts="40s"))
    found.air(HOUR - 50 * SECOND)
    found.run_to(2 * HOUR)
    assert offline_at(found) == []
    assert found.device.link.connects == 1
    assert found.results() == [("done", None)]


def test_a_carrier_that_forgets_idle_connections_makes_a_device_connect_again_and_again() -> None:
    found = world(fault("nat_timeout"))
    found.run_to(2 * HOUR)
    assert found.device.link.connects > 20
    assert offline_at(found) == []
    patient = world(fault("nat_timeout", more=", idle: 5m"))
    patient.run_to(2 * HOUR)
    assert patient.device.link.connects == 1
    assert PING_MS < 5 * MINUTE


def test_over_a_bad_network_everything_comes_later_and_in_order() -> None:
    found = world(fault("bad_network", lasts="3h", more=", loss: 0.4, delay: 2s"), devices=4)
    found.air(2 * HOUR)
    found.run_to(5 * HOUR)
    assert found.results() == [("done", None)] * 4
    for device in found.fleet.devices:
        results = [
            codec.decode(Telemetry, body).ts for _, topic, body in found.heard if topic.endswith(f"{device}/tel")
        ]
        assert results == sorted(results)


def test_doubled_messages_are_told_twice_and_obeyed_once() -> None:
    found = world(fault("duplicates"))
    found.air(HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    results = [body for _, topic, body in found.heard if topic.endswith("/evt")]
    assert len(results) > len(set(results))
    assert found.results() == [("done", None)]


def test_without_a_signal_there_is_no_link_and_with_it_everything_is_told() -> None:
    found = world(fault("weak_signal", more=", fade_db: 80"))
    found.air(HOUR + 10 * MINUTE)
    found.run_to(HOUR + 29 * MINUTE)
    assert len(offline_at(found)) == 1
    found.run_to(2 * HOUR)
    assert found.results() == [("done", None)]


@pytest.mark.parametrize(("by", "late_ms"), [("1s", 1_000), ("45s", 0), ("2h", 0)])
def test_a_clock_a_second_wrong_is_believed_and_one_further_off_is_put_right(by: str, late_ms: int) -> None:
    found = world(fault("clock_skew", lasts="3h", more=f", by: {by}, is_behind: true"))
    found.run_to(HOUR + 10 * MINUTE)
    found.tell_time_for(20)
    found.air(3 * HOUR)
    found.run_to(3 * HOUR + 30 * MINUTE)
    (sounding,) = found.fleet.truth.soundings
    late = sounding.started_at - START_MS - 3 * HOUR
    assert abs(late - late_ms) <= 300


def test_a_full_disk_takes_no_content_and_says_so() -> None:
    found = world(fault("disk_full", lasts="3h"))
    found.run_to(HOUR + MINUTE)
    found.air(2 * HOUR)
    found.run_to(3 * HOUR)
    assert found.device.physics.vitals().disk_pct == 100
    assert found.fleet.truth.soundings == []


def test_a_flash_that_takes_no_writes_restarts_the_device_until_it_does() -> None:
    found = world(fault("disk_read_only"))
    found.run_to(HOUR - MINUTE)
    found.air(HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    assert found.device.boots > 10
    assert "flash" in {word for _, standing in found.fleet.truth.series(found.device.name) for word in standing.why}
    assert found.device.is_on
    assert found.device.link.is_online


def test_spoilt_downloads_are_refused_and_fetched_again() -> None:
    found = world(fault("corrupt_download"))
    found.run_to(HOUR + MINUTE)
    found.air(HOUR + 20 * MINUTE, 2 * HOUR)
    found.run_to(3 * HOUR)
    assert found.device.shelf.spoilt > 2
    assert [sounding.item for sounding in found.fleet.truth.soundings] == [f"t-s-{2 * HOUR}"]


def test_a_slow_server_is_slow_for_everybody_and_only_so_long() -> None:
    found = world(fault("slow_server", more=", times_slower: 500"), devices=3)
    found.run_to(HOUR + MINUTE)
    found.air(HOUR + 2 * MINUTE, 2 * HOUR)
    found.run_to(3 * HOUR)
    assert {sounding.item for sounding in found.fleet.truth.soundings} == {f"t-s-{2 * HOUR}"}
    assert found.content.slower == 1.0


def test_a_killed_broker_is_found_again_and_nothing_is_lost() -> None:
    found = world(fault("broker_down", lasts="5m"), devices=3)
    found.air(HOUR + MINUTE)
    found.run_to(2 * HOUR)
    assert found.results() == [("done", None)] * 3
    assert [device.link.connects for device in found.fleet.devices.values()] == [2, 2, 2]


def test_a_server_that_is_away_is_told_to_whoever_runs_it() -> None:
    found = World(1)
    found.play(fault("server_down", lasts="5m"))
    found.run_to(HOUR + MINUTE)
    assert found.content.is_down
    found.run_to(2 * HOUR)
    assert found.server_was == [(HOUR, False), (HOUR + 5 * MINUTE, True)]


def test_bad_firmware_crashes_again_and_again_and_then_no_more() -> None:
    found = world(fault("bad_firmware", more=", lives: 40s"))
    found.run_to(2 * HOUR)
    assert found.device.boots > 30
    assert "firmware" in {word for _, standing in found.fleet.truth.series(found.device.name) for word in standing.why}
    assert found.device.physics.reset_reason == "crash"
    assert found.device.link.is_online


def test_certificate_data_and_door_are_measured_and_over_again() -> None:
    found = world(
        fault("certificate_ends", more=", days: 3"), fault("data_used", more=", mb_hour: 600"), fault("door_open")
    )
    found.run_to(HOUR + 29 * MINUTE)
    vitals = found.device.physics.vitals()
    assert (vitals.cert_days, vitals.door) == (2, True)
    assert vitals.mb_day is not None
    assert vitals.mb_day > 250
    found.run_to(2 * HOUR)
    assert found.device.physics.vitals().door is False
    assert (found.device.physics.vitals().cert_days or 0) > 800


def test_two_boxes_with_one_identity_put_each_other_out() -> None:
    found = world(fault("cloned_certificate"))
    found.air(HOUR + 20 * MINUTE)
    found.run_to(2 * HOUR)
    assert 10 < found.broker.takeovers < 120
    boxes = {sounding.device for sounding in found.fleet.truth.soundings}
    assert boxes == {found.device.name, f"{found.device.name}_clone"}
    assert found.device.link.is_online
    assert not found.fleet.clones[0].is_on


def test_a_crying_baby_says_the_same_five_times_a_second() -> None:
    found = world(fault("crying_baby", lasts="10s"))
    found.run_to(2 * HOUR)
    assert 40 <= sum(b'"cry"' in body for _, _, body in found.heard) <= 60


def test_garbage_comes_from_a_device_that_goes_on_working() -> None:
    found = world(fault("malformed", more=", per_min: 60"))
    found.run_to(HOUR + 29 * MINUTE)
    assert sum(body in (b"", b"{", b"null") for _, _, body in found.heard) > 10
    assert found.device.link.is_online


@pytest.mark.parametrize(("kind", "name", "most"), [("seconds", "ts", 10**10), ("old_protocol", "v", 0)])
def test_health_is_stamped_wrongly_as_long_as_it_lasts(kind: str, name: str, most: int) -> None:
    found = world(fault(kind))
    found.run_to(2 * HOUR)
    bodies = [msgspec.json.decode(body) for at, topic, body in found.heard if topic.endswith("/tel")]
    wrong = [body for body in bodies if body[name] <= most]
    assert 5 <= len(wrong) <= 8
    assert bodies[-1][name] > most


def test_what_is_said_again_by_somebody_else_is_not_obeyed_again() -> None:
    found = world(fault("replay", more=", per_min: 60"))
    found.air(HOUR + 10 * MINUTE)
    found.run_to(2 * HOUR)
    assert found.results() == [("done", None)]
    assert len(found.fleet.truth.soundings) == 1


def test_who_goes_beyond_his_own_is_told_of_and_neither_hears_nor_is_heard() -> None:
    found = World(2)
    results: list[str] = []
    found.broker.on_trespass = results.append
    found.play("{fault: trespass, who: {count: 1}, at: 1h, lasts: 30m, per_min: 60}")
    found.run_to(HOUR + HOUR)
    (thief,) = found.broker.trespasses
    assert found.broker.trespasses[thief] == len(results) > 1_000
    asked = [line for line in results if line.startswith(f"{thief} 1 ")]
    wrote = [line for line in results if line.startswith(f"Denied PUBLISH from {thief} (d0, q1, r0, m0, 'loa/v1/")]
    assert min(len(asked), len(wrote)) > 100
    assert len(asked) + len(wrote) == len(results)
    assert b"forged" not in [body for _, _, body in found.heard]


def test_of_two_of_a_kind_that_overlap_the_first_end_changes_nothing() -> None:
    found = world(fault("speaker_open"), fault("speaker_open", at="1h 20m", lasts="40m"))
    found.run_to(HOUR + 40 * MINUTE)
    assert found.device.physics.why_silent() == ("open",)
    found.run_to(2 * HOUR + MINUTE)
    assert found.device.physics.why_silent() == ()


def test_who_is_drawn_by_share_count_area_or_name() -> None:
    made = World(20)
    stage = made.play(
        "{fault: door_open, who: {share: 0.25}, at: 1h, lasts: 5m}",
        "{fault: speaker_open, who: {count: 3}, at: 1h, lasts: 5m}",
        "{fault: speaker_earth, who: {areas: [xa-1]}, at: 1h, lasts: 5m}",
        "{fault: silent_playback, who: {devices: [xa-1-l07, nobody]}, at: 1h, lasts: 5m}",
        "{fault: half_open_link, who: {one_area: true}, at: 1h, lasts: 5m}",
    )
    made.run_to(HOUR + MINUTE)
    struck = {kind: [whom for _, _, what, whom in made.fleet.truth.causes if what == kind] for kind in stage.began}
    assert {kind: len(set(whom)) for kind, whom in struck.items()} == {
        "door_open": 5,
        "speaker_open": 3,
        "speaker_earth": 20,
        "silent_playback": 1,
        "half_open_link": 20,
    }


def test_a_line_that_is_not_there_is_not_cut() -> None:
    made = World(4)
    for device in list(made.fleet.devices.values())[:3]:
        device.identity = replace(device.identity, is_board=True, has_loudspeaker=False)
    made.play(
        "{fault: speaker_open, who: {everybody: true}, at: 1h, lasts: 5m}",
        "{fault: silent_playback, who: {count: 2}, at: 1h, lasts: 5m}",
        "{fault: door_open, who: {everybody: true}, at: 1h, lasts: 5m}",
    )
    made.run_to(HOUR + MINUTE)
    struck = Counter(what for _, _, what, _ in made.fleet.truth.causes)
    assert struck == {"speaker_open": 1, "silent_playback": 1, "door_open": 4}


def test_the_same_seed_gives_the_same_day_to_the_last_byte() -> None:
    def day(seed: int) -> list[tuple[int, str, bytes]]:
        found = world(
            "{fault: half_open_link, who: {share: 0.5}, at: 1h, lasts: 10m, every: 1h, times: 3}",
            "{fault: mains_cut, who: {count: 2}, at: 90m, lasts: 20m}",
            fault("bad_network", lasts="2h"),
            devices=6,
            seed=seed,
        )
        found.air(2 * HOUR, 3 * HOUR)
        found.run_to(5 * HOUR)
        return found.heard

    assert day(3) == day(3)
    assert day(3) != day(4)


@pytest.mark.parametrize("seed", range(6))
def test_what_nobody_would_learn_of_a_box_out_of_reach_befalls_one_that_is_heard(seed: int) -> None:
    """Before, the trespasser of the exercise could be a device that was down, and no screen showed anything."""
    found = world(devices=4, seed=seed)
    *others, heard = found.fleet.devices.values()
    for device in others:
        device.network.is_held = True
    found.play("{fault: trespass, who: {count: 1}, at: 1h, lasts: 30m, per_min: 60}")
    found.run_to(HOUR + 10 * MINUTE)
    assert list(found.broker.trespasses) == [heard.name]

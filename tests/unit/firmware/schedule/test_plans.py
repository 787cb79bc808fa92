"""Plans: fetched, announced, sounded at their instant, and obeyed when they change."""

from __future__ import annotations

from zlib import crc32

import pytest

from devices.protocol import codec, topics
from devices.protocol.messages import ExecutionState, Manifest, Plan, PlanRef, QuietHours
from firmware_sim.core.events import ContentSpoilt
from firmware_sim.core.schedule.hand_over import START_GRACE_MS
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import AREA, DAY, DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device

AT = NOON_MS + 5 * MINUTE_MS
DAY_MS = 1440 * MINUTE_MS


def test_a_planned_item_sounds_at_its_instant_and_is_recorded_once() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    record = device.records()[0]
    assert (record.planned_at, record.started_at, record.ended_at) == (AT, AT, AT + MINUTE_MS)
    assert device.results() == [("a", "done", None)]


def test_items_are_announced_received_then_ready() -> None:
    device = ready_device()
    device.server_has_content = True
    device.plan(device.item("a", AT))
    assert device.announced(ExecutionState.RECEIVED) == {"a"}
    assert device.announced(ExecutionState.READY) == {"a"}


@pytest.mark.parametrize(
    ("left_ms", "span_ms"), [(19, 0), (MINUTE_MS, 3_000), (10 * MINUTE_MS, 30_000), (20 * DAY_MS, 10 * MINUTE_MS)]
)
def test_a_fetch_begins_after_the_devices_share_of_a_twentieth_of_the_time_left(left_ms: int, span_ms: int) -> None:
    device = ready_device()
    device.plan(device.item("a", NOON_MS + left_ms))
    (fetched,) = (fetch for fetch in device.fetched if not fetch.is_plan)
    assert fetched.wait_ms == crc32(DEVICE.encode()) % (span_ms + 1)


def test_an_item_without_its_content_is_received_but_not_ready() -> None:
    device = ready_device()
    entry = device.item("a", AT)
    plan = device.put(codec.encode(Plan(v=1, area=AREA, day=DAY, items=[entry])))
    device.server_has_content = False
    device.flash.content[plan] = codec.encode(Plan(v=1, area=AREA, day=DAY, items=[entry]))
    device.manifest(Manifest(v=1, area=AREA, ver=9, iat=0, days={DAY: PlanRef(sha256=plan, bytes=0)}))
    assert device.announced(ExecutionState.RECEIVED) == {"a"}
    assert device.announced(ExecutionState.READY) == set()
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.results() == [("a", "missed", "FETCH_FAILED")]


def test_items_beyond_two_days_are_announced_as_time_goes() -> None:
    device = ready_device()
    device.plan(device.item("far", NOON_MS + 3 * DAY_MS))
    assert device.announced(ExecutionState.READY) == set()
    device.run(DAY_MS + MINUTE_MS)
    device.run(60 * MINUTE_MS)
    assert device.announced(ExecutionState.READY) == {"far"}


def test_everything_ready_is_announced_again_on_every_connection() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.disconnect()
    device.published.clear()
    device.connect()
    assert device.announced(ExecutionState.READY) == {"a"}


def test_a_replan_that_removes_an_item_is_obeyed() -> None:
    device = ready_device()
    device.plan(device.item("a", AT), device.item("b", AT + 2 * MINUTE_MS))
    device.plan(device.item("b", AT + 2 * MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("b", AT + 2 * MINUTE_MS)]
    assert device.results() == [("b", "done", None)]


def test_a_replan_that_moves_an_item_is_obeyed() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.plan(device.item("a", AT + MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT + MINUTE_MS)]


def test_a_replan_in_the_last_moment_is_obeyed() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT - 100)
    device.plan(device.item("a", AT + MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT + MINUTE_MS)]


def test_a_replan_after_the_sound_does_not_sound_again() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    device.plan(device.item("a", device.now + MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]


def test_a_replan_does_not_cut_what_sounds() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT + 1_000)
    device.plan()
    device.run(10 * MINUTE_MS)
    assert device.results() == [("a", "done", None)]


def test_an_older_manifest_is_ignored() -> None:
    device = ready_device()
    device.plan(device.item("a", AT), ver=20)
    device.plan(ver=19)
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]


def test_a_manifest_of_another_area_is_ignored() -> None:
    device = ready_device()
    device.plan(device.item("a", AT), area="huyen-1")
    device.run(10 * MINUTE_MS)
    assert device.heard == []


def test_a_manifest_signed_by_a_stranger_is_ignored_and_reported() -> None:
    device = ready_device()
    forged = Manifest(v=1, area=AREA, ver=99, iat=0, days={})
    device.plan(device.item("a", AT))
    device.deliver(topics.area_plan(AREA), signing.signed(forged, "plan", signing.STRANGER))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    assert [(event.type, event.code) for event in device.events() if event.type == "security"] == [
        ("security", "BAD_SIGNATURE")
    ]


def test_content_that_is_no_plan_is_reported_and_the_old_plan_stays() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    sha256 = device.put(b"not a plan")
    device.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={DAY: PlanRef(sha256=sha256, bytes=10)}))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    assert ("fault", "MALFORMED") in [(event.type, event.code) for event in device.events()]


def test_a_plan_of_another_day_than_its_manifest_says_is_refused() -> None:
    device = ready_device()
    data = codec.encode(Plan(v=1, area=AREA, day="2026-11-25", items=[device.item("a", AT)]))
    ref = PlanRef(sha256=device.put(data), bytes=len(data))
    device.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={DAY: ref}))
    device.run(10 * MINUTE_MS)
    assert device.heard == []


def test_a_day_keeps_its_old_plan_until_the_new_one_is_here() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.server_has_content = False
    device.plan(device.item("b", AT))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]


def test_a_day_that_leaves_the_manifest_is_silent() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={}))
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.records() == []


def test_back_to_back_items_follow_without_a_gap() -> None:
    device = ready_device()
    device.plan(device.item("a", AT), device.item("b", AT + MINUTE_MS), device.item("c", AT + 2 * MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT), ("b", AT + MINUTE_MS), ("c", AT + 2 * MINUTE_MS)]
    assert [result for _, result, _ in device.results()] == ["done"] * 3


def test_an_item_in_quiet_hours_is_refused_whatever_the_plan_says() -> None:
    device = ready_device(quiet=[QuietHours(start="12:00", until="13:00")])
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.results() == [("a", "missed", "QUIET_HOURS")]
    assert ("fault", "QUIET_HOURS", "a") in [(event.type, event.code, event.detail) for event in device.events()]


def test_an_item_that_would_run_into_quiet_hours_is_refused() -> None:
    device = ready_device(quiet=[QuietHours(start="12:06", until="13:00")])
    device.plan(device.item("a", AT, dur_ms=MINUTE_MS + 1))
    device.run(10 * MINUTE_MS)
    assert device.results() == [("a", "missed", "QUIET_HOURS")]


def test_an_item_that_ends_as_quiet_hours_begin_is_sounded() -> None:
    device = ready_device(quiet=[QuietHours(start="12:06", until="13:00")])
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    assert device.results() == [("a", "done", None)]


def test_spoilt_content_is_fetched_again_in_time() -> None:
    device = ready_device()
    entry = device.item("a", AT)
    device.plan(entry)
    del device.flash.content[entry.audio.sha256]
    device.feed(ContentSpoilt(entry.audio.sha256))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    assert ("fault", "HASH_MISMATCH") in [(event.type, event.code) for event in device.events()]


def test_content_found_spoilt_at_its_instant_is_fetched_and_sounded_within_the_grace() -> None:
    device = ready_device()
    entry = device.item("a", AT)
    device.plan(entry)
    device.run_until(AT - MINUTE_MS)
    del device.flash.content[entry.audio.sha256]
    device.run(10 * MINUTE_MS)
    assert [item for item, _ in device.heard] == ["a"]
    assert device.heard[0][1] - AT <= START_GRACE_MS


def test_a_device_that_moves_to_another_area_drops_the_old_plan() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.desire(areas=["xa-2", "tinh-1"])
    device.plan(device.item("b", AT), area="xa-2")
    device.run(10 * MINUTE_MS)
    assert device.heard == [("b", AT)]
    assert topics.area_plan(AREA) not in device.subscribed
    assert topics.area_plan("xa-2") in device.subscribed
    assert topics.area_command("tinh-1") in device.subscribed


def test_a_new_device_does_not_call_missed_what_aired_before_its_first_day() -> None:
    device = ready_device()
    device.plan(device.item("before", NOON_MS - MINUTE_MS), device.item("after", AT))
    device.run(10 * MINUTE_MS)
    assert device.results() == [("after", "done", None)]


def test_an_item_planned_too_late_is_missed_not_sounded_late() -> None:
    device = ready_device()
    device.run(MINUTE_MS)
    device.plan(device.item("late", device.now - START_GRACE_MS - 1))
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert [result for _, result, _ in device.results()] == ["missed"]


@pytest.mark.parametrize("garbage", [b"", b"{}", b"a.b.c", b"\xff" * 100, b"x" * 20_000])
@pytest.mark.parametrize(
    "topic",
    [
        topics.area_plan(AREA),
        topics.device_desired("xa-1-l01"),
        topics.keys(),
        topics.time_beacon(),
        topics.area_command(AREA),
        "loa/v1/nothing/of/ours",
        topics.device_state("xa-1-l01"),
    ],
)
def test_garbage_changes_nothing(topic: str, garbage: bytes) -> None:
    device: DeviceHarness = ready_device()
    device.plan(device.item("a", AT))
    device.deliver(topic, garbage)
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]

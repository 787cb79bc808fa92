"""Plans: fetched, announced, sounded at their instant, and obeyed when they change."""

from __future__ import annotations

import pytest

from devices.protocol import codec, topics
from devices.protocol.messages import Manifest, Plan, PlanRef, QuietHours, Standing
from firmware_sim.core.events import ContentSpoilt
from firmware_sim.core.schedule.hand_over import START_GRACE_MS
from tests.unit.firmware import signing
from tests.unit.firmware.pole import AREA, DAY, MINUTE_MS, NOON_MS, Pole, ready_pole

AT = NOON_MS + 5 * MINUTE_MS
DAY_MS = 1440 * MINUTE_MS


def test_a_planned_item_sounds_at_its_instant_and_is_recorded_once() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]
    record = pole.records()[0]
    assert (record.planned_at, record.started_at, record.ended_at) == (AT, AT, AT + MINUTE_MS)
    assert pole.results() == [("a", "done", None)]


def test_items_are_announced_received_then_ready() -> None:
    pole = ready_pole()
    pole.server_has_content = True
    pole.plan(pole.item("a", AT))
    assert pole.announced(Standing.RECEIVED) == {"a"}
    assert pole.announced(Standing.READY) == {"a"}


def test_an_item_without_its_content_is_received_but_not_ready() -> None:
    pole = ready_pole()
    entry = pole.item("a", AT)
    plan = pole.put(codec.encode(Plan(v=1, area=AREA, day=DAY, items=[entry])))
    pole.server_has_content = False
    pole.flash.content[plan] = codec.encode(Plan(v=1, area=AREA, day=DAY, items=[entry]))
    pole.manifest(Manifest(v=1, area=AREA, ver=9, iat=0, days={DAY: PlanRef(sha256=plan, bytes=0)}))
    assert pole.announced(Standing.RECEIVED) == {"a"}
    assert pole.announced(Standing.READY) == set()
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.results() == [("a", "missed", "FETCH_FAILED")]


def test_items_beyond_two_days_are_announced_as_time_goes() -> None:
    pole = ready_pole()
    pole.plan(pole.item("far", NOON_MS + 3 * DAY_MS))
    assert pole.announced(Standing.READY) == set()
    pole.run(DAY_MS + MINUTE_MS)
    pole.run(60 * MINUTE_MS)
    assert pole.announced(Standing.READY) == {"far"}


def test_everything_ready_is_announced_again_on_every_connection() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.disconnect()
    pole.published.clear()
    pole.connect()
    assert pole.announced(Standing.READY) == {"a"}


def test_a_replan_that_removes_an_item_is_obeyed() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT), pole.item("b", AT + 2 * MINUTE_MS))
    pole.plan(pole.item("b", AT + 2 * MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("b", AT + 2 * MINUTE_MS)]
    assert pole.results() == [("b", "done", None)]


def test_a_replan_that_moves_an_item_is_obeyed() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.plan(pole.item("a", AT + MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT + MINUTE_MS)]


def test_a_replan_in_the_last_moment_is_obeyed() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT - 100)
    pole.plan(pole.item("a", AT + MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT + MINUTE_MS)]


def test_a_replan_after_the_sound_does_not_sound_again() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    pole.plan(pole.item("a", pole.now + MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]


def test_a_replan_does_not_cut_what_sounds() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + 1_000)
    pole.plan()
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("a", "done", None)]


def test_an_older_manifest_is_ignored() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT), ver=20)
    pole.plan(ver=19)
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]


def test_a_manifest_of_another_area_is_ignored() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT), area="huyen-1")
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []


def test_a_manifest_signed_by_a_stranger_is_ignored_and_reported() -> None:
    pole = ready_pole()
    forged = Manifest(v=1, area=AREA, ver=99, iat=0, days={})
    pole.plan(pole.item("a", AT))
    pole.deliver(topics.area_plan(AREA), signing.signed(forged, "plan", signing.STRANGER))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]
    assert [(event.type, event.code) for event in pole.events() if event.type == "security"] == [
        ("security", "BAD_SIGNATURE")
    ]


def test_content_that_is_no_plan_is_reported_and_the_old_plan_stays() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    sha256 = pole.put(b"not a plan")
    pole.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={DAY: PlanRef(sha256=sha256, bytes=10)}))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]
    assert ("fault", "MALFORMED") in [(event.type, event.code) for event in pole.events()]


def test_a_plan_of_another_day_than_its_manifest_says_is_refused() -> None:
    pole = ready_pole()
    data = codec.encode(Plan(v=1, area=AREA, day="2026-11-25", items=[pole.item("a", AT)]))
    ref = PlanRef(sha256=pole.put(data), bytes=len(data))
    pole.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={DAY: ref}))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []


def test_a_day_keeps_its_old_plan_until_the_new_one_is_here() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.server_has_content = False
    pole.plan(pole.item("b", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]


def test_a_day_that_leaves_the_manifest_is_silent() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.manifest(Manifest(v=1, area=AREA, ver=99, iat=0, days={}))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.records() == []


def test_back_to_back_items_follow_without_a_gap() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT), pole.item("b", AT + MINUTE_MS), pole.item("c", AT + 2 * MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT), ("b", AT + MINUTE_MS), ("c", AT + 2 * MINUTE_MS)]
    assert [result for _, result, _ in pole.results()] == ["done"] * 3


def test_an_item_in_quiet_hours_is_refused_whatever_the_plan_says() -> None:
    pole = ready_pole(quiet=[QuietHours(start="12:00", until="13:00")])
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.results() == [("a", "missed", "QUIET_HOURS")]
    assert ("fault", "QUIET_HOURS", "a") in [(event.type, event.code, event.detail) for event in pole.events()]


def test_an_item_that_would_run_into_quiet_hours_is_refused() -> None:
    pole = ready_pole(quiet=[QuietHours(start="12:06", until="13:00")])
    pole.plan(pole.item("a", AT, dur_ms=MINUTE_MS + 1))
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("a", "missed", "QUIET_HOURS")]


def test_an_item_that_ends_as_quiet_hours_begin_is_sounded() -> None:
    pole = ready_pole(quiet=[QuietHours(start="12:06", until="13:00")])
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("a", "done", None)]


def test_spoilt_content_is_fetched_again_in_time() -> None:
    pole = ready_pole()
    entry = pole.item("a", AT)
    pole.plan(entry)
    del pole.flash.content[entry.audio.sha256]
    pole.feed(ContentSpoilt(entry.audio.sha256))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]
    assert ("fault", "HASH_MISMATCH") in [(event.type, event.code) for event in pole.events()]


def test_content_found_spoilt_at_its_instant_is_fetched_and_sounded_within_the_grace() -> None:
    pole = ready_pole()
    entry = pole.item("a", AT)
    pole.plan(entry)
    pole.run_until(AT - MINUTE_MS)
    del pole.flash.content[entry.audio.sha256]
    pole.run(10 * MINUTE_MS)
    assert [item for item, _ in pole.heard] == ["a"]
    assert pole.heard[0][1] - AT <= START_GRACE_MS


def test_a_device_that_moves_to_another_area_drops_the_old_plan() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.desire(areas=["xa-2", "tinh-1"])
    pole.plan(pole.item("b", AT), area="xa-2")
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("b", AT)]
    assert topics.area_plan(AREA) not in pole.subscribed
    assert topics.area_plan("xa-2") in pole.subscribed
    assert topics.area_command("tinh-1") in pole.subscribed


def test_a_new_device_does_not_call_missed_what_aired_before_its_first_day() -> None:
    pole = ready_pole()
    pole.plan(pole.item("before", NOON_MS - MINUTE_MS), pole.item("after", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("after", "done", None)]


def test_an_item_planned_too_late_is_missed_not_sounded_late() -> None:
    pole = ready_pole()
    pole.run(MINUTE_MS)
    pole.plan(pole.item("late", pole.now - START_GRACE_MS - 1))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert [result for _, result, _ in pole.results()] == ["missed"]


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
    pole: Pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.deliver(topic, garbage)
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("a", AT)]

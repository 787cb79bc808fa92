"""Opening and closing sounds of a plan's item: fetched, sounded and recorded with it."""

from __future__ import annotations

import msgspec

from devices.protocol import codec
from devices.protocol.messages import Audio, ExecutionState, Manifest, Plan, PlanItem, PlanRef
from firmware_sim.core.effects import Prepare, StartSound
from firmware_sim.core.events import ContentSpoilt
from tests.unit.firmware.device_harness import AREA, DAY, MINUTE_MS, NOON_MS, DeviceHarness, ready_device

AT = NOON_MS + 5 * MINUTE_MS
OPENING, CLOSING = b"opening", b"closing"


def framed(
    device: DeviceHarness, name: str = "a", start_at: int = AT, opening: bytes = OPENING, after: str = "drop"
) -> PlanItem:
    """Build an item of a minute with three seconds before it, two after it, and one left out."""
    plain = device.item(name, start_at, after=after)
    around = {
        "opening": Audio(sha256=device.put(opening), bytes=len(opening), dur_ms=3_000),
        "closing": Audio(sha256=device.put(CLOSING), bytes=len(CLOSING), dur_ms=2_000),
    }
    return msgspec.structs.replace(plain, end_at=start_at + 64_000, skip_ms=1_000, **around)


def orders(device: DeviceHarness) -> list[StartSound]:
    return [effect for effect in device.done if isinstance(effect, StartSound)]


def test_all_of_it_is_prepared_sounded_and_recorded_as_one() -> None:
    device = ready_device()
    item = framed(device)
    device.plan(item)
    device.run(10 * MINUTE_MS)
    (order,) = orders(device)
    assert item.opening is not None
    assert item.closing is not None
    assert order.sounds == (item.opening.sha256, item.audio.sha256, item.closing.sha256)
    assert (order.skip_ms, order.length_ms) == (1_000, 64_000)
    assert {effect.sha256 for effect in device.done if isinstance(effect, Prepare)} == set(order.sounds)
    record = device.records()[0]
    assert (record.sha256, record.started_at, record.ended_at) == (item.audio.sha256, AT, AT + 64_000)


def test_it_is_ready_only_when_all_of_it_is_there() -> None:
    device = ready_device()
    item = framed(device)
    assert item.closing is not None
    plan = codec.encode(Plan(v=1, area=AREA, day=DAY, items=[item]))
    sha256 = device.put(plan)
    device.server_has_content = False
    device.flash.content |= {
        sha256: plan,
        item.audio.sha256: b"a",
        item.opening.sha256 if item.opening else "": OPENING,
    }
    device.manifest(Manifest(v=1, area=AREA, ver=9, iat=0, days={DAY: PlanRef(sha256=sha256, bytes=0)}))
    assert device.announced(ExecutionState.RECEIVED) == {"a"}
    assert device.announced(ExecutionState.READY) == set()
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.results() == [("a", "missed", "FETCH_FAILED")]


def test_what_is_spoilt_of_it_is_fetched_again() -> None:
    device = ready_device()
    item = framed(device)
    device.plan(item)
    assert item.opening is not None
    for sha256 in (item.opening.sha256, item.audio.sha256):
        device.flash.content.pop(sha256)
        device.feed(ContentSpoilt(sha256))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]


def test_two_spoilt_at_once_are_both_fetched_before_it_sounds() -> None:
    device = ready_device()
    item = framed(device)
    device.plan(item)
    assert item.opening is not None
    device.server_has_content = False
    fetched = len(device.fetched)
    for sha256 in (item.opening.sha256, item.audio.sha256):
        device.flash.content.pop(sha256)
        device.feed(ContentSpoilt(sha256))
        device.feed(ContentSpoilt(sha256))
    wanted = {fetch.sha256 for fetch in device.fetched[fetched:]}
    assert {item.opening.sha256, item.audio.sha256} <= wanted
    device.run(10 * MINUTE_MS)
    assert device.heard == []


def test_another_opening_takes_the_place_of_the_one_that_was_planned() -> None:
    device = ready_device()
    device.plan(framed(device))
    other = framed(device, opening=b"another")
    device.plan(other)
    device.run(10 * MINUTE_MS)
    (order,) = orders(device)
    assert other.opening is not None
    assert order.opening == other.opening.sha256


def test_a_shared_opening_is_kept_as_long_as_anything_planned_needs_it() -> None:
    device = ready_device()
    first, second = framed(device), framed(device, "b", AT + 10 * MINUTE_MS)
    device.plan(first, second)
    device.run(7 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    assert first.opening is not None
    assert device.flash.held(first.opening.sha256) is not None
    device.run(20 * MINUTE_MS)
    assert [name for name, _ in device.heard] == ["a", "b"]


def test_what_was_cut_within_its_opening_resumes_there() -> None:
    device = ready_device()
    device.plan(framed(device, after="resume"), device.item("high", AT + 2_000, dur_ms=10_000, prio=6))
    device.run(10 * MINUTE_MS)
    first, _high, again = orders(device)
    assert (first.offset_ms, again.item, again.offset_ms) == (0, "a", 2_000)
    assert again.sounds == first.sounds

"""Power cuts at any moment and in any order of events: no item sounds twice, none is forgotten."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.protocol.messages import ExecutionState, Play
from firmware_sim.core.schedule.audio_item import FINAL, NEXT, AudioItem, ItemEvent, ItemState
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, DeviceHarness, PowerCutError, ready_device

AT = NOON_MS + 5 * MINUTE_MS
DAY = {"a": AT, "b": AT + 2 * MINUTE_MS, "c": AT + 4 * MINUTE_MS}


def day_of_three(device: DeviceHarness) -> None:
    device.plan(
        device.item("a", DAY["a"], after="resume"),
        device.item("b", DAY["b"]),
        device.item("c", DAY["c"], after="restart"),
        ver=50,
    )


def finish(device: DeviceHarness) -> None:
    """Restore power and network, and run long enough for all to finish."""
    device.effects_until_power_cut = None
    device.power_on()
    device.connect()
    device.run(40 * MINUTE_MS)


def assert_each_is_accounted_for_once(device: DeviceHarness, items: list[str]) -> None:
    starts = Counter(item for item, _ in device.heard)
    assert all(count <= 1 for count in starts.values()), device.heard
    results = Counter(record.item for record in device.records())
    assert results == Counter(items), device.results()
    for record in device.records():
        if record.result == "done":
            assert starts[record.item] == 1
        if record.result == "missed":
            # Between the write to flash and that of the first sample, a sound may be heard that is not on record.
            assert starts[record.item] == 0 or record.code == "POWER_LOST"


@settings(max_examples=150, deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=6), off_s=st.integers(0, 90))
@example(cuts=[0, 0, 0, 0], off_s=76)
def test_no_item_sounds_twice_wherever_the_power_is_cut(cuts: list[int], off_s: int) -> None:
    device = DeviceHarness()
    chosen = iter(cuts)

    def survive() -> None:
        while True:
            device.effects_until_power_cut = next(chosen, None)
            try:
                device.power_on()
                device.connect()
                device.desire(ver=7)
                day_of_three(device)
                device.run_until(AT + 10 * MINUTE_MS)
            except PowerCutError:
                device.now += off_s * 1000
            else:
                return

    survive()
    finish(device)
    # Where power went each time before flash held a byte, the device did not exist yet: items due then do not count.
    born_at = device.flash.load()["counter"]["first_on"]
    assert isinstance(born_at, int)
    assert_each_is_accounted_for_once(device, [name for name, at in DAY.items() if at >= born_at])


def test_no_item_sounds_twice_when_the_power_is_cut_at_every_single_step() -> None:
    def whole_day(device: DeviceHarness) -> None:
        device.power_on()
        device.connect()
        device.desire(ver=7)
        day_of_three(device)
        device.run_until(AT + 8 * MINUTE_MS)

    calm = DeviceHarness()
    whole_day(calm)
    assert [result for _, result, _ in calm.results()] == ["done"] * 3
    for step in range(len(calm.done)):
        device = DeviceHarness(effects_until_power_cut=step)
        try:
            whole_day(device)
        except PowerCutError:
            device.power_on()
            device.connect()
            device.desire(ver=7)
            day_of_three(device)
            device.run_until(AT + 8 * MINUTE_MS)
        assert_each_is_accounted_for_once(device, ["a", "b", "c"])


MOVES: dict[str, Callable[[DeviceHarness], None]] = {
    "plan": lambda device: device.plan(
        device.item("a", AT), device.item("b", AT + MINUTE_MS), device.item("c", AT + 2 * MINUTE_MS)
    ),
    "replan": lambda device: device.plan(device.item("a", AT + 2 * MINUTE_MS), device.item("b", AT)),
    "cancel b": lambda device: device.order(device.command(type="cancel", refs=["b"])),
    "play": lambda device: device.order(
        device.play("p", play=Play(start_at=AT + MINUTE_MS), iat=NOON_MS, nbf=NOON_MS, exp=NOON_MS + 60 * MINUTE_MS)
    ),
    "play high": lambda device: device.order(device.play(prio=6, dur_ms=20_000)),
    "power cut": lambda device: device.power_cut(5_000),
    "connect": lambda device: device.connect(),
    "disconnect": lambda device: device.disconnect(),
    "garbage": lambda device: device.deliver("loa/v1/a/xa-1/cmd", b"\x00garbage"),
    "minute": lambda device: device.run(MINUTE_MS),
    "second": lambda device: device.run(1_000),
}


@settings(max_examples=200, deadline=None)
@given(moves=st.lists(st.sampled_from(sorted(MOVES)), max_size=40))
def test_no_item_is_begun_twice_in_any_order_of_messages(moves: list[str]) -> None:
    device = DeviceHarness()
    device.power_on()
    device.connect()
    device.desire()
    for move in moves:
        MOVES[move](device)
    finish(device)
    starts = Counter(item for item, _ in device.heard)
    assert all(count == 1 for count in starts.values()), device.heard
    recorded = Counter(record.item for record in device.records())
    assert all(count == 1 for count in recorded.values()), device.results()
    assert set(starts) <= set(recorded)


def test_a_sound_that_a_power_cut_ends_is_recorded_as_cut_and_not_taken_up_again() -> None:
    device = ready_device()
    device.plan(device.item("a", AT, after="resume"))
    device.run_until(AT + 10_000)
    device.power_cut(5_000)
    device.connect()
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]
    assert device.results() == [("a", "cut", "POWER_LOST")]
    assert device.records()[0].started_at == AT


def test_what_was_due_while_the_power_was_off_is_recorded_as_missed() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT - MINUTE_MS)
    device.power_cut(5 * MINUTE_MS)
    device.connect()
    assert device.heard == []
    assert device.results() == [("a", "missed", "POWER_LOST")]


def test_a_plan_on_flash_is_sounded_without_any_network() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.disconnect()
    device.server_has_content = False
    device.power_cut()
    device.run(10 * MINUTE_MS)
    assert device.heard == [("a", AT)]


def test_everything_ready_before_a_power_cut_is_announced_after_it() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.power_cut()
    device.published.clear()
    device.connect()
    assert device.announced(ExecutionState.READY) == {"a"}


def test_every_state_and_happening_follows_the_table_and_nothing_else() -> None:
    audio = ready_device().item("a", AT).audio
    for state, happening in itertools.product(ItemState, ItemEvent):
        sounding = AudioItem(item="a", audio=audio, start_at=0, latest_at=0, prio=4, after="drop", state=state)
        expected = NEXT.get((state, happening))
        assert sounding.apply(happening) == (expected is not None)
        assert sounding.state is (expected or state)


def test_what_is_final_stays_so_and_every_state_can_be_reached() -> None:
    assert not {state for state, _ in NEXT} & FINAL
    assert {ItemState.FETCHING, *NEXT.values()} == set(ItemState)

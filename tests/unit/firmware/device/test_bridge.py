"""Bridge: its contact, and its reports of sound without a command."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from devices.protocol.messages import Code
from firmware_sim.core.bridges.bridge import (
    CLEAR_MS,
    CLOSED,
    HOLD_MS,
    LEAD_MS,
    NEXT,
    TAIL_MS,
    Bridge,
    BridgeEvent,
    BridgeState,
    DetectorPoint,
)
from firmware_sim.core.clock.clock import Clock, Moment
from firmware_sim.core.effects import Effect, SetContact, StartSound
from firmware_sim.core.events import Sensed, SoundEnded, SoundStarted
from firmware_sim.core.maintenance.device_log import DeviceLog
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.step import Step
from firmware_sim.host.bridge import BridgeHost
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, DeviceHarness

AT = 10_000


class Bench:
    """Bridge alone, on a clock that is set by hand."""

    def __init__(self) -> None:
        clock = Clock(is_known=True, off_ms=0)
        self.step = Step({})
        self.bridge = Bridge(
            self.step, ReportQueue(self.step, clock, DeviceLog(self.step), "xa-1-f01", boot="b", fw="fw"), clock
        )

    def order(self, item: str = "i", at_ms: int = AT, now: int = 0) -> list[Effect]:
        order = StartSound(item, "0" * 64, at_ms, 0, 1, 1, 1, 0, cuts=False, volume_pct=50)
        return self.bridge.let_through([order], now)

    def into(self, state: BridgeState) -> None:
        if state is not BridgeState.SILENT:
            self.order()
        if state in CLOSED:
            self.bridge.advance(AT - LEAD_MS)
        if state in {BridgeState.SOUNDING, BridgeState.TRAILING}:
            self.bridge.handle(SoundStarted("i", AT), Moment(AT, AT, AT))
        if state is BridgeState.TRAILING:
            self.bridge.handle(SoundEnded("i", AT + 5_000, whole=True), Moment(AT + 5_000, AT + 5_000, AT + 5_000))
        self.step.take()

    def happen(self, happening: BridgeEvent) -> None:
        match happening:
            case BridgeEvent.ORDERED:
                self.order("j", AT + 6_000)
            case BridgeEvent.NEAR:
                self.bridge.advance(AT - LEAD_MS)
            case BridgeEvent.SOUNDED:
                self.bridge.handle(SoundStarted("i", AT), Moment(AT, AT, AT))
            case BridgeEvent.ENDED:
                self.bridge.handle(SoundEnded("i", AT + 5_000, whole=True), Moment(AT + 5_000, AT + 5_000, AT + 5_000))
            case BridgeEvent.DRAINED:
                self.bridge.advance(AT + 5_000 + TAIL_MS)

    def switched(self) -> list[bool]:
        return [effect.is_closed for effect in self.step.take() if isinstance(effect, SetContact)]


@pytest.mark.parametrize(("state", "happening"), list(itertools.product(BridgeState, BridgeEvent)))
def test_every_happening_in_every_state_switches_the_contact_where_the_table_says_and_nowhere_else(
    state: BridgeState, happening: BridgeEvent
) -> None:
    bench = Bench()
    bench.into(state)
    assert bench.bridge.state is state
    following = NEXT.get((state, happening), state)
    if (state, happening) == (BridgeState.ARMED, BridgeEvent.DRAINED):
        following = BridgeState.LEADING  # so late, the lead has come
    bench.happen(happening)
    assert bench.bridge.state is following
    assert bench.switched() == ([following in CLOSED] if (state in CLOSED) != (following in CLOSED) else [])


def test_an_order_that_begins_at_once_closes_the_contact_at_once() -> None:
    bench = Bench()
    first, second = bench.order(at_ms=AT, now=AT)
    assert first == SetContact(is_closed=True)
    assert isinstance(second, StartSound)
    early = Bench()
    assert len(early.order(at_ms=AT, now=AT - LEAD_MS - 1)) == 1
    assert early.bridge.next_at(0) == AT - LEAD_MS


def test_it_stays_closed_until_the_last_of_several_has_ended() -> None:
    bench = Bench()
    bench.into(BridgeState.SOUNDING)
    bench.order("j", AT + 6_000)
    bench.bridge.handle(SoundEnded("i", AT + 5_000, whole=True), Moment(AT + 5_000, AT + 5_000, AT + 5_000))
    assert bench.bridge.state is BridgeState.SOUNDING
    bench.bridge.handle(SoundEnded("j", AT + 7_000, whole=True), Moment(AT + 7_000, AT + 7_000, AT + 7_000))
    assert bench.bridge.next_at(0) == AT + 7_000 + TAIL_MS
    bench.bridge.advance(AT + 7_000 + TAIL_MS)
    assert bench.switched() == [False]


# In a whole device.


def bridge() -> DeviceHarness:
    device = DeviceHarness(is_bridge=True)
    device.power_on()
    device.connect()
    device.desire()
    return device


def contact(device: DeviceHarness) -> bool:
    return [effect.is_closed for effect in device.done if isinstance(effect, SetContact)][-1]


def switchings(device: DeviceHarness, for_ms: int) -> list[tuple[int, bool]]:
    """Return the contact's switchings from now on, to 10 ms."""
    found, was = [], contact(device)
    for _ in range(for_ms // 10):
        device.run(10)
        if contact(device) != was:
            was = contact(device)
            found.append((device.now, was))
    return found


def told(device: DeviceHarness) -> list[tuple[str, str]]:
    return [(event.code, event.detail) for event in device.events() if event.type == "security"]


def test_the_contact_is_closed_a_little_before_a_planned_item_and_opened_a_little_after() -> None:
    device = bridge()
    device.plan(device.item("i", NOON_MS + MINUTE_MS, dur_ms=2_000))
    first, last = NOON_MS + MINUTE_MS, NOON_MS + MINUTE_MS + 2_000
    assert switchings(device, MINUTE_MS + 4_000) == [(first - LEAD_MS, True), (last + TAIL_MS, False)]


def test_an_alert_closes_it_at_once_and_what_is_signed_by_nobody_never_does() -> None:
    device = bridge()
    device.deliver("loa/v1/a/xa-1/alert", b"not signed")
    device.run(MINUTE_MS)
    assert not contact(device)
    send(device, alert(device, tone_ms=1_000, times=1))
    assert contact(device)
    device.run(MINUTE_MS)
    assert not contact(device)


def test_a_power_cut_opens_it() -> None:
    device = bridge()
    device.plan(device.item("i", NOON_MS + MINUTE_MS, dur_ms=20_000))
    device.run(MINUTE_MS + 2_000)
    assert contact(device)
    device.power_cut(0)
    assert [effect.is_closed for effect in device.done if isinstance(effect, SetContact)][-1] is False


@pytest.mark.parametrize("where", list(DetectorPoint))
def test_sound_without_a_command_is_told_when_it_lasts_and_when_it_is_over(where: DetectorPoint) -> None:
    device = bridge()
    code = {DetectorPoint.INPUT: Code.FOREIGN_INPUT, DetectorPoint.OUTPUT: Code.FOREIGN_OUTPUT}[where]
    device.feed(Sensed(where, is_loud=True))
    device.run(HOLD_MS - 1)
    assert told(device) == []
    device.run(1)
    assert told(device) == [(code, "since")]
    device.run(10 * MINUTE_MS)
    device.feed(Sensed(where, is_loud=False))
    device.run(CLEAR_MS - 1)
    device.feed(Sensed(where, is_loud=True))
    device.run(100)
    device.feed(Sensed(where, is_loud=False))
    device.run(CLEAR_MS)
    lasted = 10 * MINUTE_MS + HOLD_MS + CLEAR_MS - 1 + 100
    assert told(device) == [(code, "since"), (code, f"over after {lasted} ms")]
    device.feed(Sensed(where, is_loud=True))
    device.run(HOLD_MS)
    assert len(told(device)) == 3


def test_a_click_is_not_told() -> None:
    device = bridge()
    for _ in range(5):
        device.feed(Sensed("input", is_loud=True))
        device.run(HOLD_MS - 1)
        device.feed(Sensed("input", is_loud=False))
        device.run(100)
    assert told(device) == []


def test_our_own_sound_on_the_output_is_no_foreign_one_but_what_goes_on_after_it_is() -> None:
    device = bridge()
    device.plan(device.item("i", NOON_MS + MINUTE_MS, dur_ms=20_000))
    device.run(MINUTE_MS)
    device.feed(Sensed("output", is_loud=True))
    device.run(20_000 + TAIL_MS)
    assert told(device) == []
    device.run(HOLD_MS)
    assert told(device) == [(Code.FOREIGN_OUTPUT, "since")]


def test_what_sounded_by_itself_is_over_when_only_our_own_sound_is_left() -> None:
    device = bridge()
    device.feed(Sensed("output", is_loud=True))
    device.plan(device.item("i", NOON_MS + MINUTE_MS, dur_ms=20_000))
    device.run(MINUTE_MS + 10_000)
    device.feed(Sensed("output", is_loud=False))
    device.run(MINUTE_MS)
    assert [code for code, _ in told(device)] == [Code.FOREIGN_OUTPUT] * 2


def test_it_is_told_later_where_the_network_is_gone_and_a_loudspeaker_has_no_ears() -> None:
    device = bridge()
    device.disconnect()
    device.feed(Sensed("input", is_loud=True))
    device.run(MINUTE_MS)
    device.connect()
    assert told(device) == [(Code.FOREIGN_INPUT, "since")]
    plain = DeviceHarness()
    plain.power_on()
    plain.feed(Sensed("input", is_loud=True))
    assert not [effect for effect in plain.done if isinstance(effect, SetContact)]


# Its device.


def test_the_box_says_how_its_contact_stands_and_reads_what_is_to_be_heard(tmp_path: Path) -> None:
    box = BridgeHost(tmp_path)
    assert json.loads((tmp_path / "bridge.json").read_text()) == {"contact": "open", "foreign_input": "muted"}
    box.switch(is_closed=True)
    assert json.loads((tmp_path / "bridge.json").read_text())["contact"] == "closed"
    assert list(box.changes()) == []
    (tmp_path / "foreign.txt").write_text("output input nonsense\n")
    assert list(box.changes()) == [(DetectorPoint.INPUT, True), (DetectorPoint.OUTPUT, True)]
    (tmp_path / "foreign.txt").write_text("output")
    assert list(box.changes()) == [(DetectorPoint.INPUT, False)]
    (tmp_path / "foreign.txt").unlink()
    assert list(box.changes()) == [(DetectorPoint.OUTPUT, False)]

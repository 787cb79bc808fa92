"""Arbiter of the loudspeaker: who may sound beside whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from devices.protocol.messages import Code, CommandType, Play
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core import device
from firmware_sim.core.component import Component
from firmware_sim.core.sound.arbiter import OnAir, SoundSource, SpeakerArbiter
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, ready_device

CORE = Path(device.__file__).parent


class Source(SoundSource):
    """Source whose sound is set by hand."""

    def __init__(self, arbiter: SpeakerArbiter, name: str) -> None:
        self.name = name
        self.prio = 0
        arbiter.register(self)

    @property
    def card_prio(self) -> int:
        return self.prio

    def on_card(self) -> set[str]:
        return {self.name} if self.prio else set()

    def on_air(self) -> OnAir | None:
        return OnAir(self.name, "plan", None) if self.prio else None


def test_a_source_is_kept_off_by_the_highest_of_the_others_and_never_by_itself() -> None:
    arbiter = SpeakerArbiter()
    alerts, live, items = (Source(arbiter, name) for name in ("alerts", "live", "items"))
    assert arbiter.prio_beside(items) == 0
    assert (arbiter.claimed_prio, arbiter.is_playing, arbiter.on_air()) == (0, False, None)
    items.prio, live.prio = 4, 7
    assert (arbiter.prio_beside(items), arbiter.prio_beside(live), arbiter.prio_beside(alerts)) == (7, 4, 7)
    alerts.prio = ALERT_PRIO
    assert (arbiter.prio_beside(live), arbiter.prio_beside(alerts)) == (ALERT_PRIO, 7)
    assert arbiter.claimed_prio == ALERT_PRIO
    assert arbiter.is_playing
    assert arbiter.on_card() == {"alerts", "live", "items"}
    assert arbiter.on_air() == OnAir("alerts", "plan", None)


@pytest.mark.parametrize("prio", range(1, ALERT_PRIO))
def test_no_item_of_any_priority_begins_beside_an_alert(prio: int) -> None:
    device = ready_device()
    device.plan(device.item("a", NOON_MS + MINUTE_MS, prio=prio))
    device.run(MINUTE_MS - 1_000)
    send(device, alert(device, "x"))
    device.run(1_500)
    assert [name for name, _ in device.heard] == ["x"]


def test_a_play_below_the_item_that_sounds_is_refused() -> None:
    device = ready_device()
    device.plan(device.item("a", NOON_MS + MINUTE_MS, prio=5))
    device.run(MINUTE_MS + 1_000)
    device.order(device.play("p", play=Play(), prio=4))
    assert device.last_ack("p").code == Code.BUSY_HIGHER


def test_every_type_of_command_has_one_component_that_carries_it_out() -> None:
    kinds = [kind for each in _components(Component) for kind in each.COMMANDS]
    assert sorted(kinds) == sorted(set(CommandType) - {CommandType.SYNCED})


def test_no_part_of_the_core_is_wired_by_a_lambda_assigned_to_an_attribute() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Lambda)
    ]
    assert found == []


def _components(kind: type[Component]) -> set[type[Component]]:
    return {kind, *(below for each in kind.__subclasses__() for below in _components(each))}

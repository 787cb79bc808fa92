"""One storm: orders within a second or so, a bad network, a calm, and a comparison of every device with the oracle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_province.storms.facts import Fact, Raised
from bench.virtual_province.storms.oracle import DeviceEnd, end_of
from bench.virtual_province.storms.people import StormPeople
from bench.virtual_province.storms.stage import BOARD, COMMUNES, StormStage, at
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import ReachState
from cms.alerts.repository.orders import Orders
from devices.model import DeviceId

BURST_MS: Final = 1_000
LATER_MS: Final = 30_000
"""Time after the first second in which a few more orders follow."""
CALM_MS: Final = 300_000
"""Time in which everything arrives, and every alert in force is sounded once."""


@dataclass
class StormRound:
    """Findings of one storm; ``wrong`` has to be empty."""

    seed: int
    devices: int = 0
    orders: int = 0
    done: Mapping[str, int] = field(default_factory=dict)
    wrong: Sequence[str] = ()


def play(template: Path, folder: Path, seed: int) -> StormRound:
    """Play one storm in a new folder, which is deleted afterwards."""
    stage = StormStage(template, folder, seed)
    try:
        return _played(stage, seed)
    finally:
        stage.close()


def _played(stage: StormStage, seed: int) -> StormRound:
    people, dice = StormPeople(stage), stage.dice
    stage.disturb(BURST_MS + LATER_MS)
    begun_ms = stage.timeline.now_ms
    for at_ms in sorted(dice.uniform(0, BURST_MS) for _ in range(dice.randrange(6, 22))):
        stage.timeline.at(begun_ms + round(at_ms), people.act)
    for at_ms in sorted(dice.uniform(0, LATER_MS) for _ in range(dice.randrange(5))):
        stage.timeline.at(begun_ms + BURST_MS + round(at_ms), people.act)
    stage.run(BURST_MS + LATER_MS + 1_000)
    stage.calm()
    calm_ms = stage.timeline.now_ms
    stage.run(CALM_MS)
    found = StormRound(seed, len(stage.devices), sum(people.done.values()), dict(people.done))
    comparison = _Comparison(stage, people.facts, calm_ms)
    found.wrong = [
        what for commune in COMMUNES for device in at(stage, commune) for what in comparison.of(device, commune)
    ]
    return found


class _Comparison:
    """Comparison of a device's flash, card and reports with the oracle."""

    def __init__(self, stage: StormStage, facts: Sequence[Fact], calm_ms: int) -> None:
        self._stage = stage
        self._facts = facts
        self._calm_ms = calm_ms
        self._now_ms = stage.timeline.now_ms
        self._raised = {each.order: each for each in facts if isinstance(each, Raised)}

    def of(self, device: VirtualDevice, commune: str) -> list[str]:
        end = end_of(commune, self._facts, self._now_ms)
        facts = device.flash.load()
        held = {cid for cid, kept in facts.get("alert", {}).items() if int(json.loads(str(kept))["exp"]) > self._now_ms}
        wrong = [f"does not hold {each}" for each in end.orders.keys() - held]
        wrong += [f"holds {each}" for each in held - end.orders.keys() - end.possible]
        silences = {
            cid: int(str(kept["until"])) for cid, kept in facts.get("hush", {}).items() if isinstance(kept, dict)
        }
        in_force = {cid: until_ms for cid, until_ms in silences.items() if until_ms > self._now_ms}
        if in_force != end.silences:
            wrong.append(f"is silent by {in_force}, not by {end.silences}")
        soundings = [each for each in self._stage.fleet.truth.soundings if each.device == device.name]
        if device.name != BOARD:
            wrong += [
                f"has not sounded {order}"
                for order, heard_as in end.orders.items()
                if heard_as and not any(each.is_whole and _order(each) in heard_as for each in soundings)
            ]
            wrong += _sounded_wrongly(soundings, end, self._calm_ms)
        wrong += self._unreported(device, end)
        return [f"{device.name}: {each}" for each in wrong]

    def _unreported(self, device: VirtualDevice, end: DeviceEnd) -> list[str]:
        """List the orders in force of which the server believes anything but that they were done here."""
        found = []
        with self._stage.context.uow.reading() as unit:
            for order in end.orders:
                reaches = {each.device_id: each for each in unit[Orders].reaches(OrderId(order))}
                reach = reaches.get(DeviceId(device.name))
                if reach is None or reach.state is not ReachState.DONE:
                    found.append(f"{order} is {reach.state if reach else 'not known'} by the server")
        return found


def _sounded_wrongly(soundings: Sequence[TrueSound], end: DeviceEnd, calm_ms: int) -> list[str]:
    """List what began to sound long after the storm though it is not in force."""
    late = {_order(each) for each in soundings if each.started_at > calm_ms + SYNCED_MS}
    return [f"still sounds {order}" for order in late - end.orders.keys() - end.possible]


SYNCED_MS: Final = 30_000
"""Time after the calm in which every device has connected and was answered."""


def _order(sounding: TrueSound) -> str:
    return sounding.item.partition("#")[0]

"""Rounds of a restore: work, a back-up somewhere in it, a loss, the restore, and a comparison of all devices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_province.editors import Settlement
from bench.virtual_province.restores.device_comparison import RestoreDifference
from bench.virtual_province.restores.officers import OFFICER, REASON
from bench.virtual_province.restores.stage import NewDatabase, RestoreKind, RestoreStage, sqlite_in
from broadcast.alerts.model import OrderId
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrders
from cms.alerts.service import stop_orders
from province.people import Actor

WITHIN_MS: Final = 60_000
"""Bar: time after a restore, or a reconnection, in which both ends come to agree."""
ENDED_WITHIN_MS: Final = 20_000
SECOND_MS: Final = 1_000
BEFORE_MS: Final = (120_000, 900_000)
AFTER_MS: Final = (30_000, 600_000)
AWAY_MS: Final = (5_000, 120_000)
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
WATCHED_MS: Final = 420_000
"""Time after the restore: a device that waits for its next try to connect has connected, and had its minute."""


@dataclass
class RestoreRound:
    """Findings of one round. ``late`` and ``left`` have to be empty.

    ``slowest_s``: until the last device agreed. ``unknown``: orders that only devices knew.
    ``late``: differences left a minute after the device was back. ``left``: orders that a person could not end.
    ``again``: orders that sounded after the restore though called off before: the database says that they hold.
    """

    number: int
    way: RestoreKind
    devices: int
    lost_s: float = 0.0
    slowest_s: float = 0.0
    unknown: int = 0
    held: int = 0
    again: int = 0
    done: Mapping[str, int] = field(default_factory=dict)
    late: Sequence[RestoreDifference] = ()
    left: Sequence[str] = ()

    @property
    def is_ok(self) -> bool:
        return not (self.late or self.left)


def play(
    number: int,
    folder: Path,
    settlement: Settlement,
    way: RestoreKind,
    *,
    seed: int,
    new_database: NewDatabase = sqlite_in,
) -> RestoreRound:
    """Play one round in an empty folder, which is deleted afterwards."""
    stage = RestoreStage(folder, settlement, seed, new_database)
    try:
        return _played(number, stage, way)
    finally:
        stage.close()


def _played(number: int, stage: RestoreStage, way: RestoreKind) -> RestoreRound:
    found = RestoreRound(number, way, len(stage.devices))
    stage.work_for(stage.dice.randrange(*BEFORE_MS))
    copy = stage.back_up()
    copied_ms = stage.timeline.now_ms
    stage.work_for(stage.dice.randrange(*AFTER_MS))
    called_off = _over(stage)
    stage.lose(way)
    found.lost_s = (stage.timeline.now_ms - copied_ms) / SECOND_MS
    stage.run(stage.dice.randrange(*AWAY_MS))
    stage.bring_back(copy, way)
    restored_ms = stage.timeline.now_ms
    found.slowest_s, found.late = _watched(stage, restored_ms)
    found.again = sum(
        each.started_at >= restored_ms and each.item.partition("#")[0] in called_off
        for each in stage.fleet.truth.soundings
    )
    _end_all(stage, found)
    found.done = dict(stage.officers.done)
    return found


def _over(stage: RestoreStage) -> frozenset[str]:
    """Return the orders called off by now, according to the server that is about to be lost."""
    with stage.server.context.uow.reading() as unit:
        return frozenset(order.id for order in unit[Orders].ended_since(_EVER))


def _watched(stage: RestoreStage, restored_ms: int) -> tuple[float, Sequence[RestoreDifference]]:
    """Return the seconds until the last device agreed, and the differences left a minute after a device was back."""
    comparer = stage.comparer()
    there_ms: dict[str, int] = {}
    agreed: set[str] = set()
    slowest_ms, late = 0, []
    while stage.timeline.now_ms < restored_ms + WATCHED_MS:
        stage.run(SECOND_MS)
        now_ms = stage.timeline.now_ms
        for device in stage.devices:
            if _is_there(device):
                there_ms.setdefault(device.name, now_ms)
            else:
                there_ms.pop(device.name, None)
                agreed.discard(device.name)
        open_ones = [device for device in stage.devices if device.name in there_ms and device.name not in agreed]
        apart: dict[str, list[RestoreDifference]] = {}
        for gap in comparer.gaps(open_ones):
            apart.setdefault(gap.device_id, []).append(gap)
        for device in open_ones:
            took_ms = now_ms - there_ms[device.name]
            if device.name not in apart:
                agreed.add(device.name)
                slowest_ms = max(slowest_ms, took_ms)
            elif WITHIN_MS < took_ms <= WITHIN_MS + SECOND_MS:
                late += apart[device.name]
    # Events after they had agreed have to be known as well.
    return slowest_ms / SECOND_MS, [*late, *comparer.gaps([device for device in stage.devices if _is_there(device)])]


def _is_there(device: VirtualDevice) -> bool:
    return device.is_on and device.link.is_online and not device.network.is_cut


def _end_all(stage: RestoreStage, found: RestoreRound) -> None:
    """End every order that a device holds, as a person would, whether or not the server knows it; then none is held."""
    context, comparer = stage.server.context, stage.comparer()
    there = [device for device in stage.devices if _is_there(device)]
    found.held = len({name for device in there for name in comparer.held(device)})
    with context.uow.reading() as unit:
        now = context.now()
        unknown = [each.id for each in unit[UnknownOrders].open(now)]
        known = [order.id for order in unit[Orders].open()]
        silent = [
            stop.id for stop in unit[Orders].stops_since(_EVER) if stop.hush_until_at and stop.hush_until_at > now
        ]
    found.unknown = len(unknown)
    for order_id in unknown:
        _end_unknown(stage, order_id, OFFICER)
    for name in known:
        stage.officers.cancel(OrderId(name))
    for stop_id in silent:
        stage.officers.lift(stop_id)
    stage.run(ENDED_WITHIN_MS)
    found.left = _left(stage, there)


def _end_unknown(stage: RestoreStage, order_id: str, actor: Actor) -> None:
    context = stage.server.context
    stop_orders.end(context.uow(), order_id, reason=REASON, call=context.call(actor))


def _left(stage: RestoreStage, there: Collection[VirtualDevice]) -> Sequence[str]:
    comparer = stage.comparer()
    return [f"{device.name} holds {name}" for device in there if _is_there(device) for name in comparer.held(device)]

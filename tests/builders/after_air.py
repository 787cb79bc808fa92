"""Answers of devices after an airing and make-good decisions of areas: builders for tests of screens and API."""

from __future__ import annotations

from collections.abc import Sequence

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from cms.schedule.queries.airings import Airing
from cms.schedule.service import as_run, make_good
from devices.model import Device
from devices.protocol.messages import AsRunRecord
from province.areas import AreaId
from tests.builders.bulletins import LENGTH_MS
from tests.console import COMMUNE, Console


def tell(console: Console, airing: Airing, by: Device, result: str = "missed", code: str | None = "POWER_LOST") -> None:
    """Store a device's record of an airing, as the gateway does now."""
    tell_all(console, airing, [by], result, code)


def tell_all(
    console: Console, airing: Airing, devices: Sequence[Device], result: str = "done", code: str | None = None
) -> None:
    """Store the same record of many devices, in one transaction."""
    planned_at = round(airing.start_at.timestamp() * 1000)
    is_heard = result != "missed"
    record = AsRunRecord(
        rid=f"{airing.occurrence_id}-{result}",
        item=airing.occurrence_id,
        sha256="a" * 64,
        planned_at=planned_at,
        result=result,
        started_at=planned_at + 4 if is_heard else None,
        ended_at=planned_at + LENGTH_MS if is_heard else None,
        volume_pct=70,
        code=code,
    )
    with console.context.uow() as uow:
        for each in devices:
            as_run.record(uow, each, [record], console.clock.at)
        uow.commit()


def rule_on_missed(console: Console, mode: MakeGoodMode = MakeGoodMode.SAME_DAY, area_id: AreaId = COMMUNE) -> None:
    make_good.set_rule(
        console.context.uow(),
        MakeGoodRule(area_id, PriorityClass.NORMAL, mode),
        call=console.context.call(console.actor("approver"), console.clock.at),
    )

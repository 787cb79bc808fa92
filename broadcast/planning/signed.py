"""Planning where approvals need a digital signature: what has none is promised, and not heard."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from operator import attrgetter
from typing import Final

from broadcast.model.area_rules import AreaRules
from broadcast.model.transmissions import DayPlan, Reason, Transmission, TransmissionId
from broadcast.planning.candidates import left_out
from broadcast.planning.days import Aired, plan_days
from devices.areas import AreaId

NOT_SIGNED: Final = Reason("NOT_SIGNED")
_START_AND_ID = attrgetter("start_at", "occurrence_id")


def plan_signed(
    area_id: AreaId,
    first_on: date,
    days: int,
    transmissions: Iterable[Transmission],
    rules: AreaRules,
    *,
    unsigned: Collection[TransmissionId],
    aired: Aired | None = None,
) -> tuple[DayPlan, ...]:
    """As ``plan_days``, with the airings of the ``unsigned`` among what is unplaced: they take nobody's time."""
    here = list(transmissions)
    signed = [each for each in here if each.id not in unsigned]
    plans = plan_days(area_id, first_on, days, signed, rules, aired=aired)
    if len(signed) == len(here):
        return plans
    waiting = [each for each in here if each.id in unsigned]
    ahead = None if aired is None else Aired(aired.before_at)
    held = plan_days(area_id, first_on, days, waiting, rules, aired=ahead)
    return tuple(_with_held(plan, would) for plan, would in zip(plans, held, strict=True))


def _with_held(plan: DayPlan, would: DayPlan) -> DayPlan:
    held = (left_out(entry, [NOT_SIGNED]) for entry in would.entries)
    return replace(plan, unplaced=tuple(sorted((*plan.unplaced, *held, *would.unplaced), key=_START_AND_ID)))

"""Planning with withheld transmissions: promised, but not heard until signed, or until their source may be relayed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from operator import attrgetter
from typing import Final

from broadcast.bulletins.transmissions import DayPlan, Reason, Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.candidates import left_out
from broadcast.scheduling.planning.day_plans import FixedPast, plan_days
from province.areas import AreaId

NOT_SIGNED: Final = Reason("NOT_SIGNED")
_START_AND_ID = attrgetter("start_at", "occurrence_id")


def plan_signed(
    area_id: AreaId,
    first_on: date,
    days: int,
    transmissions: Iterable[Transmission],
    rules: AreaRules,
    *,
    withheld: Mapping[TransmissionId, Reason],
    aired: FixedPast | None = None,
) -> tuple[DayPlan, ...]:
    """Plan as ``plan_days`` does, with the airings of the ``withheld`` among the unplaced: they take no time."""
    here = list(transmissions)
    signed = [each for each in here if each.id not in withheld]
    plans = plan_days(area_id, first_on, days, signed, rules, aired=aired)
    if len(signed) == len(here):
        return plans
    waiting = [each for each in here if each.id in withheld]
    ahead = None if aired is None else FixedPast(aired.before_at)
    held = plan_days(area_id, first_on, days, waiting, rules, aired=ahead)
    return tuple(_with_held(plan, would, withheld) for plan, would in zip(plans, held, strict=True))


def _with_held(plan: DayPlan, would: DayPlan, withheld: Mapping[TransmissionId, Reason]) -> DayPlan:
    held = (left_out(entry, [withheld[entry.transmission_id]]) for entry in would.entries)
    return replace(plan, unplaced=tuple(sorted((*plan.unplaced, *held, *would.unplaced), key=_START_AND_ID)))

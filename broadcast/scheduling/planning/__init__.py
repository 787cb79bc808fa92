"""Planning: from promised airings to a plan per area and day, with the reasons kept. Deterministic and pure."""

from broadcast.scheduling.planning.candidates import Candidate, Expansion, candidate
from broadcast.scheduling.planning.day_plans import NOT_SIGNED, FixedPast, plan_day, plan_days, plan_signed
from broadcast.scheduling.planning.make_good import Owed, owed_of, with_made_good
from broadcast.scheduling.planning.plan_difference import Changed, Difference
from broadcast.scheduling.planning.wire import WirePlan, epoch_ms, plan_bytes, wire_plan

__all__ = [
    "NOT_SIGNED",
    "Candidate",
    "Changed",
    "Difference",
    "Expansion",
    "FixedPast",
    "Owed",
    "WirePlan",
    "candidate",
    "epoch_ms",
    "owed_of",
    "plan_bytes",
    "plan_day",
    "plan_days",
    "plan_signed",
    "wire_plan",
    "with_made_good",
]

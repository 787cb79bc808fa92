"""Planner: from promised airings to a plan per area and day, with the reasons kept. Deterministic and pure."""

from broadcast.planning.boards import Showing, board_plan, is_showing, showings, shows_after, wire_look
from broadcast.planning.candidates import Candidate, Expansion, candidate
from broadcast.planning.days import FixedPast, plan_day, plan_days
from broadcast.planning.difference import Changed, Difference
from broadcast.planning.making_good import Owed, owed_of, with_made_good
from broadcast.planning.planner import PlanEdit, Planner
from broadcast.planning.signed import NOT_SIGNED, plan_signed
from broadcast.planning.wire import WirePlan, epoch_ms, plan_bytes, wire_plan

__all__ = [
    "NOT_SIGNED",
    "Candidate",
    "Changed",
    "Difference",
    "Expansion",
    "FixedPast",
    "Owed",
    "PlanEdit",
    "Planner",
    "Showing",
    "WirePlan",
    "board_plan",
    "candidate",
    "epoch_ms",
    "is_showing",
    "owed_of",
    "plan_bytes",
    "plan_day",
    "plan_days",
    "plan_signed",
    "showings",
    "shows_after",
    "wire_look",
    "wire_plan",
    "with_made_good",
]

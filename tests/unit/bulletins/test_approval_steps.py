"""Rare sequences of ``test_nothing_unapproved``, with all its invariants checked after each step."""

from __future__ import annotations

from datetime import date

from broadcast.bulletins.model import Targets
from broadcast.scheduling.rescheduling import MoveEdit
from tests.builders.in_memory.approval_choices import NORMAL, PEOPLE
from tests.fakes.programme import C1, COMMUNES, NORTH, schedule
from tests.unit.bulletins.test_nothing_unapproved import Newsroom


def test_a_confirmed_change_and_a_filled_slot_are_met_on_the_way() -> None:
    room = Newsroom()
    writer, holder, reviewer = PEOPLE[2], PEOPLE[1], PEOPLE[0]

    def holds() -> None:
        room.every_transmission_was_approved_by_another()
        room.what_is_in_force_is_what_the_bulletin_says()
        room.every_plan_holds_only_what_was_approved_exactly_so()
        room.a_plan_made_now_holds_only_what_is_in_force()

    room.write(writer, "Họp lúc 7 giờ.", Targets((C1,)), (schedule("2026-03-02T17:00", "FREQ=DAILY"),), NORMAL)
    room.bring_along(0, writer, reviewer, 4)
    holds()
    room.reschedule(0, writer, MoveEdit(raise_class=True))
    holds()
    room.time_passes(1)
    room.confirm(0, holder)
    holds()
    assert len(room.approvals) == 2
    room.time_passes(1)
    room.fill(0, holder, (schedule("2026-03-03T12:00"),))
    holds()
    assert len(room.approvals) == 3
    room.plan(set(COMMUNES))
    holds()
    room.demand_signatures(NORTH, needs_signature=True)
    room.plan(set(COMMUNES))
    assert not [e for e in room.world.plan(C1, date(2026, 3, 3)).entries if e.start_at >= room.now]
    holds()
    # Not the person who approved the times that were filled in since.
    room.sign(0, reviewer)
    assert room.signed == set()
    room.sign(0, holder)
    room.plan(set(COMMUNES))
    assert [e for e in room.world.plan(C1, date(2026, 3, 3)).entries if e.start_at >= room.now]
    holds()

"""Rare sequences of ``test_nothing_unapproved``, with all its invariants checked after each step."""

from __future__ import annotations

from datetime import date

from broadcast.bulletins.model import Targets
from broadcast.scheduling.rescheduling import MoveEdit
from tests.builders.in_memory.approval_choices import NORMAL, PEOPLE
from tests.fakes.programme import C1, COMMUNES, NORTH, schedule
from tests.unit.bulletins.test_nothing_unapproved import BulletinMachine


def test_a_confirmed_change_and_a_filled_slot_are_met_on_the_way() -> None:
    machine = BulletinMachine()
    writer, holder, reviewer = PEOPLE[2], PEOPLE[1], PEOPLE[0]
    holds = machine.everything_on_air_was_approved_as_it_is

    machine.write(writer, "Họp lúc 7 giờ.", Targets((C1,)), (schedule("2026-03-02T17:00", "FREQ=DAILY"),), NORMAL)
    machine.bring_along(0, writer, reviewer, 4)
    holds()
    machine.reschedule(0, writer, MoveEdit(raise_class=True))
    holds()
    machine.time_passes(1)
    machine.confirm(0, holder)
    holds()
    assert len(machine.approvals) == 2
    machine.time_passes(1)
    machine.fill(0, holder, (schedule("2026-03-03T12:00"),))
    holds()
    assert len(machine.approvals) == 3
    machine.plan(set(COMMUNES))
    holds()
    machine.demand_signatures(NORTH, needs_signature=True)
    machine.plan(set(COMMUNES))
    assert not [e for e in machine.world.plan(C1, date(2026, 3, 3)).entries if e.start_at >= machine.now]
    holds()
    # Not the person who approved the times that were filled in since.
    machine.sign(0, reviewer)
    assert machine.signed == set()
    machine.sign(0, holder)
    machine.plan(set(COMMUNES))
    assert [e for e in machine.world.plan(C1, date(2026, 3, 3)).entries if e.start_at >= machine.now]
    holds()

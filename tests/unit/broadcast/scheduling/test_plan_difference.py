from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from broadcast.bulletins.framing import Framing
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import Changed, Difference, FixedPast, plan_days
from tests.builders.in_memory.strategies import programmes, rules, transmissions
from tests.fakes.programme import C1, C2, MONDAY, TREE, local, schedule, transmission

DAYS = 4
MOMENTS = st.integers(0, 24 * 12).map(lambda n: datetime(2026, 3, 1, 17, tzinfo=UTC) + timedelta(minutes=5 * n))


@example(
    programme=(transmission("t1", schedule("2026-03-06T00:01"), priority=PriorityClass.PRIORITY),),
    wanted=transmission("wanted", schedule("2026-03-05T23:58"), minutes=4),
    rule=AreaRules(quiet=()),
    now=local("2026-03-02T08:00"),
).via("its last airing runs past the window's end, where another begins")
@example(
    programme=(),
    wanted=transmission("wanted", schedule("2026-03-02T23:58", "FREQ=DAILY"), minutes=4),
    rule=AreaRules(quiet=()),
    now=local("2026-03-02T08:00"),
).via("every day runs on into the next, without an end")
@given(programme=programmes, wanted=transmissions("wanted"), rule=rules, now=MOMENTS)
def test_it_is_what_planning_with_and_without_would_tell(
    programme: tuple[Transmission, ...], wanted: Transmission, rule: AreaRules, now: datetime
) -> None:
    wanted = replace(wanted, id=TransmissionId("wanted"), approved_at=now)
    difference = Difference(wanted, now, DAYS, Framing(TREE))
    for area_id in (C1, C2):
        here = [each for each in programme if reaches(each.targets, TREE, area_id)]
        found = difference.of(area_id, rule, here)
        first_on = (now + timedelta(hours=7)).date()
        plans = [
            plan_days(area_id, first_on, DAYS, those, rule, aired=FixedPast(now)) for those in ((*here, wanted), here)
        ]
        expected = {}
        for with_it, without in zip(*plans, strict=True):
            lost_before = {item.occurrence_id for item in without.unplaced}
            mine = [item for item in with_it.unplaced if item.transmission_id == wanted.id]
            others = [item for item in with_it.unplaced if item.transmission_id != wanted.id]
            changed = Changed(
                [entry for entry in with_it.entries if entry.transmission_id == wanted.id],
                mine,
                [item for item in others if item.occurrence_id not in lost_before],
            )
            if changed != Changed():
                expected[with_it.on] = changed
        assert found == expected


def test_areas_that_hear_the_same_share_what_is_worked_out() -> None:
    at = local("2026-03-02T08:00")
    difference = Difference(transmission("wanted", approved_at=at), at, 2, Framing(TREE))
    here = [transmission("t1")]
    first, second = (difference.of(area_id, AreaRules(), here) for area_id in (C1, C2))
    assert first[MONDAY].entries == []
    assert first[MONDAY].unplaced[0] is second[MONDAY].unplaced[0]

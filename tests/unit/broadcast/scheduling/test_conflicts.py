from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Move
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.conflicts import CLASH_DAYS, Clash, ClashKind, ClashSurroundings, blocking, find_clashes
from broadcast.scheduling.planning import plan_days
from tests.builders.in_memory.strategies import programmes, rules, transmissions
from tests.fakes.programme import C1, C2, C3, COMMUNES, MONDAY, NORTH, NOW, TREE, local, schedule, transmission, wall

DAY = timedelta(days=1)
HIGH = PriorityClass.PRIORITY
K = ClashKind


def clashes(
    wanted: Transmission, *others: Transmission, areas: Sequence[str] = (C1,), now: datetime = NOW
) -> list[Clash]:
    rules_of = dict.fromkeys(COMMUNES, AreaRules())
    here = [area_id for area_id in COMMUNES if area_id in areas]
    return list(find_clashes(wanted, ClashSurroundings(here, others, TREE, rules_of), now))


def test_without_anything_in_the_way_there_is_no_clash() -> None:
    assert clashes(transmission("t1"), transmission("t2", schedule("2026-03-02T17:02"))) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "kind", "is_blocking"),
    [
        (PriorityClass.NORMAL, PriorityClass.NORMAL, K.EQUAL_PRIORITY, True),
        (HIGH, HIGH, K.EQUAL_PRIORITY, True),
        (PriorityClass.NORMAL, HIGH, K.DISPLACED_BY_HIGHER, True),
        (HIGH, PriorityClass.NORMAL, K.DISPLACES_LOWER, False),
    ],
)
def test_an_overlap_is_named_by_who_wins(
    mine: PriorityClass, theirs: PriorityClass, kind: ClashKind, *, is_blocking: bool
) -> None:
    other = transmission("t2", schedule("2026-03-02T17:01"), priority=theirs)
    (clash,) = clashes(transmission("t1", priority=mine), other)
    start_at = local("2026-03-02T17:00")
    assert clash == Clash(kind, "s1", start_at, C1, other.id, "Bản tin t2", local("2026-03-02T17:01"))
    assert clash.is_blocking is is_blocking
    assert blocking([clash]) == ((clash,) if is_blocking else ())


def test_what_is_heard_elsewhere_is_not_in_the_way() -> None:
    assert clashes(transmission("t1"), transmission("t2", targets=Targets((C3,)))) == []


def test_every_clash_in_every_area_is_named() -> None:
    daily = schedule(rrule="FREQ=DAILY;COUNT=2")
    long = transmission("t2", schedule("2026-03-02T16:59", "FREQ=DAILY"), minutes=2, targets=Targets((NORTH,)))
    short = transmission("t3", schedule("2026-03-03T17:01"), targets=Targets((C2, C3)))
    found = clashes(transmission("t1", daily), long, short, areas=COMMUNES)
    assert [(f"{c.start_at:%d}", c.area_id, c.other_id) for c in found] == [
        ("02", C1, "t2"),
        ("02", C2, "t2"),
        ("03", C1, "t2"),
        ("03", C2, "t2"),
        ("03", C2, "t3"),
        ("03", C3, "t3"),
    ]


def test_one_long_airing_clashes_with_each_short_one_within_it() -> None:
    long = transmission("t1", minutes=10)
    others = transmission(
        "t2",
        *(
            schedule(f"2026-03-02T{clock}", schedule_id=f"s{n}")
            for n, clock in enumerate(("16:50", "16:57", "16:59", "17:04", "17:09", "17:10"))
        ),
    )
    assert [f"{c.other_start_at:%M}" for c in clashes(long, others) if c.other_start_at] == ["59", "04", "09"]


def test_a_short_other_before_a_long_one_does_not_hide_it() -> None:
    others = transmission(
        "t2", schedule("2026-03-02T16:00"), schedule("2026-03-02T16:30", schedule_id="s2"), minutes=55
    )
    mine = transmission("t1", schedule("2026-03-02T16:50"), schedule("2026-03-02T17:10", schedule_id="s2"))
    assert [(c.schedule_id, f"{c.other_start_at:%H:%M}") for c in clashes(mine, others)] == [
        ("s1", "09:00"),
        ("s1", "09:30"),
        ("s2", "09:30"),
    ]


def test_quiet_hours_are_the_areas_own() -> None:
    night = schedule("2026-03-02T22:00")
    rules_of = {C1: AreaRules(), C2: AreaRules(quiet=()), C3: AreaRules()}
    found = find_clashes(transmission("t1", night), ClashSurroundings(COMMUNES, (), TREE, rules_of), NOW)
    assert [(c.kind, c.area_id) for c in found] == [(K.QUIET_HOURS, C1), (K.QUIET_HOURS, C3)]


def test_a_bulletin_in_its_own_way_is_told_once_for_all_areas() -> None:
    twice = transmission("t1", schedule(), schedule("2026-03-02T17:01", schedule_id="s2"))
    assert clashes(twice, areas=COMMUNES) == [
        Clash(K.SELF_OVERLAP, "s2", local("2026-03-02T17:01"), None, twice.id, "", local("2026-03-02T17:00"))
    ]


def test_itself_and_withdrawn_ones_are_not_in_the_way() -> None:
    assert clashes(transmission("t1"), transmission("t1"), transmission("t2", withdrawn_at=NOW)) == []


def test_what_is_over_is_not_looked_at_and_the_rest_for_a_month() -> None:
    daily = transmission("t1", schedule("2026-02-20T22:00", "FREQ=DAILY"))
    found = clashes(daily)
    assert found[0].start_at == local("2026-03-02T22:00")
    assert len(found) == CLASH_DAYS
    assert clashes(transmission("t1", schedule("2026-03-01T22:00"))) == []


def test_airings_outside_validity_are_told() -> None:
    moved = schedule(
        rrule="FREQ=DAILY",
        schedule_id="s2",
        moves=(
            Move(MONDAY, wall("2026-03-02T06:00")),
            Move(MONDAY + DAY, wall("2026-04-09T06:00")),
            Move(MONDAY + 2 * DAY, wall("2026-03-04T18:00")),
        ),
    )
    never = schedule("2026-05-01T17:00", "FREQ=DAILY;COUNT=3", "s3")
    wanted = transmission(
        "t1",
        schedule("2026-03-01T17:00"),
        moved,
        never,
        schedule("2026-03-05T08:00", "FREQ=DAILY;COUNT=1", "s4", except_on=(MONDAY + 3 * DAY,)),
        valid_from_at=local("2026-03-02T12:00"),
        valid_until_at=local("2026-03-31T12:00"),
    )
    found = [(c.schedule_id, c.start_at) for c in clashes(wanted) if c.kind is K.OUTSIDE_VALIDITY]
    assert found == [
        ("s1", local("2026-03-01T17:00")),
        ("s2", local("2026-03-02T06:00")),
        ("s2", local("2026-04-09T06:00")),
        ("s3", local("2026-05-01T17:00")),
    ]


def test_open_ended_validity_is_never_outside() -> None:
    moved = schedule(rrule="FREQ=DAILY;COUNT=2", moves=(Move(MONDAY, wall("2026-03-02T06:00")),))
    assert clashes(transmission("t1", moved), now=NOW - DAY) == []
    assert clashes(transmission("t1", moved, valid_from_at=NOW - 9 * DAY), now=NOW - DAY) == []
    assert clashes(transmission("t1", moved, valid_until_at=NOW + 9 * DAY), now=NOW - DAY) == []


@given(wanted=transmissions("t9"), programme=programmes, rule=rules)
def test_what_has_no_blocking_clash_is_heard_whole(
    wanted: Transmission, programme: tuple[Transmission, ...], rule: AreaRules
) -> None:
    """The bulletin is approved after all the others: without a blocking clash it airs whole."""
    since_at = local("2026-03-02T00:00")
    latest = replace(wanted, approved_at=since_at, targets=Targets((C1,)))
    here = [t for t in programme if t.targets.areas not in {(C2,), (C3,)}]
    found = find_clashes(latest, ClashSurroundings((C1,), here, TREE, {C1: rule}), since_at)
    if not blocking(found):
        plans = plan_days(C1, MONDAY, 4, (*here, latest), rule)
        assert not [item for plan in plans for item in plan.unplaced if item.transmission_id == latest.id]

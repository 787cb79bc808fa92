from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinId, Targets
from broadcast.bulletins.schedules import Move
from broadcast.bulletins.transmissions import DayPlan, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import plan_bytes, plan_day
from cms.bulletins.queries import BulletinFilter, bulletin_list
from cms.bulletins.repository.bulletins import Plans, Transmissions
from cms.schedule.queries.airings import next_starts
from province.areas import AreaId
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import (
    AUTHOR,
    C1,
    C2,
    C3,
    MONDAY,
    NORTH,
    NOW,
    PROVINCE,
    TREE,
    local,
    schedule,
    transmission,
    wall,
)

_RULES = AreaRules()
DAILY = schedule(rrule="FREQ=DAILY")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def _reached(store: Store, *areas: AreaId, since_at: datetime = NOW) -> list[str]:
    with store.unit() as unit:
        return [t.id for t in unit[Transmissions].reaching(areas, since_at)]


def _plan(on: date = MONDAY, *minutes: int) -> DayPlan:
    rows = [transmission(f"t{n}", schedule(f"2026-03-02T17:{n:02}"), minutes=2) for n in minutes]
    return plan_day(C1, on, rows, _RULES)


def test_a_transmission_comes_back_as_it_was_stored(store: Store) -> None:
    wanted = transmission(
        "t1",
        schedule(rrule="FREQ=DAILY", except_on=(MONDAY,), moves=(Move(MONDAY + DAY, wall("2026-03-03T18:00")),)),
        targets=Targets((NORTH, C3), (C1,)),
        valid_from_at=NOW,
        valid_until_at=NOW + 9 * DAY,
    )
    with store.unit() as unit:
        unit[Transmissions].add(wanted)
        unit.commit()
    with store.unit() as unit:
        assert unit[Transmissions].get(wanted.id) == wanted
        assert list(unit[Transmissions].of_bulletin(wanted.bulletin_id)) == [wanted]
        assert list(unit[Transmissions].of_bulletin(BulletinId("b-t2"))) == []


def test_many_transmissions_are_read_at_once_and_those_that_are_not_there_are_left_out(store: Store) -> None:
    t1, t2, t9 = TransmissionId("t1"), TransmissionId("t2"), TransmissionId("t9")
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1", DAILY))
        unit[Transmissions].add(transmission("t2", DAILY))
        unit.commit()
    with store.unit() as unit:
        assert sorted(unit[Transmissions].get_many([t1, t2, t1, t9])) == [t1, t2]
        assert unit[Transmissions].get_many([t2])[t2] == unit[Transmissions].get(t2)
        assert unit[Transmissions].get_many([]) == {}


def test_a_transmission_that_is_not_there_is_not_found(store: Store) -> None:
    with store.unit() as unit:
        with pytest.raises(NotFoundError):
            unit[Transmissions].get(TransmissionId("t9"))
        with pytest.raises(NotFoundError):
            unit[Transmissions].withdraw(TransmissionId("t9"), NOW)


def test_withdrawing_keeps_the_first_instant_and_reaches_nothing_any_more(store: Store) -> None:
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1", DAILY))
        unit[Transmissions].withdraw(TransmissionId("t1"), NOW)
        unit[Transmissions].withdraw(TransmissionId("t1"), NOW + DAY)
        unit.commit()
    with store.unit() as unit:
        assert unit[Transmissions].get(TransmissionId("t1")).withdrawn_at == NOW
    assert _reached(store, C1) == []


def test_transmissions_reach_what_lies_below_their_targets(store: Store) -> None:
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1", DAILY, targets=Targets((PROVINCE,))))
        unit[Transmissions].add(transmission("t2", DAILY, targets=Targets((NORTH,))))
        unit[Transmissions].add(transmission("t3", DAILY, targets=Targets((C2, C3))))
        unit.commit()
    assert _reached(store, C1) == ["t1", "t2"]
    assert _reached(store, C2) == ["t1", "t2", "t3"]
    assert _reached(store, C3) == ["t1", "t3"]
    assert _reached(store, C1, C3) == ["t1", "t2", "t3"]


def test_what_was_read_once_is_read_as_it_is_now(store: Store) -> None:
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1", DAILY, targets=Targets((C1,))))
        unit[Transmissions].add(transmission("t2", DAILY, targets=Targets((C1,))))
        unit.commit()
    with store.unit() as unit:
        first = list(unit[Transmissions].reaching((C1,), NOW))
        assert first == [unit[Transmissions].get(each.id) for each in first]
        unit[Transmissions].withdraw(TransmissionId("t2"), NOW)
        assert list(unit[Transmissions].reaching((C1,), NOW)) == first[:1]
    with store.unit() as unit:
        assert list(unit[Transmissions].reaching((C1,), NOW)) == first


def test_what_is_over_is_left_out_and_what_may_still_air_is_not(store: Store) -> None:
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1", schedule("2026-03-02T17:00")))
        unit[Transmissions].add(transmission("t2", DAILY))
        unit[Transmissions].add(transmission("t3", DAILY, valid_until_at=local("2026-03-04T00:00")))
        moved = schedule(moves=(Move(MONDAY, wall("2026-03-20T17:00")),))
        unit[Transmissions].add(transmission("t4", moved))
        unit.commit()
    assert _reached(store, C1, since_at=local("2026-03-02T16:59")) == ["t1", "t2", "t3", "t4"]
    assert _reached(store, C1, since_at=local("2026-03-15T00:00")) == ["t2", "t4"]


def test_a_plan_comes_back_with_its_reasons_and_its_version_rises(store: Store) -> None:
    first, second = _plan(MONDAY, 1, 2), _plan(MONDAY, 3)
    assert first.unplaced
    for version, plan in ((1, first), (2, second)):
        with store.unit() as unit:
            wire = plan_bytes(plan)
            unit[Plans].put(plan, wire.sha256, len(wire.data), NOW)
            unit.commit()
        with store.unit() as unit:
            stored = unit[Plans].get(C1, MONDAY)
            assert stored is not None
            assert stored.plan == plan
            assert (stored.sha256, stored.bytes, stored.built_at) == (wire.sha256, len(wire.data), NOW)
        assert stored.version == version


def test_an_areas_plans_come_in_date_order_and_only_of_the_span(store: Store) -> None:
    with store.unit() as unit:
        for shift in (2, 0, 1, 3):
            unit[Plans].put(_plan(MONDAY + shift * DAY), "c" * 64, 1, NOW)
        unit.commit()
    with store.unit() as unit:
        found = unit[Plans].of_area(C1, MONDAY, MONDAY + 2 * DAY)
        assert [row.plan.on for row in found] == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]
        assert list(unit[Plans].of_area(C2, MONDAY, MONDAY + DAY)) == []
        assert unit[Plans].get(C2, MONDAY) is None


def test_bulletins_are_found_by_the_days_on_which_a_plan_lets_them_air(store: Store) -> None:
    plan = _plan(MONDAY, 1, 2)
    placed = {entry.bulletin_id: entry.start_at for entry in plan.entries}
    assert placed
    first, last = min(placed.values()), max(placed.values())
    with store.unit() as unit:
        unit[Plans].put(plan, "c" * 64, 1, NOW)
        session, areas = unit.session, [each.id for each in TREE]

        def found(**chosen: Any) -> set[BulletinId]:
            return {each.id for each in bulletin_list(session, areas, AUTHOR.user_id, BulletinFilter(**chosen)).rows}

        everything = found()
        assert found(airs_within=[(first, last + SECOND)]) == placed.keys()
        assert found(airs_within=[(first, last + SECOND), (last + SECOND, last + DAY)]) == set()
        assert found(silent_from_at=first) == everything - placed.keys()
        assert found(silent_from_at=last + SECOND) == everything
        assert found(author_ids=[]) == found(area_ids=[]) == set()
        assert next_starts(session, sorted(everything), first - SECOND) == placed
        assert next_starts(session, sorted(everything), last) == {}

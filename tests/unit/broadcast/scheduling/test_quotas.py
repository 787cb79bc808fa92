from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from broadcast.bulletins.framing import Framing
from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.area_rules import EVERY_DAY, AreaRules, Quota
from broadcast.scheduling.conflicts import Clash, ClashKind, ClashSurroundings, find_clashes
from broadcast.scheduling.planning import Difference, FixedPast, plan_day, plan_days
from broadcast.scheduling.quotas import Ledger, QuotaLimit, Refusal, effective
from tests.fakes.programme import C1, C2, MONDAY, TREE, local, schedule, transmission

DAY = timedelta(days=1)
WARD = Quota(sessions=2, session_min=15, weekdays=(0, 1, 2, 3, 4))
HANOI = AreaRules(quota=WARD)
BEGINNING = local("2026-03-01T00:00")


def _ledger(quota: Quota, *minutes: tuple[str, int]) -> Ledger:
    found = Ledger(AreaRules(quota=quota))
    for clock, length in minutes:
        found.enter(MONDAY, *_span(clock, length))
    return found


def _span(clock: str, minutes: int) -> tuple[datetime, datetime]:
    start_at = local(f"{MONDAY}T{clock}")
    return start_at, start_at + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("quota", "heard", "wanted", "refusal"),
    [
        (Quota(), [("06:00", 600)], ("17:00", 60), None),
        (WARD, [("06:00", 5), ("17:00", 5)], ("18:00", 5), Refusal(QuotaLimit.SESSIONS, 2)),
        (WARD, [("06:00", 5), ("17:00", 5)], ("17:10", 5), None),
        (WARD, [("06:00", 5), ("17:00", 5)], ("06:00", 5), None),
        (WARD, [("06:00", 5), ("17:00", 5)], ("05:50", 5), None),
        (WARD, [("06:00", 5), ("17:00", 5)], ("17:11", 5), Refusal(QuotaLimit.SESSIONS, 2)),
        (WARD, [("17:00", 10)], ("17:10", 6), Refusal(QuotaLimit.SESSION_MIN, 15)),
        (WARD, [("17:00", 10)], ("17:10", 5), None),
        (WARD, [], ("17:00", 16), Refusal(QuotaLimit.SESSION_MIN, 15)),
        (Quota(day_min=20), [("06:00", 10), ("06:05", 10)], ("17:00", 5), None),
        (Quota(day_min=20), [("06:00", 10), ("06:05", 10)], ("17:00", 6), Refusal(QuotaLimit.DAY_MIN, 20)),
        (Quota(weekdays=(1, 2)), [], ("17:00", 1), Refusal(QuotaLimit.WEEKDAY)),
    ],
)
def test_a_quota_counts_sessions_minutes_and_weekdays(
    quota: Quota, heard: list[tuple[str, int]], wanted: tuple[str, int], refusal: Refusal | None
) -> None:
    assert _ledger(quota, *heard).refusal(MONDAY, *_span(*wanted)) == refusal


def test_on_an_exempt_date_nothing_is_refused_and_on_the_next_it_is() -> None:
    ledger = Ledger(AreaRules(quota=Quota(weekdays=(6,)), exempt_on=(MONDAY,)))
    assert ledger.refusal(MONDAY, *_span("17:00", 5)) is None
    assert ledger.refusal(MONDAY + DAY, *_span("17:00", 5)) == Refusal(QuotaLimit.WEEKDAY)


def test_of_the_quotas_above_an_area_the_strictest_holds_in_everything() -> None:
    province = AreaRules(quota=Quota(sessions=2, day_min=60, weekdays=(0, 1, 2, 3, 4, 5)), volume_pct=90)
    ward = AreaRules(quota=Quota(sessions=5, session_min=15, weekdays=(0, 2, 6)), volume_pct=50, exempt_on=())
    found = effective([ward, province], [MONDAY + DAY, MONDAY, MONDAY])
    assert found.quota == Quota(2, 15, 60, (0, 2))
    assert (found.volume_pct, found.exempt_on) == (50, (MONDAY, MONDAY + DAY))
    assert effective([], []) == AreaRules()
    assert AreaRules().quota.weekdays == EVERY_DAY


def test_the_plan_keeps_the_first_by_rank_and_names_what_does_not_fit() -> None:
    early = transmission("t1", schedule("2026-03-02T06:00"), approved_at=local("2026-02-01T00:00"))
    late = transmission("t2", schedule("2026-03-02T17:00"), approved_at=local("2026-02-03T00:00"))
    urgent = transmission(
        "t3",
        schedule("2026-03-02T19:00"),
        priority=PriorityClass.PRIORITY,
        approved_at=local("2026-02-04T00:00"),
    )
    plan = plan_day(C1, MONDAY, [early, late, urgent], HANOI)
    assert [entry.transmission_id for entry in plan.entries] == ["t1", "t3"]
    (lost,) = plan.unplaced
    assert lost.transmission_id == "t2"
    assert [(reason.code, reason.detail) for reason in lost.reasons] == [
        ("OVER_QUOTA", (("limit", "sessions"), ("max", "2")))
    ]


def test_what_was_heard_already_counts() -> None:
    heard = transmission("t1", schedule("2026-03-02T06:00"), approved_at=local("2026-02-01T00:00"))
    stored = plan_day(C1, MONDAY, [heard], HANOI)
    first = transmission("t2", schedule("2026-03-02T10:00"), approved_at=local("2026-02-02T00:00"))
    second = transmission("t3", schedule("2026-03-02T17:00"), approved_at=local("2026-02-03T00:00"))
    aired = FixedPast(local("2026-03-02T07:00"), [stored])
    (plan,) = plan_days(C1, MONDAY, 1, [heard, first, second], HANOI, aired=aired)
    assert [entry.transmission_id for entry in plan.entries] == ["t1", "t2"]
    assert [(item.transmission_id, item.reasons[0].code) for item in plan.unplaced] == [("t3", "OVER_QUOTA")]


def test_dates_that_run_on_into_each_other_without_an_end_are_tied_for_a_month_at_most() -> None:
    nightly = transmission(
        "t1",
        schedule("2026-01-01T23:58", "FREQ=DAILY"),
        minutes=4,
        approved_at=local("2025-12-31T00:00"),
    )
    plan = plan_day(C1, MONDAY, [nightly], AreaRules(quiet=(), quota=Quota(sessions=3)))
    assert [entry.start_at for entry in plan.entries] == [local("2026-03-02T23:58")]
    assert plan.unplaced == ()


def test_a_look_ahead_tells_what_a_quota_keeps_from_being_heard_and_whom_it_costs_its_place() -> None:
    others = [transmission(f"t{n}", schedule(f"2026-03-02T{hour}:00")) for n, hour in enumerate(("08", "10"))]
    normal = transmission("new", schedule("2026-03-02T17:00"), approved_at=local("2026-03-01T20:00"))
    now = local("2026-03-02T05:00")
    found = Difference(normal, now, 2, Framing(TREE)).of(C1, HANOI, others)[MONDAY]
    assert [item.reasons[0].code for item in found.unplaced] == ["OVER_QUOTA"]
    urgent = transmission("new", schedule("2026-03-02T17:00"), priority=PriorityClass.PRIORITY)
    found = Difference(urgent, now, 2, Framing(TREE)).of(C1, HANOI, others)[MONDAY]
    assert len(found.entries) == 1
    assert [item.reasons[0].code for item in found.displaced] == ["OVER_QUOTA"]


def _clashes(wanted: Transmission, *others: Transmission, rules: AreaRules = HANOI) -> tuple[Clash, ...]:
    areas = {C1: rules, C2: AreaRules()}
    return find_clashes(wanted, ClashSurroundings([*areas], others, TREE, areas), BEGINNING)


def test_what_is_over_a_quota_is_named_before_approval_where_and_when() -> None:
    wanted = transmission("new", schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=2"))
    others = [transmission(f"t{n}", schedule(f"2026-03-02T{hour}:00")) for n, hour in enumerate(("08", "10"))]
    assert [(clash.kind, clash.start_at, clash.area_id, clash.refusal) for clash in _clashes(wanted, *others)] == [
        (ClashKind.OVER_QUOTA, local("2026-03-02T17:00"), C1, Refusal(QuotaLimit.SESSIONS, 2))
    ]


def test_the_same_airings_are_counted_under_the_quota_of_each_area() -> None:
    both, wider = Targets((C1, C2)), replace(HANOI, quota=replace(HANOI.quota, sessions=3))
    wanted = transmission("new", schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=2"), targets=both)
    hours = ("06", "08", "10")
    others = [transmission(f"t{n}", schedule(f"2026-03-02T{at}:00"), targets=both) for n, at in enumerate(hours)]
    for count, over in ((1, []), (2, [C1]), (3, [C1, C2])):
        areas = {C1: HANOI, C2: wider}
        found = find_clashes(wanted, ClashSurroundings([*areas], others[:count], TREE, areas), BEGINNING)
        assert [(clash.kind, clash.area_id) for clash in found] == [(ClashKind.OVER_QUOTA, each) for each in over]


def test_what_is_heard_at_other_hours_counts_only_where_a_quota_holds() -> None:
    both = Targets((C1, C2))
    wanted = transmission("new", schedule("2026-03-02T17:00"), targets=both)
    others = [
        transmission(f"t{n}", schedule(f"2026-03-02T{hour}:00"), targets=both) for n, hour in enumerate(("08", "10"))
    ]
    late = transmission("late", schedule("2026-03-02T17:01"), targets=Targets((C2,)))
    found = _clashes(wanted, *others, late)
    assert [(clash.kind, clash.area_id) for clash in found] == [
        (ClashKind.OVER_QUOTA, C1),
        (ClashKind.EQUAL_PRIORITY, C2),
    ]


def test_its_own_airings_count_and_those_of_a_lower_class_do_not() -> None:
    own = transmission("new", *(schedule(f"2026-03-02T{hour}:00", "", f"s{hour}") for hour in ("08", "12", "16")))
    assert [clash.schedule_id for clash in _clashes(own)] == ["s16"]
    urgent = transmission("new", schedule("2026-03-02T17:00"), priority=PriorityClass.PRIORITY)
    others = [transmission(f"t{n}", schedule(f"2026-03-02T{hour}:00")) for n, hour in enumerate(("08", "10"))]
    assert _clashes(urgent, *others) == ()


def test_on_a_weekday_that_is_none_of_the_quota_s_nothing_fits() -> None:
    sunday = date(2026, 3, 8)
    wanted = transmission("new", schedule(f"{sunday}T17:00"))
    assert [clash.refusal for clash in _clashes(wanted)] == [Refusal(QuotaLimit.WEEKDAY)]
    assert _clashes(wanted, rules=AreaRules(quota=WARD, exempt_on=(sunday,))) == ()

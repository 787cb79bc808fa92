from __future__ import annotations

import hashlib
from datetime import time, timedelta

import pytest

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import DayPlan, PlanEntry, Transmission
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from broadcast.scheduling.planning import Expansion, FixedPast, plan_bytes, plan_day, plan_days
from broadcast.scheduling.planning.audible import AudibleCandidates
from broadcast.scheduling.planning.day_plans import AreaPlanning
from devices.protocol.errors import OversizeError
from tests.fakes.programme import C1, MONDAY, NOW, local, schedule, transmission

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY
HIGH = PriorityClass.PRIORITY
RULES = AreaRules()
NEVER_QUIET = AreaRules(quiet=())


def heard(plan: DayPlan) -> list[str]:
    return [f"{entry.transmission_id}@{entry.start_at + timedelta(hours=7):%H:%M}" for entry in plan.entries]


def lost(plan: DayPlan) -> dict[str, list[tuple[str, str | None]]]:
    return {item.transmission_id: [(r.code, r.other) for r in item.reasons] for item in plan.unplaced}


def won(entry: PlanEntry) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.other) for reason in entry.reasons]


def at(name: str, clock: str, rrule: str = "", on: str = "2026-03-02", **more: object) -> Transmission:
    return transmission(name, schedule(f"{on}T{clock}", rrule), **more)


def test_items_stand_in_time_order_with_their_reason() -> None:
    plan = plan_day(C1, MONDAY, [at("t2", "18:00"), at("t1", "06:00")], RULES)
    assert heard(plan) == ["t1@06:00", "t2@18:00"]
    assert [won(entry) for entry in plan.entries] == [[("PLACED", None)], [("PLACED", None)]]
    assert plan.unplaced == ()


def test_items_back_to_back_both_have_their_place() -> None:
    plan = plan_day(C1, MONDAY, [at("t1", "17:00"), at("t2", "17:02"), at("t3", "16:58")], RULES)
    assert heard(plan) == ["t3@16:58", "t1@17:00", "t2@17:02"]


def test_the_higher_priority_wins_and_both_say_so() -> None:
    plan = plan_day(C1, MONDAY, [at("t1", "17:00"), at("t2", "17:01", priority=HIGH)], RULES)
    assert heard(plan) == ["t2@17:01"]
    assert won(plan.entries[0]) == [("PLACED", None), ("WON_OVER", "t1")]
    assert lost(plan) == {"t1": [("LOST_TO_HIGHER", "t2")]}
    assert dict(plan.unplaced[0].reasons[0].detail) == {
        "title": "Bản tin t2",
        "start_at": local("2026-03-02T17:01").isoformat(),
    }


def test_among_equals_the_earlier_approved_wins_wherever_it_starts() -> None:
    early = at("t2", "17:01", approved_at=NOW - 3 * DAY)
    plan = plan_day(C1, MONDAY, [at("t1", "17:00"), early], RULES)
    assert heard(plan) == ["t2@17:01"]
    assert lost(plan) == {"t1": [("LOST_TO_EARLIER_APPROVED", "t2")]}


def test_of_the_same_transmission_the_earlier_airing_stays() -> None:
    twice = transmission("t1", schedule("2026-03-02T17:01", schedule_id="s2"), schedule("2026-03-02T17:00"))
    plan = plan_day(C1, MONDAY, [twice], RULES)
    assert heard(plan) == ["t1@17:00"]
    assert lost(plan) == {"t1": [("LOST_TO_ITSELF", "t1")]}


def test_a_loser_names_every_winner_in_its_way() -> None:
    rows = [at("t1", "17:00", minutes=10), at("t2", "16:59", priority=HIGH), at("t3", "17:09", priority=HIGH)]
    assert lost(plan_day(C1, MONDAY, rows, RULES)) == {"t1": [("LOST_TO_HIGHER", "t2"), ("LOST_TO_HIGHER", "t3")]}


def test_what_lost_takes_nobody_elses_time() -> None:
    rows = [at("t1", "17:00", minutes=10), at("t2", "17:08", approved_at=NOW), at("t3", "16:59", priority=HIGH)]
    assert heard(plan_day(C1, MONDAY, rows, RULES)) == ["t3@16:59", "t2@17:08"]


def test_quiet_hours_hold_back_a_bulletin_and_say_until_when() -> None:
    plan = plan_day(C1, MONDAY, [at("t1", "21:29", priority=HIGH), at("t2", "21:28")], RULES)
    assert heard(plan) == ["t2@21:28"]
    assert lost(plan) == {"t1": [("QUIET_HOURS", None)]}
    assert dict(plan.unplaced[0].reasons[0].detail)["until"] == local("2026-03-03T05:30").isoformat()


def test_what_quiet_hours_hold_back_displaces_nothing() -> None:
    early = AreaRules(quiet=(QuietWindow(time(17, 1), time(17, 30)),))
    plan = plan_day(C1, MONDAY, [at("t1", "16:59"), at("t2", "17:00", priority=HIGH)], early)
    assert heard(plan) == ["t1@16:59"]


def test_withdrawn_transmissions_promise_nothing() -> None:
    plan = plan_day(C1, MONDAY, [at("t1", "17:00", withdrawn_at=NOW)], RULES)
    assert (plan.entries, plan.unplaced) == ((), ())


def test_what_would_have_started_before_its_approval_was_never_promised() -> None:
    daily = at("t1", "06:00", "FREQ=DAILY", approved_at=NOW)
    assert [heard(plan) for plan in plan_days(C1, MONDAY, 2, [daily], RULES)] == [[], ["t1@06:00"]]


def test_an_item_past_midnight_belongs_to_the_date_it_starts_on() -> None:
    late = at("t1", "23:59", minutes=3)
    first, second = plan_days(C1, MONDAY, 2, [late, at("t2", "00:01", on="2026-03-03")], NEVER_QUIET)
    assert (heard(first), heard(second)) == (["t1@23:59"], [])
    assert lost(second) == {"t2": [("LOST_TO_EARLIER_APPROVED", "t1")]}


def test_the_next_days_higher_item_takes_the_time_of_one_running_past_midnight() -> None:
    rows = [at("t1", "23:59", minutes=3), at("t2", "00:01", on="2026-03-03", priority=HIGH)]
    first, second = plan_days(C1, MONDAY, 2, rows, NEVER_QUIET)
    assert (heard(first), heard(second)) == ([], ["t2@00:01"])


def test_a_chain_across_midnights_is_settled_the_same_in_every_window() -> None:
    # t3 displaces t2, so t2 does not displace t1: visible only in a plan of two more dates.
    rows = [
        at("t1", "23:00", minutes=120, on="2026-03-01"),
        at("t2", "00:30", minutes=1440, approved_at=NOW - 2 * DAY),
        at("t3", "00:10", on="2026-03-03", minutes=1439, priority=HIGH),
    ]
    whole = plan_days(C1, MONDAY - DAY, 4, rows, NEVER_QUIET)
    assert [heard(plan) for plan in whole] == [["t1@23:00"], [], ["t3@00:10"], []]
    assert tuple(plan_day(C1, MONDAY + n * DAY, rows, NEVER_QUIET) for n in (-1, 0, 1, 2)) == whole


def test_of_the_date_before_only_what_reaches_midnight_takes_time() -> None:
    rows = [
        at("t1", "12:00", on="2026-03-01"),
        at("t2", "23:59", on="2026-03-01", minutes=3),
        at("t3", "00:01"),
        at("t4", "00:02"),
    ]
    plan = plan_day(C1, MONDAY, rows, NEVER_QUIET)
    assert heard(plan) == ["t4@00:02"]
    assert lost(plan) == {"t3": [("LOST_TO_EARLIER_APPROVED", "t2")]}


def test_a_chain_is_followed_back_over_as_many_dates_as_it_has() -> None:
    rows = [
        at("t1", "00:10", approved_at=NOW - 2 * DAY),
        at("t2", "11:30", on="2026-03-01", minutes=780, approved_at=NOW - 3 * DAY),
        at("t3", "12:00", on="2026-02-28", minutes=1440, approved_at=NOW - 4 * DAY),
    ]
    assert heard(plan_day(C1, MONDAY, rows, NEVER_QUIET)) == ["t1@00:10"]


def test_unbroken_sound_for_longer_than_is_followed_still_ends() -> None:
    rows = [
        at("t1", "12:00", "FREQ=DAILY", on="2026-01-01", minutes=1440, approved_at=NOW - 90 * DAY),
        at("t2", "11:00", "FREQ=DAILY", on="2026-01-01", minutes=120, approved_at=NOW - 89 * DAY),
    ]
    plan = plan_day(C1, MONDAY, rows, NEVER_QUIET)
    assert heard(plan) == ["t1@12:00"]
    assert lost(plan) == {"t2": [("LOST_TO_EARLIER_APPROVED", "t1"), ("LOST_TO_EARLIER_APPROVED", "t1")]}


@pytest.mark.parametrize("days", [1, 2])
def test_what_began_already_stays_as_it_was_stored(days: int) -> None:
    stored = plan_days(C1, MONDAY, 2, [at("t1", "07:59"), at("t2", "07:00"), at("t3", "07:01")], RULES)
    now = local("2026-03-02T08:00")
    plan = plan_days(C1, MONDAY, days, [at("t4", "09:00"), at("t5", "07:30")], RULES, aired=FixedPast(now, stored))[0]
    assert heard(plan) == ["t2@07:00", "t1@07:59", "t4@09:00"]
    assert lost(plan) == {"t3": [("LOST_TO_EARLIER_APPROVED", "t2")]}


def test_what_is_on_air_keeps_playing_among_equals() -> None:
    stored = plan_days(C1, MONDAY, 1, [at("t1", "07:55", minutes=30)], RULES)
    rows = [at("t2", "08:10", approved_at=NOW - 5 * DAY)]
    (plan,) = plan_days(C1, MONDAY, 1, rows, RULES, aired=FixedPast(local("2026-03-02T08:00"), stored))
    assert heard(plan) == ["t1@07:55"]
    assert lost(plan) == {"t2": [("LOST_TO_EARLIER_APPROVED", "t1")]}


def test_what_is_on_air_is_cut_by_a_higher_item_and_says_so() -> None:
    stored = plan_days(C1, MONDAY, 1, [at("t1", "07:55", minutes=30)], RULES)
    rows = [at("t2", "08:10", priority=HIGH)]
    (plan,) = plan_days(C1, MONDAY, 1, rows, RULES, aired=FixedPast(local("2026-03-02T08:00"), stored))
    assert heard(plan) == ["t1@07:55", "t2@08:10"]
    assert plan.entries[0].end_at == plan.entries[1].start_at
    assert won(plan.entries[0]) == [("PLACED", None), ("CUT_BY_HIGHER", "t2")]


def test_yesterdays_item_still_on_air_holds_its_time_today() -> None:
    stored = plan_days(C1, MONDAY - DAY, 1, [at("t1", "23:50", on="2026-03-01", minutes=30)], NEVER_QUIET)
    now = local("2026-03-02T00:05")
    (plan,) = plan_days(
        C1, MONDAY, 1, [at("t2", "00:10", approved_at=NOW - 3 * DAY)], NEVER_QUIET, aired=FixedPast(now, stored)
    )
    assert heard(plan) == []
    assert lost(plan) == {"t2": [("LOST_TO_EARLIER_APPROVED", "t1")]}


def test_a_shared_expansion_changes_nothing() -> None:
    expansion = Expansion(RULES.zone, MONDAY)
    rows = [at("t1", "17:00", "FREQ=DAILY"), at("t2", "21:29", "FREQ=DAILY")]
    for rules in (RULES, NEVER_QUIET, RULES):
        audible = AudibleCandidates(rules, expansion)
        first = AreaPlanning(C1, rows, audible).plans(MONDAY, 3)
        assert AreaPlanning(C1, rows, audible).plans(MONDAY, 3) == first == plan_days(C1, MONDAY, 3, rows, rules)


def test_the_wire_form_is_golden() -> None:
    plan = plan_day(C1, MONDAY, [at("t1", "17:00"), at("t2", "17:01", priority=HIGH)], RULES)
    wire = plan_bytes(plan)
    assert wire.data.decode() == (
        '{"v":1,"area":"p-n-1","day":"2026-03-02","items":[{"item":"t2-s1-202603021701","start_at":1772445660000,'
        '"end_at":1772445780000,"prio":6,"audio":{"sha256":"' + "a" * 64 + '","bytes":240000,"dur_ms":120000},'
        '"after":"restart","title":"Bản tin t2"}]}'
    )
    assert wire.sha256 == hashlib.sha256(wire.data).hexdigest()


def test_more_than_a_days_plan_may_hold_is_refused() -> None:
    rows = [at(f"t{n}", f"{n // 60:02}:{n % 60:02}", title="x" * 15_000, minutes=1) for n in range(75)]
    plan = plan_day(C1, MONDAY, rows, NEVER_QUIET)
    with pytest.raises(OversizeError):
        plan_bytes(plan)

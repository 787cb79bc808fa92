from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, Transmission
from broadcast.scheduling.area_rules import AreaRules, instant, is_quiet
from broadcast.scheduling.planning import FixedPast, plan_bytes, plan_day, plan_days
from broadcast.scheduling.quotas import SESSION_GAP, joined
from broadcast.scheduling.recurrence import occurrences
from tests.builders.in_memory.strategies import programmes, rules, transmissions
from tests.fakes.programme import C1, MONDAY, NOW

DAYS = 4
DAY = timedelta(days=1)
EARLY = NOW - 30 * DAY
"""Instant before anything of a programme begins, so that nothing is fixed yet."""
Programme = tuple[Transmission, ...]


def _promised(programme: Programme, on: date, zone: str) -> set[OccurrenceId]:
    since_at, until_at = (instant(day, time(0), zone) for day in (on, on + DAY))
    return {
        occurrence.id
        for each in programme
        for occurrence in occurrences(
            each.schedules,
            since_at=max(since_at, each.approved_at),
            until_at=until_at,
            transmission_id=each.id,
            duration_ms=each.rendition.duration_ms,
        )
    }


@given(programme=programmes, rule=rules, order=st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_bytes_in_any_order(programme: Programme, rule: AreaRules, order: Random) -> None:
    shuffled = list(programme)
    order.shuffle(shuffled)
    plans = plan_days(C1, MONDAY, DAYS, programme, rule)
    assert plan_days(C1, MONDAY, DAYS, shuffled, rule) == plans
    assert [plan_bytes(plan) for plan in plans] == [
        plan_bytes(plan_day(C1, MONDAY + n * DAY, shuffled, rule)) for n in range(DAYS)
    ]


@given(programme=programmes, rule=rules)
def test_no_two_items_sound_at_once(programme: Programme, rule: AreaRules) -> None:
    entries = [entry for n in range(DAYS) for entry in plan_day(C1, MONDAY + n * DAY, programme, rule).entries]
    assert all(earlier.end_at <= later.start_at for earlier, later in pairwise(entries))


@given(programme=programmes, rule=rules)
def test_nothing_sounds_in_quiet_hours(programme: Programme, rule: AreaRules) -> None:
    for plan in plan_days(C1, MONDAY, DAYS, programme, rule):
        assert not any(is_quiet(rule, entry.start_at, entry.end_at) for entry in plan.entries)


@given(programme=programmes, rule=rules)
def test_no_area_is_over_its_quota(programme: Programme, rule: AreaRules) -> None:
    quota = rule.quota
    for plan in plan_days(C1, MONDAY, DAYS, programme, rule):
        if not plan.entries or plan.on in rule.exempt_on:
            continue
        heard = [(entry.start_at, entry.end_at) for entry in plan.entries]
        sessions = joined(heard, SESSION_GAP)
        assert plan.on.weekday() in quota.weekdays
        assert quota.sessions is None or len(sessions) <= quota.sessions
        assert quota.session_min is None or all(
            until - since <= timedelta(minutes=quota.session_min) for since, until in sessions
        )
        assert quota.day_min is None or sum((until - since for since, until in heard), timedelta()) <= timedelta(
            minutes=quota.day_min
        )


@given(programme=programmes, rule=rules)
def test_everything_promised_is_placed_or_named_with_its_reason(programme: Programme, rule: AreaRules) -> None:
    for plan in plan_days(C1, MONDAY, DAYS, programme, rule):
        placed = [entry.occurrence_id for entry in plan.entries]
        left = [item.occurrence_id for item in plan.unplaced]
        assert len(placed + left) == len({*placed, *left})
        assert {*placed, *left} == _promised(programme, plan.on, rule.zone)
        assert all(entry.reasons for entry in plan.entries)
        assert all(item.reasons for item in plan.unplaced)


@given(programme=programmes, rule=rules)
def test_whoever_loses_loses_to_something_that_is_heard(programme: Programme, rule: AreaRules) -> None:
    plans = plan_days(C1, MONDAY - DAY, DAYS + 2, programme, rule)
    heard = {entry.transmission_id: entry for plan in plans for entry in plan.entries}
    for plan in plans[1:-1]:
        for item in plan.unplaced:
            winners = [reason.other for reason in item.reasons if reason.code.startswith("LOST_TO")]
            assert all(winner in heard for winner in winners)
            assert winners or [reason.code for reason in item.reasons] in (["QUIET_HOURS"], ["OVER_QUOTA"])


def _replanned(
    programme: Programme, rule: AreaRules, before: Sequence[DayPlan] = (), now: datetime = EARLY
) -> tuple[DayPlan, ...]:
    """Plan as the server does after an edit: beside the plans stored before, of which what began before now stays."""
    return plan_days(C1, MONDAY, DAYS, programme, rule, aired=FixedPast(now, before))


@given(programme=programmes, rule=rules, wanted=transmissions("t0"), is_removed=st.booleans())
def test_an_edit_leaves_the_plans_that_building_anew_would_make(
    programme: Programme, rule: AreaRules, wanted: Transmission, is_removed: bool
) -> None:
    before = plan_days(C1, MONDAY, DAYS, programme, rule)
    edited = (*(() if is_removed else (wanted,)), *programme[1:])
    assert _replanned(programme, rule, before) == before
    assert _replanned(edited, rule, before) == plan_days(C1, MONDAY, DAYS, edited, rule)


@given(programme=programmes, rule=rules, data=st.data())
def test_edit_after_edit_the_plans_and_their_bytes_stay_those_of_building_anew(
    programme: Programme, rule: AreaRules, data: st.DataObject
) -> None:
    plans = _replanned(programme, rule)
    known = {each.id: each for each in programme}
    for _ in range(3):
        new = data.draw(st.sampled_from(("t0", "t1", "t2")).flatmap(transmissions))
        known[new.id] = new
        edited = tuple(known.values())
        plans = _replanned(edited, rule, plans)
        anew = plan_days(C1, MONDAY, DAYS, edited, rule)
        assert plans == anew
        assert list(map(plan_bytes, plans)) == list(map(plan_bytes, anew))

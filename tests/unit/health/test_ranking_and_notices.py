from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.health.faults import Ending, FaultState, open_early
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind, Severity, Stake, urgency
from devices.health.notices import (
    ESCALATES_AFTER,
    GREAT,
    LETTERS_AN_HOUR,
    LETTERS_MOST,
    SETTLES_FOR,
    SINGLE_AFTER,
    URGENT_EVERY,
    Duty,
    IncidentStage,
    digest_due,
    is_address,
    is_night,
    is_on,
    is_told_at_once,
    is_urgent,
    may_write,
    recipients,
    stages_due,
    wakes,
    worth_telling,
    worth_telling_after,
    worth_telling_late,
)
from province.areas import AreaId
from tests.fakes.programme import C1, C2, C3, PROVINCE, TREE
from tests.unit.health.device_states import NOW, after, lost

CUT = Incident("i1", IncidentScope.AREAS, ("xa-1",), Cause.POWER, NOW, NOW, NOW, 30, 30)
NIGHT = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)  # 01:00 in Vietnam, a Tuesday
SETTLED = NOW + SETTLES_FOR


def due(
    incident: Incident, *told: IncidentStage, now: datetime = SETTLED, is_taken: bool = False, alert: bool = False
) -> list[IncidentStage]:
    return list(stages_due(incident, frozenset(told), now, is_taken=is_taken, endangers_alert=alert))


def test_what_is_endangered_next_comes_first() -> None:
    soon, later = after(600), after(5 * 3_600)
    ordered = [
        Stake(1, Severity.MINOR, None, is_alerted=True),
        Stake(2, Severity.MAJOR, soon),
        Stake(1, Severity.MAJOR, after(300)),
        Stake(1, Severity.MAJOR, soon),
        Stake(9, Severity.MINOR, soon),
        Stake(500, Severity.MAJOR, later),
        Stake(500, Severity.MAJOR, None),
    ]
    assert sorted(ordered, key=lambda each: urgency(each, NOW), reverse=True) == ordered


def test_an_incident_is_told_once_when_it_has_settled_and_once_when_it_is_over() -> None:
    assert due(CUT, now=NOW) == []
    assert due(CUT) == [IncidentStage.OPENED]
    assert due(CUT, IncidentStage.OPENED) == []
    over = replace(CUT, over_at=after(900))
    assert due(over, IncidentStage.OPENED, now=after(900)) == [IncidentStage.OVER]
    assert due(over, IncidentStage.OPENED, IncidentStage.OVER, now=after(900)) == []
    assert due(over, now=after(900)) == []
    again = replace(CUT, over_at=None)
    assert due(again, IncidentStage.OPENED, IncidentStage.OVER, now=after(7_200)) == []
    assert due(replace(CUT, merged_into="i0")) == []


def test_what_nobody_takes_on_is_escalated_once() -> None:
    late = NOW + ESCALATES_AFTER
    assert due(CUT, IncidentStage.OPENED, now=late - timedelta(seconds=1)) == []
    assert due(CUT, IncidentStage.OPENED, now=late) == [IncidentStage.ESCALATED]
    assert due(CUT, IncidentStage.OPENED, now=late, is_taken=True) == []
    assert due(CUT, IncidentStage.OPENED, IncidentStage.ESCALATED, now=late) == []


def test_by_night_only_what_cannot_wait_is_told() -> None:
    small = replace(CUT, opened_at=NIGHT - SETTLES_FOR, affected=GREAT - 1)
    assert not wakes(small)
    assert due(small, now=NIGHT) == []
    assert due(small, now=NIGHT, alert=True) == [IncidentStage.OPENED]
    assert due(replace(small, affected=GREAT), now=NIGHT) == [IncidentStage.OPENED]
    assert due(replace(small, cause=Cause.SERVER), now=NIGHT) == [IncidentStage.OPENED]
    assert is_night(NIGHT)
    assert not is_night(NOW)


@pytest.mark.parametrize(
    ("hours", "weekdays", "now", "expected"),
    [
        ((0, 0), (0,), NOW, True),
        ((0, 0), (1,), NOW, False),
        ((7, 17), (0,), NOW, True),
        ((10, 17), (0,), NOW, False),
        ((7, 17), (1,), NOW, False),
        ((22, 6), (0,), NIGHT, True),
        ((22, 6), (1,), NIGHT, False),
        ((22, 0), (0,), NIGHT, False),
        ((8, 6), (0,), NOW, True),
        ((8, 6), (1,), NOW, False),
    ],
)
def test_duty_is_by_weekday_and_hour_and_may_pass_midnight(
    hours: tuple[int, int], weekdays: tuple[int, ...], now: datetime, *, expected: bool
) -> None:
    duty = Duty("d", AreaId("tinh"), "Trực", "a@x.vn", weekdays=weekdays, starts=time(hours[0]), ends=time(hours[1]))
    assert is_on(duty, now) is expected


@pytest.mark.parametrize(
    ("areas", "told"),
    [([C1], ["xã"]), ([C1, C2], ["tỉnh"]), ([C3], ["tỉnh"]), ([PROVINCE], ["tỉnh"])],
)
def test_whoever_is_on_call_for_the_smallest_area_that_covers_all_is_told(areas: list[AreaId], told: list[str]) -> None:
    duties = [
        Duty("1", PROVINCE, "tỉnh", "a@x.vn"),
        Duty("2", C1, "xã", "b@x.vn"),
        Duty("3", C1, "sau", "c@x.vn", line=2),
        Duty("4", C1, "nghỉ", "d@x.vn", weekdays=(6,)),
        Duty("5", AreaId("gone"), "không còn", "e@x.vn"),
    ]
    assert [each.name for each in recipients(duties, areas, TREE, 1, NOW)] == told
    only_there = recipients(duties[1:], [C1, C2], TREE, 1, NOW)
    assert [each.name for each in only_there] == ["xã"]


def test_of_single_faults_those_are_told_that_are_open_alone_and_not_minor() -> None:
    fault = open_early(lost("l1"), NOW)
    late = NOW + SINGLE_AFTER
    assert worth_telling(fault, late)
    assert not worth_telling(fault, late - timedelta(seconds=1))
    assert not worth_telling(lost("l1"), late)
    assert not worth_telling(replace(fault, incident_id="i1"), late)
    assert not worth_telling(replace(fault, kind=FaultKind.LINE_DRIFT), late)
    assert worth_telling(replace(fault, kind=FaultKind.SOUND_UNORDERED), NOW)
    assert is_told_at_once(replace(fault, kind=FaultKind.SOUND_UNORDERED))
    assert not is_told_at_once(fault)


def test_a_letter_goes_out_once_an_hour_and_within_minutes_with_what_cannot_speak() -> None:
    assert digest_due(None, NOW)
    assert not digest_due(after(-3_599), NOW)
    assert digest_due(after(-3_600), NOW)
    assert not digest_due(after(-599), NOW, urgent=True)
    assert digest_due(after(-600), NOW, urgent=True)


def test_a_device_that_cannot_speak_is_urgent_and_so_is_one_that_somebody_else_has() -> None:
    fault = open_early(lost("l1"), NOW)
    assert is_urgent(fault)
    assert is_urgent(replace(fault, kind=FaultKind.SOUND_UNORDERED))
    assert not is_urgent(replace(fault, kind=FaultKind.DOOR_OPEN))


def test_what_was_over_before_its_turn_is_told_where_it_lasted_and_was_of_weight() -> None:
    over = replace(
        open_early(lost("l1"), NOW), state=FaultState.CLOSED, closed_at=NOW + SINGLE_AFTER, ending=Ending.CLEARED
    )
    assert worth_telling_late(over)
    assert not worth_telling_late(replace(over, closed_at=NOW + SINGLE_AFTER - timedelta(seconds=1)))
    assert not worth_telling_late(replace(over, kind=FaultKind.DOOR_OPEN))
    assert not worth_telling_late(replace(over, ending=Ending.RETIRED))
    assert not worth_telling_late(replace(over, incident_id="i1"))
    cut = replace(CUT, over_at=NOW + SINGLE_AFTER)
    assert worth_telling_after(cut)
    assert not worth_telling_after(CUT)
    assert not worth_telling_after(replace(cut, merged_into="i0"))
    assert not worth_telling_after(replace(cut, over_at=NOW + SETTLES_FOR))


@given(st.lists(st.tuples(st.integers(0, 20_000), st.booleans()), max_size=200))
def test_no_address_ever_gets_more_letters_an_hour_than_it_may(wishes: list[tuple[int, bool]]) -> None:
    written: list[datetime] = []
    calm = True
    for seconds, urgent in sorted(wishes):
        if may_write(written, after(seconds), urgent=urgent):
            written.append(after(seconds))
            calm &= not urgent
    for at in written:
        count = sum(at <= other < at + timedelta(hours=1) for other in written)
        assert count <= (LETTERS_AN_HOUR if calm else LETTERS_MOST)


@given(st.lists(st.integers(0, 7_200), min_size=1, max_size=60))
def test_what_cannot_wait_never_waits_longer_than_its_minutes(others: list[int]) -> None:
    """An urgent notice only waits for its own interval, also where the hourly limit holds the others back."""
    written: list[datetime] = []
    for seconds in sorted(others):
        if may_write(written, after(seconds)):
            written.append(after(seconds))
    assert may_write(written, written[-1] + URGENT_EVERY, urgent=True)


@given(st.lists(st.tuples(st.integers(1, 4_000), st.booleans(), st.booleans(), st.integers(0, 200)), max_size=40))
def test_an_incident_is_never_told_of_more_than_three_times(looks: list[tuple[int, bool, bool, int]]) -> None:
    found: list[IncidentStage] = []
    now = NOW
    for seconds, is_over, is_taken, affected in looks:
        now += timedelta(seconds=seconds)
        incident = replace(CUT, over_at=now if is_over else None, affected=affected)
        found += due(incident, *found, now=now, is_taken=is_taken)
    assert len(found) == len(set(found)) <= 3
    assert not found or found[0] is IncidentStage.OPENED


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *((each, True) for each in ("truc@tinh.example", "https://loa.example/x", "http://127.0.0.1:8080/")),
        *((each, False) for each in ("", "truc", "@tinh", "truc@", "tr c@tinh", "trực@tinh", "ftp://a", "https://")),
    ],
)
def test_a_letter_goes_to_a_mail_address_or_a_web_address(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from broadcast.bulletins.schedules import Move, Schedule
from cms.schedule.forms import schedule as schedule_form
from cms.schedule.forms.schedule import ROWS_MAX, ScheduleForm
from province.errors import Problem

DATES = st.dates(date(2024, 1, 1), date(2035, 12, 31))
STARTS = st.builds(datetime.combine, DATES, st.times().map(lambda at: at.replace(second=0, microsecond=0)))
RULES = st.sampled_from(
    [
        "",
        "FREQ=DAILY",
        "FREQ=DAILY;UNTIL=20351231",
        "FREQ=DAILY;BYDAY=MO,TU;UNTIL=20351231",
        "FREQ=DAILY;INTERVAL=2;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,WE,SU",
        "FREQ=WEEKLY;BYDAY=FR;INTERVAL=2;UNTIL=20351231",
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=2SA;COUNT=4",
        "RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20351231",
    ]
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    rrule = draw(RULES)
    repeats = bool(rrule)
    return Schedule(
        id=str(draw(st.integers(1, 20))),
        starts=draw(STARTS),
        rrule=rrule,
        except_on=tuple(sorted(draw(st.sets(DATES, max_size=3)))) if repeats else (),
        moves=tuple(Move(on, to) for on, to in draw(st.dictionaries(DATES, STARTS, max_size=2)).items())
        if repeats
        else (),
    )


@given(st.lists(schedules(), max_size=4, unique_by=lambda schedule: schedule.id))
def test_what_is_shown_and_sent_back_untouched_is_the_same_rule(wanted: list[Schedule]) -> None:
    found, problems = schedule_form.read(schedule_form.typed(as_sent(schedule_form.shown(wanted))))
    assert problems == []
    assert [as_set(schedule) for schedule in found] == [as_set(schedule) for schedule in wanted]


def as_sent(rows: list[ScheduleForm]) -> MultiDict[str, str]:
    sent: MultiDict[str, str] = MultiDict()
    for row in rows:
        name = f"s-{row.id}-"
        sent.add("s", row.id)
        for part in (
            "kind",
            "on",
            "at",
            "until",
            "rest",
            "zone",
            "every",
            "nth",
            "month_day",
            "month_weekday",
            "session",
        ):
            sent.add(name + part.replace("_", "-"), getattr(row, part))
        sent.setlist(f"{name}days", list(row.days))
        sent.setlist(f"{name}except", list(row.except_on))
        sent.setlist(f"{name}move-on", [on for on, _ in row.moves])
        sent.setlist(f"{name}move-to", [to for _, to in row.moves])
    return sent


def as_set(schedule: Schedule) -> tuple[object, ...]:
    """Return the schedule with its rule's parts as a set, because their order means nothing."""
    rule = frozenset(part for part in schedule.rrule.split(";") if part)
    return (schedule.id, schedule.starts, rule, schedule.except_on, schedule.moves, schedule.zone)


def test_every_fault_of_every_row_is_told_at_once() -> None:
    rows = [
        ScheduleForm("1", kind="weekly", on="x", at="", until="y", except_on=("z",), moves=(("", "w"),)),
        ScheduleForm("2", on="2026-01-01", at="25:00"),
    ]
    found, problems = schedule_form.read(rows)
    assert found == ()
    assert {(problem.field, problem.code) for problem in problems} == {
        ("s-1-on", "NOT_A_DATE"),
        ("s-1-at", "MISSING"),
        ("s-1-days", "MISSING"),
        ("s-1-until", "NOT_A_DATE"),
        ("s-1-except", "NOT_A_DATE"),
        ("s-1-move", "MISSING"),
        ("s-1-move", "NOT_A_TIME"),
        ("s-2-at", "NOT_A_TIME"),
    }


def test_a_good_row_survives_a_bad_one() -> None:
    found, problems = schedule_form.read([ScheduleForm("1"), ScheduleForm("2", on="2026-01-01", at="05:00")])
    assert [schedule.id for schedule in found] == ["2"]
    assert len(problems) == 2


def test_a_new_row_takes_a_free_number_and_the_last_ones_rhythm() -> None:
    rows = [ScheduleForm("1"), ScheduleForm("7", kind="weekly", days=("MO",), until="2026-12-31", at="05:00")]
    added = schedule_form.changed(rows, "add")[-1]
    assert (added.id, added.kind, added.days, added.until, added.at) == ("8", "weekly", ("MO",), "2026-12-31", "")
    assert [row.id for row in schedule_form.changed([], "add")] == ["1"]


def test_the_builder_holds_only_so_many_rows() -> None:
    full = [ScheduleForm(str(number)) for number in range(ROWS_MAX)]
    assert schedule_form.changed(full, "add") == full
    sent = as_sent([*full, ScheduleForm("99"), ScheduleForm("99")])
    assert len(schedule_form.typed(sent)) == ROWS_MAX


@pytest.mark.parametrize(
    ("field", "beside"),
    [
        ("schedules.2.starts", "s-2-at"),
        ("schedules.2.rrule", "s-2-row"),
        ("schedules.2.except_on", "s-2-except"),
        ("schedules.2.moves", "s-2-move"),
        ("schedules", "schedules"),
        ("title", "title"),
    ],
)
def test_the_rules_problems_stand_beside_the_forms_fields(field: str, beside: str) -> None:
    assert schedule_form.beside(Problem(field, "X")).field == beside


@pytest.mark.parametrize("every", ["0", "hai", "367"])
def test_an_interval_that_is_none_is_refused_at_its_field(every: str) -> None:
    _, problems = schedule_form.read([ScheduleForm("1", "weekly", "2026-03-02", "17:00", ("MO",), every=every)])
    assert [(each.field, each.code, each.detail) for each in problems] == [("s-1-every", "RULE_INTERVAL", {"max": 366})]


def test_a_row_in_a_session_needs_no_time_of_its_own() -> None:
    (found,), problems = schedule_form.read([ScheduleForm("1", on="2026-03-02", session="buoi-chieu")])
    assert (found.session, problems) == ("buoi-chieu", [])

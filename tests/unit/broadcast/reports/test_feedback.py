"""Citizens' feedback in reports; the figures of a past span stay as they are."""

from __future__ import annotations

from dataclasses import astuple
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broadcast.feedback.model import FeedbackKind
from broadcast.reports.feedback import CitizenFeedback, FeedbackFigures, counted, lines_of_kinds, lines_of_places
from province.areas import AreaId
from tests.fakes.programme import C1, C2, NORTH, PROVINCE, SOUTH, TREE, local

SINCE, UNTIL = local("2026-03-01T00:00"), local("2026-04-01T00:00")
SPAN = (SINCE, UNTIL)
DAY = timedelta(days=1)


def heard(
    said_at: datetime, took_days: float | None = None, kind: FeedbackKind = FeedbackKind.NOISE, area_id: AreaId = C1
) -> CitizenFeedback:
    return CitizenFeedback(area_id, kind, said_at, None if took_days is None else said_at + took_days * DAY)


def test_nothing_said_is_no_figure() -> None:
    assert counted([], *SPAN) == FeedbackFigures(0, 0, 0, None)


def test_a_word_counts_on_the_day_it_was_said_and_its_answer_on_the_day_it_was_given() -> None:
    last_of_february, first_of_april = SINCE - timedelta(minutes=1), UNTIL
    found = [
        heard(last_of_february, 2),
        heard(SINCE, 1),
        heard(UNTIL - timedelta(hours=1), 5),
        heard(UNTIL - timedelta(hours=1)),
        heard(last_of_february),
        heard(first_of_april),
    ]
    assert counted(found, *SPAN) == FeedbackFigures(received=3, answered=2, waiting=3, median_days=1.5)


def test_one_slow_answer_does_not_hide_the_quick_ones() -> None:
    assert counted([heard(SINCE, days) for days in (0.5, 1, 30)], *SPAN).median_days == 1.0


def test_kinds_come_in_their_order_and_only_those_that_were_met() -> None:
    found = [heard(SINCE, kind=FeedbackKind.PRAISE), heard(SINCE, 1), heard(SINCE - 9 * DAY, 2, FeedbackKind.OTHER)]
    assert [(line.key, line.figures.received) for line in lines_of_kinds(found, *SPAN)] == [("noise", 1), ("praise", 1)]


def test_places_have_what_lies_below_them_and_the_area_itself_comes_last() -> None:
    found = [heard(SINCE, area_id=each) for each in (PROVINCE, C1, C2, SOUTH, NORTH)]
    lines = lines_of_places(found, *SPAN, area_id=PROVINCE, tree=TREE, names={NORTH: "Bắc", SOUTH: "Nam"})
    assert [(line.key, line.name, line.figures.received) for line in lines] == [
        (NORTH, "Bắc", 3),
        (SOUTH, "Nam", 1),
        (PROVINCE, PROVINCE, 1),
    ]


words = st.builds(
    heard,
    st.integers(-40, 40).map(lambda days: SINCE + days * DAY),
    st.one_of(st.none(), st.integers(0, 50)),
    st.sampled_from(FeedbackKind),
    st.sampled_from((C1, C2, NORTH, SOUTH, PROVINCE)),
)


@given(st.lists(words, max_size=30))
def test_kinds_and_places_are_the_whole_and_spans_join(told: list[CitizenFeedback]) -> None:
    whole = counted(told, *SPAN)
    places = lines_of_places(told, *SPAN, area_id=PROVINCE, tree=TREE, names={})
    for lines in (lines_of_kinds(told, *SPAN), places):
        added = [sum(column) for column in zip(*(astuple(line.figures)[:3] for line in lines), strict=True)]
        assert added in (list(astuple(whole)[:3]), [])
    middle = SINCE + 12 * DAY
    first, second = counted(told, SINCE, middle), counted(told, middle, UNTIL)
    assert (first.received + second.received, first.answered + second.answered) == (whole.received, whole.answered)
    assert second.waiting == whole.waiting


@given(st.lists(words, max_size=30))
def test_what_is_answered_later_changes_nothing_of_a_past_span(told: list[CitizenFeedback]) -> None:
    later = [each if each.answered_at else each._replace(answered_at=max(UNTIL, each.said_at)) for each in told]
    assert counted(later, *SPAN) == counted(told, *SPAN)

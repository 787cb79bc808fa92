from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.model import AlertKind
from broadcast.bulletins.priority import PriorityClass
from broadcast.reports.counting import Airtime, Cell
from broadcast.reports.figures import (
    AirtimeBar,
    AlertCount,
    AlertFigures,
    Counted,
    Figures,
    FleetCount,
    alerts,
    lines_by,
    lines_of_places,
    whole,
)
from broadcast.reports.model import Span
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree
from tests.fakes.programme import AREAS, COMMUNES, PROVINCE

TREE = AreaTree(AREAS)
PLACES = tuple(area.id for area in AREAS if PROVINCE in TREE.chain(area.id))
NAMES = {area.id: area.name for area in AREAS}
AIRED = st.builds(Airtime, *(st.integers(0, 10**9) for _ in Airtime._fields))
CELLS = st.builds(
    Cell, st.sampled_from(PLACES), st.sampled_from(["health", "", "x"]), st.just("Đài"), st.sampled_from(PriorityClass)
)
FLEET = st.builds(
    FleetCount, st.sampled_from(PLACES), st.sampled_from(DeviceKind), st.integers(0, 99), st.integers(0, 9), st.just(3)
)
COUNTED = st.builds(
    Counted, st.dictionaries(CELLS, AIRED).map(lambda found: list(found.items())), st.lists(FLEET, max_size=8)
)


def total(figures: list[Figures]) -> Figures:
    return sum(figures, Figures())


@given(COUNTED)
def test_places_below_add_up_to_the_whole_at_every_level(counted: Counted) -> None:
    top = lines_of_places(counted, PROVINCE, TREE, NAMES)
    assert total([line.figures for line in top]) == whole(counted)
    for line in top:
        below = Counted(
            [(cell, aired) for cell, aired in counted.airtime if line.key in TREE.chain(cell.area_id)],
            [each for each in counted.fleet if line.key in TREE.chain(each.area_id)],
        )
        if line.key != PROVINCE:
            lines = lines_of_places(below, AreaId(line.key), TREE, NAMES)
            assert total([each.figures for each in lines]) == line.figures


@given(COUNTED)
def test_topics_sources_and_classes_add_up_to_the_airtime(counted: Counted) -> None:
    aired = whole(Counted(counted.airtime))
    for lines in (
        lines_by(counted, lambda cell: cell.topic),
        lines_by(counted, lambda cell: cell.origin),
        lines_by(counted, lambda cell: cell.priority),
    ):
        assert total([line.figures for line in lines]) == aired
        longest = [line.figures.airtime_ms for line in lines]
        assert longest == sorted(longest, reverse=True)


def test_what_belongs_to_the_area_itself_has_a_line_of_its_own_at_the_end() -> None:
    fleet = [FleetCount(PROVINCE, DeviceKind.STATION, 1, 10, 5), FleetCount(COMMUNES[0], DeviceKind.BOARD, 2, 10, 10)]
    lines = lines_of_places(Counted((), fleet), PROVINCE, TREE, NAMES)
    assert [line.key for line in lines] == [TREE.chain(COMMUNES[0])[1], PROVINCE]
    assert (lines[0].figures.boards, lines[1].figures.stations) == (2, 1)


def test_an_alert_to_many_places_is_one_and_a_drill_is_none() -> None:
    counts = [
        AlertCount("o1", AlertKind.LIVE, COMMUNES[0], 4, 3, 2, 2, 5),
        AlertCount("o1", AlertKind.LIVE, COMMUNES[1], 4, 3, 3, 1, 2),
        AlertCount("o2", AlertKind.DRILL, COMMUNES[0], 4, 4, 4),
    ]
    assert alerts(counts, AlertKind.LIVE) == AlertFigures(1, 8, 6, 5, 3, 7)
    assert alerts(counts, AlertKind.LIVE).finished_pct == 37.5
    assert AlertFigures().finished_pct is None
    assert alerts(counts, AlertKind.LIVE).answered_pct == 75.0
    assert alerts(counts, AlertKind.DRILL).sent == 1
    assert alerts([], AlertKind.DRILL).answered_pct is None


def test_minutes_hours_and_shares_are_rounded_to_a_tenth() -> None:
    figures = Figures(airtime_ms=89_999, device_ms=5_400_000, done=1, cut=1, missed=1, service_ms=3, online_ms=2)
    assert (figures.airtime_min, figures.device_hours, figures.played_pct, figures.online_pct) == (1.5, 1.5, 33.3, 66.7)
    assert AirtimeBar(Span(date(2026, 1, 1), date(2026, 1, 1)), 89_999).airtime_min == 1.5


def test_of_nothing_no_share_is_told() -> None:
    assert (Figures().played_pct, Figures().online_pct) == (None, None)

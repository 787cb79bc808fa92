from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.model import Audience, Disc, Ring
from cms.alerts import forms

_LAT = st.integers(-90_00000, 90_00000).map(lambda n: n / 100_000)
_LON = st.integers(-180_00000, 180_00000).map(lambda n: n / 100_000)
_POINTS = st.lists(st.tuples(_LAT, _LON), min_size=3, max_size=8, unique=True)


@given(st.lists(_POINTS, max_size=3), st.lists(st.builds(Disc, _LAT, _LON, st.integers(1, 900_000)), max_size=3))
def test_what_is_written_is_read_back(outlines: list[list[tuple[float, float]]], discs: list[Disc]) -> None:
    rings = tuple(Ring((*points, points[0])) for points in outlines)
    text = forms.written_shape(Audience(rings=rings, discs=tuple(discs)))
    assert forms.read_shape(text) == (rings, tuple(discs), [])


def test_an_outline_may_be_left_open_and_commas_may_have_spaces() -> None:
    rings, discs, problems = forms.read_shape("10.9 , 108.1 10.9, 108.2 11,108.2\n\n11.1,108 2.5")
    assert rings[0].points == ((10.9, 108.1), (10.9, 108.2), (11.0, 108.2), (10.9, 108.1))
    assert discs == (Disc(11.1, 108.0, 2500),)
    assert problems == []


@pytest.mark.parametrize(
    "line", ["x", "1,2", "1,2 3,4", "1,2,3 4,5,6 7,8,9", "91,108 1", "1,181 1", "nan,1 1", "1,2 -1", "1,2 0", "1,2 inf"]
)
def test_a_line_that_is_no_shape_is_named(line: str) -> None:
    rings, discs, problems = forms.read_shape(f"11.1,108 2\n{line}")
    assert (len(rings), len(discs)) == (0, 1)
    assert [(problem.code, problem.detail) for problem in problems] == [("NOT_A_SHAPE", {"line": 2})]


def test_more_text_than_any_shape_needs_is_not_read() -> None:
    assert [problem.code for problem in forms.read_shape("1,2 3\n" * 20_000)[2]] == ["TOO_LONG"]

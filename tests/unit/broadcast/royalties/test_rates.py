from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.genres import GENRES
from broadcast.royalties.model import RoyaltyRate, RoyaltyTable
from broadcast.royalties.rate_lines import AMOUNT_MAX_VND, GRADE_MAX, RATES_MAX, rate_line, read_rates
from province.people import UserId

UNIT_VND = 234_000


@pytest.mark.parametrize(
    ("line", "rate", "royalty_vnd"),
    [
        ("Tin; A; 2,5", RoyaltyRate("news", "A", 250), 585_000),
        ("tin\tB\t0.75", RoyaltyRate("news", "B", 75), 175_500),
        ("  Phóng  sự ;  loại 1 ; 10", RoyaltyRate("feature", "loại 1", 1000), 2_340_000),
        ("Bài; A; 450.000 đ", RoyaltyRate("article", "A", amount_vnd=450_000), 450_000),
        ("Bài; A; 450000 đồng", RoyaltyRate("article", "A", amount_vnd=450_000), 450_000),
        ("Bài; A; 1 450 000 VND", RoyaltyRate("article", "A", amount_vnd=1_450_000), 1_450_000),
    ],
)
def test_a_line_is_a_rate(line: str, rate: RoyaltyRate, royalty_vnd: int) -> None:
    assert read_rates(line) == ((rate,), [])
    assert rate.royalty_vnd(UNIT_VND) == royalty_vnd


@pytest.mark.parametrize(
    "line",
    [
        *("Tin; A", "Tin; A; 2; 3", "Tờ rơi; A; 2", "Tin; ; 2", "Tin; A; hai", "Tin; A; 1.50.000 đ", "Tin; A; -2"),
        f"Tin; {'x' * (GRADE_MAX + 1)}; 2",
        f"Tin; A; {AMOUNT_MAX_VND + 1} đ",
        "Tin; A; 99999999999 đ",
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(line: str) -> None:
    rates, problems = read_rates(f"Tin; B; 2\n\n{line}")
    assert [rate.grade for rate in rates] == ["B"]
    assert [(each.field, each.code, each.detail["line"]) for each in problems] == [("rates", "RATE_LINE", 3)]


def test_a_grade_stands_in_the_table_once_and_the_table_has_an_end() -> None:
    _rates, problems = read_rates("Tin; A; 2\nTin; A; 3")
    assert [each.code for each in problems] == ["RATE_TWICE"]
    assert [each.code for each in read_rates("Tin; A; 2\n" * (RATES_MAX + 1))[1]] == ["TOO_MANY"]


def test_a_royalty_is_rounded_to_whole_dong() -> None:
    assert RoyaltyRate("news", "A", 1).royalty_vnd(149) == 1
    assert RoyaltyRate("news", "A", 1).royalty_vnd(151) == 2


def test_the_table_finds_a_rate_by_kind_and_grade() -> None:
    rates, _problems = read_rates("Tin; A; 2\nBài; A; 3")
    table = RoyaltyTable(1, "QĐ 12", UNIT_VND, rates, UserId("u"), "Admin", datetime(2026, 11, 30, tzinfo=UTC))
    assert table.rate("article/A") == rates[1]
    assert table.rate("article/B") is None


RATES = st.builds(
    RoyaltyRate,
    st.sampled_from(sorted(GENRES)),
    st.sampled_from(["A", "loại 1", "đặc biệt"]),
    st.none() | st.integers(0, 99_999),
)


@given(st.lists(RATES, unique_by=lambda rate: rate.key), st.integers(0, AMOUNT_MAX_VND))
def test_rates_written_as_lines_are_read_as_they_were(rates: list[RoyaltyRate], amount_vnd: int) -> None:
    whole = [*rates, RoyaltyRate("news", "theo ngày", amount_vnd=amount_vnd)]
    assert read_rates("\n".join(map(rate_line, whole))) == (tuple(whole), [])

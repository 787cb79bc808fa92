"""Properties of the reading of any text, and cases beyond the tables of readings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast.speech.normalization import read
from broadcast.speech.normalization.numbers import cardinal, roman
from broadcast.speech.readings import Saying, SpokenSubstitution, applied

WRITTEN = """
8g30 2/12 02-12-2026 cấp_8-9 100-200mm °C m3/s % đ QL1A ĐT.711 TP. P. - . , ( ) / : XIV quý_III 114
km số_12/3 +84 −5 ½ ² ٣ 01/2023/QĐ-UBND 0912345678 1900_1234 86B1-234.56 a@b.vn www.a.vn 12°30'N thứ_4
3x4 Nguyễn_Văn_A ngày tháng_4 từ đến thắng_2-1 5tr500 UBND BTS 1.702+500 24/7 T2-CN
19h/25 80mg/100ml T2-T4-T6 BĐ2 NB.1.8.1 Rh- 12V-7Ah (25/18,_25/20) c6-7 Km9 k5/Đ6 PTDS-PCTT&TKCN Tr.V.H < ≥ ->
0912.345.678/0987.654.321 gửi_8079 112,0E 11T/2026 98đ 31'25" 1m05 50-100-150m3/s TTKTTV II/2026 *
1022 hotline_1022 nhánh_2 hôm_nay_(18-9) sáng_nay_4/12 tháng_5,6/2026 T5,6/2026 quý_1,2/2026 000.00.12.H10-261128-0001
ISBN_978-604-0-12345-6 giống_ĐT8,_TH3-3 ^6 10^-3 10⁹ CFU/100ml nhóm_máu_A-,_AB K12+300 K23/H4/5 nhà_VH csgt.gov.vn
"""
LONGEST = 20_000
"""Longest text in characters, as the API accepts it."""
PIECES = st.sampled_from([*(piece.replace("_", " ") for piece in WRITTEN.split()), " ", " ", "\n", "\u0301"])
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=8).map(" ".join)
)


@given(TEXTS)
def test_no_digit_is_left_to_be_said(text: str) -> None:
    assert not any(c.isdigit() for c in read(text).spoken)


@given(TEXTS)
def test_changes_are_disjoint_in_order_and_within_the_text(text: str) -> None:
    reading = read(text)
    assert reading.text == unicodedata.normalize("NFC", text)
    at = 0
    for change in reading.changes:
        assert at <= change.start < change.end <= len(reading.text)
        at = change.end


@given(TEXTS)
def test_what_says_something_is_never_read_as_nothing(text: str) -> None:
    has_word = any(c.isalnum() and unicodedata.category(c) in {"Lu", "Ll", "Nd"} for c in text)
    assert not has_word or any(c.isalnum() for c in read(text).spoken)


@given(TEXTS)
def test_a_doubt_is_within_the_text_and_about_something(text: str) -> None:
    reading = read(text)
    assert all(0 <= each.start < each.end <= len(reading.text) for each in reading.doubts)


@example("50-100-150m3/s²", 2)
@given(st.lists(PIECES, min_size=1, max_size=3).map("".join), st.integers(2, 400))
def test_a_text_that_repeats_itself_for_pages_is_read(piece: str, times: int) -> None:
    assert not any(c.isdigit() for c in read(piece * times).spoken)


HOSTILE = (
    "1022, ", "gọi 1022", "(1-1", "hôm nay (1", "sáng nay 4/12 ", "tháng 1,", "tháng 1,2,3", "quý 1,2,", "000.00.",
    "000.00.12.H10-", "H1.1", "ISBN 1-", "mã vạch 1 ", "giống A1, ", "lúa giống ", "giống lúa OM5451, ĐT8-", "^", "10^",
    "10⁹⁹", "CFU/", "m^2", "máu A-", "nhóm A+, ", "K1+1", "K1/H1/", "nhà 1/", "nhà VH ", "bcdfg.", "ubnd", "a^b ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_as_long_as_a_bulletin_may_be_is_read(piece: str) -> None:
    """The suite's time limit ends a runaway pattern."""
    text = (piece * (LONGEST // len(piece)))[:LONGEST]
    assert not any(c.isdigit() for c in read(text).spoken)


@given(TEXTS)
def test_the_same_text_is_read_the_same_way(text: str) -> None:
    assert read(text) == read(text)


@given(TEXTS, st.sampled_from(["Mũi Né", "8g30", "ubnd"]))
def test_what_officials_taught_goes_before_every_rule(text: str, written: str) -> None:
    spoken = read(f"{text} , {written} , {text}", [Saying(written, "lời dạy")]).spoken
    assert "lời dạy" in spoken


def test_a_saying_holds_for_whole_words_only() -> None:
    sayings = [Saying("La", "Lờ a"), Saying("la gi", "La-ghi")]
    assert read("La Gi, Lagi, la", sayings).spoken == "Lờ a Gi, Lagi, Lờ a"
    assert read("La  Gi và La Gi", sayings[1:]).spoken == "La-ghi và La-ghi"


def test_a_saying_may_ask_for_its_case() -> None:
    saying = Saying("CA", "Công an", is_case_sensitive=True)
    assert read("CA xã có ca trực", [saying]).spoken == "Công an xã có ca trực"


def test_every_change_says_where_it_stood() -> None:
    reading = read("Gió cấp 8-9 ngày 2/12")
    assert [(reading.text[c.start : c.end], c.spoken, c.rule) for c in reading.changes] == [
        ("8-9", "tám đến cấp chín", "range"),
        ("2/12", "hai tháng mười hai", "date"),
    ]


def test_a_loose_tone_mark_is_composed_first() -> None:
    assert read("nga\u0300y 2/12").spoken == "ngày hai tháng mười hai"


def test_changes_are_put_into_the_text() -> None:
    assert applied("a b c", [SpokenSubstitution(0, 1, "x", "r"), SpokenSubstitution(4, 5, "", "r")]) == "x b "


@pytest.mark.parametrize("number", [10**15, 10**40])
def test_a_number_nobody_could_follow_is_read_digit_by_digit(number: int) -> None:
    assert cardinal(number).split()[:2] == ["một", "không"]


@pytest.mark.parametrize("text", ["9" * 5_000, f"{'9' * 5_000},5", f"5-{'9' * 5_000}", f"{'9' * 5_000}kg"])
def test_a_row_of_thousands_of_figures_is_read_too(text: str) -> None:
    assert read(text).spoken.count("chín") >= 5_000


@pytest.mark.parametrize(("text", "value"), [("XIV", 14), ("IX", 9), ("IIII", 0), ("VX", 0), ("", 0), ("XLII", 42)])
def test_only_well_made_numerals_are_numbers(text: str, value: int) -> None:
    assert roman(text) == value

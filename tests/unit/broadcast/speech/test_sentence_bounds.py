from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broadcast.speech.sentence_bounds import SENTENCE_MOST, sentences


def said(text: str) -> list[str]:
    return [text[each.start : each.end] for each in sentences(text)]


def test_a_sentence_ends_with_its_mark_and_the_space_behind_it() -> None:
    assert said("Kính mời bà con. Họp lúc tám giờ! Mang theo giấy tờ") == [
        "Kính mời bà con. ",
        "Họp lúc tám giờ! ",
        "Mang theo giấy tờ",
    ]


def test_a_new_line_ends_one_and_quotation_marks_belong_to_it() -> None:
    assert said("Thông báo\n\nÔng nói: “Hãy đi.” Rồi đi") == ["Thông báo\n\n", "Ông nói: “Hãy đi.” ", "Rồi đi"]


def test_what_has_nothing_to_say_is_none() -> None:
    assert said("Tin. … \n ---") == ["Tin. "]
    assert said("") == []


def test_a_long_sentence_is_cut_at_a_clause_or_a_space_and_one_without_any_at_its_length() -> None:
    text = "một hai ba, " * 100
    cut = said(text)
    assert all(len(each) <= SENTENCE_MOST for each in cut)
    assert all(each.endswith((", ", " ")) for each in cut[:-1])
    assert said("x" * (SENTENCE_MOST + 5)) == ["x" * SENTENCE_MOST, "x" * 5]


@given(st.text(alphabet="ab .!?\n,…", max_size=2000))
def test_no_word_is_lost_or_said_twice(text: str) -> None:
    found = sentences(text)
    assert all(before.end <= after.start for before, after in pairwise(found))
    said = "".join(text[each.start : each.end] for each in found)
    assert [sign for sign in said if sign.isalnum()] == [sign for sign in text if sign.isalnum()]
    assert all(each.end - each.start <= SENTENCE_MOST for each in found)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.remarks import chosen, found, passage_at

TEXT = "Sáng thứ hai họp lúc 7 giờ tại xã. Chiều thứ hai phát quà lúc 7 giờ tại thôn."
FIRST, SECOND = TEXT.index("7 giờ"), TEXT.rindex("7 giờ")


def test_of_several_the_quoted_one_nearest_to_where_it_was_marked_is_meant() -> None:
    for near, start in ((0, FIRST), (FIRST + 3, FIRST), (len(TEXT), SECOND)):
        passage = chosen(TEXT, "7 giờ", near)
        assert passage is not None
        assert (passage.start, found(passage, TEXT)) == (start, (start, start + 5))


def test_what_the_text_does_not_hold_cannot_be_quoted() -> None:
    assert chosen(TEXT, "8 giờ", 0) is None
    assert chosen(TEXT, "", 0) is None


def test_a_passage_moves_with_the_text_before_it() -> None:
    passage = passage_at(TEXT, SECOND, SECOND + 5)
    edited = "Thông báo: " + TEXT.replace("họp", "họp thôn")
    place = found(passage, edited)
    assert place is not None
    assert place == (edited.rindex("7 giờ"), edited.rindex("7 giờ") + 5)


def test_one_changed_neighbour_is_borne_two_are_not() -> None:
    passage = passage_at(TEXT, FIRST, FIRST + 5)
    assert found(passage, TEXT.replace("tại xã", "ở nhà văn hóa")) is not None
    gone = TEXT.replace("họp lúc 7 giờ tại xã", "họp lúc 8 giờ tại xã")
    assert "7 giờ" in gone
    assert found(passage, gone) is None


def test_among_several_with_a_neighbour_left_the_one_with_both_wins_then_the_nearest() -> None:
    text = "a bc a bc a bc"
    middle = passage_at(text, 5, 7)
    assert found(middle, text) == (5, 7)
    start = len("Bà con họp lúc ")
    meant = passage_at("Bà con họp lúc 7 giờ tại nhà văn hóa", start, start + 5)
    edited = "Bà con họp lúc 7 giờ ở đình. Bà con họp lúc 7 giờ tại nhà văn hóa"
    assert found(meant, edited) == (edited.rindex("7 giờ"), edited.rindex("7 giờ") + 5)


@given(st.text("ab ", max_size=40), st.text("ab c", max_size=8), st.data())
def test_a_passage_is_always_found_in_the_text_it_was_taken_from(before: str, more: str, data: st.DataObject) -> None:
    text = before + "mốc" + more
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert found(passage_at(text, start, end), text) == (start, end)


@given(st.text("ab ", min_size=1, max_size=30), st.text("ab ", max_size=30), st.data())
def test_a_found_passage_says_what_was_quoted(text: str, edited: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    passage = passage_at(text, start, data.draw(st.integers(start + 1, len(text))))
    place = found(passage, edited)
    assert place is None or edited[place[0] : place[1]] == passage.quote

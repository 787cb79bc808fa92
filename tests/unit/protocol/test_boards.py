"""Lines and pages of a board's text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.protocol.boards import lines_of, pages_of, width

words = st.text("aăâđêôơưế \n", max_size=120)


@given(words, st.integers(1, 30))
def test_no_line_is_longer_than_the_board_is_wide_and_no_letter_is_lost(text: str, columns: int) -> None:
    lines = lines_of(text, columns)
    assert all(0 < width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(words, words, st.integers(2, 30), st.integers(2, 9))
def test_every_page_has_the_head_and_the_pages_hold_the_whole_text(
    head: str, text: str, columns: int, lines: int
) -> None:
    pages = pages_of(head, text, columns, lines)
    top = len(pages_of(head, "", columns, lines)[0])
    assert all(len(page) <= lines for page in pages)
    assert len({page[:top] for page in pages}) == 1
    assert tuple(line for page in pages for line in page[top:]) == lines_of(text, columns)


def test_marks_of_letters_take_no_room() -> None:
    assert width("ế") == width("e\u0302\u0301") == 1

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from media.engine import speakable


def test_loose_tone_marks_are_composed() -> None:
    assert speakable(unicodedata.normalize("NFD", "Tiếng Việt")) == "Tiếng Việt"


def test_engine_commands_are_taken_out() -> None:
    assert speakable("chào\x01100S bà con\x1b[0m\x00\u202e\u200b") == "chào100S bà con[0m"


def test_phoneme_brackets_are_broken() -> None:
    assert "[[" not in speakable("[[h@l'oU]] [[[[a]]]]")


def test_lines_and_tabs_stay_apart() -> None:
    assert speakable("một\r\nhai\tba") == "một\nhai ba"


@given(st.text())
def test_nothing_the_engine_obeys_is_left(text: str) -> None:
    result = speakable(text)

    assert "[[" not in result
    assert all(c == "\n" or not unicodedata.category(c).startswith("C") for c in result)

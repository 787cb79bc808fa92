from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.builder import E

from cms.platform.clean_text import clean, clean_all

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], include_characters="\x00\x0b\x85\u2028\u202e\uffff"))


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Họp\x0btại xã", "Họp\ntại xã"),
        ("một\r\nhai\rba\u2028bốn\u0085năm\fsáu", "một\nhai\nba\nbốn\nnăm\nsáu"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf\uffffg\ufdd0h\U0001fffei", "abcdefghi"),
        ("\u202eabca\u2066x\u2069", "abcax"),
        ("cột\tmột\nhàng hai", "cột\tmột\nhàng hai"),
        ("Chăm \U0001f600 ề\u200d", "Chăm \U0001f600 ề\u200d"),
    ],
)
def test_what_is_no_character_is_left_out_and_every_line_ends_alike(pasted: str, kept: str) -> None:
    assert clean(pasted) == kept


@given(ANY_TEXT)
def test_any_cleaned_text_is_xml_and_stays_as_it_is(text: str) -> None:
    found = etree.fromstring(etree.tostring(E("t", clean(text), a=clean(text))))
    assert (found.text or "") == clean(text) == clean(clean(text))
    assert found.attrib["a"].split() == clean(text).split()


def test_texts_in_a_list_are_cleaned_and_nothing_else_is_touched() -> None:
    assert clean_all(["a\x00", 7, None]) == ["a", 7, None]
    assert (clean_all("a\x0b"), clean_all(7), clean_all({"a": "\x00"}), clean_all(b"\x00")) == (
        "a\n",
        7,
        {"a": "\x00"},
        b"\x00",
    )

"""Texts cut at their sentences, each of which may be said by another engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engine import sentences


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Kính thưa bà con. Mời nghe tin.", ("Kính thưa bà con. ", "Mời nghe tin.")),
        ("Có nghe không?! Có…\n\nXin chào", ("Có nghe không?! ", "Có…\n\n", "Xin chào")),
        ("“Mưa to.” Gió lớn", ("“Mưa to.” ", "Gió lớn")),
        ("một câu không dấu", ("một câu không dấu",)),
        ("Xin chào. . !", ("Xin chào. . !",)),
        ("... Xin chào. Hết.", ("... Xin chào. ", "Hết.")),
        ("...", ("...",)),
        ("", ("",)),
    ],
)
def test_a_text_is_cut_after_its_sentences(text: str, wanted: tuple[str, ...]) -> None:
    assert sentences(text) == wanted


@given(st.text(alphabet='aă .!?…\n"”,', max_size=60))
def test_the_pieces_are_exactly_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text

"""Warnings to the approver of text that no voice will say: other scripts, emoji, punctuation only."""

from __future__ import annotations

import pytest

from broadcast.speech.normalization import read
from broadcast.speech.normalization.doubtful_readings import Doubt, doubts, unreadable
from broadcast.speech.readings import SpokenSubstitution


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kính mời bà con đi họp lúc 7 giờ.", []),
        ("Chào bà con مرحبا بكم đến họp", ["مرحبا بكم"]),
        ("Họp thôn 会议 ngày mai 你好.", ["会议", "你好"]),
        ("Mừng Xuân 🎉🎊 vui vẻ", ["🎉🎊"]),
        ("... !!! ???", ["... !!! ???"]),
        ("Nhiệt độ 35°C", []),
        ("Hết 好", ["好"]),
        ("", []),
    ],
)
def test_what_no_voice_says_is_marked(text: str, shown: list[str]) -> None:
    found = [each for each in doubts(text, read(text).changes) if each.doubt is Doubt.UNREADABLE]
    assert [text[each.start : each.end] for each in found] == shown


def test_what_was_taught_is_read() -> None:
    text = "Chào 你好 bà con"
    assert list(unreadable(text, [SpokenSubstitution(5, 7, "ní hảo", "saying")])) == []


def test_what_a_rule_takes_away_is_marked_all_the_same() -> None:
    text = "a 🎉🎊🎁 b"
    assert list(unreadable(text, [SpokenSubstitution(3, 4, "", "symbol")])) == [(2, 3), (3, 4), (4, 5)]
    assert list(unreadable(text, [SpokenSubstitution(2, 4, "", "symbol")])) == [(2, 4), (4, 5)]
    assert list(unreadable(text, [SpokenSubstitution(4, 5, "", "symbol")])) == [(2, 4), (4, 5)]

"""Title of a bulletin whose author gave it none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.titles import MADE_MOST, made_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("…", ""),
        ("Ngày mai cắt điện từ bảy giờ. Xin cảm ơn.", "Ngày mai cắt điện từ bảy giờ"),
        ("Kính thưa bà con!\nNgày mai cắt điện từ bảy giờ.", "Ngày mai cắt điện từ bảy giờ"),
        ("Họp lúc 7 giờ.", "Họp lúc 7 giờ"),
        (
            "Ủy ban nhân dân phường thông báo lịch cắt điện để sửa chữa đường dây vào sáng mai, khu phố một.",
            "Ủy ban nhân dân phường thông báo lịch cắt điện để sửa chữa đường dây vào sáng…",
        ),
        ("a" * 200, f"{'a' * (MADE_MOST - 1)}…"),
    ],
)
def test_the_first_sentence_that_tells_something_is_the_title(text: str, title: str) -> None:
    assert made_title(text) == title


@given(st.text(max_size=400))
def test_a_made_title_is_one_short_line(text: str) -> None:
    title = made_title(text)
    assert len(title) <= MADE_MOST + 1
    assert "\n" not in title

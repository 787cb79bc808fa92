from __future__ import annotations

import pytest

from broadcast.alerts.cap.plain_text import has_markup, plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nước lên nhanh", "Nước lên nhanh"),
        ("SIZE: 0 ha<br />STATUS: Out of Control", "SIZE: 0 ha\nSTATUS: Out of Control"),
        ("<p>Một</p><p>Hai</p>", "Một\nHai"),
        ("Gió <b>rất</b> mạnh", "Gió rất mạnh"),
        ("Gió <75 km/h, mưa > 50 mm", "Gió <75 km/h, mưa > 50 mm"),
        ("a <!-- không nói --> b", "a b"),
        ("a<script>alert(1)</script>b", "ab"),
        ("a<STYLE>p{}</STYLE >b", "ab"),
        ("a <script>không có kết thúc", "a"),
        ("m&#432;a &amp; gi&oacute;&nbsp;to", "mưa & gió to"),
        ("một\u202ehai\u200b\x07", "mộthai"),
        ("  hai \t dòng \n\n\n cách  xa ", "hai dòng\ncách xa"),
        ("İstanbul <i>x</i>", "İstanbul x"),
        ("", ""),
    ],
)
def test_texts_are_said_without_what_is_not_meant_to_be_said(text: str, expected: str) -> None:
    assert plain_text(text) == expected


def test_markup_is_told_from_a_smaller_than_sign() -> None:
    assert has_markup("a<br/>b")
    assert has_markup("a<!-- b")
    assert not has_markup("Gió <75 km/h")
    assert not has_markup("a > b")

"""Doubts: places of the spoken text that its reader is asked to listen to again."""

from __future__ import annotations

import pytest

from broadcast.speech.normalization import read
from broadcast.speech.normalization.doubtful_readings import Doubt, doubts
from broadcast.speech.readings import Saying


def seen(text: str) -> list[tuple[str, Doubt]]:
    reading = read(text)
    return [(reading.text[place.start : place.end], place.doubt) for place in reading.doubts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Họp với VHTC tại xã", [("VHTC", Doubt.LETTERS)]),
        ("Tàu HANOVA cập cảng", [("HANOVA", Doubt.WORD)]),
        ("Họp ban BCHĐTN xã", [("BCHĐTN", Doubt.JOINED)]),
        ("3/12: phát quà", [("3/12", Doubt.DATE)]),
        ("Kết quả đạt 9/10.", [("9/10", Doubt.SHARE)]),
        ("Học phí nộp theo học kỳ I, II.", [("II", Doubt.NUMERAL)]),
        ("Trận đấu kết thúc 2-1.", [("2-1", Doubt.SCORE)]),
        ("IV hộ nhận quà; 3/12: họp", [("IV", Doubt.NUMERAL), ("3/12", Doubt.DATE)]),
    ],
)
def test_a_guess_is_told(text: str, expected: list[tuple[str, Doubt]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "UBND xã họp ngày 3/12 lúc 8g30, gió cấp 8-9, khóa XIV, thắng 2-1, 3/4 diện tích.",
        "Từ 1/7 đến 31/12, nộp trước 01/12; lễ 1/5, 20/11.",
        "CA NHẠC MỪNG XUÂN",
        "Xăng E5 RON 92, dầu DO.",
        "Gửi về a@b.vn hoặc www.THVL.vn",
    ],
)
def test_what_is_sure_is_not_told(text: str) -> None:
    assert seen(text) == []


def test_what_an_official_taught_is_sure() -> None:
    reading = read("Họp với VHTC", [Saying("VHTC", "Văn hóa Tánh Linh")])
    assert reading.doubts == ()


def test_what_was_kept_with_a_bulletin_tells_the_same() -> None:
    reading = read("Họp với VHTC ngày 2/12")
    assert doubts(reading.text, list(reading.changes)) == reading.doubts

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.transcripts import FactDifference, FactKind, compared

PLACES = ("Phường Mũi Né", "Phường Hàm Tiến", "Xã An", "Thôn 3")


def differences(text: str, transcript: str, language: str = "vi") -> list[tuple[FactKind, str, str]]:
    found = compared(text, transcript, language, PLACES).differences
    return [(each.kind, each.written, each.said) for each in found]


@pytest.mark.parametrize(
    ("text", "transcript"),
    [
        ("Cắt điện từ 7h30 đến 11h.", "cắt điện từ bảy giờ rưỡi đến mười một giờ"),
        ("Họp lúc 7 giờ 30 phút.", "Họp lúc bảy giờ ba mươi."),
        ("Họp lúc 15 giờ.", "Họp lúc ba giờ chiều"),
        ("Họp lúc 15 giờ chiều, mời 40 người", "Họp lúc 15 giờ, bốn mươi người"),
        ("Ngày 20/11/2026", "ngày hai mươi tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("từ 20/11", "từ hai mươi tháng mười một"),
        ("mùng 5 tháng 5 tới, thứ năm", "mồng năm tháng năm tới, thứ 5"),
        ("Chủ nhật này", "chủ nhật này"),
        ("1.500.000 đồng", "một triệu rưỡi đồng"),
        ("2.000.000.000.000 đồng, 10.000 m", "hai nghìn tỷ đồng, mười ngàn mét"),
        ("25 hộ, 105 cây, 150 người, 5 người", "hai lăm hộ, một trăm linh năm cây, một trăm năm mươi người, năm người"),
        ("ĐT 0912 345 675", "điện thoại không chín một hai ba bốn năm sáu bảy năm"),
        ("5 năm qua, trong năm nay", "năm năm qua, trong năm nay"),
        ("20 năm, hai ba năm nữa", "hai mươi năm, hai ba năm nữa"),
        ("năm 2026, 15 hộ", "năm hai nghìn không trăm hai mươi sáu, mười lăm hộ"),
        ("Tại phường Mũi Né và Hàm Tiến", "tại phường mũi né và hàm tiến"),
        ("An toàn, an ninh", "an toàn và an ninh"),
        ("Mỗi tháng một lần, ngày càng tốt", "Mỗi tháng một lần. Ngày càng tốt"),
        ("Có 12 hộ. Xin nhắc lại: 12 hộ", "có mười hai hộ"),
        ("", ""),
    ],
)
def test_what_is_said_in_other_words_agrees(text: str, transcript: str) -> None:
    found = compared(text, transcript, "vi", PLACES)
    assert found.differences == ()
    assert not any(part.is_different for part in (*found.text, *found.transcript))


@pytest.mark.parametrize(
    ("text", "transcript", "found"),
    [
        ("Từ 7 giờ.", "Từ tám giờ.", [(FactKind.HOUR, "7 giờ", "tám giờ")]),
        ("Từ 7 giờ, 61 hộ", "từ bảy giờ sáu mươi mốt hộ", []),
        ("Từ 7 giờ rưỡi", "từ bảy giờ", [(FactKind.HOUR, "7 giờ rưỡi", "bảy giờ")]),
        ("Thứ hai họp", "thứ ba họp", [(FactKind.DATE, "Thứ hai", "thứ ba")]),
        ("Tại Mũi Né", "tại Hàm Tiến", [(FactKind.PLACE, "Mũi Né", "Hàm Tiến")]),
        ("Xã An có 200 hộ", "có 2000 hộ", [(FactKind.PLACE, "An", ""), (FactKind.FIGURE, "200", "2000")]),
        ("Mời bà con", "Mời 30 bà con", [(FactKind.FIGURE, "", "30")]),
        ("Ngày 5/12", "ngày 5", [(FactKind.DATE, "5/12", "")]),
        (
            "Thôn Đông 7 giờ, thôn Tây 8 giờ",
            "thôn Đông tám giờ, thôn Tây bảy giờ",
            [(FactKind.HOUR, "", "tám giờ"), (FactKind.HOUR, "8 giờ", "")],
        ),
    ],
)
def test_what_differs_is_named_on_both_sides(
    text: str, transcript: str, found: list[tuple[FactKind, str, str]]
) -> None:
    assert differences(text, transcript) == found


def test_what_differs_is_marked_wherever_it_stands() -> None:
    found = compared("Từ 7 giờ ngày 5/12. Đúng 7 giờ!", "từ tám giờ ngày 5", "vi")
    marks = [
        "".join(f"[{p.text}]" if p.is_different else p.text for p in side) for side in (found.text, found.transcript)
    ]
    assert marks == ["Từ [7 giờ] ngày [5/12]. Đúng [7 giờ]!", "từ [tám giờ] ngày 5"]
    assert FactDifference(FactKind.HOUR, "7 giờ", "tám giờ") in found.differences


def test_another_language_is_compared_by_its_figures() -> None:
    assert differences("Power cut for 12 homes", "Power cut for 013 homes", "en") == [(FactKind.FIGURE, "12", "013")]
    assert differences("From 7 to 11", "from 07 to 11", "en") == []


WORDS = st.sampled_from(
    [
        *("năm", "mươi", "hai", "nghìn", "trăm", "linh", "rưỡi", "tỷ", "5", "0912", ",", "."),
        *("giờ", "phút", "chiều", "7h30", "ngày", "tháng", "thứ", "chủ", "nhật", "20/11", "Mũi", "Né", "xã", "An"),
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS, max_size=12).map(" ".join))
def test_the_parts_together_are_the_text_and_a_text_agrees_with_itself(text: str, other: str) -> None:
    found = compared(text, other, "vi", PLACES)
    assert "".join(part.text for part in found.text) == text
    assert "".join(part.text for part in found.transcript) == other
    assert compared(text, text, "vi", PLACES).differences == ()

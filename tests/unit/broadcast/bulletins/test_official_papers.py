"""Parts of official papers, from lines as Word tables and PDF pages give them."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.official_papers import OfficialPaper, problems_of, read_paper

NOTICE = """ỦY BAN NHÂN DÂN
PHƯỜNG MŨI NÉ
-------
Số: 45/TB-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Mũi Né, ngày 28 tháng 11 năm 2026
THÔNG BÁO
Về việc tạm ngừng cấp điện để sửa chữa
đường dây trung thế
Ủy ban nhân dân phường thông báo:
1. Thời gian: từ 8 giờ ngày 02/12/2026.
2. Khu vực: khu phố 1, khu phố 2
và một phần khu phố 3.
Nơi nhận:
- Như trên;
TM. ỦY BAN NHÂN DÂN"""
# As a PDF page gives it: both columns of the head on one line.
LETTER = """UBND TỈNH BÌNH THUẬN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
SỞ Y TẾ Độc lập - Tự do - Hạnh phúc
Số: 1234 / SYT-NVY Bình Thuận, ngày 5 tháng 12 năm 2026
V/v tăng cường phòng, chống sốt xuất huyết
Kính gửi: Ủy ban nhân dân các xã, phường
Hiện nay số ca mắc tăng. Sở Y tế đề nghị
các địa phương phun thuốc.
- 1 -
KT. GIÁM ĐỐC"""


def test_a_notice_gives_number_date_issuer_title_and_body_without_its_signature() -> None:
    found = read_paper(NOTICE.splitlines())
    assert (found.number, found.issued_on) == ("45/TB-UBND", date(2026, 11, 28))
    assert found.issuer == "ỦY BAN NHÂN DÂN PHƯỜNG MŨI NÉ"
    assert found.title == "Thông báo tạm ngừng cấp điện để sửa chữa đường dây trung thế"
    assert found.text.splitlines() == [
        "Ủy ban nhân dân phường thông báo:",
        "1. Thời gian: từ 8 giờ ngày 02/12/2026.",
        "2. Khu vực: khu phố 1, khu phố 2 và một phần khu phố 3.",
    ]


def test_an_official_letter_has_its_subject_as_title() -> None:
    found = read_paper(LETTER.splitlines())
    assert (found.number, found.issued_on, found.issuer) == ("1234/SYT-NVY", date(2026, 12, 5), "SỞ Y TẾ")
    assert found.title == "Tăng cường phòng, chống sốt xuất huyết"
    assert found.text == (
        "Kính gửi: Ủy ban nhân dân các xã, phường\nHiện nay số ca mắc tăng. Sở Y tế đề nghị các địa phương phun thuốc."
    )


def test_a_title_on_one_line_and_one_without_a_subject() -> None:
    assert read_paper(["LỊCH TIÊM CHỦNG THÁNG 12", "Ngày 5: khu phố 1."]).title == "Lịch TIÊM CHỦNG THÁNG 12"
    found = read_paper(["Số: 7/CĐ", "CÔNG ĐIỆN", "Bão số 9 đang đến gần."])
    assert (found.number, found.issuer, found.title, found.text) == ("7/CĐ", "", "Công điện", "Bão số 9 đang đến gần.")


def test_a_date_that_does_not_exist_is_left_out() -> None:
    found = read_paper(["Số: 7/CĐ", "Huế, ngày 31 tháng 2 năm 2026", "Trời mưa."])
    assert (found.issued_on, found.text) == (None, "Trời mưa.")


def test_a_text_of_another_form_keeps_all_its_lines() -> None:
    found = read_paper(["Chỉ là một bài viết.", "", "Không có số."])
    assert (found.number, found.issuer, found.title) == ("", "", "")
    assert found.text == "Chỉ là một bài viết.\nKhông có số."


@given(st.lists(st.sampled_from([*NOTICE.splitlines(), *LETTER.splitlines(), "", "12", "việc thường"]), max_size=60))
def test_any_order_of_lines_is_read(lines: list[str]) -> None:
    found = read_paper(lines)
    assert len(found.text) <= sum(map(len, lines)) + len(lines)


def test_what_a_person_typed_is_bounded() -> None:
    assert problems_of(None) == problems_of(OfficialPaper("45/TB-UBND", None, "UBND phường")) == []
    paper = OfficialPaper("1" * 61, None, "x" * 201, "y" * 201)
    assert [each.field for each in problems_of(paper)] == ["paper.number", "paper.issuer", "paper.file_name"]

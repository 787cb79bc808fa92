"""Blanks: a template with empty dots is not submitted; an ellipsis of ordinary prose is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.blanks import BLANKS_MOST, MARK, blanks, filled
from broadcast.bulletins.model import BoardText, BulletinStatus
from cms.bulletins.repository.bulletins import Bulletins
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Thông báo cắt điện ngày ...", 1),
        ("Cắt điện từ ... đến ... ngày ... tại ...", 4),
        ("Cắt điện từ … đến …, ngày …/…/2026.", 4),
        ("Họ và tên:........", 1),
        ("Họ và tên: ____, thôn __.", 2),
        ("Số người: ……", 1),
        ("Mời dự họp lúc...giờ tại nhà văn hóa (...)", 2),
        ("Hết hạn ngày.../11/2026", 1),
        ("Giá “...” đồng", 1),
        ("Nhiệt độ ... %", 1),
        ("...", 1),
    ],
)
def test_dots_that_stand_for_a_value_are_blanks(text: str, count: int) -> None:
    assert len(blanks(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mời bà con mang rau, củ, quả... đến nhà văn hóa.",
        "Bà con ơi… mau ra đồng!",
        "Đường trơn, nước chảy xiết...",
        "…và sau đây là tin vắn.",
        "Gồm gạo, mì tôm, nước uống…, mỗi hộ một phần.",
        "Xem tại www.binhthuan.gov.vn. Hết.",
        "Biến ten_dang_nhap của máy.",
        "Hai chấm.. rồi thôi.",
    ],
)
def test_an_ellipsis_of_prose_is_none(text: str) -> None:
    assert blanks(text) == ()


def test_the_place_is_shown_with_its_words() -> None:
    first, second = blanks("Công ty Điện lực thông báo tạm ngừng cấp điện từ ... đến 17 giờ ngày mai ở thôn ...")
    assert first.shown == f"…tạm ngừng cấp điện từ {MARK} đến 17 giờ…"
    assert second.shown == f"…17 giờ ngày mai ở thôn {MARK}"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["7 giờ", "9 giờ", "3"], "Cắt điện từ 7 giờ đến 9 giờ ở thôn 3."),
        ([" ", "9 giờ"], "Cắt điện từ ... đến 9 giờ ở thôn …."),
        (["7 giờ", "", "", "thừa"], "Cắt điện từ 7 giờ đến ..... ở thôn …."),
        ([], "Cắt điện từ ... đến ..... ở thôn …."),
    ],
)
def test_values_go_into_the_blanks_in_their_order(values: list[str], text: str) -> None:
    assert filled("Cắt điện từ ... đến ..... ở thôn ….", values) == text


def test_they_are_counted_up_to_a_bound() -> None:
    assert len(blanks("... " * 500)) == BLANKS_MOST


@given(st.text(alphabet="ab ngày.…_/()\n", max_size=200))
def test_a_blank_is_dots_or_underscores_and_nothing_else(text: str) -> None:
    found = blanks(text)
    assert all(set(text[each.start : each.end]) <= set(".…_") for each in found)
    assert [each.start for each in found] == sorted(each.start for each in found)


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"title": "Thông báo cắt điện ngày ..."}, ["title"]),
        ({"text": "Cắt điện từ ... đến ..."}, ["text"]),
        ({"title": "Ngày ...", "text": "Từ ... đến 5 giờ."}, ["title", "text"]),
        ({"board": BoardText("Cắt điện ngày ...", is_own=True)}, ["board_text"]),
    ],
)
def test_a_bulletin_with_a_blank_is_not_submitted(more: dict[str, Any], fields: list[str]) -> None:
    world = World()
    draft = world.sound(world.draft(**more))
    with pytest.raises(InvalidError) as refused:
        world.submit(draft)
    assert [(each.field, each.code) for each in refused.value.problems] == [(name, "BLANK_LEFT") for name in fields]
    assert MARK in str(refused.value.problems[0].detail["places"])


def test_of_a_recording_the_words_beside_it_are_not_said() -> None:
    world = World()
    draft = world.sound(world.draft(original_sha256="a" * 64, text="Ghi chú: ..."))
    assert world.submit(draft).status is BulletinStatus.SUBMITTED


def test_a_board_that_takes_its_words_from_the_text_is_not_told_of_twice() -> None:
    world = World()
    draft = world.sound(world.draft(text="Từ ... đến 5 giờ."))
    board = BoardText("Từ ... đến 5 giờ.")
    with world.store() as uow:
        uow[Bulletins].save(replace(draft, board=board, version=draft.version + 1))
        uow.commit()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.bulletin(draft.id))
    assert [each.field for each in refused.value.problems][:1] == ["text"]
    assert "board_text" not in [each.field for each in refused.value.problems]

"""Editor's section for boards: input shows at once in the boards' own pixels, and is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, expect

from broadcast.bulletins.board_appearance import BoardAppearance
from broadcast.bulletins.model import BulletinId
from cms.fleet.repository.devices import Devices
from devices.boards.drawing import png
from devices.model import DeviceKind
from devices.protocol.boards import Colour, Motion, Screen, Template
from tests.builders import bulletins
from tests.console import COMMUNE, device
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole

NARROW = ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
def market(served: ServedConsole) -> Iterator[ServedConsole]:
    """A small board and a large one at the commune's market, removed afterwards."""
    screens = (Screen(w=96, h=32, colours="three"), Screen(w=480, h=270))
    boards = [
        replace(device(number, COMMUNE), kind=DeviceKind.BOARD, screen=screen)
        for number, screen in enumerate(screens, 70)
    ]
    with served.console.context.uow() as uow:
        uow[Devices].add_many(boards)
        uow.commit()
    yield served
    with served.console.context.uow() as uow:
        for board in boards:
            uow[Devices].save(replace(board, retired_at=served.console.context.now()))
        uow.commit()


def _drawn(page: Page) -> Locator:
    return page.locator("#board img.board-page")


def _all_drawn(page: Page) -> None:
    """Check that every picture has loaded, at its own size."""
    for picture in _drawn(page).all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(image) => image.naturalWidth") in {96, 480}


def test_a_board_s_text_is_seen_at_its_lamps_while_it_is_typed_and_its_look_is_saved(
    market: ServedConsole, visitor: Visitor
) -> None:
    draft = bulletins.write(market.console, title="Lịch cắt điện", text="Mất điện từ 7 giờ.")
    tab = visitor("editor")
    tab.go(f"/bulletins/{draft.id}/edit")
    page = tab.page
    expect(page.locator("#board figcaption")).to_have_count(2)
    page.get_by_label("Chữ trên bảng tin").fill("Thôn 1 và thôn 2 mất điện từ 7 giờ")
    expect(_drawn(page).first).to_have_attribute("alt", re.compile("Thôn 1 và"))
    page.get_by_text("Kiểu chữ và hình").click()
    page.get_by_label("Màu chữ").select_option("red")
    expect(_drawn(page).first).to_have_attribute("src", re.compile("colour=red"))
    page.get_by_label("Mẫu", exact=True).select_option("centred")
    page.get_by_label("Văn bản dài").select_option("scroll")
    expect(page.locator("#board figcaption").first).to_contain_text("chữ chạy")
    page.get_by_label("Mỗi trang hiện số giây").fill("5")
    picture = png(Image.new("RGB", (48, 16), (0, 255, 0)))
    page.get_by_label("Hình", exact=True).set_input_files(
        {"name": "cho.png", "mimeType": "image/png", "buffer": picture}
    )
    expect(page.get_by_text("Đã nhận hình.")).to_be_visible()
    expect(_drawn(page).first).to_have_attribute("alt", "Hình")
    _all_drawn(page)
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    board = market.bulletin(BulletinId(draft.id)).board
    assert board is not None
    assert board.look.picture is not None
    assert replace(board.look, picture=None) == BoardAppearance(Template.CENTRED, Colour.RED, Motion.SCROLL, 5)
    expect(page.locator("img.board-page").first).to_be_visible()
    assert tab.complaints == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_boards_part_fits_the_page_and_moves_nothing(
    market: ServedConsole, visitor: Visitor, size: ViewportSize
) -> None:
    draft = bulletins.write(market.console, title="Tiêm chủng", text="Trạm y tế xã tiêm chủng cho trẻ em sáng thứ Năm.")
    tab = visitor("editor", size=size)
    tab.go(f"/bulletins/{draft.id}/edit")
    page = tab.page
    page.locator("#board").scroll_into_view_if_needed()
    _all_drawn(page)
    # Opened by a person, it moves what is below it.
    assert page.evaluate("window.loaShift") < 0.1
    page.get_by_text("Kiểu chữ và hình").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert shut_out(page) == []
    assert tab.complaints == []

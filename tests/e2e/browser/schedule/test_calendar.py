"""Calendar by mouse and by keyboard: drag to another time, meet a clash, resolve it, have it confirmed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from broadcast.scheduling.rescheduling import MoveEdit, Shift
from cms.platform.web import formats
from tests.builders import bulletins
from tests.console import COMMUNE
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.hands import Keyboard
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.waiting import until

DAYS = 2


def _at(hour: int) -> datetime:
    return wall_at(hour, DAYS)


def _day() -> str:
    return _at(0).date().isoformat()


def _address(view: str = "day") -> str:
    return f"/calendar?area={COMMUNE}&day={_day()}&view={view}"


def _drag(page: Page, title: str, hours: float) -> None:
    """Drag an airing by so many columns of one hour."""
    box = page.locator(".ec-event", has_text=title).bounding_box()
    assert box is not None
    column = page.evaluate("document.querySelector('.ec-slot').getBoundingClientRect().width")
    x, y = box["x"] + 6, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in (0.25, 0.5, 1.0):
        page.mouse.move(x + part * hours * column, y)
    page.mouse.up()


def _covered(page: Page) -> object:
    """Return the timeline's airings that overlap each other."""
    return page.evaluate(
        """() => {
            const seen = [...document.querySelectorAll(".ec-event:has(.what)")].map((it) => it.getBoundingClientRect());
            const meet = (from, until, a, b) => Math.min(a[until], b[until]) - Math.max(a[from], b[from]) > 1;
            const lies = (a, b) => meet("left", "right", a, b) && meet("top", "bottom", a, b);
            return seen.flatMap((a, at) => seen.slice(at + 1).filter((b) => lies(a, b)).map((b) => [a.left, b.left]));
        }"""
    )


def test_what_is_in_the_way_is_said_while_it_is_dragged_and_no_longer_where_nothing_is(
    served: ServedConsole, visitor: Visitor
) -> None:
    there = served.approved(days=DAYS, hour=10)
    mine = served.approved(days=DAYS, hour=9)
    tab = visitor("editor")
    tab.go(_address())
    page = tab.page
    airing = page.locator(f".ec-event[data-bulletin='{mine.id}']")
    airing.scroll_into_view_if_needed()
    box = airing.bounding_box()
    assert box is not None
    column = page.evaluate("document.querySelector('.ec-slot').getBoundingClientRect().width")
    x, y = box["x"] + 6, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + column / 2, y, steps=2)
    page.mouse.move(x + column, y)
    expect(page.locator("#gesture")).to_contain_text(there.title)
    expect(page.locator("#timeline")).to_have_class(re.compile("clashing"))
    page.mouse.move(x + column / 2, y)
    expect(page.locator("#timeline")).not_to_have_class(re.compile("clashing"))
    expect(page.locator("#gesture")).not_to_contain_text(there.title)
    page.mouse.move(x, y)
    page.mouse.up()
    expect(page.locator("#gesture")).to_have_text("")
    assert served.bulletin(mine.id).proposal is None
    assert tab.complaints == []


def test_dragged_into_a_clash_it_is_moved_on_by_one_press_and_waits_for_another_person(
    served: ServedConsole, visitor: Visitor
) -> None:
    served.approved(days=DAYS, hour=7)
    mine = served.approved(days=DAYS, hour=6)
    tab = visitor("editor")
    tab.go(_address())
    page = tab.page
    moved = page.locator(f".ec-event[data-bulletin='{mine.id}']")
    expect(moved).to_be_visible()
    _drag(page, "06:00", 1)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Chưa phát được, vì")).to_be_visible()
    expect(dialog.get_by_role("button", name="chỗ trống gần nhất")).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="chỗ trống gần nhất").click()
    expect(page.get_by_text("Đã gửi xin đổi giờ")).to_be_visible()
    proposal = served.bulletin(mine.id).proposal
    assert proposal is not None
    assert timedelta() < proposal.schedules[0].starts - _at(7) <= timedelta(minutes=10)
    approver = visitor("approver")
    approver.go(f"/bulletins/{mine.id}/change")
    approver.page.get_by_role("button", name="Duyệt giờ mới").click()
    expect(approver.page.get_by_text("Đã duyệt giờ phát mới.")).to_be_visible()
    assert served.bulletin(mine.id).schedules == proposal.schedules
    assert tab.complaints == []


def test_a_dialog_that_is_closed_puts_the_airing_back(served: ServedConsole, visitor: Visitor) -> None:
    mine = served.approved(days=DAYS, hour=13)
    tab = visitor("editor")
    tab.go(_address())
    page = tab.page
    moved = page.locator(f".ec-event[data-bulletin='{mine.id}']")
    before = moved.evaluate("(airing) => airing.offsetLeft")
    _drag(page, "13:00", 2)
    expect(page.get_by_role("dialog").get_by_text("Nếu lưu")).to_be_visible()
    page.get_by_role("button", name="Đóng").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(moved).to_have_js_property("offsetLeft", before)
    assert served.bulletin(mine.id).proposal is None


@pytest.mark.parametrize("width", [360, 1280])
def test_by_keyboard_the_list_does_the_same(width: int, served: ServedConsole, visitor: Visitor) -> None:
    mine = served.approved(days=DAYS, hour=14 if width == 360 else 15)
    tab = visitor("editor", size={"width": width, "height": 800})
    tab.go(_address("week"))
    page = tab.page
    page.locator(".ec-event .what").first.wait_for()
    assert _covered(page) == []
    link = page.locator(f"a[href*='/bulletins/{mine.id}/move']")
    link.focus()
    page.keyboard.press("Enter")
    to = _at(16 if width == 360 else 18)
    page.get_by_label("Phát lúc").fill(to.isoformat(timespec="minutes"))
    page.get_by_role("button", name="Xem trước").press("Enter")
    expect(page.get_by_text("Nếu lưu")).to_be_visible()
    page.get_by_role("button", name="Gửi xin đổi giờ").press("Enter")
    expect(page.get_by_text("Đã gửi xin đổi giờ")).to_be_visible()
    assert page.url.endswith(_address("week").replace("/calendar", ""))
    proposal = served.bulletin(mine.id).proposal
    assert proposal is not None
    assert proposal.schedules[0].starts == to


def test_opened_by_enter_the_dialog_stays_and_a_time_is_typed_part_by_part(
    served: ServedConsole, visitor: Visitor
) -> None:
    mine = served.approved(days=DAYS, hour=17)
    tab = visitor("editor")
    tab.go(_address())
    page, hand = tab.page, Keyboard(tab.page)
    hand.press(page.locator(f".ec-event[data-bulletin='{mine.id}']"))
    dialog = page.get_by_role("dialog")
    hand.moment(dialog.get_by_label("Phát lúc"), _at(22))
    hand.press(dialog.get_by_role("button", name="Xem trước"))
    expect(dialog.get_by_text("Nếu lưu")).to_be_visible()
    expect(dialog.get_by_role("button", name="Xem trước")).to_be_focused()


def test_clicking_an_airing_opens_the_same_page_in_a_dialog_and_choosing_looks_again(
    served: ServedConsole, visitor: Visitor
) -> None:
    mine = served.approved(days=DAYS, hour=19)
    edit = MoveEdit(Shift("1", mine.schedules[0].starts.date(), mine.schedules[0].starts + timedelta(hours=1)))
    bulletins.reschedule(served.console, served.bulletin(mine.id), edit)
    tab = visitor("editor")
    tab.go(_address())
    page = tab.page
    page.locator(f".ec-event.coming[data-bulletin='{mine.id}']").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Phát lúc")
    expect(field).to_have_value(f"{_at(20):%H:%M %d/%m/%Y}")
    field.fill(_at(21).isoformat(timespec="minutes"))
    field.dispatch_event("change")
    expect(dialog.get_by_text("Đang có một thay đổi chờ duyệt")).to_be_visible()


def test_the_calendar_opens_at_now_and_stands_where_it_was_left(served: ServedConsole, visitor: Visitor) -> None:
    at = served.console.clock().astimezone(formats.LOCAL)
    tab = visitor("editor")
    page = tab.page
    tab.go(f"/calendar?area={COMMUNE}&day={at.date().isoformat()}")
    line = page.locator("#timeline .ec-main")
    expect(line).to_be_visible()
    until(page, "document.querySelector('#timeline .ec-main').scrollLeft >= 0")
    hour_px = page.evaluate("document.querySelector('.ec-slot').getBoundingClientRect().width")
    wanted = max(0, at.hour - 1) * hour_px
    most = line.evaluate("(line) => line.scrollWidth - line.clientWidth")
    until(page, f"Math.abs(document.querySelector('#timeline .ec-main').scrollLeft - {min(wanted, most)}) < {hour_px}")
    line.evaluate("(line) => { line.scrollLeft = 240; }")
    page.reload()
    expect(line).to_be_visible()
    until(page, "document.querySelector('#timeline .ec-main')?.scrollLeft === 240")
    assert tab.complaints == []

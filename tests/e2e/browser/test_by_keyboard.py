"""Alert screens by keyboard alone: every element is reached, in order, visibly; Enter sends nothing by accident."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from broadcast.alerts.model import AlertStatus
from tests.builders import alerts
from tests.builders.alerts import SECOND
from tests.console import COMMUNE, post
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

KEYS_MOST = 90
"""Half a minute for a person who presses three keys a second."""
TABS_MOST = 400
_FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return { name: at === document.body ? "" : (at.innerText || at.value || at.id || at.name || at.tagName).trim(),
           // The parts of a player take the focus one by one, with the browser's own mark.
           tabindex: at.tabIndex, seen: at.tagName === "AUDIO"
             || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
           skips: at.matches(".skip") };
}"""


@dataclass
class Keys:
    """Keyboard that counts its key presses."""

    page: Page
    count: int = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.count += len(text)

    def tab_to(self, name: str) -> None:
        for _ in range(TABS_MOST):
            if name in self.page.evaluate(_FOCUSED)["name"]:
                return
            self.press("Tab")
        raise AssertionError(f"no way by Tab to {name}")


def test_an_alert_is_handed_over_within_half_a_minute_by_keyboard_alone(
    served: ServedConsole, visitor: Visitor
) -> None:
    alerts.staff(served.console)
    page = visitor("officer").page
    keys = Keys(page)
    page.goto(f"{served.url}/alerts/new")
    keys.tab_to("CẢNH BÁO THẬT")
    keys.press("Enter")
    page.wait_for_url("**/new?kind=live")
    keys.tab_to("Lũ quét")
    keys.press("Enter")
    page.wait_for_url("**/edit")
    expect(page.get_by_label("Tìm địa bàn")).to_be_focused()
    keys.type("mui ne")
    keys.press("Enter")
    expect(page.get_by_label("Mũi Né", exact=True)).to_be_checked()
    expect(page.locator("#heard + p")).to_contain_text("3 loa sẽ phát")
    keys.tab_to("đến chỗ gửi")
    keys.press("Enter")
    expect(page.locator("#word")).to_be_focused()
    keys.type("that")
    alert_id = page.url.split("/")[-2]
    alerts.make_sounds(served.console, alerts.stored(served.console, alert_id))
    # The first Enter only leads to the button.
    keys.press("Enter")
    expect(page.get_by_role("button", name="Gửi người thứ hai duyệt")).to_be_focused()
    assert alerts.stored(served.console, alert_id).status is AlertStatus.DRAFT
    keys.press("Enter")
    expect(page.get_by_text("Đã gửi. Người thứ hai phải duyệt")).to_be_visible()
    assert keys.count <= KEYS_MOST


def test_enter_in_a_field_lets_no_alert_out_takes_none_back_and_stops_nothing(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    alerts.staff(console)
    officer = console.client("officer")
    waiting, live = alerts.submitted(console, officer, kind="drill"), alerts.active(console, officer)
    page = visitor(SECOND).page
    for path, field, button in (
        (f"/alerts/{waiting.id}", "#code", "Duyệt và phát ngay"),
        (f"/alerts/{live.id}", "#cancel-reason", "Hủy: loa im ngay"),
        ("/stop", "#reason", "Dừng ngay"),
    ):
        page.goto(f"{served.url}{path}")
        page.locator(field).fill("123456")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()
        assert page.url == f"{served.url}{path}"
    assert alerts.stored(console, waiting.id).status is AlertStatus.SUBMITTED
    assert alerts.stored(console, live.id).status is AlertStatus.ACTIVE
    post(officer, f"/alerts/{live.id}/cancel", {"cause": "mistake"})


def test_enter_sends_nothing_where_no_script_runs_either(served: ServedConsole) -> None:
    console = served.console
    alerts.staff(console)
    officer, second = console.client("officer"), console.client(SECOND)
    waiting = alerts.submitted(console, officer, kind="drill")
    for page in (second.get(f"/alerts/{waiting.id}").text, second.get("/stop").text):
        form = page[page.index("data-deliberate") :]
        assert form.index("<button disabled hidden>") < form.index("<input") < form.index('class="big')


def test_tab_goes_once_round_every_alert_screen_visibly_and_begins_with_the_way_to_the_content(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    alerts.staff(console)
    officer = console.client("officer")
    draft, live = alerts.drafted(console, officer), alerts.active(console, officer)
    page = visitor("officer").page
    paths = ("/alerts", "/alerts/new", "/alerts/new?kind=drill", f"/alerts/{draft.id}/edit", f"/alerts/{live.id}")
    for path in (*paths, "/drills", "/stop", "/contacts", f"/contacts/{COMMUNE}"):
        page.goto(f"{served.url}{path}")
        page.evaluate("document.activeElement.blur()")
        page.locator("body").press("Tab")
        assert page.evaluate(_FOCUSED)["skips"] or path.endswith("/edit"), path
        for _ in range(TABS_MOST):
            page.keyboard.press("Tab")
            focused = page.evaluate(_FOCUSED)
            if not focused["name"] or focused["skips"]:
                break
            assert focused["seen"], (path, focused)
            assert focused["tabindex"] == 0, (path, focused)
        else:
            raise AssertionError(f"{path}: Tab never comes round")
    post(officer, f"/alerts/{live.id}/cancel", {"cause": "mistake"})

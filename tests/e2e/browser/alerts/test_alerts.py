"""A drill and a live alert, from the first tile to silence, by two people in real browsers on the whole running set."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from bench.pace.journeys import submit_alert
from tests.e2e.browser.conftest import MeasureJob, Picture, SignIn
from tests.e2e.browser.operations import CLUSTERS, OFFICER, SECOND, Operations

TEXT = "Lũ quét. Bà con lên nơi cao ngay."


def figure(page: Page, name: str, count: int) -> None:
    """Wait until the page counts that many devices."""
    line = page.locator(".figures-row li", has=page.get_by_text(name))
    expect(line.locator("b")).to_have_text(str(count))


def raise_alert(page: Page, place: str, *, kind: str) -> str:
    """Raise and submit an alert from the menu, and return its id."""
    page.get_by_role("link", name="Cảnh báo", exact=True).click()
    page.get_by_role("link", name="Phát cảnh báo").click()
    page.get_by_role("link", name=re.compile(kind)).click()
    page.get_by_role("button", name="Lũ quét").click()
    expect(page.get_by_role("note")).to_contain_text(kind)
    page.get_by_label("Tìm địa bàn").fill(place)
    page.get_by_label(place, exact=True).check()
    # The text follows the place by itself; what a person writes stays.
    expect(page.get_by_label("Dòng đầu")).to_have_value(f"{place}: lên nơi cao ngay. Lũ quét.")
    page.get_by_label("Lời đọc tiếng Việt").fill(TEXT)
    expect(page.get_by_text("Đủ để gửi duyệt.")).to_be_visible()
    expect(page.locator("#heard + p")).to_contain_text(f"{CLUSTERS} loa sẽ phát")
    expect(page.locator("#sounds audio")).to_be_visible()
    if "THẬT" in kind:
        page.get_by_label("Gõ chữ THẬT").fill("thật")
    page.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    expect(page.get_by_text("Đã gửi. Người thứ hai phải duyệt")).to_be_visible()
    expect(page.locator("#not-you")).to_contain_text("không tự duyệt được")
    return page.url.rsplit("/", 1)[1]


def approve(page: Page, operations: Operations, alert_id: str, *, is_live: bool) -> None:
    page.goto("/")
    page.locator(f'#tasks a[href="/alerts/{alert_id}"]').click()
    expect(page.get_by_text(TEXT, exact=True)).to_be_visible()
    expect(page.locator("#map")).to_have_attribute("data-ready", "yes")
    if is_live:
        page.get_by_label("Gõ chữ THẬT").fill("THẬT")
    page.locator("main").get_by_label("Mã xác thực").fill(operations.code(SECOND))
    page.get_by_role("button", name="Duyệt và phát ngay", exact=True).click()
    expect(page.get_by_text("Đã phát đi.")).to_be_visible()


def test_three_communes_are_submitted_in_few_presses_and_accepted_at_the_first(
    operations: Operations, sign_in: SignIn, job: MeasureJob
) -> None:
    page = sign_in(OFFICER)
    page.goto("/")
    with job("raise a live alert for three communes and submit it") as press:
        submit_alert(page, press, {name: name for name in (operations.place(), "Chợ Lầu", "Phan Rí Cửa")})
    # Others of the folder share the running set: nobody is called for this alert.
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate("""() => {
      const button = document.querySelector("button[name=act][value=discard]");
      button.removeAttribute("data-confirm");
      button.click();
    }""")
    page.wait_for_url(re.compile(r"/alerts$"))


def test_a_whole_drill_with_two_people_ends_in_a_report(operations: Operations, sign_in: SignIn) -> None:
    officer, second = sign_in(OFFICER), sign_in(SECOND)
    alert_id = raise_alert(officer, operations.place(), kind="DIỄN TẬP")
    approve(second, operations, alert_id, is_live=False)
    figure(second, "đã nhận", CLUSTERS)
    figure(second, "đang phát", CLUSTERS)
    officer.goto("/")
    expect(officer.get_by_role("region", name="Cảnh báo đang hiệu lực")).to_contain_text("DIỄN TẬP")
    second.get_by_role("link", name=operations.place(), exact=True).click()
    expect(second.locator("#devices tbody tr")).to_have_count(CLUSTERS)
    expect(second.locator("#devices")).to_contain_text("Đang phát")
    expect(second.locator("#plot polyline")).to_have_count(3)
    second.get_by_label("Phát nhầm, không có nguy hiểm").check()
    second.get_by_role("button", name="Hủy: loa im ngay").click()
    figure(second, "đã im", CLUSTERS)
    second.get_by_role("link", name="Báo cáo diễn tập").click()
    expect(second.get_by_text("100,0 %").first).to_be_visible()
    expect(second.get_by_text("Mọi loa đã trả lời.")).to_be_visible()


def test_a_live_alert_with_two_people_cancelled_corrected_and_everything_stopped(
    operations: Operations, sign_in: SignIn, picture: Picture
) -> None:
    officer, second = sign_in(OFFICER), sign_in(SECOND)
    alert_id = raise_alert(officer, operations.place(), kind="CẢNH BÁO THẬT")
    approve(second, operations, alert_id, is_live=True)
    figure(second, "đang phát", CLUSTERS)
    expect(second.get_by_text("Mọi loa đã trả lời.")).to_be_visible()
    picture(second, "alert", None, 1100)

    # The officer who raised it cancels it; the other one's open page updates by itself.
    # The page from which it was sent has updated by itself too.
    officer.get_by_label("Phát nhầm, không có nguy hiểm").check()
    officer.get_by_role("button", name="Hủy: loa im ngay").click()
    expect(second.get_by_text("Tin đính chính đã soạn sẵn.")).to_be_visible()
    figure(officer, "đã im", CLUSTERS)
    figure(second, "đã im", CLUSTERS)

    expect(officer.locator("#prepared-sounds audio")).to_be_visible()
    officer.get_by_role("button", name="Phát tin đính chính ngay").click()
    figure(officer, "đang phát", CLUSTERS)
    second.get_by_role("link", name="Dừng loa").click()
    second.get_by_label("Tìm địa bàn").fill(operations.place())
    second.get_by_label(operations.place(), exact=True).check()
    second.get_by_label("Tất cả, kể cả cảnh báo").check()
    second.get_by_role("button", name="Dừng ngay").click()
    figure(second, "đã xác nhận im", CLUSTERS)
    expect(second.get_by_text("Mọi loa đã trả lời.")).to_be_visible()

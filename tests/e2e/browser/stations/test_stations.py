"""Station portal: a programme is downloaded and reported as aired, and one is offered to a commune."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.builders import bulletins, stations
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole, tomorrow_at


def test_a_station_takes_a_programme_tells_that_it_aired_and_gives_one(served: ServedConsole, visitor: Visitor) -> None:
    console = served.console
    station = stations.registered(console, name="Đài Hàm Tiến")
    starts = f"{tomorrow_at(6) + timedelta(days=23):%Y-%m-%dT%H:%M}"
    made = stations.programme(console, "Ngày hội đọc sách", starts=starts, areas=(station.area_id,))
    tab = visitor("station")
    page = tab.page
    tab.go("/")
    page.locator(".menu-more summary").click()
    page.get_by_role("link", name="Đài", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab.go(f"/stations/{station.id}")
    expect(page.get_by_role("heading", name="Lịch phát hôm nay")).to_be_visible()
    tab.go(f"/stations/{station.id}?on={starts[:10]}")
    listen = page.get_by_role("link", name="Nghe Ngày hội đọc sách")
    listen.click()
    expect(page.get_by_role("region", name="Nghe")).to_be_visible()
    assert page.locator("#player audio").get_attribute("src") == listen.get_attribute("href")
    page.get_by_role("button", name="Đóng").click()
    tab.go(f"/stations/{station.id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="WAV – Ngày hội đọc sách").first.click()
    data = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.sound.renditions[0].sha256

    page.get_by_role("button", name="Gửi nhật ký").click()
    expect(page.locator(".error").get_by_text("Cần điền mục này.")).to_be_visible()
    # The browser notes the refusal's status, as it should be.
    assert all("422" in each for each in tab.complaints)
    tab.complaints.clear()
    log = f"cut_id,at\n{made.id},{console.clock():%Y-%m-%dT%H:%M:%S}Z\n".encode()
    page.get_by_label("Tệp CSV").set_input_files({"name": "log.csv", "mimeType": "text/csv", "buffer": log})
    page.get_by_role("button", name="Gửi nhật ký").click()
    expect(page.get_by_text("Đã nhận nhật ký: 1 dòng mới.")).to_be_visible()
    page.get_by_role("button", name="Tạo địa chỉ").click()
    expect(page.get_by_text("/api/v1/stations/feeds/")).to_be_visible()
    assert shut_out(page) == []

    page.get_by_role("link", name="Giới thiệu chương trình").click()
    page.get_by_label("Tiêu đề").fill("Chuyện làng biển")
    page.get_by_label("Chuyên mục").fill("Chuyện làng")
    recording = page.locator("input[name=recording]")
    recording.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": bulletins.wav()})
    page.get_by_role("button", name="Giới thiệu", exact=True).click()
    expect(page.get_by_text("Làm xong âm thanh là lên kệ.")).to_be_visible()
    assert tab.complaints == []


def test_a_commune_takes_a_programme_from_the_shelf_into_the_editor(served: ServedConsole, visitor: Visitor) -> None:
    station = stations.registered(served.console, name="Đài Kệ")
    stations.offered(served.console, station, "Nhà nông cần biết")
    tab = visitor("operator")
    tab.go("/shelf")
    tab.page.get_by_role("button", name="Lấy về – Nhà nông cần biết").click()
    expect(tab.page.get_by_text("Đã tạo bản thảo từ chương trình của đài.")).to_be_visible()
    expect(tab.page.get_by_label("Tiêu đề")).to_have_value("Nhà nông cần biết")
    assert tab.complaints == []

"""A station's editor by telephone: the day's order, a programme to hear, a log with mistakes, an offer half written."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from cms.stations.queries import offers_of
from tests.builders import bulletins, stations
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.shoes.journey import NOT_SENT, NOTHING_KEPT, Journey, Shoes, fits, walked_in
from tests.e2e.browser.waiting import until

INTRODUCTION = "Chuyện của bà con làng chài Mũi Né, kể trong mười phút."


@walked_in(Shoes.STATION_EDITOR, "station")
def test_a_station_plays_the_order_sends_a_log_with_mistakes_and_loses_no_word_of_an_offer(
    served: ServedConsole, journey: Journey
) -> None:
    console = served.console
    station = stations.registered(console, name="Đài Phú Quý")
    starts = wall_at(6, 25)
    made = stations.programme(
        console,
        "Thời tiết biển",
        starts=f"{starts:%Y-%m-%dT%H:%M}",
        areas=(station.area_id,),
        content=bulletins.wav(2.0),
    )
    page = journey.go(f"/stations/{station.id}?on={starts.date()}")
    page.get_by_role("link", name="Nghe Thời tiết biển").click()
    until(page, "document.querySelector('#player audio').currentTime > 0.1")
    page.get_by_role("button", name="Đóng").click()
    fits(page)

    now = console.clock()
    written = (
        "cut_id,at",
        f"JINGLE01,{now:%Y-%m-%dT%H:%M:%S}Z",
        f"{made.id},hôm qua lúc 5 giờ",
        f"{made.id},{now - timedelta(days=2):%Y-%m-%dT%H:%M:%S}Z",
        f"{made.id},{now:%Y-%m-%dT%H:%M:%S}Z",
    )
    log = {"name": "log.csv", "mimeType": "text/csv", "buffer": "\n".join(written).encode()}
    page.get_by_label("Tệp CSV").set_input_files(log)  # type: ignore[arg-type] # a dictionary of just these
    journey.end_sessions()
    page.get_by_role("button", name="Gửi nhật ký").click()
    journey.sign_in_over(page)
    told = page.get_by_role("region", name="Kết quả nhận nhật ký")
    expect(told).to_contain_text("Đã nhận nhật ký: 1 dòng mới.")
    expect(told).to_contain_text("1 dòng khác không phải chương trình giao cho đài.")
    rows = told.get_by_role("row")
    for row, words in ((1, "Dòng 3 không đọc được"), (2, "chưa được duyệt vào giờ này"), (3, "Đã ghi")):
        expect(rows.nth(row)).to_contain_text(words)
    fits(page)

    offer = f"/stations/{station.id}/offer"
    journey.go(offer)
    page.get_by_label("Tiêu đề").fill("Chuyện làng chài")
    page.get_by_label("Chuyên mục").fill("Chuyện làng")
    journey.cut_line()
    page.get_by_label("Lời hoặc giới thiệu").fill(INTRODUCTION)
    page.get_by_role("button", name="Giới thiệu", exact=True).click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    page = journey.reopen(offer, keeping=INTRODUCTION)
    page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Lời hoặc giới thiệu")).to_have_value(INTRODUCTION)
    expect(page.get_by_label("Tiêu đề")).to_have_value("Chuyện làng chài")
    recording = {"name": "a.wav", "mimeType": "audio/wav", "buffer": bulletins.wav()}
    page.locator("input[name=recording]").set_input_files(recording)  # type: ignore[arg-type] # as above
    fits(page)
    journey.stop()
    page.get_by_role("button", name="Giới thiệu", exact=True).click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    journey.start()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Làm xong âm thanh là lên kệ.")).to_be_visible()
    until(page, NOTHING_KEPT)
    with console.context.uow.reading() as uow:
        (kept,) = offers_of(uow.session, [station.id], limit=9)
    assert (kept.title, kept.series, kept.text) == ("Chuyện làng chài", "Chuyện làng", INTRODUCTION)

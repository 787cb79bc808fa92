"""Live address with Chromium's own microphone, on a telephone's screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playwright.sync_api import ViewportSize, expect

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import ReachState
from broadcast.live.model import LiveEnd, LiveId
from cms.alerts.repository.orders import Orders
from cms.live.repository import LiveSessions
from firmware_sim.sound.live_decoder import LiveDecoder
from tests.builders import live
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import recorded_for_two_seconds, until

HZ = 48_000
FRAMES = 12
SENT = f"""performance.getEntriesByType("resource")
  .filter((each) => each.name.includes("/frames") && each.responseStatus === 204).length >= {FRAMES}"""


def test_an_official_speaks_from_a_telephone_and_is_heard_frame_by_frame(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    live.end_all(console)
    live.never_quiet(console)
    official = visitor("operator", size=ViewportSize(width=360, height=740))
    page = official.page
    with live.listening(console) as heard:
        official.go("/live")
        page.get_by_label("Nói về việc gì").fill("Nhắc nộp thuế")
        page.get_by_role("button", name="Nói trực tiếp").click()
        on_air = page.get_by_role("button", name="Lên sóng")
        expect(on_air).to_be_enabled()
        on_air.click()
        expect(page.get_by_text("Chưa loa nào mở: chưa ai nghe thấy bạn.")).to_be_visible()
        with console.context.uow() as uow:
            first = uow[Orders].reaches(OrderId(page.url.rsplit("/", 1)[1]))[0]
            uow[Orders].report([replace(first, state=ReachState.SOUNDING)])
            uow.commit()
        expect(page.get_by_text("Bạn đang được nghe trên 1/")).to_be_visible()
        until(page, "Number(document.querySelector('.live-desk meter').value) > -60")
        until(page, SENT)
        live_id = LiveId(page.url.rsplit("/", 1)[1])
        page.get_by_role("button", name="Dừng", exact=True).click()
        expect(page.get_by_text("người nói bấm dừng")).to_be_visible()
    frames = {each.frame.seq: each.frame for each in heard}
    # Frames that a busy machine cannot send at once are dropped, and none is sent twice.
    assert len(heard) == len(frames) >= FRAMES
    decoder = LiveDecoder(HZ, HZ)
    sound = np.concatenate([decoder.decode(frames[seq].packets) for seq in sorted(frames)])
    assert len(sound) == len(frames) * HZ // 10
    assert np.abs(sound.astype(np.int32)).max() > 1_000
    assert len({frame.captured_at - 100 * seq for seq, frame in frames.items()}) == 1
    with console.context.uow() as uow:
        assert uow[LiveSessions].get(live_id).end is LiveEnd.OWNER
    assert official.complaints == []


def test_an_official_records_first_listens_back_and_releases_from_a_telephone(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    live.end_all(console)
    live.never_quiet(console)
    official = visitor("operator", size=ViewportSize(width=360, height=740))
    page = official.page
    official.go("/live")
    page.get_by_label("Nói về việc gì").fill("Nhắc nộp thuế")
    page.get_by_role("button", name="Ghi âm trước").click()
    expect(page.get_by_role("button", name="Ghi âm bằng micrô")).to_be_visible()
    live_id = LiveId(page.url.rsplit("/", 1)[1])
    page.get_by_role("button", name="Ghi âm bằng micrô").press("Enter")
    page.get_by_role("button", name="Bắt đầu ghi").click()
    expect(page.locator("[data-time]")).to_contain_text(recorded_for_two_seconds("10:00"))
    page.get_by_role("button", name="Dừng ghi").click()
    page.get_by_role("button", name="Giữ bản này").click()
    expect(page.get_by_text("Đã nhận bản ghi")).to_be_visible()
    page.reload()
    with console.context.uow() as uow:
        sound = uow[LiveSessions].get(live_id).sound
    assert sound is not None
    served.runner.run(sound.job_id)
    expect(page.locator("#said audio[src]")).to_be_visible()
    expect(page.locator("#said audio[src]")).not_to_have_js_property("readyState", 0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Phát ra loa ngay").click()
    expect(page.get_by_text("Loa đang phát bản ghi của")).to_be_visible()
    expect(page.locator("[data-left]")).to_contain_text("0:0")
    page.get_by_role("button", name="Dừng", exact=True).click()
    expect(page.get_by_text("người nói bấm dừng")).to_be_visible()
    with console.context.uow() as uow:
        over = uow[LiveSessions].get(live_id)
    assert (over.end, over.recording is not None) == (LiveEnd.OWNER, True)
    assert official.complaints == []

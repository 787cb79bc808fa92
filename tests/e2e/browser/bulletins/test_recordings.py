"""Uploading and making recordings in a real browser: over a line that breaks, and with Chromium's own microphone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, Route, ViewportSize, expect

from broadcast.bulletins.model import SoundState
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import recorded_for_two_seconds
from tests.integration.media.sounds import bursts, write_wav

NARROW = ViewportSize(width=360, height=740)
SECONDS = 7.5  # of 16-bit stereo at 44.1 kHz: three parts


def new_recording(page: Page) -> None:
    page.get_by_label("Tiêu đề").fill("Tin thu sẵn")
    page.get_by_label("Tệp ghi âm", exact=True).first.check()


def save(served: ServedConsole, page: Page) -> str:
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Mũi Né").check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", name="Nghe thử")).to_be_visible()
    bulletin_id = page.url.rsplit("/", 1)[1]
    served.make_sound(bulletin_id)
    return bulletin_id


def test_an_upload_goes_on_over_a_broken_line_and_after_the_page_is_loaded_again(
    served: ServedConsole, visitor: Visitor, tmp_path: Path
) -> None:
    sound = np.tile(bursts(-24, seconds=2.5), round(SECONDS / 2.5))
    recording = write_wav(tmp_path / "tin.wav", sound, sound)
    official = visitor("editor")
    page, ranges, broken = official.page, list[str](), [True]

    def line(route: Route) -> None:
        ranges.append(route.request.headers["content-range"])
        if broken[0] and len(ranges) > 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile(r"/uploads/parts/\w+$"), line)
    official.go("/bulletins/new")
    new_recording(page)
    page.locator("#recording-file").set_input_files(recording)
    expect(page.locator("#recording [data-told]")).to_contain_text("Mất kết nối")
    # Asked whether to leave what is not sent yet.
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    new_recording(page)
    expect(page.locator("#recording [data-told]")).to_contain_text("Chọn lại tệp đó để gửi tiếp")
    broken[0] = False
    ranges.clear()
    page.locator("#recording-file").set_input_files(recording)
    expect(page.locator("#recording")).to_contain_text("Đã nhận và kiểm tra tệp")

    size = recording.stat().st_size
    assert ranges[0].startswith("bytes 524288-"), ranges
    assert ranges[-1].endswith(f"-{size - 1}/{size}")
    found = served.bulletin(save(served, page))
    assert served.console.context.content.read_bytes(found.original_sha256) == recording.read_bytes()
    assert found.original_name == "tin.wav"
    assert found.sound.state is SoundState.READY


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(visitor: Visitor, tmp_path: Path) -> None:
    official = visitor("editor")
    official.go("/bulletins/new")
    new_recording(official.page)
    expect(official.page.locator("#recording-file-hint")).to_contain_text("tối đa 2 MB, 30 phút")
    (tmp_path / "to.wav").write_bytes(b"x" * (2 * 1024 * 1024 + 1))
    official.page.locator("#recording-file").set_input_files(tmp_path / "to.wav")
    expect(official.page.locator("#recording [data-told]")).to_contain_text("Tệp lớn hơn 2 MB")


def test_a_wrong_file_is_told_at_once_and_the_good_one_before_it_stays(visitor: Visitor, tmp_path: Path) -> None:
    official = visitor("editor", size=NARROW)
    page, part = official.page, official.page.locator("#recording")
    official.go("/bulletins/new")
    new_recording(page)
    page.locator("#recording-file").set_input_files(write_wav(tmp_path / "tin.wav", bursts(-24)))
    expect(part.locator(".note.good")).to_contain_text("tin.wav · dài 0:02")
    (tmp_path / "prog.exe").write_bytes(b"MZ" + bytes(5000))
    page.locator("#recording-file").set_input_files(tmp_path / "prog.exe")
    expect(part.locator(".error")).to_contain_text("Đây không phải tệp âm thanh")
    expect(part.locator(".note")).to_contain_text("Vẫn giữ tệp trước: tin.wav")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


LOUD = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const audio = new AudioContext(), into = audio.createMediaStreamDestination(), tone = new OscillatorNode(audio);
  tone.connect(new GainNode(audio, { gain: 4 })).connect(into);
  setTimeout(() => tone.start(), 2500);
  await ask(wanted);
  return into.stream;
};
"""


def test_a_take_that_is_too_loud_cannot_be_kept(visitor: Visitor) -> None:
    official = visitor("editor")
    page = official.page
    page.add_init_script(LOUD)
    official.go("/bulletins/new")
    new_recording(page)
    page.get_by_role("button", name="Ghi âm bằng micrô").click()
    page.get_by_role("button", name="Bắt đầu ghi").click()
    expect(page.locator("[data-said]")).to_contain_text("Tiếng quá to")
    expect(page.locator("[data-time]")).to_contain_text(recorded_for_two_seconds("30:00"))
    page.get_by_role("button", name="Dừng ghi").click()
    expect(page.locator("[data-said]")).to_contain_text("không giữ được")
    expect(page.get_by_role("button", name="Bỏ, ghi lại")).to_be_visible()
    expect(page.get_by_role("button", name="Giữ bản này")).to_be_hidden()


def test_a_person_records_listens_discards_records_again_and_keeps(served: ServedConsole, visitor: Visitor) -> None:
    official = visitor("editor", size=NARROW)
    page = official.page
    official.go("/bulletins/new")
    new_recording(page)
    page.get_by_role("button", name="Ghi âm bằng micrô").press("Enter")
    expect(page.get_by_role("button", name="Bắt đầu ghi")).to_be_focused()
    expect(page.locator("[data-said]")).to_contain_text("Phòng")
    for is_kept in (False, True):
        page.get_by_role("button", name="Bắt đầu ghi").click()
        expect(page.locator("[data-time]")).to_contain_text(recorded_for_two_seconds("30:00"))
        expect(page.locator("#recording meter")).not_to_have_js_property("value", -60)
        page.get_by_role("button", name="Dừng ghi").click()
        expect(page.locator("#recording audio")).to_be_visible()
        expect(page.locator("#recording audio")).not_to_have_js_property("readyState", 0)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page.get_by_role("button", name="Giữ bản này" if is_kept else "Bỏ, ghi lại").click()
    expect(page.locator("#recording")).to_contain_text("Đã nhận và kiểm tra tệp")

    found = served.bulletin(save(served, page))
    assert found.original_name.startswith("Ghi âm ")
    assert found.sound.state is SoundState.READY
    assert official.complaints == []


def test_without_leave_to_use_the_microphone_the_file_is_still_there(visitor: Visitor) -> None:
    official = visitor("editor")
    page = official.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    official.go("/bulletins/new")
    new_recording(page)
    page.get_by_role("button", name="Ghi âm bằng micrô").click()
    expect(page.locator("[data-said]")).to_contain_text("chọn tệp ghi âm")
    expect(page.locator("#recording-file")).to_be_enabled()


def test_where_the_browser_cannot_record_nothing_offers_it(visitor: Visitor) -> None:
    official = visitor("editor")
    official.page.add_init_script("delete window.MediaRecorder;")
    official.go("/bulletins/new")
    new_recording(official.page)
    expect(official.page.get_by_role("button", name="Ghi âm bằng micrô")).to_have_count(0)

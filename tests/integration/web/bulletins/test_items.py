"""Kind of item and transcript: from the form to lists, running order, reports and the approver's page."""

from __future__ import annotations

import re

from cms.bulletins.repository.bulletins import Transmissions
from cms.reports.documents import sheets
from tests.builders import bulletins, reports
from tests.console import COMMUNE, START, Console
from tests.contract.api.conftest import Caller
from tests.integration.web.bulletins.test_editor import saved, write

ONCE: dict[str, object] = {
    "areas": [COMMUNE],
    "s-1-kind": "once",
    "s-1-at": "11:20",
    "s-1-move-on": [],
    "s-1-move-to": [],
}


def test_the_kind_is_chosen_in_the_form_and_filters_the_list(console: Console) -> None:
    client = console.client("editor")
    assert re.search(r'<option value="notice" selected>Thông báo', client.get("/bulletins/new").text)
    made = saved(console, write(client, genre="feature", title="Nghề làm nước mắm"))
    bulletins.write(console, "Tiêm phòng dại")
    assert made.genre == "feature"
    assert "Phóng sự" in client.get(f"/bulletins/{made.id}").text
    listed = client.get("/bulletins?genre=feature").text
    assert "Nghề làm nước mắm" in listed
    assert "Tiêm phòng dại" not in listed
    assert "Tiêm phòng dại" in client.get("/bulletins?genre=nonsense").text
    assert "không ghi" in client.get(f"/bulletins/{bulletins.write(console).id}/edit").text.lower()


def test_an_unknown_kind_is_refused(console: Console) -> None:
    refused = write(console.client("editor"), genre="poem")
    assert refused.status_code == 422
    assert "Không có thể loại này" in refused.text


def test_the_kind_is_frozen_with_the_approval_and_counted_in_reports(console: Console) -> None:
    made = bulletins.write(console)
    bulletins.edit(console, made, genre="news")
    sent = bulletins.submit(console, bulletins.make_sound(console, bulletins.again(console, made)))
    bulletins.approve(console, sent)
    with console.context.uow.reading() as uow:
        (frozen,) = uow[Transmissions].of_bulletin(made.id)
    assert frozen.genre == "news"
    one = bulletins.devices(console)[0]
    reports.record(console, reports.as_run(console, frozen, one, START, seconds=12))
    console.clock.pass_by(hours=1)
    reports.made(console)
    body = Caller(console)("GET", "/reports/figures?area=bt&first_on=2026-11-01&last_on=2026-11-30").get_json()
    assert [(line["key"], line["figures"]["airings"]) for line in body["genres"]] == [("news", 1)]
    assert "Theo thể loại" in console.client("editor").get("/reports?area=bt").text
    assert sheets.NO_GENRE not in console.client("editor").get("/reports?area=bt").text


def test_a_recording_has_a_text_and_a_transcript_which_the_approver_sees_compared(console: Console) -> None:
    client = console.client("editor")
    sha256 = console.context.content.put_bytes(bulletins.wav())
    said = {"script": "Cắt điện từ 7h30 tại Mũi Né.", "transcript": "Cắt điện từ tám giờ tại Mũi Né"}
    audio = {**ONCE, "kind": "audio", "text": "", "original_sha256": sha256, "original_name": "tin.wav"}
    made = saved(console, write(client, **{**audio, **said}))
    assert (made.text, made.transcript) == (said["script"], said["transcript"])
    form = client.get(f"/bulletins/{made.id}/edit").text
    assert all(each in form for each in said.values())
    sent = bulletins.submit(console, bulletins.make_sound(console, made))
    page = console.client("approver").get(f"/bulletins/{sent.id}/approval").text
    assert "1 chỗ khác nhau" in page
    assert "<mark>7h30</mark>" in page
    assert "<mark>tám giờ</mark>" in page
    agreed = saved(console, write(client, **{**audio, **said, "transcript": "cắt điện từ bảy giờ rưỡi tại mũi né"}))
    assert "khớp" in client.get(f"/bulletins/{agreed.id}").text
    unheard = saved(console, write(client, **{**audio, **said, "transcript": ""}))
    assert "Chưa ai ghi lại" in client.get(f"/bulletins/{unheard.id}").text

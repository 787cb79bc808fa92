"""Drafts save themselves: what is typed is there again, complete or not; other windows and people are told."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.bulletins.model import BulletinStatus, Cues
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import autosaves
from cms.bulletins.service.sharing import TemplateWording
from cms.bulletins.views import autosaves as autosave_views
from tests.builders import bulletins, template_sharing
from tests.console import COMMUNE, Console, post
from tests.integration.web.bulletins.test_editor import FORM

DRAFT = "01hzautosave0000000000001"
TEXT = "Bảy giờ sáng mai phun thuốc muỗi."
TYPED: dict[str, object] = {
    "title": "Phun thuốc muỗi",
    "kind": "text",
    "text": TEXT,
    "s": ["1", "2"],
    "s-1-kind": "daily",
    "s-1-at": "06:30",
    "s-2-kind": "once",
    "s-2-at": "17:00",
}


def autosave(client: FlaskClient, version: int = 0, window: str = "w1", **changes: object) -> TestResponse:
    sent = {**TYPED, "draft": DRAFT, "autosave_version": str(version), "window": window, **changes}
    return post(client, "/bulletins/autosave", sent)


def value(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def test_an_incomplete_form_is_saved_and_there_again_in_another_browser(console: Console) -> None:
    answer = autosave(console.client("editor"))
    assert answer.get_json() == {"version": 1, "said": "Đã lưu nháp lúc 09:00"}
    later = console.client("editor")
    assert "Phun thuốc muỗi" in later.get("/bulletins").text
    page = later.get(f"/bulletins/new?draft={DRAFT}")
    assert (value(page, "title"), value(page, "s-1-at"), value(page, "s-2-at")) == ("Phun thuốc muỗi", "06:30", "17:00")
    assert TEXT in page.text
    assert "Đã lưu nháp lúc 09:00" in page.text
    assert value(page, "autosave_version") == "1"


def test_nobody_else_sees_it(console: Console) -> None:
    autosave(console.client("editor"))
    other = console.client("operator")
    assert "Phun thuốc muỗi" not in other.get("/bulletins").text
    assert TEXT not in other.get(f"/bulletins/new?draft={DRAFT}").text


def test_save_with_a_place_missing_keeps_the_draft_and_saved_it_is_no_longer_unfinished(console: Console) -> None:
    client = console.client("editor")
    sent = {**FORM, "draft": DRAFT, "autosave_version": "0"}
    refused = post(client, "/bulletins/new", {**sent, "areas": []})
    assert refused.status_code == 422
    assert value(refused, "autosave_version") == "1"
    assert "Tiêm phòng dại" in client.get("/bulletins").text
    saved = post(client, "/bulletins/new", {**sent, "autosave_version": "1"})
    assert saved.headers["Location"] == f"/bulletins/{DRAFT}"
    assert "Bạn đang viết dở" not in client.get("/bulletins").text
    late = autosave(client, 1)
    assert late.status_code == 409
    assert "Bạn đang viết dở" not in client.get("/bulletins").text
    assert client.get(f"/bulletins/new?draft={DRAFT}").headers["Location"] == f"/bulletins/{DRAFT}"


def test_a_form_sent_twice_makes_one_bulletin_with_what_was_sent_last(console: Console) -> None:
    client = console.client("editor")
    for title in ("Tiêm phòng dại", "Tiêm phòng dại, đợt hai"):
        assert post(client, "/bulletins/new", {**FORM, "draft": DRAFT, "title": title}).status_code == 302
    assert bulletins.stored(console, DRAFT).title == "Tiêm phòng dại, đợt hai"
    assert client.get("/bulletins").text.count('<th scope="row">') == 1


def test_two_presses_at_once_make_one_bulletin(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    client = console.client("editor")
    assert post(client, "/bulletins/new", {**FORM, "draft": DRAFT}).status_code == 302
    # The second request looked before the first was stored.
    monkeypatch.setattr(autosave_views, "stored", lambda _bulletin_id: None)
    answer = post(client, "/bulletins/new", {**FORM, "draft": DRAFT})
    assert answer.headers["Location"] == f"/bulletins/{DRAFT}"
    assert bulletins.stored(console, DRAFT).version == 2


def test_another_window_is_told_and_the_same_one_goes_on_without_an_answer(console: Console) -> None:
    client = console.client("editor")
    autosave(client)
    told = autosave(client, 0, "w2", title="Khác")
    assert told.status_code == 409
    assert "cửa sổ khác" in told.get_json()["said"]
    # The same content is no conflict, and neither is a request after one whose answer was lost.
    assert autosave(client, 0, "w2").get_json()["version"] == 1
    assert autosave(client, 0, "w1", title="Tiếp").get_json()["version"] == 2
    assert autosave(client, int(told.get_json()["version"]) + 1, "w2", title="Của tôi").get_json()["version"] == 3


def test_a_request_that_a_later_one_of_its_window_has_overtaken_changes_nothing(console: Console) -> None:
    client = console.client("editor")
    assert autosave(client, 0, "w1.2", title="Sau").get_json()["version"] == 1
    late = autosave(client, 0, "w1.1", title="Trước")
    assert (late.status_code, late.get_json()["version"]) == (200, 1)
    assert value(client.get(f"/bulletins/new?draft={DRAFT}"), "title") == "Sau"
    assert autosave(client, 0, "w1.10", title="Cuối").get_json()["version"] == 2
    # Another window has numbers of its own.
    assert autosave(client, 2, "w2.1", title="Của tôi").get_json()["version"] == 3


def test_discarded_by_mistake_it_is_taken_back(console: Console) -> None:
    client = console.client("editor")
    autosave(client)
    gone = post(client, f"/bulletins/autosaves/{DRAFT}/discard", {"draft": DRAFT, "title": "Phun", "window": "w1"})
    page = client.get(gone.headers["Location"])
    assert "Hoàn tác" in page.text
    assert "Bạn đang viết dở" not in page.text
    undone = post(client, f"/bulletins/autosaves/{DRAFT}/restore")
    assert value(client.get(undone.headers["Location"]), "title") == "Phun"
    assert "Hoàn tác" not in client.get(undone.headers["Location"]).text
    again = post(client, f"/bulletins/autosaves/{DRAFT}/restore")
    assert "không còn nữa" in client.get(again.headers["Location"]).text


def test_nothing_to_discard_is_no_fault(console: Console) -> None:
    client = console.client("editor")
    gone = post(client, f"/bulletins/autosaves/{DRAFT}/discard")
    assert "Hoàn tác" not in client.get(gone.headers["Location"]).text


def test_what_is_typed_over_a_saved_bulletin_stays_beside_it(console: Console) -> None:
    made, client = bulletins.write(console), console.client("editor")
    answer = autosave(client, draft=made.id, version=0, title="Sửa dở", areas=[COMMUNE])
    assert answer.status_code == 200
    page = client.get(f"/bulletins/{made.id}/edit")
    assert value(page, "title") == "Sửa dở"
    assert "bản tin chưa thay đổi" in page.text.lower()
    assert client.get(f"/bulletins/new?draft={made.id}").headers["Location"] == f"/bulletins/{made.id}/edit"
    assert bulletins.stored(console, made.id) == made
    bulletins.edit(console, made, by="operator", title="Người khác sửa")
    assert "Người khác đã lưu" in autosave(client, 1, draft=made.id, title="Sửa tiếp").get_json()["said"]
    page = client.get(f"/bulletins/{made.id}/edit")
    assert 'id="conflict"' in page.text
    assert value(page, "title") == "Sửa tiếp"
    gone = post(client, f"/bulletins/autosaves/{made.id}/discard")
    assert gone.headers["Location"] == f"/bulletins/{made.id}"
    assert value(client.get(f"/bulletins/{made.id}/edit"), "title") == "Người khác sửa"


def test_too_much_is_refused_with_a_sentence(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    client = console.client("editor")
    monkeypatch.setattr(autosaves, "UNFINISHED_MAX", 1)
    monkeypatch.setattr(autosaves, "CHARACTERS_MAX", 400)
    assert autosave(client).status_code == 200
    full = autosave(client, draft="01hzautosave0000000000002")
    assert (full.status_code, "1 bản tin viết dở" in full.get_json()["said"]) == (422, True)
    long = autosave(client, 1, text=TEXT * 20)
    assert (long.status_code, "quá dài" in long.get_json()["said"]) == (422, True)


def test_an_id_that_no_form_gives_is_refused(console: Console) -> None:
    assert autosave(console.client("editor"), draft="../x").status_code == 400


def test_a_copy_has_everything_but_the_times_and_airs_again_at_its_hour(console: Console) -> None:
    aired, client = bulletins.on_the_way(console, "Tin giữa giờ", starts="2026-11-24T10:00"), console.client("editor")
    page = client.get(f"/bulletins/{aired.id}")
    assert f"/bulletins/new?copy={aired.id}" in page.text
    copy = client.get(f"/bulletins/new?copy={aired.id}")
    assert (value(copy, "title"), value(copy, "s-1-at"), value(copy, "version")) == ("Tin giữa giờ", "", "")
    assert unescape(aired.text) in unescape(copy.text)
    assert f'value="{COMMUNE}" checked' in copy.text
    again = client.get(f"/bulletins/new?again={aired.id}")
    assert (value(again, "s-1-on"), value(again, "s-1-at")) == ("24/11/2026", "10:00")
    console.clock.pass_by(hours=2)
    assert value(client.get(f"/bulletins/new?again={aired.id}"), "s-1-on") == "25/11/2026"


def test_a_copied_recording_keeps_its_cues(console: Console) -> None:
    draft = bulletins.write(console)
    recorded = bulletins.edit(
        console,
        draft,
        text="",
        original_sha256=console.context.content.put_bytes(bulletins.wav(4.0)),
        cues=Cues(in_ms=1000),
    )
    client = console.client("editor")
    sent = {**FORM, "kind": "audio", "draft": DRAFT, "copied_from": recorded.id}
    sent["original_sha256"] = recorded.original_sha256
    assert post(client, "/bulletins/new", sent).status_code == 302
    assert bulletins.stored(console, DRAFT).cues.in_ms == 1000


def test_a_deleted_draft_is_in_no_list_and_can_be_restored(console: Console) -> None:
    made, client = bulletins.write(console), console.client("editor")
    gone = post(client, f"/bulletins/{made.id}/delete", {"version": str(made.version)})
    listed = client.get(gone.headers["Location"]).text
    assert "Hoàn tác" in listed
    assert f'href="/bulletins/{made.id}"' not in listed
    assert f'href="/bulletins/{made.id}"' in client.get("/bulletins?status=deleted").text
    page = client.get(f"/bulletins/{made.id}").text
    assert f"/bulletins/{made.id}/restore" in page
    assert f"/bulletins/{made.id}/delete" not in page
    assert post(client, f"/bulletins/{made.id}/edit", {**FORM, "version": "2"}).status_code == 409
    undone = post(client, f"/bulletins/{made.id}/restore")
    assert "Hoàn tác" not in client.get(undone.headers["Location"]).text
    back = bulletins.stored(console, made.id)
    assert (back.status, back.text, back.sound.state) == (BulletinStatus.DRAFT, made.text, made.sound.state)


def test_taken_back_before_approval_it_is_submitted_again_by_undo(console: Console) -> None:
    sent = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    client = console.client("editor")
    page = client.get(post(client, f"/bulletins/{sent.id}/withdraw").headers["Location"]).text
    assert f'action="/bulletins/{sent.id}/submit"' in page
    assert "Hoàn tác" in page
    post(client, f"/bulletins/{sent.id}/submit")
    assert bulletins.stored(console, sent.id).status is BulletinStatus.SUBMITTED


def test_withdrawn_it_can_be_taken_up_as_a_new_draft(console: Console) -> None:
    aired, client = bulletins.on_the_way(console), console.client("editor")
    page = client.get(post(client, f"/bulletins/{aired.id}/withdraw").headers["Location"]).text
    assert "Hoàn tác" not in page
    assert f"/bulletins/new?copy={aired.id}" in page
    assert "Lấy lại làm bản nháp mới" in page


def test_the_blanks_of_a_template_have_fields_and_are_filled_without_scripts(console: Console) -> None:
    wording = TemplateWording("Cắt điện", "Cắt điện ngày ...", "Cắt điện từ ... đến ... ở thôn ba.", "notice")
    made = template_sharing.write(console, wording=wording)
    client = console.client("operator")
    page = client.get(f"/bulletins/new?template={made.id}").text
    assert page.count('name="blank_text"') == 2
    assert page.count('name="blank_title"') == 1
    sent = {**FORM, "areas": [COMMUNE], "draft": DRAFT, "title": made.title, "text": made.text}
    sent |= {"blank_title": "3/12", "blank_text": ["7 giờ", ""]}
    assert post(client, "/bulletins/new", sent).status_code == 302
    stored = bulletins.stored(console, DRAFT)
    assert (stored.title, stored.text) == ("Cắt điện ngày 3/12", "Cắt điện từ 7 giờ đến ... ở thôn ba.")
    refused = post(client, f"/bulletins/{DRAFT}/submit")
    assert refused.status_code == 422
    assert f'href="/bulletins/{DRAFT}/edit#fill-in"' in refused.text


def test_the_approver_is_warned_of_a_blank(console: Console) -> None:
    made = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, "Tin")))
    approver = console.client("approver")
    assert "Còn chỗ chưa điền" not in approver.get(f"/bulletins/{made.id}/approval").text
    with console.context.uow() as uow:
        uow[Bulletins].save(replace(made, text="Cắt điện từ ... đến 9 giờ.", version=made.version + 1))
        uow.commit()
    assert "Còn chỗ chưa điền" in approver.get(f"/bulletins/{made.id}/approval").text


def test_a_text_that_is_too_long_is_told_and_kept_whole(console: Console) -> None:
    client, text = console.client("editor"), "bà con " * 14_000
    refused = post(client, "/bulletins/new", {**FORM, "text": text, "title": "a" * 201, "draft": DRAFT})
    assert refused.status_code == 422
    assert text.strip() in refused.text
    assert "201 ký tự, tối đa 200" in refused.text
    assert "Thừa 77" in refused.text
    assert text.strip() in client.get(f"/bulletins/new?draft={DRAFT}").text
    short = post(client, "/bulletins/spoken", {"text": "Kính mời bà con đi họp.", "language": "vi"}).text
    assert "Đọc hết khoảng 0:03; 23 ký tự, nhiều nhất 20" in short

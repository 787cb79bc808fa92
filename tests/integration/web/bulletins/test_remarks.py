from __future__ import annotations

import re

from broadcast.bulletins.model import Bulletin, BulletinStatus
from cms.bulletins.service.remarks import NoteDraft
from tests.builders import bulletins
from tests.console import COMMUNE, Console, post

ROW: dict[str, object] = {"note_quote": ["tiêm"], "note_near": ["3"], "note_text": [""]}
EDITED: dict[str, object] = {
    "title": "Tiêm",
    "text": "Nghỉ tiêm.",
    "areas": [COMMUNE],
    "language": "vi",
    "topic": "health",
}
AT = NoteDraft("Ghi rõ ngày", "từ 7 giờ đến 11 giờ")


def submitted(console: Console) -> Bulletin:
    return bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))


def test_remarks_at_places_are_sent_with_the_return(console: Console) -> None:
    bulletin = submitted(console)
    form: dict[str, object] = {
        "act": "return",
        "note_quote": ["từ 7 giờ", "", ""],
        "note_near": ["80", "", ""],
        "note_text": ["Ngày nào?", "Thiếu nơi liên hệ", ""],
    }
    answer = post(console.client("approver"), f"/bulletins/{bulletin.id}/approval", form)
    assert answer.headers["Location"] == "/approvals"
    found = bulletins.again(console, bulletin)
    assert found.status is BulletinStatus.RETURNED
    assert [(note.passage and note.passage.quote, note.text) for note in found.notes] == [
        ("từ 7 giờ", "Ngày nào?"),
        (None, "Thiếu nơi liên hệ"),
    ]


def test_what_cannot_be_quoted_is_told_at_its_row_and_nothing_typed_is_lost(console: Console) -> None:
    bulletin = submitted(console)
    form: dict[str, object] = {
        "act": "return",
        "note_quote": ["không có"],
        "note_near": ["x"],
        "note_text": ["Ngày nào?"],
    }
    answer = post(console.client("approver"), f"/bulletins/{bulletin.id}/approval", form)
    assert answer.status_code == 422
    assert 'id="note_quote_1-error-1"' in answer.text
    assert "Bài không có đoạn này" in answer.text
    assert ">không có</textarea>" in answer.text
    assert ">Ngày nào?</textarea>" in answer.text


def test_another_row_is_added_with_what_is_typed_kept(console: Console) -> None:
    bulletin = submitted(console)
    page = f"/bulletins/{bulletin.id}/approval"
    html = post(console.client("approver"), page, {"act": "add-note", **ROW}).text
    assert html.count('name="note_quote"') == 2
    assert post(console.client("operator"), page, {"act": "add-note"}).status_code == 403


def test_the_author_sees_remarks_beside_the_text_and_ticks_them_off(console: Console) -> None:
    bulletin = bulletins.send_back(console, submitted(console), AT)
    author = console.client("editor")
    edit = f"/bulletins/{bulletin.id}/edit"
    html = author.get(edit).text
    assert "<blockquote" in html
    assert "1 chỗ chưa xong" in html
    assert 'data-goes-to="text"' in html
    settle = f"/bulletins/{bulletin.id}/notes/{bulletin.notes[0].id}"
    swapped = author.post(
        settle,
        data={"act": "done", "in_form": "yes"},
        headers={"HX-Request": "true", "X-CSRFToken": token(html)},
    ).text
    assert "0 chỗ chưa xong" in swapped
    assert "<form" not in swapped
    assert "Editor" in swapped
    reopened = post(author, settle, {"act": "reopen"}, follow_redirects=True).text
    assert "1 chỗ chưa xong" in reopened
    assert "Xong một góp ý · Editor" in reopened


def test_a_passage_that_is_gone_is_said_to_be_gone(console: Console) -> None:
    bulletin = bulletins.send_back(console, submitted(console), AT)
    author = console.client("editor")
    post(author, f"/bulletins/{bulletin.id}/edit", EDITED)
    html = author.get(f"/bulletins/{bulletin.id}").text
    assert "Đoạn này không còn trong bài" in html
    assert 'data-goes-to="text"' not in html


def test_whoever_changes_what_is_approved_is_told_that_it_goes_off_air(console: Console) -> None:
    bulletin = bulletins.on_the_way(console)
    author = console.client("editor")
    assert 'id="off-air"' in author.get(f"/bulletins/{bulletin.id}/edit").text
    changed = {**EDITED, "version": str(bulletin.version)}
    assert post(author, f"/bulletins/{bulletin.id}/edit", changed).status_code == 302
    assert bulletins.again(console, bulletin).status is BulletinStatus.DRAFT
    bulletins.plan(console)
    assert bulletins.airings(console, bulletin) == []
    # A station may write, and take nothing off air: it finds no button.
    again = bulletins.on_the_way(console, "Tin hai")
    assert f"/bulletins/{again.id}/edit" not in console.client("station").get(f"/bulletins/{again.id}").text


def test_making_a_sound_again_changes_nothing_where_none_has_failed(console: Console) -> None:
    bulletin = bulletins.on_the_way(console)
    post(console.client("editor"), f"/bulletins/{bulletin.id}/sound")
    assert bulletins.again(console, bulletin) == bulletin


def token(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None
    return found.group(1)

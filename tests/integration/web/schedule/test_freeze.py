"""Freeze before air: announced before a person moves, edits, cuts, withdraws or confirms, not refused afterwards."""

from __future__ import annotations

import re

import pytest

from broadcast.bulletins.model import Bulletin
from tests.builders import bulletins, recordings
from tests.console import COMMUNE, Console, post

STANDS = "Tin sắp phát, lịch đang được giữ nguyên"
MOVE = "schedule=1&on=2026-11-24"
CALENDAR = f"/calendar?area={COMMUNE}&day=2026-11-24"


def ten_minutes_before(console: Console) -> None:
    console.clock.pass_by(hours=7, minutes=50)


@pytest.fixture
def recorded(console: Console) -> Bulletin:
    return recordings.on_the_way(console, length_ms=bulletins.LENGTH_MS)


@pytest.mark.parametrize("path", ["", "/edit", "/cues", f"/move?{MOVE}", f"/move?{MOVE}&to=2026-11-24T19:00"])
def test_every_page_that_changes_it_says_that_it_stands(console: Console, recorded: Bulletin, path: str) -> None:
    editor, page = console.client("editor"), f"/bulletins/{recorded.id}{path}"
    assert STANDS not in editor.get(page).text
    ten_minutes_before(console)
    text = editor.get(page).text
    assert STANDS in text
    assert "17:00 24/11/2026" in text
    assert "15 phút trước giờ phát" in text
    assert 'href="/stop"' in text


def test_a_new_time_that_is_too_near_is_told_as_well(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, starts="2026-11-24T19:00")
    ten_minutes_before(console)
    editor, path = console.client("editor"), f"/bulletins/{bulletin.id}/move?{MOVE}"
    near = editor.get(f"{path}&to=2026-11-24T17:00").text
    assert "còn chưa tới 15 phút" in near
    assert STANDS not in near
    assert "còn chưa tới" not in editor.get(f"{path}&to=2026-11-24T18:00").text


def test_what_was_typed_stays_when_the_freeze_begins_meanwhile(console: Console, recorded: Bulletin) -> None:
    editor = console.client("editor")
    ten_minutes_before(console)
    cut = post(editor, f"/bulletins/{recorded.id}/cues", {"in_ms": "2,5"})
    assert (cut.status_code, STANDS in cut.text, 'value="2,5"' in cut.text) == (409, True, True)
    form: dict[str, object] = {"title": "Tên khác", "kind": "text", "text": "Lời", "areas": [COMMUNE], "language": "vi"}
    edited = post(editor, f"/bulletins/{recorded.id}/edit", form)
    assert (edited.status_code, STANDS in edited.text, 'value="Tên khác"' in edited.text) == (409, True, True)


def test_the_reason_is_asked_for_where_it_is_needed_and_of_those_who_may(console: Console) -> None:
    bulletin = bulletins.reschedule(console, bulletins.on_the_way(console))
    approver, path = console.client("approver"), f"/bulletins/{bulletin.id}/change"
    assert 'name="override"' not in approver.get(path).text
    ten_minutes_before(console)
    asked = approver.get(path).text
    assert STANDS in asked
    assert 'name="override"' in asked
    assert "Duyệt giờ mới" in asked
    withdrawing = console.client("operator").get(f"/bulletins/{bulletin.id}").text
    assert "nhờ người duyệt" in withdrawing
    assert "/withdraw" not in withdrawing
    own = approver.get(f"/bulletins/{bulletin.id}").text
    assert re.search(r'/withdraw".*?name="override"', own, re.DOTALL)
    confirmed = post(approver, path, {"act": "confirm", "override": "Bão đổi hướng"})
    assert confirmed.status_code == 302


def test_the_calendar_marks_what_stands_and_tells_the_timeline_for_how_long(console: Console) -> None:
    bulletins.on_the_way(console)
    bulletins.on_the_way(console, "Sau", starts="2026-11-24T19:00")
    editor = console.client("editor")
    assert "giữ nguyên</span>" not in editor.get(CALENDAR).text
    ten_minutes_before(console)
    assert editor.get(CALENDAR).text.count("sắp phát, giữ nguyên</span>") == 1
    body = editor.get(CALENDAR.replace("/calendar", "/calendar/events")).get_json()
    assert [row["freeze_min"] for row in body["rows"]] == [15]
    assert body["now"] == "2026-11-24T16:50:00"

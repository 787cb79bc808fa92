"""Shorter length for a recording: offered at a clash, or typed, on the page for another time."""

from __future__ import annotations

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Cues, SoundState
from tests.builders import bulletins, recordings
from tests.console import Console, post

LENGTH_MS = 120_000
MOVE: dict[str, object] = {"schedule": "1", "on": "2026-11-24", "to": "2026-11-24T18:00", "scope": "all"}
STAY = {**MOVE, "to": "2026-11-24T17:00"}


def _page(console: Console, bulletin: Bulletin, asked: dict[str, object], who: str = "editor") -> str:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return console.client(who).get(f"/bulletins/{bulletin.id}/move?{query}").text


def _recorded(console: Console) -> Bulletin:
    return recordings.on_the_way(console, rrule="FREQ=DAILY", length_ms=LENGTH_MS)


def test_shortening_is_one_press_and_asks_for_approval_again(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:01:20")
    bulletin = _recorded(console)
    page = _page(console, bulletin, MOVE)
    assert "Rút ngắn còn 1:20 ở mọi lần phát, nhỏ dần trong 2 giây cuối; phải duyệt lại" in page
    assert 'name="length" value="1:20"' in page
    editor = console.client("editor")
    done = post(editor, f"/bulletins/{bulletin.id}/move", {**MOVE, "length": "1:20"})
    assert done.headers["Location"] == f"/bulletins/{bulletin.id}"
    saved = bulletins.again(console, bulletin)
    assert (saved.status, saved.sound.state) == (BulletinStatus.DRAFT, SoundState.MAKING)
    assert saved.cues == Cues(0, 79_000, 0, 2_000)
    assert "Đã đổi độ dài" in editor.get(f"/bulletins/{bulletin.id}").text


def test_a_draft_is_shortened_without_a_word_of_approval(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:01:20")
    page = _page(console, recordings.sounded(console, length_ms=LENGTH_MS), MOVE)
    assert "nhỏ dần trong 2 giây cuối" in page
    assert "phải duyệt lại" not in page


def test_a_length_is_typed_and_what_it_means_is_seen_before_it_is_saved(console: Console) -> None:
    bulletin = _recorded(console)
    page = _page(console, bulletin, {**STAY, "length": "1:30"})
    assert "giữ nguyên 2:00" in page
    assert "<strong>Dài:</strong> 1:30 (hiện nay 2:00)" in page
    assert "sẽ thu hồi các lần phát còn lại" in page
    assert "Lưu và làm lại âm thanh" in page
    assert bulletins.again(console, bulletin) == bulletin


@pytest.mark.parametrize(
    ("length", "sentence"),
    [
        ("2:30", "Bản ghi chỉ đủ phát 2:00. Hãy nhập ngắn hơn."),
        ("0:01", "Ngắn nhất là 0:02. Hãy nhập dài hơn."),
        ("hai phút", "Hãy viết số giây"),
    ],
)
def test_a_length_that_cannot_be_is_said_in_words_and_stays_in_its_field(
    console: Console, length: str, sentence: str
) -> None:
    page = _page(console, recordings.sounded(console, length_ms=LENGTH_MS), {**STAY, "length": length})
    assert sentence in page
    assert f'value="{length}"' in page


def test_what_is_spoken_has_no_length_to_type_and_leads_to_its_text(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00:05")
    bulletin = bulletins.on_the_way(console)
    page = _page(console, bulletin, MOVE)
    assert "Giọng máy đọc hết lời" in page
    assert f'<a href="/bulletins/{bulletin.id}/edit">Rút ngắn còn 0:05: Giọng máy' in page
    assert 'id="length"' not in page


def test_too_little_left_leads_to_the_cues_and_no_right_leads_nowhere(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00:05")
    bulletin = _recorded(console)
    assert f'<a href="/bulletins/{bulletin.id}/cues">Rút ngắn còn 0:05: Phần còn lại' in _page(console, bulletin, MOVE)
    assert "<li>Rút ngắn còn 0:05: Bạn không có quyền" in _page(console, bulletin, MOVE, "station")
    refused = post(console.client("station"), f"/bulletins/{bulletin.id}/move", {**STAY, "length": "1:30"})
    assert "Bạn không có quyền sửa" in refused.text


def test_one_with_a_reviewer_leads_to_where_it_is_taken_back(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:01:20")
    bulletin = bulletins.submit(console, recordings.sounded(console, length_ms=LENGTH_MS))
    assert f'<a href="/bulletins/{bulletin.id}">Rút ngắn còn 1:20: Bản tin đang chờ duyệt' in _page(
        console, bulletin, MOVE
    )


def test_a_sound_that_is_not_made_has_no_length_yet(console: Console) -> None:
    bulletin = bulletins.edit(
        console, bulletins.write(console), text="", original_sha256=console.context.content.put_bytes(bulletins.wav())
    )
    assert "chưa biết dài bao nhiêu" in _page(console, bulletin, STAY)


def test_what_is_about_to_air_says_so_instead_of_offering_a_length(console: Console) -> None:
    bulletin = _recorded(console)
    console.clock.pass_by(hours=7, minutes=50)
    page = _page(console, bulletin, {**STAY, "scope": "this", "to": "2026-11-24T19:00"})
    assert "lúc này không sửa được" in page
    assert 'id="length"' not in page

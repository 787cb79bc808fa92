"""Upload limits against a full disk: a person's daily share, unused recordings, the disk's reserve."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cms.bulletins.repository.sharing import SentRecordings
from cms.bulletins.service import recordings
from cms.platform.process.disk import MB, RESERVE, Disk, DiskReserve
from tests.builders import alerts, bulletins
from tests.console import Console, post

WAV = bulletins.wav()
DAY = timedelta(days=1)


@pytest.fixture
def editor(console: Console) -> FlaskClient:
    return console.client("editor")


def send(client: FlaskClient, data: bytes = WAV, name: str = "tin.wav") -> TestResponse:
    return post(client, "/uploads", {"recording": (io.BytesIO(data), name)})


def begin(client: FlaskClient, size: int = len(WAV), purpose: str = "") -> TestResponse:
    return post(client, f"/uploads/parts{purpose}", {"name": "tin.wav", "bytes": str(size), "mark": "1"})


def hash_of(answer: TestResponse) -> str:
    found = re.search(r'name="original_sha256" value="(\w{64})"', answer.text)
    assert found, answer.text
    return found.group(1)


def files(console: Console) -> int:
    return sum(path.is_file() for path in console.context.settings.content_dir.rglob("*"))


def test_a_person_sends_so_many_a_day_and_is_told_what_to_do(console: Console, editor: FlaskClient) -> None:
    console.set(upload_day_count=2)
    assert [send(editor, bulletins.wav(seconds)).status_code for seconds in (0.8, 0.9)] == [200, 200]

    refused = send(editor, bulletins.wav(1.0))

    assert refused.status_code == 422
    assert "Hãy gửi tiếp vào ngày mai, hoặc nhờ quản trị viên nâng mức." in refused.text
    assert begin(editor).status_code == 413
    assert send(console.client("operator"), bulletins.wav(1.1)).status_code == 200, "another person's day"
    console.clock.pass_by(days=1)
    assert send(console.client("editor"), bulletins.wav(1.2)).status_code == 200


def test_refused_files_count_for_the_day_and_are_not_kept(console: Console, editor: FlaskClient) -> None:
    """A flood of refused files takes no disk space, and no more of the server than a day's share."""
    console.set(upload_day_mb=1)
    answers = [send(editor, b"MZ" + bytes(300_000)).text for _time in range(4)]
    assert ["không phải tệp âm thanh" in answer for answer in answers] == [True, True, True, False]
    assert "đủ mức một ngày" in answers[3]
    assert files(console) == 0


def test_what_is_on_its_way_counts_before_it_is_sent(console: Console, editor: FlaskClient) -> None:
    console.set(upload_day_mb=1)
    assert begin(editor, 700_000).status_code == 200
    assert begin(editor, 600_000).status_code == 413


def test_recordings_that_nothing_uses_are_bounded_together(console: Console, editor: FlaskClient) -> None:
    console.set(upload_unused_mb=1)
    assert [send(editor, bulletins.wav(seconds)).status_code for seconds in (29.0, 30.0)] == [200, 200]
    refused = send(console.client("operator"), bulletins.wav(28.0))
    assert refused.status_code == 422
    assert "tự bị xóa sau 3 ngày" in refused.text


def test_a_full_disk_refuses_recordings_first_and_an_alerts_last(console: Console, editor: FlaskClient) -> None:
    free = [Disk(500 * MB, 100 * 1024 * MB, 1024 * MB)]
    console.use(disk=lambda: free[0])
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    made = alerts.drafted(console, officer)
    path = f"/alerts/{made.id}/recordings/cjm"

    def alerts_too() -> int:
        return post(officer, path, {"recording": (io.BytesIO(WAV), "cham.wav")}).status_code

    assert "Ổ đĩa máy chủ sắp đầy" in send(editor).text
    assert begin(editor).status_code == 413
    assert begin(officer, purpose="?urgent").status_code == 200
    assert alerts_too() == 200
    free[0] = replace(free[0], free_bytes=100 * MB)
    assert begin(officer, purpose="?urgent").status_code == 413
    assert alerts_too() == 422


def test_no_days_share_holds_an_alerts_recording_back(console: Console) -> None:
    console.set(upload_day_count=1, upload_unused_mb=1)
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    made = alerts.drafted(console, officer)
    for seconds in (0.8, 0.9, 1.0):
        sent = {"recording": (io.BytesIO(bulletins.wav(seconds)), "cham.wav")}
        assert post(officer, f"/alerts/{made.id}/recordings/cjm", sent).status_code == 200


def test_who_may_raise_no_alert_is_in_no_hurry(console: Console, editor: FlaskClient) -> None:
    console.use(disk=lambda: Disk(500 * MB, 100 * 1024 * MB, 1024 * MB))
    assert begin(console.client("station"), purpose="?urgent").status_code in {403, 413}


def test_days_that_are_over_are_forgotten(console: Console, editor: FlaskClient) -> None:
    send(editor, b"MZ" + bytes(900))
    console.clock.pass_by(days=3)
    recordings.fold(console.context)
    with console.context.uow() as uow:
        sent = uow[SentRecordings]
        assert sent.sent_since(console.actor("editor").user_id, console.clock() - 30 * DAY) == (0, 0)


def test_whoever_meets_a_full_disk_gives_the_reserve_up(console: Console, editor: FlaskClient) -> None:
    console.set(disk_reserve_mb=1)
    DiskReserve(console.context.settings, lambda: Disk(1024 * MB, 4096 * MB)).tend()
    reserve = console.context.settings.root / RESERVE
    assert reserve.stat().st_size == MB

    class Full:
        def local_file(self, sha256: str) -> None:
            raise OSError(28, "No space left on device")

    console.use(content=Full())
    assert editor.get("/content/" + "0" * 64).status_code == 503
    assert reserve.stat().st_size == 0

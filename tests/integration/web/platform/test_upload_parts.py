from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cms import bootstrap
from media.model import CheckedRecording
from tests.builders import alerts, bulletins
from tests.console import Console, csrf_of, post

WAV = bulletins.wav()


@pytest.fixture
def editor(console: Console) -> FlaskClient:
    return console.client("editor")


def begin(client: FlaskClient, size: int = len(WAV)) -> TestResponse:
    return post(client, "/uploads/parts", {"name": "tin sáng.wav", "bytes": str(size), "mark": "1"})


def put(client: FlaskClient, upload_id: str, data: bytes, content_range: str) -> TestResponse:
    headers = {"Content-Range": content_range, "X-CSRFToken": csrf_of(client)}
    return client.put(f"/uploads/parts/{upload_id}", data=data, headers=headers)


def sent(client: FlaskClient) -> str:
    upload_id: str = begin(client).get_json()["id"]
    assert put(client, upload_id, WAV, f"bytes 0-{len(WAV) - 1}/{len(WAV)}").get_json()["offset"] == len(WAV)
    return upload_id


def test_a_recording_in_parts_becomes_the_bulletins(console: Console, editor: FlaskClient) -> None:
    part = post(editor, "/uploads", {"upload": sent(editor)})

    found = re.search(r'name="original_sha256" value="(\w{64})"', part.text)
    assert found
    assert console.context.content.read_bytes(found.group(1)) == WAV
    assert "tin sáng.wav" in part.text


def test_a_part_after_a_gap_is_told_where_to_go_on(editor: FlaskClient) -> None:
    upload_id = begin(editor).get_json()["id"]
    answer = put(editor, upload_id, WAV[1000:], f"bytes 1000-{len(WAV) - 1}/{len(WAV)}")
    assert (answer.status_code, answer.get_json()["offset"]) == (200, 0)


def test_what_cannot_be_sent_is_told_in_words(editor: FlaskClient) -> None:
    for answer, status in (
        (begin(editor, 3_000_000), 413),
        (put(editor, "0" * 32, b"x", "bytes 0-0/1"), 404),
        (put(editor, begin(editor).get_json()["id"], WAV + b"x", f"bytes 0-{len(WAV)}/{len(WAV)}"), 413),
    ):
        assert answer.status_code == status
        assert "Hãy" in answer.get_json()["message"]
    assert put(editor, "0" * 32, b"x", "from the start").status_code == 400


def test_an_upload_that_is_not_whole_or_not_there_is_asked_for_again(console: Console, editor: FlaskClient) -> None:
    for upload_id in (begin(editor).get_json()["id"], "0" * 32):
        answer = post(editor, "/uploads", {"upload": upload_id})
        assert answer.status_code == 422
        assert "Hãy tải lại" in answer.text
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    made = alerts.drafted(console, officer)
    assert post(officer, f"/alerts/{made.id}/recordings/cjm", {"upload": "0" * 32}).status_code == 422
    answer = post(officer, f"/alerts/{made.id}/recordings/cjm", {"upload": sent(officer)})
    assert re.search(r'name="recording-cjm" value="\w{64}"', answer.text)


def test_without_a_script_the_recording_comes_with_the_form(console: Console, editor: FlaskClient) -> None:
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(editor, "/bulletins/new", {**form, "recording": (io.BytesIO(WAV), "tin.wav")})
    assert answer.status_code == 302, answer.text
    made = bulletins.stored(console, answer.headers["Location"].rsplit("/", 1)[1])
    assert made.original_name == "tin.wav"
    assert console.context.content.read_bytes(made.original_sha256) == WAV


def test_a_recording_with_the_form_that_is_too_large_keeps_what_was_typed(editor: FlaskClient) -> None:
    fields = {"title": "Tin sáng", "kind": "audio", "act": "save", 'recording"; filename="to.wav': "x" * 2_097_153}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    answer = editor.post(
        "/bulletins/new",
        data=f"{parts}--b--\r\n".encode(),
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": csrf_of(editor)},
    )
    assert answer.status_code == 422
    assert 'value="Tin sáng"' in answer.text
    assert "Tệp quá lớn" in answer.text


SILENCE = WAV[:44] + bytes(len(WAV) - 44)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("prog.exe", b"MZ" + bytes(5000), "Đây không phải tệp âm thanh"),
        ("note.txt", "Chào bà con".encode() * 100, "Đây không phải tệp âm thanh"),
        ("fake.mp3", b"ID3" + bytes(5000), "Đây không phải tệp âm thanh"),
        ("im-lang.wav", SILENCE, "Bản ghi không có tiếng"),
    ],
)
def test_a_wrong_file_is_told_when_it_is_chosen_and_never_in_green(
    console: Console, editor: FlaskClient, name: str, data: bytes, words: str
) -> None:
    answer = post(editor, "/uploads", {"recording": (io.BytesIO(data), name)})

    assert answer.status_code == 422
    assert words in answer.text
    assert "note good" not in answer.text
    assert 'name="original_sha256" value=""' in answer.text
    assert [path for path in console.context.settings.content_dir.rglob("*") if path.is_file()] == []


def test_a_recording_longer_than_is_taken_is_told_when_it_is_chosen(console: Console, editor: FlaskClient) -> None:
    console.set(upload_max_minutes=1)
    console.use(check=bootstrap.recording_check_of(console.context.settings))
    long = bulletins.wav(61.0)
    upload_id = begin(editor, len(long)).get_json()["id"]
    put(editor, upload_id, long, f"bytes 0-{len(long) - 1}/{len(long)}")
    answer = post(editor, "/uploads", {"upload": upload_id})
    assert answer.status_code == 422
    assert "dài hơn 1 phút" in answer.text


def test_a_good_one_is_played_back_with_its_length(editor: FlaskClient) -> None:
    part = post(editor, "/uploads", {"recording": (io.BytesIO(bulletins.wav(3.0)), "tin.wav")}).text
    assert "note good" in part
    assert "Đã nhận và kiểm tra tệp" in part
    assert '<span class="figures">0:03</span>' in part
    assert re.search(r'<audio controls [^>]*src="/content/\w{64}"', part)


def test_a_rattling_one_is_remarked_on_and_not_in_green(editor: FlaskClient) -> None:
    loud = WAV[:44] + b"\xff\x7f" * ((len(WAV) - 44) // 2)
    wav = bytearray(loud)
    for at in range(44, len(wav) - 40, 80):
        wav[at : at + 40] = b"\x00\x80" * 20
    part = post(editor, "/uploads", {"recording": (io.BytesIO(bytes(wav)), "to.wav")}).text
    assert "note wait" in part
    assert "note good" not in part
    assert "Tiếng quá to, nhiều chỗ bị rè" in part


def test_the_recording_before_stays_where_the_next_is_not_taken(editor: FlaskClient) -> None:
    first = post(editor, "/uploads", {"recording": (io.BytesIO(WAV), "tin.wav")}).text
    held = dict(re.findall(r'<input type="hidden" name="(original_\w+)" value="([^"]*)">', first))

    answer = post(editor, "/uploads", {**held, "recording": (io.BytesIO(b"MZ" * 900), "prog.exe")})

    assert answer.status_code == 422
    assert f'name="original_sha256" value="{held["original_sha256"]}"' in answer.text
    assert "Vẫn giữ tệp trước" in answer.text
    assert "note good" not in answer.text


def test_the_choice_of_a_recording_and_what_was_found_survive_an_error_page(editor: FlaskClient) -> None:
    first = post(editor, "/uploads", {"recording": (io.BytesIO(bulletins.wav(3.0)), "tin.wav")}).text
    held = dict(re.findall(r'<input type="hidden" name="(original_\w+)" value="([^"]*)">', first))
    answer = post(editor, "/bulletins/new", {"title": "", "kind": "audio", "act": "save", **held})
    assert answer.status_code == 422
    assert re.search(r'name="kind" value="audio" data-shows checked', answer.text)
    assert "tin.wav" in answer.text
    assert '<span class="figures">0:03</span>' in answer.text


def test_a_recorded_bulletin_without_a_file_is_told_so_and_stays_one(editor: FlaskClient) -> None:
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(editor, "/bulletins/new", form)
    assert answer.status_code == 422
    assert "Chưa có tệp ghi âm" in answer.text
    assert re.search(r'name="kind" value="audio" data-shows checked', answer.text)


def test_a_wrong_file_that_comes_with_the_form_is_told_once(editor: FlaskClient) -> None:
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(editor, "/bulletins/new", {**form, "recording": (io.BytesIO(b"MZ" * 900), "prog.exe")})
    assert answer.status_code == 422
    assert "Đây không phải tệp âm thanh" in answer.text
    assert "Chưa có tệp ghi âm" not in answer.text


class Busy:
    def check(self, path: Path, *, is_strict: bool = False) -> CheckedRecording | None:
        del path, is_strict
        return None


def test_a_file_that_there_was_no_time_to_look_at_is_taken_and_not_in_green(
    console: Console, editor: FlaskClient
) -> None:
    console.use(check=Busy())
    part = post(editor, "/uploads", {"recording": (io.BytesIO(WAV), "tin.wav")}).text
    assert re.search(r'name="original_sha256" value="\w{64}"', part)
    assert "chưa kiểm tra được tệp" in part
    assert "note good" not in part


def test_a_refused_recording_of_an_alert_says_why_and_the_one_before_stays(console: Console) -> None:
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    made = alerts.drafted(console, officer)
    path = f"/alerts/{made.id}/recordings/cjm"
    found = re.search(r'value="(\w{64})"', post(officer, path, {"recording": (io.BytesIO(WAV), "cham.wav")}).text)
    assert found
    sent = {"recording-cjm": found.group(1), "recording": (io.BytesIO(SILENCE), "im.wav")}
    answer = post(officer, path, sent)
    assert answer.status_code == 422
    assert "Bản ghi không có tiếng" in answer.text
    assert found.group(1) in answer.text

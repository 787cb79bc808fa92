from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import alert_room, newsroom
from tests.console import Console, csrf_of, post

WAV = newsroom.wav()


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
    assert console.context.content.find(found.group(1)).path.read_bytes() == WAV
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
    alert_room.staff(console)
    officer = console.client(alert_room.OFFICER)
    made = alert_room.drafted(console, officer)
    assert post(officer, f"/alerts/{made.id}/recordings/cjm", {"upload": "0" * 32}).status_code == 422
    answer = post(officer, f"/alerts/{made.id}/recordings/cjm", {"upload": sent(officer)})
    assert re.search(r'name="recording-cjm" value="\w{64}"', answer.text)


def test_without_a_script_the_recording_comes_with_the_form(console: Console, editor: FlaskClient) -> None:
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(editor, "/bulletins/new", {**form, "recording": (io.BytesIO(WAV), "tin.wav")})
    assert answer.status_code == 302, answer.text
    made = newsroom.stored(console, answer.headers["Location"].rsplit("/", 1)[1])
    assert made.original_name == "tin.wav"
    assert console.context.content.find(made.original_sha256).path.read_bytes() == WAV


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

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.builders import bulletins
from tests.console import Console
from tests.contract.api.conftest import Caller

WAV = bulletins.wav()
BODY = {"name": "tin.wav", "bytes": len(WAV), "mark": "1"}


def part(console: Console, upload_id: str, first: int, last: int, **headers: str) -> TestResponse:
    sent = {
        **console.bearer("editor"),
        "Content-Type": "application/octet-stream",
        "Content-Range": f"bytes {first}-{last - 1}/{len(WAV)}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return console.app.test_client().put(f"/api/v1/audio/uploads/{upload_id}", data=WAV[first:last], headers=sent)


@pytest.fixture
def upload(call: Caller) -> dict[str, Any]:
    answer = call("POST", "/audio/uploads", BODY)
    assert answer.status_code == 201
    begun: dict[str, Any] = answer.get_json()
    return begun


def test_a_recording_in_parts_is_used_like_one_in_one_piece(
    console: Console, call: Caller, upload: dict[str, Any]
) -> None:
    assert part(console, upload["id"], 0, 1000).get_json()["offset"] == 1000
    assert call("POST", "/audio/uploads", BODY).get_json() == {**upload, "offset": 1000}
    assert call("GET", f"/audio/uploads/{upload['id']}").get_json()["offset"] == 1000
    assert part(console, upload["id"], 1000, len(WAV)).status_code == 200

    finished = [call("POST", f"/audio/uploads/{upload['id']}/finish").get_json() for _ in range(2)]

    assert finished == [call.send("/audio", WAV, "audio/wav").get_json()] * 2


def test_a_gap_tells_where_to_go_on(console: Console, call: Caller, upload: dict[str, Any]) -> None:
    for answer in (part(console, upload["id"], 1000, 2000), call("POST", f"/audio/uploads/{upload['id']}/finish")):
        assert (answer.status_code, answer.get_json()["code"], answer.get_json()["offset"]) == (409, "UPLOAD_GAP", 0)


@pytest.mark.parametrize(
    ("headers", "status"), [({"Content_Range": "bytes 1000"}, 422), ({"Content_Type": "audio/wav"}, 415)]
)
def test_a_part_that_is_not_named_is_refused(
    console: Console, upload: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert part(console, upload["id"], 0, 1000, **headers).status_code == status


def test_what_is_too_large_is_refused_before_it_is_sent(call: Caller) -> None:
    answer = call("POST", "/audio/uploads", {**BODY, "bytes": 3_000_000})
    assert (answer.status_code, answer.get_json()["reason"]) == (413, "TOO_LARGE")


def test_an_unknown_upload_is_not_found(call: Caller) -> None:
    answer = call("GET", f"/audio/uploads/{'0' * 32}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "UPLOAD_MISSING")


def test_what_is_no_recording_is_refused_and_not_kept(console: Console, call: Caller) -> None:
    """Before, uploads under one token could leave 302 MB on the disk."""
    answer = call.send("/audio", b"MZ" + bytes(5000), "audio/wav")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "AUDIO_REFUSED")
    assert answer.get_json()["reason"] == "NOT_AUDIO"
    assert [path for path in console.context.settings.content_dir.rglob("*") if path.is_file()] == []

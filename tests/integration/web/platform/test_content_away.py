"""Content store that does not answer: said to people, to programs and to whoever watches the server."""

from __future__ import annotations

import io

import pytest

from cms.platform.process import bounded_probe
from cms.platform.process.disk import Disk
from cms.platform.web import security
from tests.builders import bulletins
from tests.builders.heartbeats import beat
from tests.console import Console, post
from tests.object_server import away

GB = 10**9


@pytest.fixture
def console(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setattr(bounded_probe, "PROBE_AGE_S", 0.0)
    console.use(disk=lambda: Disk(50 * GB, 100 * GB))
    return console


def lose_the_store(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("put_stream", "put_bytes", "stat", "has", "open", "read_bytes", "local_file", "address", "probe"):
        monkeypatch.setattr(console.context.content, name, away)


def test_a_device_is_asked_to_come_again(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = console.context.content.put_bytes(b"plan")
    lose_the_store(console, monkeypatch)
    answer = console.client().get(f"/content/{sha256}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")


def test_an_official_who_sends_a_recording_reads_what_is_wrong(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_store(console, monkeypatch)
    sent = {"recording": (io.BytesIO(bulletins.wav()), "tin.wav")}
    answer = post(console.client("editor"), "/uploads", sent)
    assert answer.status_code == 503
    assert "CONTENT_AWAY" in answer.text
    assert "Kho nội dung" in answer.text


def test_it_is_a_finding_of_the_server_and_a_line_on_every_page(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(console.context)
    lose_the_store(console, monkeypatch)
    token = security.metrics_token(console.context.settings.keys_dir)
    answer = console.app.test_client().get("/health/ready", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert [each["code"] for each in answer.get_json()["reasons"]] == ["CONTENT_AWAY"]
    assert "Kho nội dung" in console.client("editor").get("/server/line").text

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broadcast.alerts.cap.message import Status
from cms.exchange.cap.writer import write
from cms.platform.cli import main
from tests.integration.exchange.web_server import Answer, web_server
from tests.unit.exchange.messages import SENDER, message, signer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "loa"))
    return tmp_path


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["exchange", *words])


def done(*words: str) -> list[str]:
    result = typed(*words)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.fixture
def test_message(home: Path) -> Path:
    """Write a message with status Test, which is ignored at any time."""
    path = home / "test.xml"
    path.write_bytes(signer().signed(message(status=Status.TEST)))
    return path


def test_a_sender_is_known_with_its_signer_and_its_secret_is_shown_once(home: Path) -> None:
    certificate = home / "kttv.pem"
    certificate.write_text(signer().pem)
    said = done("sender", "add", SENDER, "Đài KTTV", "--certificate", str(certificate), "--push")
    assert said[0] == f"{SENDER} is known as Đài KTTV"
    assert "loacap_" in said[1]
    done("sender", "add", "above@example.vn", "Trung ương", "--superior-of", SENDER)
    assert done("sender", "list") == [
        "above@example.vn  Trung ương  every area  unproved  above kttv@example.vn",
        "kttv@example.vn  Đài KTTV  every area  signer push",
    ]


def test_a_sender_needs_a_real_certificate_and_real_areas(home: Path) -> None:
    wrong = home / "wrong.pem"
    wrong.write_text("no certificate")
    assert typed("sender", "add", SENDER, "X", "--certificate", str(wrong)).exit_code == 1
    refused = typed("sender", "add", SENDER, "X", "--area", "nowhere")
    assert refused.exit_code == 1
    assert "UNKNOWN_AREA" in refused.output
    assert done("sender", "list") == []


def test_a_file_is_taken_and_said_what_became_of_it(home: Path, test_message: Path) -> None:
    assert done("import", str(test_message)) == [f"{test_message}: ignore test (TEST): nothing"]
    bad = home / "bad.xml"
    bad.write_bytes(b"<alert")
    refused = typed("import", str(bad))
    assert refused.exit_code == 1
    assert "refuse unknown (NOT_WELL_FORMED): nothing" in refused.output
    assert typed("import", str(home / "missing.xml")).exit_code == 1


def test_an_address_is_asked_only_as_far_as_it_is_allowed(home: Path) -> None:
    with web_server() as server:
        server.pages["/a.xml"] = Answer(body=write(message(status=Status.TEST)))
        url = f"http://127.0.0.1:{server.port}/a.xml"
        for options in ([], ["--plain"], ["--local"]):
            refused = typed("import", url, *options)
            assert refused.exit_code == 1
            assert "FETCH_REFUSED" in refused.output
        assert server.asked == []
        assert done("import", url, "--plain", "--local") == [f"{url}: ignore test (TEST): nothing"]


def test_a_feed_is_added_listed_and_removed(home: Path) -> None:
    assert done("feed", "add", "kttv", "https://feeds.example/cap.atom", "--every", "30") == [
        "kttv is polled every 30 s"
    ]
    assert typed("feed", "add", "kttv", "https://feeds.example/2").exit_code == 1
    assert typed("feed", "add", "bad", "file:///etc/passwd").exit_code == 1
    assert done("feed", "list") == ["kttv  https://feeds.example/cap.atom  well  never answered"]
    assert done("feed", "remove", "kttv") == ["kttv is polled no more"]
    assert typed("feed", "remove", "kttv").exit_code == 1
    assert done("feed", "list") == []


def test_a_webhook_is_added_with_a_secret_listed_and_removed(home: Path) -> None:
    said = done("webhook", "add", "hook", "http://127.0.0.1:9/in", "--plain", "--local", "--drills")
    assert said[0].startswith("hook is told of what is published; its secret (shown only now): loahook_")
    assert typed("webhook", "add", "hook", "https://127.0.0.1/in").exit_code == 1
    refused = typed("webhook", "add", "private", "https://127.0.0.1/in")
    assert (refused.exit_code, "ADDRESS" in refused.output) == (1, True)
    assert done("webhook", "list") == ["hook  http://127.0.0.1:9/in  cap  0 sent  0 open  0 lost  with drills"]
    assert done("webhook", "remove", "hook") == ["hook is told nothing more"]
    assert typed("webhook", "remove", "hook").exit_code == 1
    assert done("webhook", "list") == []

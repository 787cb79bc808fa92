from __future__ import annotations

import re
from pathlib import Path

import pytest

from cms.platform.web import security
from tests.console import Console, post


def test_every_page_forbids_inline_scripts_and_foreign_sources(console: Console) -> None:
    headers = console.client("editor").get("/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/bulletins", "/bulletins/new", "/why"])
def test_no_page_holds_an_inline_script_or_style(console: Console, path: str) -> None:
    html = console.client("editor").get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)


def test_assets_may_be_kept_for_ever_under_their_hash(console: Console) -> None:
    client = console.client()
    address = re.search(r'href="(/assets/console\.css\?v=[0-9a-f]+)"', client.get("/sign-in").text)
    assert address is not None
    with client.get(address.group(1)) as kept, client.get("/assets/console.css") as plain:
        assert "immutable" in kept.headers["Cache-Control"]
        assert "immutable" not in plain.headers["Cache-Control"]


def test_the_language_is_vietnamese_unless_asked_for(console: Console) -> None:
    client = console.app.test_client()
    assert 'lang="vi"' in client.get("/sign-in").text
    assert 'lang="vi"' in client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    assert 'lang="en"' in client.get("/sign-in", headers={"Accept-Language": "en-GB,en"}).text


def test_a_chosen_language_outlives_what_the_browser_prefers(console: Console) -> None:
    client = console.app.test_client()
    assert post(client, "/language", {"language": "en", "next": "/sign-in"}).headers["Location"] == "/sign-in"
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "vi"}).text
    post(client, "/language", {"language": "tlh"})
    assert "Sign in" in client.get("/sign-in").text


def test_the_menu_shows_what_the_role_may_do(console: Console) -> None:
    assert "Chờ duyệt</a>" in console.client("approver").get("/").text
    assert "Chờ duyệt</a>" not in console.client("editor").get("/").text
    technician = console.client("technician").get("/").text
    assert "Bản tin</a>" not in technician
    assert "Vì sao?</a>" in technician


def test_english_tells_one_from_many_where_vietnamese_does_not(console: Console) -> None:
    client = console.client("technician")
    post(client, "/language", {"language": "en"})
    page = client.get("/devices").text
    assert ">Devices</a>" in page
    assert '<th scope="col">Device</th>' in page


def test_the_form_secret_is_made_once(tmp_path: Path) -> None:
    first = security.web_secret(tmp_path / "keys")
    assert security.web_secret(tmp_path / "keys") == first
    assert len(first) == 32
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["web.secret"]


def test_signs_of_life_need_no_sign_in(console: Console) -> None:
    client = console.client()
    answers = [client.get("/health"), client.head("/health"), client.post("/health"), client.get("/healthy")]
    assert [each.status_code for each in answers] == [200, 200, 404, 404]
    assert (answers[0].get_json(), answers[1].data) == ({"ok": True}, b"")
    assert answers[0].headers["X-Content-Type-Options"] == "nosniff"

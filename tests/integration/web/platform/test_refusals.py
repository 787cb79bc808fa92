from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from broadcast.bulletins.model import BulletinId, SoundState
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from tests.builders import bulletins
from tests.console import Console, post


def test_an_unknown_page_says_what_to_do(console: Console) -> None:
    for path in ("/nowhere", "/bulletins/nope", "/content/nope"):
        answer = console.client("editor").get(path)
        assert answer.status_code == 404
        assert "Hãy tìm lại từ trang hôm nay" in answer.text


def test_a_page_of_another_role_says_whom_to_ask(console: Console) -> None:
    answer = console.client("editor").get("/approvals")
    assert answer.status_code == 403
    assert "Hãy nhờ người có quyền" in answer.text


def test_the_wrong_method_is_refused_in_words(console: Console) -> None:
    answer = post(console.client("editor"), "/why")
    assert answer.status_code == 405
    assert "Không mở được theo cách này" in answer.text


def test_a_step_from_the_wrong_state_names_the_state(console: Console) -> None:
    draft = bulletins.write(console)
    answer = post(console.client("editor"), f"/bulletins/{draft.id}/withdraw")
    assert answer.status_code == 409
    assert "Đang soạn" in answer.text


def test_a_step_on_an_older_version_asks_to_reload(console: Console) -> None:
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    answer = post(console.client("editor"), f"/bulletins/{submitted.id}/withdraw", {"version": "1"})
    assert answer.status_code == 409
    assert "tải lại trang" in answer.text


def test_invalid_contents_are_listed(console: Console) -> None:
    draft = bulletins.write(console)
    with console.context.uow() as uow:
        found = uow[Bulletins].get(BulletinId(draft.id))
        failed = replace(found.sound, state=SoundState.FAILED)
        uow[Bulletins].save(replace(found, title="", sound=failed, version=draft.version + 1))
        uow.commit()
    answer = post(console.client("editor"), f"/bulletins/{draft.id}/sound")
    assert answer.status_code == 422
    assert "Tiêu đề: Cần điền mục này." in answer.text


def test_a_too_large_form_is_refused_in_words(console: Console) -> None:
    client = console.client("editor")
    answer = post(client, "/bulletins/new", {"text": "x" * 3_200_000})
    assert answer.status_code == 413
    assert "Tệp quá lớn" in answer.text


@pytest.mark.parametrize("login", ["operator", "approver", "auditor"])
def test_whoever_has_only_closed_areas_is_told_so_or_sees_a_page(console: Console, login: str) -> None:
    with console.context.uow() as uow:
        uow[Places].close([area.id for area in uow[Places].tree()], date(2026, 1, 1))
        uow.commit()
    client = console.client(login)
    screens = [
        rule.rule for rule in console.app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())
    ]
    found = []
    for path in screens:
        answer = client.get(path)
        # /health/ready reports that no process runs in this test; it is not a screen.
        assert answer.status_code < 500 or path == "/health/ready", path
        found += [path] * ("Các địa bàn giao cho bạn đã đóng" in answer.text)
    assert {"/calendar", "/reports"} <= set(found)
    assert ("/phrases" in found) == (login == "operator")


def test_a_crash_shows_a_remedy_and_nothing_of_the_inside(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> str:
        raise RuntimeError("the password is hunter2")

    console.app.testing = False
    monkeypatch.setitem(console.app.view_functions, "web.today", crash)
    client = console.client("editor")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Máy chủ gặp trục trặc" in answer.text
    assert "hunter2" not in answer.text


def test_refusals_speak_english_too(console: Console) -> None:
    assert "There is no such page" in console.client("editor", language="en").get("/nowhere").text

from __future__ import annotations

import pytest

from broadcast.bulletins.model import Bulletin, Cues
from cms.bulletins.views.cues import CuesForm, read
from tests.builders import bulletins
from tests.console import Console, post


def recorded(console: Console) -> Bulletin:
    sha256 = console.context.content.put_bytes(bulletins.wav())
    return bulletins.edit(console, bulletins.write(console), text="", original_sha256=sha256, original_name="tin.wav")


def test_cues_are_typed_in_seconds_saved_and_shown_again(console: Console) -> None:
    editor, bulletin = console.client("editor"), recorded(console)
    typed: dict[str, object] = {"in_ms": "2,5", "out_ms": "1:02.25", "fade_in_ms": "0.5", "fade_out_ms": "3"}
    html = post(editor, f"/bulletins/{bulletin.id}/cues", typed, follow_redirects=True).text
    assert "Âm thanh đang được làm lại; tệp gốc giữ nguyên." in html
    assert "phát từ 0:02 đến 1:02" in html
    saved = bulletins.again(console, bulletin)
    assert saved.cues == Cues(2_500, 62_250, 500, 3_000)
    assert saved.sound.made_from == f"audio:{bulletin.original_sha256}:2500-62250-500-3000"
    shown = editor.get(f"/bulletins/{bulletin.id}/cues").text
    for value in ("2,5", "62,25", "0,5", "3"):
        assert f'value="{value}"' in shown


def test_what_is_wrong_with_cues_is_told_beside_what_was_typed(console: Console) -> None:
    editor, bulletin = console.client("editor"), recorded(console)
    answer = post(editor, f"/bulletins/{bulletin.id}/cues", {"in_ms": "hai", "out_ms": "9"})
    assert answer.status_code == 422
    assert "Hãy viết số giây" in answer.text
    assert 'value="hai"' in answer.text
    answer = post(editor, f"/bulletins/{bulletin.id}/cues", {"in_ms": "9", "out_ms": "9,5"})
    assert answer.status_code == 422
    assert "ít nhất 1 giây" in answer.text
    answer = post(editor, f"/bulletins/{bulletin.id}/cues", {"out_ms": "9", "fade_out_ms": "10"})
    assert "dài hơn phần được phát (9,0 s)" in answer.text


def test_cues_that_somebody_else_was_faster_with_are_shown_for_another_try(console: Console) -> None:
    editor, bulletin = console.client("editor"), recorded(console)
    bulletins.edit(console, bulletin, title="Tên khác")
    answer = post(editor, f"/bulletins/{bulletin.id}/cues", {"in_ms": "2", "version": str(bulletin.version)})
    assert answer.status_code == 409
    assert "người khác đã lưu" in answer.text


def test_what_is_spoken_has_no_cues_to_set(console: Console) -> None:
    assert console.client("editor").get(f"/bulletins/{bulletins.write(console).id}/cues").status_code == 404


def test_saving_the_form_of_the_bulletin_keeps_its_cues_and_another_recording_drops_them(console: Console) -> None:
    editor = console.client("editor")
    bulletin = bulletins.edit(console, recorded(console), cues=Cues(1_000))
    form: dict[str, object] = {
        "title": "Tên khác",
        "kind": "audio",
        "original_sha256": bulletin.original_sha256,
        "areas": ["bt-mui-ne"],
        "language": "vi",
    }
    assert post(editor, f"/bulletins/{bulletin.id}/edit", form).status_code == 302
    assert bulletins.again(console, bulletin).cues == Cues(1_000)
    other = console.context.content.put_bytes(bulletins.wav(2.0))
    assert post(editor, f"/bulletins/{bulletin.id}/edit", {**form, "original_sha256": other}).status_code == 302
    assert bulletins.again(console, bulletin).cues == Cues()


@pytest.mark.parametrize("text", ["-1", "1,2,3", "1:2:3", "x", "1e3", "1,2345"])
def test_what_is_no_length_of_time_is_a_problem(text: str) -> None:
    _, problems = read(CuesForm(in_ms=text))
    assert [(p.field, p.code) for p in problems] == [("cues.in_ms", "NOT_SECONDS")]

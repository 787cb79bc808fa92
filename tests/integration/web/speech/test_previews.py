"""Hearing a sentence before anything is saved: ordered once, made by a worker, heard by its owner alone."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from cms.platform.store.kinds import JobKind
from cms.speech.service import previews
from tests.console import COMMUNE, Console, post

TEXT = "Kính mời bà con. Họp lúc 8g30 tại nhà văn hóa."


def hear(console: Console, sentence: str, text: str = TEXT, *, by: str = "editor") -> TestResponse:
    form = {"text": text, "language": "vi", "areas": [COMMUNE], "sentence": sentence}
    return post(console.client(by), "/bulletins/hear", form)


def ordered(answer: TestResponse) -> str:
    found = re.search(r"/bulletins/heard/(\w+)", answer.text)
    assert found, answer.text
    return found[1]


def test_each_sentence_has_its_button_and_the_voice_reads_what_will_be_said(console: Console) -> None:
    client = console.client("editor")
    html = post(client, "/bulletins/spoken", {"text": TEXT, "language": "vi", "areas": [COMMUNE]}).text
    assert html.count('class="hear"') == 2
    assert "Nghe cả bài" in html
    answer = hear(console, "1")
    assert answer.status_code == 200
    assert "Giọng đọc đang đọc" in answer.text
    preview = ordered(answer)
    assert "hx-get" in client.get(f"/bulletins/heard/{preview}").text
    assert client.get(f"/bulletins/heard/{preview}/clip").status_code == 404

    previews.finish(console.context.uow(), preview, clip=b"ID3 sound")

    assert f'src="/bulletins/heard/{preview}/clip"' in client.get(f"/bulletins/heard/{preview}").text
    clip = client.get(f"/bulletins/heard/{preview}/clip")
    assert (clip.data, clip.mimetype) == (b"ID3 sound", "audio/mpeg")
    assert console.client("operator").get(f"/bulletins/heard/{preview}/clip").status_code == 404
    # The same words again are there at once.
    assert "<audio" in hear(console, "1").text


def test_what_cannot_be_made_says_why_and_what_is_late_is_ordered_anew(console: Console) -> None:
    preview = ordered(hear(console, "0"))
    client = console.client("editor")
    previews.finish(console.context.uow(), preview, error="NO_VOICE")
    assert "Chưa có giọng đọc" in client.get(f"/bulletins/heard/{preview}").text
    again = ordered(hear(console, "0"))
    assert again == preview
    console.clock.at += previews.OPEN_LASTS * 1.1
    late = client.get(f"/bulletins/heard/{preview}").text
    assert "hx-get" not in late
    assert "Máy chủ đang bận" in late
    assert "hx-get" in hear(console, "0").text


@pytest.mark.parametrize(
    ("sentence", "text", "said"),
    [
        ("0", "  ", "Chưa có gì để đọc"),
        ("7", TEXT, "Chưa có gì để đọc"),
        ("99999", TEXT, "Chưa có gì để đọc"),
        ("all", "Mưa to. " * 300, "Dài"),
    ],
)
def test_nothing_to_say_and_too_much_are_refused(console: Console, sentence: str, text: str, said: str) -> None:
    answer = hear(console, sentence, text)
    assert answer.status_code == 422, answer.text
    assert 'role="alert"' in answer.text
    assert said.casefold() in answer.text.casefold()


def test_one_person_keeps_no_more_than_a_few_waiting(console: Console) -> None:
    for number in range(previews.OPEN_MOST):
        assert hear(console, "all", f"Câu thứ {number} của tôi.").status_code == 200
    refused = hear(console, "all", "Một câu nữa.")
    assert (refused.status_code, "đang được đọc" in refused.text) == (422, True)
    assert hear(console, "all", "Một câu nữa.", by="operator").status_code == 200


def test_an_hour_has_its_measure(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "HOURLY_MOST", 1)
    first = ordered(hear(console, "all", "Câu của một giờ."))
    previews.finish(console.context.uow(), first, clip=b"x")
    assert hear(console, "all", "Câu khác của một giờ.").status_code == 422


def test_a_preview_goes_before_a_bulletin_that_was_there_first(console: Console) -> None:
    with console.context.uow() as uow:
        long = uow.jobs.add(JobKind.MAKE_SOUND, "long-bulletin", {})
        preview = uow.jobs.add(JobKind.MAKE_PREVIEW, "preview", {})
        alert = uow.jobs.add(JobKind.MAKE_ALERT_SOUND, "alert", {})
        due = uow.jobs.due(limit=1000)
    assert due.index(alert) < due.index(preview) < due.index(long)

"""Listening tests on their screens: begun, answered blind, counted, ended."""

from __future__ import annotations

import pytest

from broadcast.speech.listening import ListeningJudgement
from cms.audit.queries import events_of
from cms.listening.repository import ListeningAnswers, ListeningTests
from tests.builders import listening
from tests.console import Console, post

FORM = {"voice_a": listening.VOICES[0], "voice_b": listening.VOICES[1], "texts": "Mời bà con đi họp.\n\n  Có  bão. "}


def test_a_test_is_begun_with_two_voices_and_texts_and_waits_for_its_sounds(console: Console) -> None:
    client = console.client("operator")

    assert post(client, "/listening", FORM).status_code == 302

    with console.context.uow.reading() as uow:
        (test,) = uow[ListeningTests].latest(5)
        assert [each.name for each in events_of(uow.session, test.id)] == ["listening.begun"]
    assert (test.voice_a, test.voice_b) == listening.VOICES
    assert test.texts == ("Mời bà con đi họp.", "Có bão.")
    waiting = client.get("/listening").text
    assert "Đang chờ đến lượt" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "Âm thanh chưa xong" in console.client("auditor").get(f"/listening/{test.id}").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"voice_b": "espeak-ng"}, "Hãy chọn hai giọng khác nhau."),
        ({"texts": " \n"}, "Cần điền mục này."),
        ({"texts": "a\n" * 21}, "nhiều nhất 20"),
        ({"voice_a": "/etc"}, "Cần điền mục này."),
    ],
)
def test_a_test_that_cannot_be_made_is_refused_with_what_was_typed(
    console: Console, wrong: dict[str, str], said: str
) -> None:
    refused = post(console.client("operator"), "/listening", {**FORM, **wrong})

    assert refused.status_code == 422
    assert said in refused.text
    with console.context.uow.reading() as uow:
        assert not uow[ListeningTests].latest(5)


def test_a_listener_hears_two_sounds_without_names_and_goes_on_to_the_next_text(console: Console) -> None:
    test = listening.made(console)
    client = console.client("auditor")
    html = client.get(f"/listening/{test.id}").text

    first, second = test.clips_for(console.actor("auditor").user_id, 0)
    assert html.index(f"/content/{first}") < html.index(f"/content/{second}")
    assert "Bạn nghe thấy gì?" in html
    assert "Giọng nào rõ hơn?" in html
    assert "Câu 1 trên 2" in html
    assert "espeak" not in html
    assert listening.TEXTS[0] not in html
    with client.get(f"/content/{first}?as=mp3") as sound:
        assert sound.mimetype == "audio/mpeg"

    unfinished = post(client, f"/listening/{test.id}", {"number": "0", "heard": "mời bà con"})
    assert unfinished.status_code == 422
    assert "mời bà con</textarea>" in unfinished.text

    for number, clearer in ((0, "second"), (1, "same")):
        post(client, f"/listening/{test.id}", {"number": str(number), "heard": " mời  bà con ", "clearer": clearer})
    post(client, f"/listening/{test.id}", {"number": "0", "heard": "khác", "clearer": "first"})

    assert "Bạn đã trả lời hết các câu" in client.get(f"/listening/{test.id}").text
    with console.context.uow.reading() as uow:
        answers = uow[ListeningAnswers].of_test(test.id)
        events = events_of(uow.session, test.id)
    assert [(each.number, each.heard) for each in answers] == [(0, "mời bà con"), (1, "mời bà con")]
    assert answers[0].clearer is (ListeningJudgement.B if answers[0].is_a_first else ListeningJudgement.A)
    assert answers[1].clearer is ListeningJudgement.SAME
    assert [each.name for each in events].count("listening.answered") == 2
    assert not any("mời" in str(each.detail) for each in events)


def test_results_show_counts_share_and_words_misheard_of_each_voice(console: Console) -> None:
    test = listening.made(console)
    listening.answered(console, test)

    html = console.client("operator").get(f"/listening/{test.id}/results").text

    assert html.count('<svg class="plot"') == 2
    assert "B: giọng máy đơn giản (espeak-ng:vi-vn-x-south)" in html
    assert "% chọn A;" in html
    assert "tỷ lệ thật nằm giữa" in html
    # "7h30" is said "bảy giờ ba mươi phút", of which three words were not heard; "không" of the other text.
    errors = sum(figure for figure in (3, 1, 3, 1))
    assert sum(int(each.split("/")[0]) for each in _cells(html)) == errors
    assert console.client("auditor").get(f"/listening/{test.id}/results").status_code == 403


def _cells(html: str) -> list[str]:
    return [part.split("<")[0] for part in html.split('data-label="Từ nghe sai">')[1:]]


def test_an_ended_test_takes_no_answers(console: Console) -> None:
    test = listening.made(console)
    assert post(console.client("operator"), f"/listening/{test.id}/end", {}).status_code == 302
    answer = {"number": "0", "heard": "", "clearer": "first"}

    assert post(console.client("auditor"), f"/listening/{test.id}", answer).status_code == 409
    assert "Đợt nghe thử đã kết thúc" in console.client("auditor").get(f"/listening/{test.id}").text
    with console.context.uow.reading() as uow:
        assert not uow[ListeningAnswers].of_test(test.id)


def test_a_test_that_nobody_has_is_not_found(console: Console) -> None:
    assert console.client("auditor").get("/listening/none").status_code == 404

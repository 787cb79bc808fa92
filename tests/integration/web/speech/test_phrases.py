"""Guided recording of phrases: the missing ones one after the other, and the result of each."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.bulletins.model import VoicedText
from broadcast.speech.phrase_bank import PhraseId
from cms.speech.repository import Phrases
from cms.speech.service import phrase_recordings
from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console, csrf_of, post

FIRST, SECOND = "chạy lên nơi cao ngay", "rời bờ biển ngay"


def send(client: FlaskClient, text: str, data: bytes | None = b"", *, area: str = COMMUNE) -> TestResponse:
    """Send a recording of this phrase; None: the form without a file."""
    form: dict[str, object] = {"csrf_token": csrf_of(client)}
    if data is not None:
        form["recording"] = (io.BytesIO(data or bulletins.wav()), "a.wav")
    path = "/phrases/recordings"
    return client.post(path, query_string={"area": area, "text": text}, data=form)


def asked_for(html: str) -> str:
    found = re.search(r'<p class="bulletin-text" lang="vi"><strong>(.*?)</strong>', html)
    return found[1] if found else ""


def test_the_first_missing_phrase_is_asked_for_and_another_can_be_taken_first(console: Console) -> None:
    client = console.client("operator")
    html = client.get("/phrases").text

    assert asked_for(html) == FIRST
    assert "data-recorder" in html
    assert "Đã ghi 0 trên" in html
    skip = re.search(r'href="([^"]*)">Bỏ qua', html)
    assert skip
    assert asked_for(client.get(skip[1].replace("&amp;", "&")).text) == SECOND
    assert asked_for(client.get("/phrases?text=Ch%C3%A0o%20b%C3%A0%20con").text) == "Chào bà con"


def test_after_a_recording_comes_the_next_phrase_and_the_list_beside_it(console: Console) -> None:
    client = console.client("operator")

    html = send(client, FIRST).text

    assert asked_for(html) == SECOND
    assert 'id="phrase-list"' in html
    assert 'hx-swap-oob="true"' in html
    assert "đang nghe kiểm tra" in html
    listed = client.get(f"/phrases?area={COMMUNE}&part=list").text
    assert 'hx-trigger="every 2s"' in listed
    assert "phrase-card" not in listed
    assert "Đã ghi 0 trên" in listed, "it may still be refused"


def test_a_refused_take_never_counts_as_recorded(console: Console) -> None:
    client = console.client("operator")
    loud = bytearray(bulletins.wav())
    for at in range(44, len(loud), 4):
        loud[at : at + 4] = b"\xff\x7f\x00\x80"

    answer = send(client, FIRST, bytes(loud))

    assert answer.status_code == 422
    assert asked_for(answer.text) == FIRST
    assert "Tiếng quá to, bị rè" in answer.text
    assert "Đã ghi 0 trên" in client.get("/phrases").text

    phrase = bulletins.record_phrase(console, FIRST)
    context = console.context
    phrase_recordings.refuse(
        context.uow(), phrase.id, sha256=phrase.candidate_sha256, refusal="AUDIO_REFUSED:NOISY", now=context.now()
    )
    html = client.get("/phrases").text
    assert "Đã ghi 0 trên" in html
    assert "1 câu không nhận được, cần ghi lại" in html


def test_what_the_worker_said_stands_beside_the_phrase(console: Console) -> None:
    client, context = console.client("operator"), console.context
    phrase = bulletins.record_phrase(console, FIRST)
    sha256 = phrase.candidate_sha256
    phrase_recordings.refuse(context.uow(), phrase.id, sha256=sha256, refusal="AUDIO_REFUSED:NOISY", now=context.now())
    html = client.get("/phrases").text
    assert "Phòng ồn" in html
    assert asked_for(html) == FIRST

    again = bulletins.record_phrase(console, FIRST)
    phrase_recordings.take(
        context.uow(), again.id, sha256=sha256, level_lufs=-23.4, floor_dbfs=-61.0, now=context.now()
    )
    html = client.get("/phrases").text
    assert "−23,4 LUFS" in html or "-23,4 LUFS" in html
    assert asked_for(html) == SECOND
    assert 'hx-trigger="every 2s"' not in html


def test_a_phrase_of_ones_own_is_recorded_and_forgotten(console: Console) -> None:
    client = console.client("operator")
    assert "Chào bà con" in send(client, "Chào bà con").text
    with console.context.uow() as uow:
        phrase = uow[Phrases].of_area(COMMUNE, "vi", "Chào bà con")
    assert phrase is not None

    gone = post(client, f"/phrases/{phrase.id}/forget", {})

    assert gone.headers["Location"].endswith(f"/phrases?area={COMMUNE}")
    assert "Đã bỏ bản ghi “Chào bà con”." in client.get("/phrases").text
    assert post(client, f"/phrases/{PhraseId('none')}/forget", {}).status_code == 404


def test_when_all_is_recorded_the_page_says_so(console: Console) -> None:
    client = console.client("operator")
    html = client.get("/phrases").text
    for text in dict.fromkeys(re.findall(r'<span lang="vi">(.*?)</span>', html)):
        bulletins.record_phrase(console, text)

    assert "Mọi câu trong danh sách đều đã có bản ghi." in client.get("/phrases").text


def test_what_cannot_be_taken_is_told_at_the_same_phrase(console: Console) -> None:
    client = console.client("operator")
    for answer, sentence in (
        (send(client, FIRST, None), "Hãy chọn một tệp."),
        (send(client, "…"), "Cần điền mục này."),
    ):
        assert answer.status_code == 422
        assert 'id="phrase-card"' in answer.text
        assert sentence in answer.text
    unknown = post(client, f"/phrases/recordings?area={COMMUNE}&text=x", {"upload": "none"})
    assert unknown.status_code == 422
    assert "Chưa nhận được tệp này." in unknown.text


@pytest.mark.parametrize("size", [2_200_000, 3_300_000])
def test_a_recording_that_is_too_large_says_what_to_do_in_its_place(console: Console, size: int) -> None:
    client = console.client("operator")
    head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="to.wav"\r\n\r\n'
    part = client.post(
        f"/phrases/recordings?area={COMMUNE}&text=x",
        data=head + b"x" * size + b"\r\n--b--\r\n",
        headers={"X-CSRFToken": csrf_of(client)},
        content_type="multipart/form-data; boundary=b",
    )
    assert part.status_code == 413
    assert part.text.lstrip().startswith('<section id="phrase-card"')
    assert "Hãy nén" in part.text


def test_nobody_records_for_a_place_that_is_not_theirs(console: Console) -> None:
    client = console.client("operator")
    assert client.get(f"/phrases?area={FAR_COMMUNE}").status_code == 403
    assert send(client, FIRST, area=FAR_COMMUNE).status_code == 403
    assert console.client("auditor").get("/phrases").status_code == 403


def test_whoever_records_for_many_places_chooses_one(console: Console) -> None:
    html = console.client("editor").get(f"/phrases?area={COMMUNE}").text

    assert f'<option value="{COMMUNE}" selected>' in html


def test_the_sounds_card_tells_who_says_which_part_to_writer_and_approver(console: Console) -> None:
    said = [VoicedText("Cảnh báo bão tại ", "Lan", "f" * 64), VoicedText("xã Hàm Thuận", "espeak-ng vi")]
    bulletin = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console), said=said))

    for login, path in (("editor", f"/bulletins/{bulletin.id}"), ("approver", f"/bulletins/{bulletin.id}/approval")):
        html = console.client(login).get(path).text
        assert "1/2 phần là ghi âm sẵn" in html
        assert "ghi âm: Lan" in html
        assert "máy đọc: giọng máy đơn giản" in html
    found = console.app.test_client().get(f"/api/v1/bulletins/{bulletin.id}", headers=console.bearer("editor"))
    assert [each["by"] for each in found.get_json()["sound"]["said"]] == ["Lan", "espeak-ng vi"]


def test_the_approver_sees_which_voice_spoke_which_sentence(console: Console) -> None:
    said = [
        VoicedText("Kính thưa bà con. ", "kokoro female"),
        VoicedText("Họp 会议 lúc bảy giờ. ", "espeak-ng vi"),
        VoicedText("Hết.", "kokoro female"),
    ]
    bulletin = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console), said=said))

    html = console.client("approver").get(f"/bulletins/{bulletin.id}/approval").text

    assert "Nhiều giọng máy đọc: 3 đoạn" in html
    assert html.count("máy đọc: giọng máy tự nhiên, nữ") == 2
    assert html.count("máy đọc: giọng máy đơn giản") == 1

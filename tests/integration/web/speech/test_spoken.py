"""Spoken text beside the text, its correction, and the dictionary."""

from __future__ import annotations

from flask.testing import FlaskClient

from cms.speech.repository import Pronunciations
from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console, post
from tests.integration.web.bulletins.test_editor import FORM, saved

TEXT = "Họp lúc 8g30 ngày 2/12 tại La Ngà"


def preview(client: FlaskClient, **more: object) -> str:
    answer = post(client, "/bulletins/spoken", {"text": TEXT, "language": "vi", "areas": [COMMUNE], **more})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_what_will_be_said_stands_beside_the_text(console: Console) -> None:
    html = preview(console.client("editor"))
    assert '<a href="#say_written" class="said" data-written="8g30" data-spoken="tám giờ ba mươi phút"' in html
    assert "hai tháng mười hai" in html
    assert "2 chỗ đọc khác chữ viết" in html


def test_the_editor_shows_which_words_are_recorded_and_which_the_voice_says(console: Console) -> None:
    phrases = [bulletins.take_phrase(console, text) for text in ("tám giờ", "ba mươi phút", "xin cảm ơn")]
    by = phrases[0].changed_by_name
    client = console.client("editor")

    html = preview(client, text="Họp lúc 8g30. Nhớ mang theo giấy tờ. Xin cảm ơn!")

    assert html.count(f'<span class="recorded" title="ghi âm: {by}">') == 2
    mark = f'<span class="visually-hidden">[ghi âm: {by}] </span>'
    said = f'<span class="recorded" title="ghi âm: {by}">{mark}tám giờ ba mươi phút</span>'
    assert f'title="Viết: 8g30">{said}</a>' in html
    assert "Nhớ mang theo giấy tờ. <button" in html
    assert f"{mark}Xin cảm ơn!</span>" in html
    assert "Từ ghi âm sẵn</span>: 8/15 từ, gạch chân đôi; giọng máy đọc các từ còn lại." in html
    assert "recorded" not in preview(client, text="Nhớ mang theo giấy tờ.")


def test_what_is_a_guess_is_marked_so_that_it_is_heard_again(console: Console) -> None:
    html = preview(console.client("editor"), text="Họp với VHTC, tàu HANOVA; 3/12: phát quà lúc 8g30")
    assert "3 chỗ chưa chắc, hãy nghe lại" in html
    assert 'class="said unsure" data-written="VHTC" data-spoken="vê hát tê xê"' in html
    assert "Chưa chắc: chữ viết tắt lạ, đọc từng chữ cái" in html
    assert 'data-written="HANOVA" data-spoken="HANOVA"' in html
    assert "Chưa chắc: đọc là ngày tháng, có thể là phân số" in html
    assert "3 chỗ đọc khác chữ viết" in html
    taught = {"saying_written": ["VHTC"], "saying_spoken": ["Văn hóa Tánh Linh"]}
    assert "unsure" not in preview(console.client("editor"), text="Họp với VHTC lúc 8g30", **taught)
    assert "unsure" not in preview(console.client("editor"), text="HANOVA", language="en")


def test_the_approver_sees_what_is_a_guess(console: Console) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console, text="Họp với VHTC lúc 8g30"))
    submitted = bulletins.submit(console, ready)
    html = console.client("approver").get(f"/bulletins/{submitted.id}/approval").text
    assert (
        '<mark class="unsure" title="Viết: VHTC. Chưa chắc: chữ viết tắt lạ, đọc từng chữ cái">vê hát tê xê</mark>'
        in html
    )


def test_the_editor_shows_it_before_anything_is_typed(console: Console) -> None:
    client = console.client("editor")
    assert 'id="spoken"' in client.get("/bulletins/new").text
    made = saved(console, post(client, "/bulletins/new", {**FORM, "text": TEXT}))
    assert "tám giờ ba mươi phút" in client.get(f"/bulletins/{made.id}/edit").text


def test_a_correction_for_this_bulletin_only_is_kept_with_it(console: Console) -> None:
    client = console.client("editor")
    html = preview(client, spoken_act="say", say_written=" la ngà ", say_spoken="Lờ a Ngà", say_scope="here")
    assert 'name="saying_written" value="la ngà"' in html
    assert ">Lờ a Ngà</a>" in html
    sayings = {"saying_written": ["la ngà"], "saying_spoken": ["Lờ a Ngà"]}
    made = saved(console, post(client, "/bulletins/new", {**FORM, "text": TEXT, **sayings}))
    assert made.spoken == "Họp lúc tám giờ ba mươi phút ngày hai tháng mười hai tại Lờ a Ngà"
    assert 'value="la ngà"' in client.get(f"/bulletins/{made.id}/edit").text
    again = preview(client, spoken_act="say", say_written="La Ngà", say_spoken="khác", **sayings)
    assert again.count('name="saying_written"') == 1
    assert 'name="saying_written"' not in preview(client, spoken_act="drop-0", **sayings)
    assert 'name="saying_written"' in preview(client, spoken_act="drop-x", **sayings)


def test_a_correction_for_always_is_remembered_for_the_area(console: Console) -> None:
    client = console.client("operator")
    html = preview(
        client, spoken_act="say", say_written="La Ngà", say_spoken="Lờ a Ngà", say_scope="always", say_area=COMMUNE
    )
    assert "Đã nhớ" in html
    assert ">Lờ a Ngà</a>" in html
    assert ">Lờ a Ngà</a>" in preview(console.client("editor"))
    assert ">Lờ a Ngà</a>" not in preview(console.client("editor"), areas=[FAR_COMMUNE])


def test_what_cannot_be_said_is_told_beside_it_and_kept(console: Console) -> None:
    client = console.client("operator")
    html = preview(client, spoken_act="say", say_written="La Ngà", say_spoken="số 5", say_scope="here")
    assert "Hãy viết bằng chữ" in html
    assert 'value="số 5"' in html
    far = preview(
        client, spoken_act="say", say_written="La Ngà", say_spoken="x", say_scope="always", say_area=FAR_COMMUNE
    )
    assert "Bạn chưa được giao quyền ở" in far
    nowhere = preview(
        client, spoken_act="say", say_written="La Ngà", say_spoken="x", say_scope="always", say_area="nowhere"
    )
    assert "Không có địa bàn" in nowhere


def test_the_approver_reads_exactly_what_the_sound_was_made_from(console: Console) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console, text=TEXT))
    submitted = bulletins.submit(console, ready)
    bulletins.teach(console, "La Ngà", "khác hẳn")
    html = console.client("approver").get(f"/bulletins/{submitted.id}/approval").text
    assert '<mark title="Viết: 8g30">tám giờ ba mươi phút</mark>' in html
    assert "Âm thanh ở trên được làm từ đúng lời này" in html
    assert "khác hẳn" not in html
    assert submitted.sound.made_from == f"text:vi:{submitted.spoken}"


def test_a_bulletin_says_what_its_sound_will_be_made_from(console: Console) -> None:
    made = bulletins.write(console, text=TEXT)
    assert "Âm thanh sẽ được làm từ đúng lời này" in console.client("editor").get(f"/bulletins/{made.id}").text


def test_the_dictionary_is_listed_searched_taught_and_forgotten(console: Console) -> None:
    client = console.client("operator")
    word: dict[str, object] = {
        "written": "La Ngà",
        "spoken": "Lờ a Ngà",
        "area": COMMUNE,
        "is_case_sensitive": "1",
    }
    assert post(client, "/words", word).status_code == 302
    bulletins.teach(console, "Cà Ty", "Cà Ti", area_id=FAR_COMMUNE)
    html = client.get("/words").text
    assert "Lờ a Ngà" in html
    assert "đúng chữ hoa" in html
    assert "Không có từ nào khớp" in client.get("/words?q=không có").text
    assert "Lờ a Ngà" in client.get("/words?q=la ngà").text
    with console.context.uow() as uow:
        (made,) = uow[Pronunciations].in_areas([COMMUNE])
        (far,) = uow[Pronunciations].in_areas([FAR_COMMUNE])
    assert post(client, f"/words/{far.id}/forget", {}).status_code == 403
    assert post(client, f"/words/{made.id}/forget", {}).status_code == 302
    assert "Lờ a Ngà" not in client.get("/words").text


def test_a_refused_word_comes_back_with_what_was_typed(console: Console) -> None:
    client = console.client("operator")
    answer = post(client, "/words", {"written": "La Ngà", "spoken": "số 5", "area": COMMUNE})
    assert answer.status_code == 422
    assert "Hãy viết bằng chữ" in answer.text
    assert 'value="số 5"' in answer.text
    far = post(client, "/words", {"written": "La Ngà", "spoken": "x", "area": FAR_COMMUNE})
    assert (far.status_code, "Bạn chưa được giao quyền ở" in far.text) == (422, True)

from __future__ import annotations

import io
import re
from dataclasses import replace

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.bulletins.model import Bulletin, BulletinStatus, Sound, SoundState
from broadcast.bulletins.schedules import Move
from cms.audit.queries import job_progress
from cms.bulletins.service import sound
from media import picture
from media.picture import LoudnessPicture, Side
from tests.builders import bulletins
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, Console, csrf_of, post
from tests.fakes.sound import delete

FORM: dict[str, object] = {
    "title": "Tiêm phòng dại",
    "kind": "text",
    "text": "Kính mời bà con",
    "topic": "health",
    "priority": "priority",
    "language": "vi",
    "origin": "UBND phường",
    "pen_name": "Lan",
    "after": "resume",
    "areas": [COMMUNE, COMMUNE_2],
    "s": ["1"],
    "s-1-kind": "weekly",
    "s-1-on": "2026-11-25",
    "s-1-at": "05:30",
    "s-1-days": ["MO", "WE"],
    "s-1-until": "2026-12-31",
    "s-1-except": ["2026-11-30", ""],
    "s-1-move-on": ["2026-12-02"],
    "s-1-move-to": ["2026-12-03T17:00"],
    "valid_until_at": "2027-01-01T00:00",
}


def saved(console: Console, answer: TestResponse) -> Bulletin:
    assert answer.status_code == 302, answer.text
    return bulletins.stored(console, answer.headers["Location"].rsplit("/", 1)[1])


def write(client: FlaskClient, **changes: object) -> TestResponse:
    return post(client, "/bulletins/new", {**FORM, **changes})


def test_everything_typed_is_saved(console: Console) -> None:
    made = saved(console, write(console.client("editor")))
    assert (made.title, made.priority, made.origin, made.pen_name) == (
        "Tiêm phòng dại",
        "priority",
        "UBND phường",
        "Lan",
    )
    assert made.targets.areas == (DISTRICT,)
    rule = made.schedules[0]
    assert rule.rrule == "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231"
    assert [on.isoformat() for on in rule.except_on] == ["2026-11-30"]
    assert rule.moves[0].to.isoformat() == "2026-12-03T17:00:00"
    assert made.valid_until_at is not None
    assert made.valid_until_at.isoformat() == "2026-12-31T17:00:00+00:00"
    assert made.sound.state is SoundState.MAKING


def test_what_was_saved_is_shown_again_and_saved_the_same(console: Console) -> None:
    client = console.client("editor")
    made = saved(console, write(client))
    html = client.get(f"/bulletins/{made.id}/edit").text
    for shown in (
        'value="Tiêm phòng dại"',
        'value="30/11/2026"',
        'value="17:00 03/12/2026"',
        'value="00:00 01/01/2027"',
    ):
        assert shown in html
    again = saved(console, post(client, f"/bulletins/{made.id}/edit", {**FORM, "version": "1"}))
    assert (again.version, again.schedules) == (2, made.schedules)
    assert again.schedules[0].moves == (Move(made.schedules[0].moves[0].on, made.schedules[0].moves[0].to),)


def test_a_refused_form_keeps_everything_and_names_each_field(console: Console) -> None:
    changes = {"title": "", "text": "…", "areas": [], "s-1-on": "x", "s-1-at": "", "s-1-days": []}
    answer = write(console.client("editor"), **changes)
    assert answer.status_code == 422
    assert "Có 5 chỗ cần sửa" in answer.text
    assert 'value="UBND phường"' in answer.text
    for field in ("title", "areas", "s-1-on", "s-1-at", "s-1-days"):
        assert f'id="{field}-error-1"' in answer.text, field
    assert console.client("editor").get("/bulletins").text.count('<th scope="row">') == 0


def test_problems_found_by_the_rules_stand_at_their_fields(console: Console) -> None:
    answer = write(
        console.client("editor"),
        valid_from_at="2027-02-01T00:00",
        **{"s-1-except": ["2026-12-01"], "s-1-move-on": ["2026-12-01"], "s-1-move-to": ["2026-12-03T17:00"]},
    )
    assert answer.status_code == 422
    for field in ("valid_until_at", "s-1-except", "s-1-move"):
        assert f'id="{field}-error-1"' in answer.text, field
    assert "Phải sau lúc bắt đầu" in answer.text


def test_moments_that_are_none_are_named(console: Console) -> None:
    changes = {"valid_from_at": "hôm qua", "s-1-until": "mai", "s-1-move-to": ["chiều"]}
    answer = write(console.client("editor"), **changes)
    for field in ("valid_from_at", "s-1-until", "s-1-move"):
        assert f'id="{field}-error-1"' in answer.text, field


def test_problems_speak_english_too(console: Console) -> None:
    assert "This is needed." in write(console.client("editor", language="en"), title="", text="…").text


def test_a_bulletin_without_a_title_gets_its_first_sentence(console: Console) -> None:
    text = "Kính thưa bà con. Sáng mai phường tiêm phòng dại cho chó, mèo. Xin cảm ơn."
    made = saved(console, write(console.client("editor"), title=" ", text=text))
    assert made.title == "Sáng mai phường tiêm phòng dại cho chó, mèo"


def test_places_of_somebody_else_are_refused_at_the_field(console: Console) -> None:
    answer = write(console.client("operator"), areas=[COMMUNE, FAR_COMMUNE])
    assert answer.status_code == 422
    assert "Bạn chưa được giao quyền ở: Liên Hương" in answer.text


def test_an_unknown_place_is_refused_by_name(console: Console) -> None:
    assert "Không có địa bàn mã atlantis" in write(console.client("editor"), areas=["atlantis"]).text


def test_enter_in_the_title_sends_nothing(console: Console) -> None:
    """A browser presses the form's first button on Enter: it is one that does nothing."""
    html = console.client("editor").get("/bulletins/new").text
    form = html[html.index("data-autosave=") :]
    assert form.index("<button disabled hidden>") < form.index('name="title"') < form.index('value="save"')


def test_the_picker_offers_only_ones_own_places(console: Console) -> None:
    mine = console.client("operator").get("/bulletins/new").text
    assert re.search(r'value="bt-mui-ne" checked', mine)
    assert "Liên Hương" not in mine
    assert "Liên Hương" in console.client("editor").get("/bulletins/new").text


def test_two_people_editing_at_once_lose_nothing(console: Console) -> None:
    made = saved(console, write(console.client("editor")))
    post(console.client("station"), f"/bulletins/{made.id}/edit", {**FORM, "version": "1", "title": "Của đài"})
    mine = console.client("editor")
    answer = post(mine, f"/bulletins/{made.id}/edit", {**FORM, "version": "1", "title": "Của tôi"})
    assert answer.status_code == 409
    assert 'id="conflict"' in answer.text
    assert 'value="Của tôi"' in answer.text
    assert 'name="version" value="2"' in answer.text
    over = post(mine, f"/bulletins/{made.id}/edit", {**FORM, "version": "2", "title": "Của tôi"})
    assert saved(console, over).title == "Của tôi"


def test_a_new_draft_of_a_reader_is_refused(console: Console) -> None:
    assert write(console.client("auditor")).status_code == 403


def test_the_schedule_builder_adds_and_removes_rows(console: Console) -> None:
    client = console.client("editor")
    added = post(client, "/bulletins/schedule-rows", {**FORM, "act": "add"}).text
    assert added.count('name="s" value=') == 2
    assert 'id="s-2-on" name="s-2-on" value="25/11/2026"' in added
    both = {**FORM, "s": ["1", "2"], "s-2-kind": "once"}
    assert post(client, "/bulletins/schedule-rows", {**both, "act": "remove:1"}).text.count('name="s" value=') == 1
    assert post(client, "/bulletins/schedule-rows", {**FORM, "act": "except:1"}).text.count('name="s-1-except"') == 2
    assert post(client, "/bulletins/schedule-rows", {**FORM, "act": "move:1"}).text.count('name="s-1-move-to"') == 2
    assert post(client, "/bulletins/schedule-rows", {**FORM, "act": "dance"}).text.count('name="s" value=') == 1


def test_the_builder_works_without_scripts(console: Console) -> None:
    answer = write(console.client("editor"), act="add")
    assert answer.status_code == 200
    assert answer.text.count('name="s" value=') == 2
    assert "Kính mời bà con" in answer.text


def test_an_untouched_schedule_row_is_no_schedule(console: Console) -> None:
    blank = {key: value for key, value in FORM.items() if not key.startswith("s-1-")}
    made = saved(console, post(console.client("editor"), "/bulletins/new", blank))
    assert made.schedules == ()


def test_a_recording_is_uploaded_and_becomes_the_bulletin(console: Console) -> None:
    client = console.client("editor")
    part = post(client, "/uploads", {"recording": (io.BytesIO(bulletins.wav()), "tin sáng.wav")})
    assert part.status_code == 200
    sha256 = re.search(r'name="original_sha256" value="([0-9a-f]{64})"', part.text)
    assert sha256 is not None
    assert "tin sáng.wav" in part.text
    changes = {"kind": "audio", "original_sha256": sha256.group(1), "original_name": "tin sáng.wav"}
    made = saved(console, write(client, **changes))
    assert (made.original_sha256, made.text) == (sha256.group(1), "")
    assert "tin sáng.wav" in client.get(f"/bulletins/{made.id}").text
    assert 'data-when="audio" hidden' not in client.get(f"/bulletins/{made.id}/edit").text


def test_a_recording_that_was_never_uploaded_is_refused(console: Console) -> None:
    answer = write(console.client("editor"), kind="audio", original_sha256="0" * 64)
    assert answer.status_code == 422
    assert 'id="recording-file-error-1"' in answer.text


def test_a_too_large_upload_says_what_to_do(console: Console) -> None:
    client = console.client("editor")
    for size in (2_200_000, 3_300_000):
        head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="to.wav"\r\n\r\n'
        part = client.post(
            "/uploads",
            data=head + b"x" * size + b"\r\n--b--\r\n",
            headers={"X-CSRFToken": csrf_of(client)},
            content_type="multipart/form-data; boundary=b",
        )
        assert part.status_code == 413
        assert "Hãy nén" in part.text
    assert post(client, "/uploads").status_code == 422


def test_a_failed_sound_tells_why_and_can_be_made_again(console: Console) -> None:
    draft = bulletins.write(console)
    sound.finish(
        console.context.uow(),
        draft.id,
        Sound(SoundState.FAILED, made_from=draft.sound_input, job_id=draft.sound.job_id, error="NO_VOICE"),
        now=console.clock(),
    )
    client = console.client("editor")
    assert "Chưa có giọng đọc cho ngôn ngữ này" in client.get(f"/bulletins/{draft.id}").text
    assert post(client, f"/bulletins/{draft.id}/sound").status_code == 302
    assert bulletins.again(console, draft).sound.state is SoundState.MAKING


def test_a_recording_that_was_refused_is_replaced_and_not_tried_again(console: Console) -> None:
    """The same file would be refused again, so another one is needed."""
    client = console.client("editor")
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(client, "/bulletins/new", {**form, "recording": (io.BytesIO(bulletins.wav()), "tin.wav")})
    draft = bulletins.stored(console, answer.headers["Location"].rsplit("/", 1)[1])
    sound.finish(
        console.context.uow(),
        draft.id,
        Sound(SoundState.FAILED, made_from=draft.sound_input, job_id=draft.sound.job_id, error="AUDIO_REFUSED:KNOCKS"),
        now=console.clock(),
    )
    page = client.get(f"/bulletins/{draft.id}").text
    assert "Chọn tệp khác hoặc ghi lại" in page
    assert "Làm lại âm thanh" not in page


def test_the_sound_is_watched_until_it_can_be_heard(console: Console) -> None:
    draft = bulletins.write(console)
    client = console.client("editor")
    waiting = client.get(f"/bulletins/{draft.id}/sound").text
    assert "Đang chờ đến lượt" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    with console.context.uow() as uow:
        job = uow.jobs.claim(draft.sound.job_id, 60)
        assert job is not None
        uow.jobs.progress(job, 40, "speaking", 60)
        uow.commit()
    assert 'value="40"' in client.get(f"/bulletins/{draft.id}/sound").text
    with console.context.uow() as uow:
        uow.jobs.progress(job, 44, "speaking 12/48", 60)
        uow.commit()
    assert "Đang đọc văn bản: 12/48 câu…" in client.get(f"/bulletins/{draft.id}/sound").text
    with console.context.uow.reading() as uow:
        progress = job_progress(uow.session, job.id)
    assert progress is not None
    assert (progress.step, progress.sentences) == ("speaking", "12/48")
    bulletins.make_sound(console, draft)
    ready = client.get(f"/bulletins/{draft.id}/sound").text
    assert "<audio" in ready
    assert "✓ đạt yêu cầu" in ready
    assert "hx-trigger" not in ready


def test_with_the_sound_the_page_learns_that_it_is_made_from_the_words_shown(console: Console) -> None:
    draft = bulletins.write(console, text="Xe chạy trên QL1A.")
    client = console.client("editor")
    assert "sẽ được làm từ đúng lời này" in client.get(f"/bulletins/{draft.id}").text
    assert "made-from" not in client.get(f"/bulletins/{draft.id}/sound").text
    bulletins.make_sound(console, draft)
    news = client.get(f"/bulletins/{draft.id}/sound").text
    assert 'id="made-from" hx-swap-oob="true">Âm thanh ở trên được làm từ đúng lời này' in news


def test_the_sound_is_drawn_with_its_loudness_before_and_after(console: Console) -> None:
    side = Side(65_000, -27.3, -9.5, (10, 60), (None, -28.0, -27.0, None, -26.0))
    drawn = picture.encoded(LoudnessPicture(side, replace(side, integrated_lufs=-16.2, duration_ms=61_000)))
    draft = bulletins.make_sound(console, bulletins.write(console), drawn=drawn)
    client = console.client("editor")
    html = client.get(f"/bulletins/{draft.id}").text
    assert "−27,3 LUFS" in html
    assert "−16,2 LUFS" in html
    assert html.count('class="p-before"') == 2
    assert 'role="slider"' in html
    address = html.split('data-wave="')[1].split('"')[0]
    with client.get(address) as found:
        assert found.json is not None
        assert found.json["after"]["peaks"] == [10, 60]
        mark = found.headers["ETag"]
    with client.get(address, headers={"If-None-Match": mark}) as kept:
        assert kept.status_code == 304


def test_a_sound_whose_drawing_is_lost_is_still_heard(console: Console) -> None:
    draft = bulletins.make_sound(console, bulletins.write(console), drawn=b"lost")
    drawn = draft.sound.rendition(picture.KIND)
    assert drawn is not None
    delete(console.context.content, drawn.sha256)
    html = console.client("editor").get(f"/bulletins/{draft.id}/sound").text
    assert "<audio" in html
    assert "data-wave" not in html


def test_submitting_shows_everything_in_the_way(console: Console) -> None:
    client = console.client("editor")
    bare = bulletins.write(console, starts="")
    answer = post(client, f"/bulletins/{bare.id}/submit")
    assert answer.status_code == 422
    assert "Âm thanh chưa xong" not in answer.text  # that is only a matter of time
    assert "Lịch phát: Cần điền mục này." in answer.text
    bulletins.on_the_way(console, "Cắt điện", starts="2026-11-25T05:30")
    late = bulletins.make_sound(
        console, bulletins.write(console, starts="2026-11-25T05:30", rrule="FREQ=DAILY;COUNT=2")
    )
    clash = post(client, f"/bulletins/{late.id}/submit")
    assert clash.status_code == 409
    assert "05:30 25/11/2026: trùng với “Cắt điện” (05:30) ở Mũi Né." in clash.text
    quiet = bulletins.make_sound(console, bulletins.write(console, starts="2026-11-24T23:00"))
    assert "rơi vào giờ yên tĩnh 21:30–05:30 ở Mũi Né" in post(client, f"/bulletins/{quiet.id}/submit").text


def test_submitting_and_taking_back(console: Console) -> None:
    client = console.client("editor")
    ready = bulletins.make_sound(console, bulletins.write(console))
    assert post(client, f"/bulletins/{ready.id}/submit", {"version": ready.version}).status_code == 302
    assert "Đang chờ người khác duyệt" in client.get(f"/bulletins/{ready.id}").text
    post(client, f"/bulletins/{ready.id}/withdraw")
    assert bulletins.again(console, ready).status is BulletinStatus.DRAFT
    running = bulletins.on_the_way(console)
    post(client, f"/bulletins/{running.id}/withdraw")
    assert "Đã thu hồi" in client.get(f"/bulletins/{running.id}").text


def test_the_list_is_searched_and_paged(console: Console) -> None:
    for number in range(32):
        console.clock.pass_by(seconds=1)
        bulletins.write(console, f"Tin số {number:02d}", starts="")
    client = console.client("editor")
    first = client.get("/bulletins").text
    assert "Tin số 31" in first
    assert "Tin số 01" not in first
    more = re.search(r'href="(/bulletins\?after=[^"]+)"', first)
    assert more is not None
    assert "Tin số 01" in client.get(more.group(1)).text
    assert "Không có bản tin nào khớp" in client.get("/bulletins?q=khong+co+dau").text
    assert "Tin số 07" in client.get("/bulletins?q=tin+so+07").text
    assert "Không có bản tin nào khớp" in client.get("/bulletins?status=approved").text
    assert "Chưa có bản tin nào" in console.client("far-operator").get("/bulletins").text

"""Record, listen back, release: from the first button to the loudspeakers, and the states of the page in between."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.bulletins.model import Sound, SoundState
from broadcast.live.model import LiveEnd, LiveId, LiveSession, LiveState
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.areas.repository import Places
from cms.live.repository import LiveSessions
from cms.live.service import held_addresses
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox
from tests.builders import bulletins
from tests.builders import live as live_builders
from tests.console import COMMUNE, Console, post


@pytest.fixture
def operator(console: Console) -> FlaskClient:
    live_builders.never_quiet(console)
    return console.client("operator")


def stored(console: Console, live_id: str) -> LiveSession:
    with console.context.uow() as uow:
        return uow[LiveSessions].get(LiveId(live_id))


def send(client: FlaskClient, live_id: str) -> TestResponse:
    return post(client, f"/live/{live_id}/recording", {"recording": (io.BytesIO(bulletins.wav()), "loi.wav")})


def told_gateway(console: Console) -> list[str]:
    with reading(console.context.engine) as session:
        return [row.subject_id for row in Outbox(session).take(console.context.now(), 50, {OutboxKind.LIVE})]


def test_an_official_records_first_and_the_page_that_is_loaded_again_goes_on_where_it_was(
    console: Console, operator: FlaskClient
) -> None:
    answer = post(operator, "/live", {"areas": [COMMUNE], "topic": "Nhắc nộp thuế", "way": "record"})
    page = answer.headers["Location"]
    live_id = page.rsplit("/", 1)[1]
    assert "Ghi âm bằng micrô" in operator.get(page).text
    taken = send(operator, live_id)
    assert taken.status_code == 200, taken.text
    assert 'hx-trigger="every 1s"' in taken.text
    for html in (operator.get(page).text, operator.get(f"{page}/recording").text):
        assert "Đang đưa về độ to chuẩn" in html
        assert "Phát ra loa ngay" not in html
    assert told_gateway(console) == []


def test_it_is_listened_to_and_released_once_however_often_the_button_is_pressed(
    console: Console, operator: FlaskClient
) -> None:
    live = live_builders.recorded(console)
    html = operator.get(f"/live/{live.id}").text
    assert "<audio" in html
    assert "Phát ra loa ngay" in html
    for _ in range(2):
        assert post(operator, f"/live/{live.id}/release").headers["Location"].endswith(live.id)
    assert told_gateway(console) == [live.id]
    assert stored(console, live.id).state is LiveState.ON_AIR
    on_air = operator.get(f"/live/{live.id}").text
    assert "Loa đang phát bản ghi của" in on_air
    assert "data-speaks" not in on_air
    assert "Phát bản ghi ra loa" in on_air


def test_whoever_may_speak_there_releases_it_and_only_its_owner_says_it_anew(console: Console) -> None:
    live_builders.never_quiet(console)
    live, editor = live_builders.recorded(console), console.client("editor")
    html = editor.get(f"/live/{live.id}").text
    assert "Phát ra loa ngay" in html
    assert "Nói lại" not in html
    assert send(editor, live.id).status_code == 403
    post(editor, f"/live/{live.id}/release")
    out = stored(console, live.id)
    assert out.released_by_name == console.actor("editor").name
    assert f"{out.released_by_name} cho phát" in editor.get(f"/live/{live.id}").text


def test_quiet_hours_are_told_where_it_is_released_and_the_recording_stays(
    console: Console, operator: FlaskClient
) -> None:
    live, now = live_builders.recorded(console), console.context.now()
    with console.context.uow() as uow:
        window = QuietWindow(now.time(), now.replace(hour=(now.hour + 2) % 24).time())
        uow[Places].set_rules(COMMUNE, AreaRules(quiet=(window,), zone="UTC"))
        uow.commit()
    answer = post(operator, f"/live/{live.id}/release")
    assert answer.status_code == 422
    assert "đang trong giờ yên tĩnh" in answer.text
    assert "<audio" in answer.text
    assert stored(console, live.id).is_ready


def test_what_is_too_old_is_said_anew(console: Console, operator: FlaskClient) -> None:
    live = live_builders.recorded(console)
    console.clock.pass_by(hours=25)
    html = console.client("operator").get(f"/live/{live.id}").text
    assert "đã quá 24 giờ" in html
    assert "Phát ra loa ngay" not in html


def test_why_a_recording_could_not_be_used_is_said_in_words(console: Console, operator: FlaskClient) -> None:
    live = live_builders.held(console)
    send(operator, live.id)
    said = stored(console, live.id).sound
    assert said is not None
    failed = Sound(SoundState.FAILED, job_id=said.job_id, error="AUDIO_REFUSED:SILENT")
    held_addresses.take(console.context.uow(), live.id, failed, now=console.context.now())
    assert "Bản ghi không có tiếng" in operator.get(f"/live/{live.id}/recording").text


@pytest.mark.parametrize("form", [{}, {"upload": "none"}])
def test_a_recording_that_never_came_is_asked_for_again(
    console: Console, operator: FlaskClient, form: dict[str, object]
) -> None:
    live = live_builders.held(console)
    answer = post(operator, f"/live/{live.id}/recording", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text or 'class="error"' in answer.text


def test_what_is_discarded_sounds_nowhere_and_takes_no_recording_any_more(
    console: Console, operator: FlaskClient
) -> None:
    live = live_builders.recorded(console)
    post(operator, f"/live/{live.id}/stop")
    assert stored(console, live.id).end is LiveEnd.DISCARDED
    assert told_gateway(console) == []
    assert "bỏ, không phát" in operator.get(f"/live/{live.id}").text
    refused = send(operator, live.id)
    assert refused.status_code == 422
    assert post(operator, f"/live/{live.id}/release").status_code == 409


def test_a_recording_beyond_the_limit_is_refused_in_its_own_place(console: Console, operator: FlaskClient) -> None:
    live = live_builders.held(console)
    console.set(upload_max_mb=0)
    answer = send(operator, live.id)
    assert answer.status_code == 413
    assert "Tệp quá lớn" in answer.text
    assert 'id="said"' in answer.text

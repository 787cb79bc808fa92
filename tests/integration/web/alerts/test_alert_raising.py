from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertKind, AlertStatus, Disc
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.model import Targets
from cms.alerts.forms import place_of
from cms.alerts.repository.alerts import Declarations
from province.people import UserId
from tests.builders import alerts, bulletins
from tests.builders.alerts import WORD
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, csrf_of, post


def test_the_first_question_is_whether_it_is_live_or_a_drill(officer: FlaskClient) -> None:
    html = officer.get("/alerts/new").text
    assert "CẢNH BÁO THẬT" in html
    assert "DIỄN TẬP" in html
    assert 'name="hazard"' not in html


@pytest.mark.parametrize("kind", ["live", "drill"])
def test_kind_is_said_in_words_colour_and_sign_on_every_page(console: Console, officer: FlaskClient, kind: str) -> None:
    made = alerts.raised(console, officer, kind=kind)
    sign, words = {"live": ("▲", "CẢNH BÁO THẬT"), "drill": ("▨", "DIỄN TẬP")}[kind]
    for path in (f"/alerts/new?kind={kind}", f"/alerts/{made.id}/edit", f"/alerts/{made.id}"):
        html = officer.get(path).text
        assert f'<body class="kind-{kind}"' in html
        assert f"<strong>{sign} {words}</strong>" in html


def test_an_unknown_kind_or_no_hazard_raises_nothing(officer: FlaskClient) -> None:
    assert officer.get("/alerts/new?kind=test").status_code == 400
    assert post(officer, "/alerts/new", {"kind": "live", "hazard": "rain"}).status_code == 422


def test_a_tile_fills_in_everything_but_where(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer, kind="live", hazard="flash_flood")
    assert (made.kind, made.hazard, made.level) == (AlertKind.LIVE, Hazard.FLASH_FLOOD, AlertLevel.TWO)
    assert made.headline
    assert made.facts.advice
    assert made.facts.authority
    assert made.rounds.every_ms
    assert made.expires_at > console.clock()
    assert made.audience.targets.areas == ()
    html = officer.get(f"/alerts/{made.id}/edit").text
    assert 'href="#areas">Nơi phát</a>: Cần điền mục này.' in html


def test_typing_saves_the_draft_and_answers_who_would_hear_it(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer)
    answer = post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, made, areas=[COMMUNE]))
    saved = alerts.stored(console, made.id)
    assert saved.audience.targets == Targets((COMMUNE,))
    assert saved.version == made.version + 1
    assert f'name="version" id="version" value="{saved.version}"' in answer.text
    assert "loa sẽ phát, ở 1 xã, phường." in answer.text
    assert "3 loa đang mất kết nối" in answer.text


def test_headline_text_and_place_follow_the_areas_until_somebody_rewrites_them(
    console: Console, officer: FlaskClient
) -> None:
    made = alerts.raised(console, officer)
    answer = post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, made, areas=[COMMUNE]))
    saved = alerts.stored(console, made.id)
    assert saved.facts.place == "Mũi Né"
    assert saved.headline == "Mũi Né: lên nơi cao ngay. Lũ quét."
    # The headline is said before the text: the place once is enough.
    assert "Mũi Né" not in saved.wordings[0].text
    assert re.search(r'hx-swap-oob="true"[^>]*id="place"[^>]*value="Mũi Né"', answer.text)
    own = alerts.form_of(console, made, areas=[FAR_COMMUNE], **{"text-vi": "Bà con chạy lên đồi."})
    post(officer, f"/alerts/{made.id}/draft", own)
    again = alerts.stored(console, made.id)
    assert again.wordings[0].text == "Bà con chạy lên đồi."
    assert again.facts.place == "Tuy Phong"  # all of it


def test_many_places_are_said_as_a_few_and_a_number_whatever_the_language_of_the_screen(console: Console) -> None:
    with console.app.test_request_context(headers={"Accept-Language": "en"}):
        named = place_of(Targets((COMMUNE, COMMUNE_2, FAR_COMMUNE, COMMUNE, COMMUNE_2, FAR_COMMUNE)))
    assert named.endswith("Hàm Tiến và 1 nơi khác")


def test_typing_nothing_new_starts_nothing(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, made))
    assert alerts.stored(console, made.id) == made


def test_what_cannot_be_kept_is_said_beside_and_not_saved(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    form = alerts.form_of(console, made, shape="10.9,108 11,109 10.9,109 11,108")
    assert "tự cắt nhau" in post(officer, f"/alerts/{made.id}/draft", form).text
    assert alerts.stored(console, made.id) == made


def test_a_shape_counts_who_is_inside_and_names_who_is_not(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    form = alerts.form_of(console, made, shape="10.93,108.28 0.4")
    html = post(officer, f"/alerts/{made.id}/draft", form).text
    assert alerts.stored(console, made.id).audience.discs == (Disc(10.93, 108.28, 400),)
    assert re.search(r"<strong class=\"figures\">1</strong> loa sẽ phát", html)
    assert "2 loa nằm ngoài vùng vẽ: không phát." in html
    assert "1 loa đang mất kết nối" in html


def test_the_map_knows_communes_shapes_and_when_asked_devices(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer, shape="10.93,108.28 0.4")
    plain = officer.get(f"/alerts/{made.id}/map").get_json()
    assert {area["name"]: area["state"] for area in plain["areas"]}["Mũi Né"] == "inside"
    assert plain["shapes"] == "10.93,108.28 0.4"
    assert plain["devices"] == []
    close = officer.get(f"/alerts/{made.id}/map?box=8,102,24,110").get_json()
    assert sorted(device[2] for device in close["devices"]) == ["inside", "outside", "outside"]


def test_everything_missing_is_told_at_once_beside_its_field(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    form = alerts.form_of(console, made, act="submit", areas=[], headline="", expires_at="2026-11-24T08:00")
    form |= {"text-vi": "", "advice": "", "again_at": "bao giờ"}
    answer = post(officer, f"/alerts/{made.id}/edit", form)
    assert answer.status_code == 422
    for field in ("areas", "headline", "expires_at", "text-vi", "advice", "again_at", "word"):
        assert f'id="{field}-error-1"' in answer.text, field


def test_a_live_alert_is_submitted_with_the_word_and_a_drill_without(console: Console, officer: FlaskClient) -> None:
    live = alerts.drafted(console, officer)
    refused = post(officer, f"/alerts/{live.id}/edit", alerts.form_of(console, live, act="submit", word="thử"))
    assert refused.status_code == 422
    assert 'id="word-error-1"' in refused.text
    sent = post(officer, f"/alerts/{live.id}/edit", alerts.form_of(console, live, act="submit", word=WORD))
    assert sent.headers["Location"] == f"/alerts/{live.id}"
    assert alerts.stored(console, live.id).status is AlertStatus.SUBMITTED
    drill = alerts.drafted(console, officer, kind="drill")
    assert "Gõ chữ" not in officer.get(f"/alerts/{drill.id}/edit").text
    post(officer, f"/alerts/{drill.id}/edit", alerts.form_of(console, drill, act="submit"))
    assert alerts.stored(console, drill.id).status is AlertStatus.SUBMITTED


def test_whoever_gave_a_code_long_ago_gives_another_for_a_live_alert_only(
    console: Console, officer: FlaskClient
) -> None:
    live, drill = alerts.drafted(console, officer), alerts.drafted(console, officer, kind="drill")
    console.clock.pass_by(minutes=20)
    assert 'id="code"' in officer.get(f"/alerts/{live.id}/edit").text
    assert 'id="code"' not in officer.get(f"/alerts/{drill.id}/edit").text
    form = alerts.form_of(console, live, act="submit", word=WORD)
    refused = post(officer, f"/alerts/{live.id}/edit", form)
    assert refused.status_code == 422
    assert 'id="code-error-1"' in refused.text
    sent = post(officer, f"/alerts/{live.id}/edit", form | {"code": console.code(alerts.OFFICER)})
    assert sent.status_code == 302


def test_sounds_in_the_making_are_asked_for_until_they_are_there(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer)
    making = officer.get(f"/alerts/{made.id}/sounds")
    assert "<progress" in making.text
    assert "HX-Trigger" not in making.headers
    alerts.make_sounds(console, made)
    ready = officer.get(f"/alerts/{made.id}/sounds")
    assert "<audio" in ready.text
    assert "?as=mp3" in ready.text
    assert ready.headers["HX-Trigger"] == "sounds-ready"


def test_a_recording_speaks_where_no_voice_does(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    path = f"/alerts/{made.id}/recordings/cjm"
    answer = post(officer, path, {"recording": (io.BytesIO(bulletins.wav()), "cham.wav")})
    found = re.search(r'name="recording-cjm" value="(\w{64})"', answer.text)
    assert found is not None
    alerts.save(console, officer, made, **{"recording-cjm": found.group(1), "text-cjm": "Nước lớn"})
    cham = next(each for each in alerts.stored(console, made.id).wordings if each.language == "cjm")
    assert cham.recording_sha256 == found.group(1)
    assert post(officer, path, {}).status_code == 422
    assert post(officer, f"/alerts/{made.id}/recordings/tlh", {}).status_code == 404


@pytest.mark.parametrize("size", [2_200_000, 3_300_000])
def test_a_recording_that_is_too_large_says_what_to_do_in_its_place(
    console: Console, officer: FlaskClient, size: int
) -> None:
    made = alerts.raised(console, officer)
    head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="to.wav"\r\n\r\n'
    part = officer.post(
        f"/alerts/{made.id}/recordings/cjm",
        data=head + b"x" * size + b"\r\n--b--\r\n",
        headers={"X-CSRFToken": csrf_of(officer)},
        content_type="multipart/form-data; boundary=b",
    )
    assert part.status_code == 413
    assert part.text.lstrip().startswith('<div id="recorded-cjm"')
    assert "Hãy nén" in part.text


def test_a_change_by_somebody_else_is_not_overwritten_unseen(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    made = alerts.drafted(console, officer)
    mine = alerts.form_of(console, made, headline="Của tôi")
    alerts.save(console, second, made, headline="Của người khác")
    auto = post(officer, f"/alerts/{made.id}/draft", mine)
    assert "Second vừa sửa cảnh báo này." in auto.text
    answer = post(officer, f"/alerts/{made.id}/edit", mine | {"act": "save"})
    assert answer.status_code == 409
    assert 'value="Của tôi"' in answer.text
    assert alerts.stored(console, made.id).headline == "Của người khác"


def test_ones_own_change_on_another_page_is_not_called_somebody_elses(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    mine = alerts.form_of(console, made, headline="Trang này", editing="one")
    alerts.save(console, officer, made, headline="Trang kia", editing="other")
    auto = post(officer, f"/alerts/{made.id}/draft", mine)
    assert "Chính bạn vừa sửa cảnh báo này ở một trang khác." in auto.text
    answer = post(officer, f"/alerts/{made.id}/edit", mine | {"act": "save"})
    assert answer.status_code == 409
    assert "Chính bạn vừa sửa cảnh báo này ở một trang khác." in answer.text


def test_places_beyond_ones_own_are_refused_at_the_tree(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    local = alerts.local_officer(console, DISTRICT)
    answer = alerts.save(console, local, made, areas=[COMMUNE, FAR_COMMUNE])
    assert answer.status_code == 422
    assert "Bạn chưa được giao quyền ở: Liên Hương" in answer.text


def test_an_officer_of_one_commune_finds_it_chosen(console: Console) -> None:
    local = alerts.local_officer(console, COMMUNE)
    assert alerts.raised(console, local).audience.targets == Targets((COMMUNE,))


def test_a_draft_may_be_given_up_and_what_is_no_draft_is_not_edited(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    answer = post(officer, f"/alerts/{made.id}/edit", alerts.form_of(console, made, act="discard"))
    assert answer.headers["Location"] == "/alerts"
    assert alerts.stored(console, made.id).status is AlertStatus.DISCARDED
    assert officer.get(f"/alerts/{made.id}/edit").headers["Location"] == f"/alerts/{made.id}"
    late = post(officer, f"/alerts/{made.id}/edit", alerts.form_of(console, made, act="save", headline="Muộn"))
    assert late.status_code == 409
    assert "Đã xóa" in late.text


def test_what_cannot_be_read_keeps_its_stored_value_and_is_told(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    answer = alerts.save(console, officer, made, expires_at="mai", shape="ở kia", again_at="x", headline="Mới")
    assert answer.status_code == 422
    saved = alerts.stored(console, made.id)
    assert saved.headline == "Mới"
    assert abs(saved.expires_at - made.expires_at) < timedelta(minutes=1)
    assert (saved.rounds, saved.audience) == (made.rounds, made.audience)
    for field in ("expires_at", "shape", "again_at"):
        assert f'id="{field}-error-1"' in answer.text, field


def test_rounds_are_minutes_and_a_preset(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer, again_at="5, 12,5", every="120")
    rounds = alerts.stored(console, made.id).rounds
    assert (rounds.at_ms, rounds.every_ms) == ((5 * 60_000, 12 * 60_000), 120 * 60_000)


def test_a_level_that_nobody_else_may_approve_is_lowered_in_one_press(console: Console, officer: FlaskClient) -> None:
    with console.context.uow() as uow:
        uow[Declarations].give(DeclarationRight(UserId("u-second"), PROVINCE, AlertLevel.TWO))
        uow.commit()
    made = alerts.drafted(console, officer, level="3")
    html = officer.get(f"/alerts/{made.id}/edit").text
    assert "Cấp 2 là cấp cao nhất mà người khác duyệt được ở mọi nơi này." in html
    assert 'name="act" value="level-2" data-sets-level="2">Đổi sang cấp 2</button>' in html
    form = alerts.form_of(console, made, act="level-2", headline="Của tôi")
    answer = post(officer, f"/alerts/{made.id}/edit", form)
    assert answer.status_code == 302, answer.text
    saved = alerts.stored(console, made.id)
    assert (saved.level, saved.headline) == (AlertLevel.TWO, "Của tôi")
    assert "data-sets-level" not in officer.get(f"/alerts/{made.id}/edit").text

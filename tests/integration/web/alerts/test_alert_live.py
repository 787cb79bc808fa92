from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.model import AlertStatus, Purpose
from broadcast.alerts.orders import ENDED_BEFORE, ReachState
from cms.alerts.repository.alerts import Alerts
from cms.fleet.repository.devices import Devices
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceKind
from tests.builders import alerts
from tests.console import COMMUNE, FAR_COMMUNE, Console, device, post

S = AlertStatus


def figures(html: str) -> dict[str, int]:
    found = re.findall(r"<li[^>]*><b>(\d+)</b> <span>(?:\S )?([^<]+)</span>", html)
    return {name: int(count) for count, name in found}


def test_an_alert_in_force_stands_on_every_page_and_news_tells_of_a_new_one(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    sent = alerts.active(console, officer)
    for path in ("/", "/bulletins", "/alerts", "/why"):
        assert f'<a class="live" href="/alerts/{sent.id}">' in console.client("auditor").get(path).text
    assert sent.headline in second.get("/alerts/news?known=").text
    assert sent.headline not in second.get(f"/alerts/news?known={sent.id}").text
    assert sent.headline not in console.client("far-operator").get("/").text


def test_the_list_has_what_is_active_first_and_what_waits_for_me(console: Console, officer: FlaskClient) -> None:
    drill, live = alerts.active(console, officer, kind="drill"), alerts.active(console, officer)
    waiting = alerts.submitted(console, officer)
    html = console.client(alerts.SECOND).get("/alerts").text
    places = [html.index(f'href="/alerts/{each.id}">') for each in (live, drill, waiting)]
    assert places == sorted(places)
    today = console.client(alerts.SECOND).get("/").text
    assert "Cảnh báo cần người thứ hai" in today
    assert "Cảnh báo cần người thứ hai" not in officer.get("/").text


def test_every_word_of_a_device_is_counted_named_and_proved(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer, areas=(COMMUNE, FAR_COMMUNE))
    html = officer.get(f"/alerts/{sent.id}/live").text
    assert figures(html)["không trả lời"] == 4
    console.clock.pass_by(seconds=2)
    alerts.report(console, sent, 0, ReachState.RECEIVED)
    alerts.report(console, sent, 1, ReachState.SOUNDING, started_at=console.clock())
    alerts.report(console, sent, 2, ReachState.REFUSED, code="AMP_FAULT")
    html = officer.get(f"/alerts/{sent.id}/live").text
    found = figures(html)
    assert (found["loa"], found["đã nhận"], found["đang phát"], found["từ chối"]) == (4, 2, 1, 1)
    done = {"started_at": console.clock(), "ended_at": console.clock(), "amp_ma": 850, "mic_db": 88.0}
    alerts.report(console, sent, 1, ReachState.DONE, **done, sound=SoundVerdict.HEARD)
    html = officer.get(f"/alerts/{sent.id}/live?area={COMMUNE}").text
    assert (figures(html)["nghe được"], figures(html)["không nghe được"]) == (1, 0)
    for shown in ("850 mA", "88 dB", "ampli hỏng", "Cụm loa 3", "✓ nghe được", "Đã phát xong"):
        assert shown in html, shown


def test_what_devices_know_as_ended_is_told_to_who_can_end_it_again(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    assert "đã bị hủy từ trước" not in officer.get(f"/alerts/{sent.id}/live").text
    alerts.report(console, sent, 0, ReachState.CANCELLED, code=ENDED_BEFORE)
    html = officer.get(f"/alerts/{sent.id}/live").text
    assert "1 loa cho biết cảnh báo này đã bị hủy từ trước." in html
    assert "hãy hủy lại" in html


def test_half_a_commune_dead_is_called_and_a_refusal_is_no_answer(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    now = console.clock()
    heard = {"started_at": now, "ended_at": now, "sound": SoundVerdict.HEARD}
    alerts.report(console, sent, 0, ReachState.DONE, **heard)
    html = officer.get(f"/alerts/{sent.id}/calls").text
    assert "Cần gọi điện (1)" in html
    assert "Không trả lời: 2" in html
    alerts.report(console, sent, 1, ReachState.REFUSED, code="AMP_FAULT")
    alerts.report(console, sent, 2, ReachState.DONE, started_at=now, ended_at=now, sound=SoundVerdict.NOT_HEARD)
    html = officer.get(f"/alerts/{sent.id}/live").text
    assert "Mọi loa đã trả lời." not in html
    assert "1 loa từ chối" in html
    html = officer.get(f"/alerts/{sent.id}/calls").text
    assert "Từ chối phát: 1" in html
    assert "Phát nhưng không nghe được: 1" in html
    near = officer.get(f"/alerts/{sent.id}/map?box=8,102,24,110").get_json()
    assert sorted(each[2] for each in near["devices"]) == ["done", "not_heard", "refused"]
    page = officer.get(f"/alerts/{sent.id}").text
    for state in ("k-refused", "k-not_heard", "k-silent"):
        assert f'class="{state}"' in page
    alerts.report(console, sent, 1, ReachState.DONE, **heard)
    alerts.report(console, sent, 2, ReachState.DONE, **heard)
    html = officer.get(f"/alerts/{sent.id}/live").text
    assert "Mọi loa đã trả lời." in html
    console.clock.pass_by(seconds=20)
    assert "không loa nào từ chối hay câm" in officer.get(f"/alerts/{sent.id}/calls").text


def test_idle_sensors_a_silent_drill_and_a_board_prove_no_sound(console: Console, officer: FlaskClient) -> None:
    with console.context.uow() as uow:
        uow[Devices].add(replace(device(9), kind=DeviceKind.BOARD, name="Bảng 9"))
        uow.commit()
    sent = alerts.active(console, officer)
    now = console.clock()
    ended = {"started_at": now, "ended_at": now}
    alerts.report(console, sent, 0, ReachState.DONE, amp_ma=60, mic_db=-55.0, sound=SoundVerdict.NOT_HEARD, **ended)
    alerts.report(console, sent, 1, ReachState.DONE, **ended)
    alerts.report(console, sent, 3, ReachState.DONE, amp_ma=800, mic_db=-20.0, sound=SoundVerdict.HEARD, **ended)
    html = officer.get(f"/alerts/{sent.id}/live?area={COMMUNE}").text
    found = figures(html)
    assert (found["loa"], found["phát xong"]) == (3, 2)
    assert (found["nghe được"], found["không nghe được"], found["không đo được"]) == (0, 1, 1)
    assert "<b>1/1</b> <span>▤ bảng hiện</span>" in html
    drill = alerts.active(console, officer, kind="drill", is_silent="yes")
    alerts.report(console, drill, 0, ReachState.DONE, amp_ma=300, mic_db=-32.0, sound=SoundVerdict.HEARD)
    html = officer.get(f"/alerts/{drill.id}/live?area={COMMUNE}").text
    assert not {"nghe được", "không nghe được", "không đo được"} & set(figures(html))
    assert "✓ nghe được" not in html
    assert figures(html)["phát xong"] == 1


def test_the_table_is_sent_again_only_when_a_figure_in_it_is_another(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    first = officer.get(f"/alerts/{sent.id}/live").text
    again = re.search(r'hx-get="(/alerts/\w+/live\?mark=\w+&amp;status=active)"', first)
    assert again is not None
    assert 'id="by-area"' in first
    assert 'id="by-area"' not in officer.get(again.group(1).replace("&amp;", "&")).text
    alerts.report(console, sent, 0, ReachState.RECEIVED)
    assert 'id="by-area"' in officer.get(again.group(1).replace("&amp;", "&")).text


@pytest.mark.parametrize(
    ("after_s", "said"),
    [(0, "Sau 5 giây nữa gửi riêng cho 3 loa"), (7, "Sau 13 giây nữa"), (40, "loa nào nối lại trước giờ hết hạn")],
)
def test_the_page_says_when_those_without_an_answer_are_told_again(
    console: Console, officer: FlaskClient, after_s: int, said: str
) -> None:
    sent = alerts.active(console, officer)
    console.clock.pass_by(seconds=after_s)
    assert said in officer.get(f"/alerts/{sent.id}/live").text


def test_when_everybody_has_answered_the_page_says_so(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    for number in range(3):
        alerts.report(console, sent, number, ReachState.RECEIVED)
    assert "Mọi loa đã trả lời." in officer.get(f"/alerts/{sent.id}/live").text


def test_the_plot_and_the_map_follow_the_devices(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    console.clock.pass_by(seconds=2)
    alerts.report(console, sent, 0, ReachState.SOUNDING, started_at=console.clock())
    assert officer.get(f"/alerts/{sent.id}/plot").text.count("<polyline") == 3
    near = officer.get(f"/alerts/{sent.id}/map?box=8,102,24,110").get_json()
    assert sorted(device[2] for device in near["devices"]) == ["sounding", "waiting", "waiting"]
    assert next(area for area in near["areas"] if area["name"] == "Mũi Né")["state"] == "waiting"
    for elsewhere in ("box=10.9305,108.2,10.9315,109", "box=everywhere", ""):
        found = officer.get(f"/alerts/{sent.id}/map?{elsewhere}").get_json()["devices"]
        assert [device[3] for device in found] == (["Cụm loa 1"] if "10.9305" in elsewhere else [])


def test_a_cancel_is_one_step_and_leaves_the_correction_ready(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    assert not re.search(r'name="cause"[^>]*checked', officer.get(f"/alerts/{sent.id}").text)
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    ended = alerts.stored(console, sent.id)
    assert (ended.status, ended.reason) == (S.CANCELLED, "Phát nhầm, không có nguy hiểm")
    assert officer.get(f"/alerts/{sent.id}/live?status=active").headers["HX-Refresh"] == "true"
    html = officer.get(f"/alerts/{sent.id}").text
    assert "Phát tin đính chính ngay" in html
    answer = post(officer, f"/alerts/{sent.id}/all-clear")
    correction = alerts.stored(console, answer.headers["Location"].rsplit("/", 1)[1])
    assert (correction.status, correction.purpose) == (S.ACTIVE, Purpose.ALL_CLEAR)
    assert "Tin đính chính" in correction.headline
    page = officer.get(f"/alerts/{correction.id}").text
    assert "Thay cho:" in page
    assert "/all-clear" not in page


def test_a_cancel_without_a_chosen_reason_cancels_nothing(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    for form in ({}, {"cause": "nothing"}, {"cause": "other"}):
        answer = post(officer, f"/alerts/{sent.id}/cancel", form)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
    assert alerts.stored(console, sent.id).status is S.ACTIVE
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "other", "reason": "Đã hết mưa"})
    assert alerts.stored(console, sent.id).reason == "Lý do khác: Đã hết mưa"


def test_a_cancel_by_a_slip_is_undone_within_a_minute(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    assert 'id="undo"' in officer.get(f"/alerts/{sent.id}").text
    answer = post(officer, f"/alerts/{sent.id}/undo-cancel")
    again = alerts.stored(console, answer.headers["Location"].rsplit("/", 1)[1])
    assert (again.status, again.headline) == (S.ACTIVE, sent.headline)
    assert 'id="undo"' not in officer.get(f"/alerts/{sent.id}").text
    post(officer, f"/alerts/{again.id}/cancel", {"cause": "mistake"})
    console.clock.pass_by(seconds=61)
    assert 'id="undo"' not in officer.get(f"/alerts/{again.id}").text
    assert post(officer, f"/alerts/{again.id}/undo-cancel").status_code == 409


def test_after_the_end_devices_are_watched_until_they_have_told_that_they_are_silent(
    console: Console, officer: FlaskClient
) -> None:
    sent = alerts.active(console, officer)
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    alerts.report(console, sent, 0, ReachState.DONE)
    alerts.report(console, sent, 0, ReachState.CANCELLED, closed_at=console.clock())
    html = officer.get(f"/alerts/{sent.id}/live?status=cancelled").text
    assert (figures(html)["đã im"], figures(html)["phát xong"]) == (1, 1)
    assert f'hx-get="/alerts/{sent.id}/live?' in html
    console.clock.pass_by(minutes=5)
    assert f'hx-get="/alerts/{sent.id}/live?' not in officer.get(f"/alerts/{sent.id}").text


def test_an_all_clear_is_one_step_and_ends_the_alert(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    with console.context.uow() as uow:
        prepared = uow[Alerts].prepared_for(sent.id)
    assert prepared is not None
    page = officer.get(f"/alerts/{prepared.id}").text
    assert "Một người phát được" in page
    assert f"/alerts/{prepared.id}" not in officer.get("/alerts").text
    post(officer, f"/alerts/{sent.id}/all-clear")
    assert alerts.stored(console, sent.id).status is S.SUPERSEDED
    twice = post(officer, f"/alerts/{sent.id}/all-clear")
    assert twice.status_code == 409
    assert "Đã thay bằng bản cập nhật" in twice.text


@pytest.mark.parametrize("minor", [False, True])
def test_an_update_begins_with_all_that_was_said_and_takes_its_place(
    console: Console, officer: FlaskClient, second: FlaskClient, minor: bool
) -> None:
    sent = alerts.active(console, officer)
    answer = post(officer, f"/alerts/{sent.id}/update", {"minor": "yes"} if minor else {})
    update = alerts.stored(console, answer.headers["Location"].split("/")[2])
    assert (update.purpose, update.updates_id, update.is_minor) == (Purpose.UPDATE, sent.id, minor)
    assert update.wordings[0].text == sent.wordings[0].text
    assert update.expires_at == sent.expires_at
    html = officer.get(f"/alerts/{update.id}/edit").text
    assert "Thay cho:" in html
    assert ('name="is_minor" value="yes" checked' in html) is minor
    update = alerts.make_sounds(console, update)
    form = alerts.form_of(console, update, act="submit", word=alerts.WORD)
    post(officer, f"/alerts/{update.id}/edit", form | ({"is_minor": "yes"} if minor else {}))
    assert alerts.approve(console, second, alerts.stored(console, update.id)).status_code == 302
    assert alerts.stored(console, sent.id).status is S.SUPERSEDED


def test_an_update_of_what_is_about_to_expire_gets_a_length_of_its_own(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    console.clock.at = sent.expires_at - timedelta(minutes=2)
    answer = post(console.client("officer"), f"/alerts/{sent.id}/update")
    update = alerts.stored(console, answer.headers["Location"].split("/")[2])
    assert update.expires_at - console.clock() > timedelta(hours=1)


def test_whoever_only_reads_gets_no_buttons(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    html = console.client("auditor").get(f"/alerts/{sent.id}").text
    assert "đã nhận" in html
    assert "Hủy: loa im ngay" not in html
    assert "Cập nhật nhỏ" not in html


def test_no_alert_page_holds_an_inline_script_or_style(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    sent, draft = alerts.active(console, officer), alerts.drafted(console, officer)
    waiting = alerts.submitted(console, officer)
    paths = ["/alerts", "/alerts/new", "/alerts/new?kind=drill", "/drills", "/stop", f"/alerts/{draft.id}/edit"]
    for path in (*paths, f"/alerts/{sent.id}?area={COMMUNE}", f"/alerts/{waiting.id}", f"/alerts/{sent.id}/plot"):
        html = second.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html), path


def test_the_alert_pages_speak_english_too(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    html = console.client("auditor", language="en").get(f"/alerts/{sent.id}").text
    for shown in ("LIVE ALERT", "Level 2", "received", "Commune by commune"):
        assert shown in html, shown


def test_sent_is_said_only_once_the_gateway_has_taken_it(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    console.clock.pass_by(seconds=12)
    html = officer.get(f"/alerts/{sent.id}").text
    assert "Đang chờ cổng phát" in html
    assert "Đã chờ 12 giây." in html
    assert "Đã phát đi." not in html
    with console.context.uow() as uow:
        (row,) = [row for row in uow.outbox.take(console.clock(), limit=100) if row.subject_id == sent.order_id]
        uow.outbox.mark_sent(row.ids, console.clock())
        uow.commit()
    html = officer.get(f"/alerts/{sent.id}/live").text
    assert "Đã phát đi." in html
    assert "Đang chờ cổng phát" not in html

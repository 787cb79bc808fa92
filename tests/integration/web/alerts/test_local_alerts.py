"""Screens of alerts at the loudspeaker: proposals, agreement, key holders, and what was raised."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.model import AlertId
from broadcast.bulletins.model import SoundState
from cms.alerts.repository.alerts import Alerts
from cms.fleet.repository.devices import Devices
from cms.local_alerts.repository import KeyHolders, LocalAlerts, LocalIssues
from cms.local_alerts.service import presses
from devices.protocol.key_presses import raised_id
from devices.protocol.messages import RaisedAlert
from tests.builders import alerts, local_alerts
from tests.builders.alerts import OFFICER, SECOND
from tests.builders.local_alerts import LOUDSPEAKER
from tests.console import Console, post

PROPOSAL: dict[str, object] = {
    "area_id": "bt-mui-ne",
    "hazard": "flash_flood",
    "level": "2",
    "headline": "Lên chỗ cao ngay. Lũ quét.",
    "text": "Không qua suối.",
    "minutes": "30",
}
KEY: dict[str, object] = {"area_id": "bt-mui-ne", "devices": [LOUDSPEAKER], "person_name": "Nguyễn Văn Bảy"}


def test_an_alert_is_proposed_by_one_and_agreed_on_by_another(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    assert "chưa cho phép" in officer.get("/alerts/local").text, "off by default"
    wrong = post(officer, "/alerts/local/new", {**PROPOSAL, "area_id": "", "headline": "", "minutes": "x"})
    assert wrong.status_code == 422
    wrong = post(officer, "/alerts/local/new", {**PROPOSAL, "headline": "", "minutes": "x"})
    assert wrong.status_code == 422
    assert "Không qua suối." in wrong.text, "nothing typed is lost"
    made = post(officer, "/alerts/local/new", PROPOSAL)
    path = made.headers["Location"]
    assert "Bạn là người đề xuất" in officer.get(path).text
    assert 'value="agree"' not in officer.get(path).text
    assert post(second, path, {"act": "agree", "code": "000000"}).status_code == 422
    assert post(second, path, {"act": "agree", "code": console.code(SECOND)}).status_code == 302
    shown = second.get(path).text
    assert "Đã duyệt" in shown
    assert "đang tạo tiếng" in shown
    assert "Lên chỗ cao ngay" in officer.get("/alerts/local").text
    assert post(second, path, {"act": "something"}).status_code == 400
    assert post(officer, path, {"act": "withdraw"}).status_code == 302
    assert "Lên chỗ cao ngay" not in officer.get("/alerts/local").text
    assert officer.get("/alerts/local/none").status_code == 404


def test_a_pin_is_shown_once_changed_and_withdrawn(console: Console, officer: FlaskClient) -> None:
    form = officer.get("/alerts/local/holders/new?area=bt-mui-ne").text
    assert str(LOUDSPEAKER) in form
    assert str(LOUDSPEAKER) not in officer.get("/alerts/local/holders/new").text
    missing = post(officer, "/alerts/local/holders/new", {**KEY, "devices": [], "person_name": ""})
    assert missing.status_code == 422
    refused = post(officer, "/alerts/local/holders/new", {**KEY, "code": "000000"})
    assert refused.status_code == 422
    assert "Nguyễn Văn Bảy" in refused.text
    made = post(officer, "/alerts/local/holders/new", {**KEY, "code": console.code(OFFICER)})
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    pin = re.search(r'id="pin">(\d{3}) (\d{3})<', made.text)
    assert pin is not None
    with console.context.uow() as uow:
        (holder,) = uow[KeyHolders].standing()
    page = f"/alerts/local/holders/{holder.id}"
    listed = officer.get("/alerts/local/holders").text
    assert "Nguyễn Văn Bảy" in listed
    assert f"{pin[1]} {pin[2]}" not in listed + officer.get(page).text
    assert post(officer, page, {"act": "change", "code": "000000"}).status_code == 422
    console.clock.at += timedelta(minutes=2)
    changed = post(officer, page, {"act": "change", "code": console.code(OFFICER)})
    assert 'id="pin"' in changed.text
    assert post(officer, page, {"act": "other"}).status_code == 400
    technician = console.client("technician")
    assert post(technician, page, {"act": "withdraw"}).status_code == 302
    assert "đã thu hồi" in officer.get(page).text
    assert "Nguyễn Văn Bảy" not in officer.get("/alerts/local/holders").text


def test_boxes_show_what_they_hold_and_expired_ones_stand_on_today(console: Console, officer: FlaskClient) -> None:
    alerts.staff(console)
    local_alerts.allow(console)
    local_alerts.agreed(console)
    local_alerts.key_holder(console)
    assert "chưa nhận lệnh" in officer.get("/alerts/local").text
    local_alerts.held(console)
    assert "sẵn sàng" in officer.get("/alerts/local").text
    assert "hết hạn" not in officer.get("/").text
    with console.context.uow() as uow:
        issue = uow[LocalIssues].get(LOUDSPEAKER)
    console.clock.at = issue.valid_until_at + timedelta(seconds=1)
    later = console.client(OFFICER)
    assert "lệnh đã hết hạn" in later.get("/alerts/local").text
    assert "không còn phát được cảnh báo bằng chìa khóa" in later.get("/").text


def test_the_page_of_the_alert_says_who_raised_it_where_and_when_we_were_told(
    console: Console, officer: FlaskClient
) -> None:
    alerts.staff(console)
    local, holder = local_alerts.agreed(console), local_alerts.key_holder(console)
    now = console.clock()
    at_ms = int((now - timedelta(minutes=5)).timestamp() * 1000)
    cid = raised_id(LOUDSPEAKER, local.id, at_ms)
    told = RaisedAlert(cid=cid, order=local.id, holder=holder.id, ver=1, at=at_ms, exp=at_ms + 1_800_000)
    with console.context.uow() as uow:
        assert uow[LocalAlerts].get(local.id).approved_by_name
        presses.note(uow, uow[Devices].get(LOUDSPEAKER), [told], now)
        uow.commit()
    page = officer.get(f"/alerts/{cid}").text
    assert "Phát tại cụm loa" in page
    assert page.count("Nguyễn Văn Bảy") >= 2
    assert "Hủy: im ngay" in page or "im ngay" in page
    assert "Nguyễn Văn Bảy" in officer.get("/alerts/local").text


def test_an_alert_with_the_words_agreed_on_has_its_speech_at_once_and_says_where_it_is(
    console: Console, officer: FlaskClient
) -> None:
    alerts.staff(console)
    local_alerts.allow(console)
    local = local_alerts.agreed(console)
    local_alerts.spoken(console, local.id)
    assert "đã có tiếng" in officer.get(f"/alerts/local/{local.id}").text
    made = post(officer, f"/alerts/local/{local.id}", {"act": "raise"})
    path = made.headers["Location"]
    page = officer.get(path).text
    assert "Tiếng đã có sẵn trên 0/" in page
    assert local.headline in page
    with console.context.uow() as uow:
        alert = uow[Alerts].get(AlertId(path.split("/")[2]))
    assert alert.wordings[0].sound.state is alert.wordings[0].again.state is SoundState.READY
    answer = post(officer, path, alerts.form_of(console, alert, act="submit", word="THẬT", code=console.code(OFFICER)))
    assert answer.status_code == 302, answer.text
    assert "Tiếng đã có sẵn trên 0/" in officer.get(f"/alerts/{alert.id}").text

"""Quotas, quiet hours, volume and freeze of an area: set on a screen and by the API, inherited, used for planning."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from broadcast.scheduling.area_rules import AreaRules, QuietWindow, Quota, VolumeWindow
from cms.areas.repository import Places
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import OutboxRow
from cms.schedule.repository.calendar import Exemptions
from tests.builders import bulletins
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, Console, post

FORM: dict[str, object] = {
    "sessions": "2",
    "session_min": "15",
    "day_min": "",
    "weekdays": ["0", "1", "2", "3", "4"],
    "quiet_from": ["21:00", ""],
    "quiet_until": ["06:00", ""],
    "volume_pct": "70",
    "volume_from": ["18:00", "", ""],
    "volume_until": ["21:00", "", ""],
    "volume_at": ["40", "", ""],
    "freeze_min": "20",
}
SET = AreaRules(
    quiet=(QuietWindow(time(21), time(6)),),
    volume_pct=70,
    volumes=(VolumeWindow(time(18), time(21), 40),),
    quota=Quota(2, 15, None, (0, 1, 2, 3, 4)),
    freeze_min=20,
)


def _rules(console: Console, area_id: Any = COMMUNE) -> AreaRules:
    with console.context.uow() as uow:
        return uow[Places].rules(area_id)


def _sent(console: Console) -> set[tuple[str, str]]:
    with reading(console.context.engine) as session:
        return {(row.kind, row.subject_id) for row in session.query(OutboxRow)}


def test_an_approver_sets_the_rules_of_an_area_and_plans_and_devices_below_follow(console: Console) -> None:
    approver = console.client("approver")
    saved = post(approver, f"/rules/{COMMUNE}", FORM)
    assert saved.headers["Location"] == f"/rules/{COMMUNE}"
    assert _rules(console) == SET
    assert (OutboxKind.PLAN.value, COMMUNE) in _sent(console)
    assert OutboxKind.DESIRED.value in {kind for kind, _ in _sent(console)}
    page = approver.get(f"/rules/{COMMUNE}").text
    for line in (
        "Nhiều nhất 2 buổi một ngày.",
        "Mỗi buổi nhiều nhất 15 phút.",
        "Yên tĩnh 21:00–06:00.",
        "18:00–21:00: 40 %",
    ):
        assert line in page
    assert "Chỉ phát Thứ Hai, Thứ Ba, Thứ Tư, Thứ Năm, Thứ Sáu." in page
    assert "Nhiều nhất 2 buổi một ngày." in approver.get("/rules").text
    # The same once more changes nothing.
    assert "0 thiết bị" in post(approver, f"/rules/{COMMUNE}", FORM, follow_redirects=True).text


def test_whoever_may_not_set_rules_sees_them_without_the_form(console: Console) -> None:
    assert "Lưu quy định" not in console.client("operator").get(f"/rules/{COMMUNE}").text
    assert "Xin miễn" not in console.client("auditor").get(f"/rules/{COMMUNE}").text
    assert console.client("far-operator").get(f"/rules/{COMMUNE}").status_code == 403
    assert console.client("editor").get("/rules/nowhere").status_code == 404
    assert FAR_COMMUNE not in console.client("operator").get("/rules").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sessions": "nhiều"}, "Cần một số nguyên."),
        ({"sessions": "0"}, "Hãy nhập số từ 1 đến 48."),
        ({"day_min": "99999"}, "Hãy nhập số từ 1 đến 1440."),
        ({"weekdays": []}, "Cần điền mục này."),
        ({"volume_pct": ""}, "Cần điền mục này."),
        ({"volume_pct": "101"}, "Hãy nhập số từ 0 đến 100."),
        ({"freeze_min": "500"}, "Hãy nhập số từ 0 đến 120."),
        ({"quiet_until": ["", ""]}, "Giờ không đúng."),
        ({"volume_at": ["", "", ""]}, "Cần điền mục này."),
        ({"volume_at": ["200", "", ""]}, "Hãy nhập số từ 0 đến 100."),
        ({"quiet_from": ["21:00"] * 9, "quiet_until": ["22:00"] * 9}, "Nhiều quá, tối đa 8."),
    ],
)
def test_what_is_wrong_stays_in_the_form_with_its_reason(
    console: Console, wrong: dict[str, object], sentence: str
) -> None:
    answer = post(console.client("approver"), f"/rules/{COMMUNE}", {**FORM, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert _rules(console) == AreaRules()


def test_the_api_sets_and_tells_the_same(console: Console) -> None:
    client, headers = console.app.test_client(), console.bearer("approver")
    body = {
        "quiet": [{"start": "21:00:00", "until": "06:00:00"}],
        "volume_pct": 70,
        "volumes": [{"start": "18:00:00", "until": "21:00:00", "volume_pct": 40}],
        "quota": {"sessions": 2, "session_min": 15, "day_min": None, "weekdays": [0, 1, 2, 3, 4]},
        "freeze_min": 20,
        "needs_signature": False,
        "is_public": True,
    }
    assert client.get(f"/api/v1/areas/{COMMUNE}/rules", headers=headers).get_json()["own"] is None
    answer = client.put(f"/api/v1/areas/{COMMUNE}/rules", json=body, headers=headers).get_json()
    assert answer == {"own": body, "effective": {**body, "exempt_on": []}}
    assert _rules(console) == SET
    wrong = client.put(f"/api/v1/areas/{COMMUNE}/rules", json={**body, "freeze_min": -1}, headers=headers)
    assert [each["field"] for each in wrong.get_json()["problems"]] == ["freeze_min"]
    assert client.get("/api/v1/areas/nowhere/rules", headers=headers).status_code == 404


def test_a_quota_set_above_cannot_be_loosened_below(console: Console) -> None:
    admin = console.client("admin")
    post(admin, f"/rules/{DISTRICT}", {**FORM, "sessions": "1"})
    post(console.client("approver"), f"/rules/{COMMUNE}", FORM)
    assert _rules(console).quota == Quota(1, 15, None, (0, 1, 2, 3, 4))


def test_what_is_over_the_quota_cannot_be_submitted_and_the_reason_is_said(console: Console) -> None:
    post(console.client("approver"), f"/rules/{COMMUNE}", {**FORM, "weekdays": ["6"]})
    written = bulletins.make_sound(console, bulletins.write(console))
    editor = console.client("editor")
    refused = post(editor, f"/bulletins/{written.id}/submit")
    assert refused.status_code == 409
    assert "quá hạn mức ở Mũi Né (thứ này không phát thanh)" in refused.text
    ahead = console.app.test_client().get(f"/api/v1/bulletins/{written.id}/preflight", headers=console.bearer("editor"))
    assert ahead.get_json()["clashes"][0]["refusal"] == {"limit": "weekday", "at_most": 0}
    assert ahead.get_json()["days"][0]["unplaced"][0]["reasons"][0]["code"] == "OVER_QUOTA"
    approval = console.client("approver").get(f"/bulletins/{written.id}/approval/areas/{COMMUNE}").text
    assert "Quá hạn mức của địa bàn: thứ này không phát thanh." in approval


def test_a_date_without_quota_is_asked_for_by_one_and_confirmed_by_another(console: Console) -> None:
    operator, approver = console.client("operator"), console.client("approver")
    path = f"/rules/{COMMUNE}/exemptions"
    on = bulletins.ask_exemption(console).on
    assert "đã được xin rồi" in post(operator, path, {"on": on.isoformat(), "reason": "Lễ"}).text
    wrong = post(operator, path, {"on": "mai", "reason": "Lễ"})
    assert (wrong.status_code, "Ngày không đúng." in wrong.text) == (422, True)
    later = on.replace(day=on.day + 1)
    assert post(operator, path, {"on": later.isoformat(), "reason": "Đại hội"}).status_code == 302
    assert _rules(console).exempt_on == ()
    assert "2 ngày xin miễn chờ duyệt" in approver.get("/rules").text
    with console.context.uow() as uow:
        second, first = uow[Exemptions].in_areas([COMMUNE])
    assert f"/exemptions/{first.id}" not in operator.get(f"/rules/{COMMUNE}").text
    assert f"/exemptions/{first.id}" in approver.get(f"/rules/{COMMUNE}").text
    post(approver, f"/exemptions/{first.id}", {"act": "confirm"})
    post(approver, f"/exemptions/{second.id}", {"act": "decline"})
    assert _rules(console).exempt_on == (on,)
    assert "từ chối" in approver.get(f"/rules/{COMMUNE}").text


def test_the_api_asks_for_a_date_and_another_decides(console: Console) -> None:
    client, asks, decides = console.app.test_client(), console.bearer("operator"), console.bearer("approver")
    made = [
        client.post(
            f"/api/v1/areas/{COMMUNE}/exemptions", json={"on": f"2026-12-{day}", "reason": "Lễ"}, headers=asks
        ).get_json()
        for day in (20, 21)
    ]
    confirmed = client.post(f"/api/v1/exemptions/{made[0]['id']}/confirm", headers=decides).get_json()
    declined = client.post(f"/api/v1/exemptions/{made[1]['id']}/decline", headers=decides).get_json()
    assert (confirmed["state"], declined["state"]) == ("confirmed", "declined")
    body = client.get(f"/api/v1/areas/{COMMUNE}/exemptions", headers=asks).get_json()["items"]
    assert [each["on"] for each in body] == ["2026-12-21", "2026-12-20"]
    again = client.post(f"/api/v1/exemptions/{made[0]['id']}/confirm", headers=decides)
    assert again.get_json()["code"] == "NOT_POSSIBLE"

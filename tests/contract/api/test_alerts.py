from __future__ import annotations

from dataclasses import replace
from typing import Any

from broadcast.alerts.model import AlertId, AlertKind, AlertStatus
from broadcast.alerts.orders import ReachState
from cms.alerts.repository.orders import Orders
from cms.platform.store.kinds import OutboxKind
from devices.health.sound_proof import SoundVerdict
from tests.builders import alert_states, bulletins
from tests.console import COMMUNE, FAR_COMMUNE, PROVINCE, Console
from tests.contract.api.conftest import Caller

BODY: dict[str, Any] = {
    "kind": "live",
    "hazard": "flood",
    "level": 2,
    "headline": "Cảnh báo lũ trên sông Lũy",
    "audience": {"targets": {"areas": [COMMUNE]}},
    "facts": {"place": "sông Lũy", "advice": "Lên nơi cao", "authority": "Ban Chỉ huy"},
    "wordings": [{"language": "vi", "text": "Nước lên nhanh."}],
}


def officer(console: Console) -> Caller:
    return Caller(console, "officer")


def test_an_alert_is_drafted_and_changed_and_a_person_submits_it(console: Console) -> None:
    call = officer(console)
    made = call("POST", "/alerts", {**BODY, "expires_at": "2026-11-24T20:00:00+07:00"})
    assert made.status_code == 201
    path = f"/alerts/{made.get_json()['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    assert made.get_json()["expires_at"] == "2026-11-24T13:00:00Z"
    body = call("GET", f"{path}/findings").get_json()
    assert [problem["code"] for problem in body["problems"]] == ["SOUND_NOT_READY"]
    assert {warning["field"] for warning in body["warnings"]} == {"happens_at", "intensity", "forecast", "basis"}
    shaped = {
        **BODY,
        "audience": {
            "rings": [[[10.9, 108.2], [10.9, 108.4], [11.0, 108.4], [10.9, 108.2]]],
            "discs": [{"lat": 10.93, "lon": 108.28, "radius_m": 20_000}],
        },
        "rounds": {"at_ms": [600_000], "every_ms": 1_800_000},
    }
    assert call("PUT", path, shaped).status_code == 428
    changed = call("PUT", path, shaped, If_Match=made.headers["ETag"])
    assert changed.get_json()["rounds"] == {"at_ms": [600_000], "every_ms": 1_800_000}
    ready = alert_states.make_sound(console, alert_states.stored(console, AlertId(made.get_json()["id"])))
    refused = call("POST", f"{path}/submit", {})
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "TOKEN_REFUSED")
    assert COMMUNE in alert_states.submit(console, ready).audience.targets.areas
    assert call("GET", path).get_json()["status"] == "submitted"
    assert call("PUT", path, shaped, If_Match=changed.headers["ETag"]).status_code == 412


def test_what_is_missing_is_listed_with_its_fields(console: Console) -> None:
    call = officer(console)
    made = call("POST", "/alerts", {"kind": "drill", "hazard": "flood", "level": 1})
    body = call("GET", f"/alerts/{made.get_json()['id']}/findings").get_json()
    codes = {(problem["field"], problem["code"]) for problem in body["problems"]}
    assert codes == {("headline", "MISSING"), ("wordings.vi", "MISSING"), ("audience", "MISSING")}
    unknown = {**BODY, "wordings": [{"language": "cjm", "recording_sha256": "0" * 64}]}
    assert call("POST", "/alerts", unknown).get_json(force=True)["problems"][0]["code"] == "RECORDING_UNKNOWN"
    assert call("POST", "/alerts", {**BODY, "colour": "red"}).status_code == 422


def test_no_token_approves(console: Console) -> None:
    waiting = alert_states.submit(console, alert_states.make_sound(console, alert_states.draft(console)))
    alert_states.second_officer(console)
    for login, code in (("officer", "TOKEN_REFUSED"), ("approver", "NOT_ALLOWED")):
        refused = Caller(console, login)("POST", f"/alerts/{waiting.id}/approve", {})
        assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, code)
    assert alert_states.stored(console, waiting.id).status is AlertStatus.SUBMITTED


def test_no_token_cancels_an_alert_or_sends_its_all_clear(console: Console) -> None:
    call, made = officer(console), alert_states.active(console)
    for act, body in (("cancel", {"reason": "Báo nhầm"}), ("all-clear", {})):
        refused = call("POST", f"/alerts/{made.id}/{act}", body)
        assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "TOKEN_REFUSED")
    assert alert_states.stored(console, made.id).status is AlertStatus.ACTIVE
    with console.context.uow() as uow:
        assert [row.kind for row in uow.outbox.take(console.clock())] == [OutboxKind.ALERT]


def test_how_far_it_got_is_told_by_area(console: Console) -> None:
    call, made = officer(console), alert_states.active(console, areas=(COMMUNE, FAR_COMMUNE))
    assert made.order_id is not None
    with console.context.uow() as uow:
        reach = uow[Orders].reaches(made.order_id)[0]
        word = type(reach)(reach.order_id, reach.device_id, "", reach.area_id, ReachState.DONE, amp_ma=900)
        uow[Orders].report([replace(word, sound=SoundVerdict.HEARD)])
        uow.commit()
    body = call("GET", f"/alerts/{made.id}/reach").get_json()
    there = [(area["area_id"], area["meant"], area["answered"], area["proved"]) for area in body["areas"]]
    answering = reach.area_id
    assert sum(meant for _, meant, _, _ in there) == 4
    assert [area_id for area_id, _, answered, proved in there if answered and proved] == [answering]
    assert [each["area_id"] for each in body["calls"]] == [a for a, *_ in there if a != answering]
    draft = alert_states.draft(console)
    assert call("GET", f"/alerts/{draft.id}/reach").get_json() == {"areas": [], "calls": [], "round": None}


def test_alerts_are_listed_page_by_page_and_only_where_one_may_read(console: Console) -> None:
    first = alert_states.active(console)
    console.clock.pass_by(minutes=1)
    second = alert_states.draft(console, kind=AlertKind.DRILL)
    call = officer(console)
    page = call("GET", "/alerts?limit=1").get_json()
    assert page["items"][0]["id"] == second.id
    rest = call("GET", f"/alerts?cursor={page['next']}").get_json()
    assert first.id in [item["id"] for item in rest["items"]]
    assert [item["id"] for item in call("GET", "/alerts?kind=drill").get_json()["items"]] == [second.id]
    assert [item["id"] for item in call("GET", "/alerts?status=active").get_json()["items"]] == [first.id]
    assert call("GET", "/alerts?is_open=false").get_json()["items"] == []
    far = Caller(console, "far-operator")
    assert far("GET", "/alerts").get_json()["items"] == []
    assert far("GET", f"/alerts/{first.id}").status_code == 404
    assert call("GET", f"/alerts/{first.id}").headers["ETag"] == f'"{first.version}"'


def test_no_token_stops_an_alert(console: Console) -> None:
    body = {"areas": [PROVINCE], "reason": "Loa phát nhầm", "hush_minutes": 30}
    refused = officer(console)("POST", "/stops", body)
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "TOKEN_REFUSED")
    with console.context.uow() as uow:
        assert uow.outbox.take(console.clock()) == []


def test_what_sounds_below_an_alert_stops_with_one_call(console: Console) -> None:
    body = {"areas": [PROVINCE], "reason": "Loa phát nhầm", "hush_minutes": 30, "spares_alerts": True}
    made = officer(console)("POST", "/stops", body, Idempotency_Key="s1")
    assert made.status_code == 201
    assert made.get_json()["prio"] == 8
    assert officer(console)("POST", "/stops", body, Idempotency_Key="s1").get_json() == made.get_json()
    below = Caller(console, "technician")("POST", "/stops", {"areas": [COMMUNE], "reason": "Sửa loa"})
    assert (below.get_json()["prio"], below.get_json()["hush_until_at"]) == (8, None)
    assert Caller(console, "auditor")("POST", "/stops", body).status_code == 403
    assert made.get_json()["lifts"] is None
    with console.context.uow() as uow:
        assert [row.subject_id for row in uow.outbox.take(console.clock())] == [
            made.get_json()["id"],
            below.get_json()["id"],
        ]


def test_one_persons_tokens_silence_so_many_devices_an_hour_and_no_more(console: Console) -> None:
    console.set(token_stop_devices_max=4)
    call = Caller(console, "technician")
    body = {"areas": [COMMUNE], "reason": "Sửa loa", "spares_alerts": True}
    assert call("POST", "/stops", body).status_code == 201
    refused = call("POST", "/stops", body).get_json(force=True)
    assert (refused["code"], refused["reason"]) == ("TOKEN_REFUSED", "TOO_MANY")
    console.clock.pass_by(minutes=61)
    assert call("POST", "/stops", body).status_code == 201


def test_a_recording_sent_before_is_taken(console: Console, call: Caller) -> None:
    sha256 = call.send("/audio", bulletins.wav(), "audio/wav").get_json()["sha256"]
    body = {**BODY, "wordings": [{"language": "cjm", "text": "…", "recording_sha256": sha256}]}
    assert officer(console)("POST", "/alerts", body).status_code == 201

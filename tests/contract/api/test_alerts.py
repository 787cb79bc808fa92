from __future__ import annotations

from typing import Any

from broadcast.model.alerts import AlertId, AlertKind, AlertStatus
from broadcast.model.orders import ReachState
from broadcast.ports import OutboxKind
from tests import alert_desk, newsroom
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


def test_an_alert_is_drafted_changed_and_submitted(console: Console) -> None:
    call = officer(console)
    made = call("POST", "/alerts", {**BODY, "expires_at": "2026-11-24T20:00:00+07:00"})
    assert made.status_code == 201
    path = f"/alerts/{made.get_json()['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    assert made.get_json()["expires_at"] == "2026-11-24T13:00:00Z"
    told = call("GET", f"{path}/findings").get_json()
    assert [problem["code"] for problem in told["problems"]] == ["SOUND_NOT_READY"]
    assert {warning["field"] for warning in told["warnings"]} == {"happens_at", "intensity", "forecast", "basis"}
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
    alert_desk.make_sound(console, alert_desk.stored(console, AlertId(made.get_json()["id"])))
    submitted = call("POST", f"{path}/submit", {})
    assert submitted.get_json()["status"] == "submitted"
    assert COMMUNE in submitted.get_json()["audience"]["targets"]["areas"]
    assert call("PUT", path, shaped, If_Match=changed.headers["ETag"]).status_code == 412


def test_what_is_missing_is_listed_with_its_fields(console: Console) -> None:
    call = officer(console)
    made = call("POST", "/alerts", {"kind": "drill", "hazard": "flood", "level": 1})
    refused = call("POST", f"/alerts/{made.get_json()['id']}/submit", {})
    assert refused.status_code == 422
    codes = {(problem["field"], problem["code"]) for problem in refused.get_json(force=True)["problems"]}
    assert codes == {("headline", "MISSING"), ("wordings.vi", "MISSING"), ("audience", "MISSING")}
    unknown = {**BODY, "wordings": [{"language": "cjm", "recording_sha256": "0" * 64}]}
    assert call("POST", "/alerts", unknown).get_json(force=True)["problems"][0]["code"] == "RECORDING_UNKNOWN"
    assert call("POST", "/alerts", {**BODY, "colour": "red"}).status_code == 422


def test_no_token_approves(console: Console) -> None:
    waiting = alert_desk.submit(console, alert_desk.make_sound(console, alert_desk.draft(console)))
    alert_desk.second_officer(console)
    for login in ("officer", "approver"):
        refused = Caller(console, login)("POST", f"/alerts/{waiting.id}/approve", {})
        assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "NOT_ALLOWED")
    assert alert_desk.stored(console, waiting.id).status is AlertStatus.SUBMITTED


def test_a_cancel_ends_it_at_once_and_the_correction_follows_in_one_step(console: Console) -> None:
    call, made = officer(console), alert_desk.active(console)
    first = call("POST", f"/alerts/{made.id}/cancel", {"reason": "Báo nhầm"}, Idempotency_Key="k1")
    assert (first.status_code, first.get_json()["status"]) == (200, "cancelled")
    again = call("POST", f"/alerts/{made.id}/cancel", {"reason": "Báo nhầm"}, Idempotency_Key="k1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == first.get_json()
    assert call("POST", f"/alerts/{made.id}/cancel", {"reason": "Báo nhầm"}).status_code == 409
    sent = call("POST", f"/alerts/{made.id}/all-clear", {}, Idempotency_Key="k2")
    assert sent.get_json()["headline"].startswith("Tin đính chính")
    repeated = call("POST", f"/alerts/{made.id}/all-clear", {}, Idempotency_Key="k2")
    assert repeated.get_json()["id"] == sent.get_json()["id"]
    with console.context.uow() as uow:
        kinds = [row.kind for row in uow.outbox.take(console.clock())]
    assert kinds == [OutboxKind.ALERT, OutboxKind.ALERT_END, OutboxKind.ALERT]


def test_an_all_clear_needs_something_to_clear(console: Console) -> None:
    made = alert_desk.draft(console)
    assert officer(console)("POST", f"/alerts/{made.id}/all-clear", {}).status_code == 409


def test_how_far_it_got_is_told_by_area(console: Console) -> None:
    call, made = officer(console), alert_desk.active(console, areas=(COMMUNE, FAR_COMMUNE))
    assert made.order_id is not None
    with console.context.uow() as uow:
        reach = uow.orders.reaches(made.order_id)[0]
        word = type(reach)(reach.order_id, reach.device_id, "", reach.area_id, ReachState.SOUNDING, amp_ma=900)
        uow.orders.report([word])
        uow.commit()
    told = call("GET", f"/alerts/{made.id}/reach").get_json()
    there = [(area["area_id"], area["meant"], area["answered"], area["proved"]) for area in told["areas"]]
    answering = reach.area_id
    assert sum(meant for _, meant, _, _ in there) == 4
    assert [area_id for area_id, _, answered, proved in there if answered and proved] == [answering]
    assert [each["area_id"] for each in told["calls"]] == [a for a, *_ in there if a != answering]
    draft = alert_desk.draft(console)
    assert call("GET", f"/alerts/{draft.id}/reach").get_json() == {"areas": [], "calls": []}


def test_alerts_are_listed_page_by_page_and_only_where_one_may_read(console: Console) -> None:
    first = alert_desk.active(console)
    console.clock.pass_by(minutes=1)
    second = alert_desk.draft(console, kind=AlertKind.DRILL)
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


def test_a_stop_that_would_mute_an_alert_names_it_until_it_is_said_to_be_meant(console: Console) -> None:
    sent = alert_desk.active(console)
    body = {"areas": [COMMUNE], "reason": "Loa hỏng"}
    refused = officer(console)("POST", "/stops", body)
    assert refused.status_code == 422
    assert refused.get_json()["problems"] == [
        {"field": "mutes_alerts", "code": "WOULD_MUTE", "detail": {"headline": sent.headline}}
    ]
    assert officer(console)("POST", "/stops", {**body, "mutes_alerts": True}).get_json()["prio"] == 9


def test_everything_stops_with_one_call(console: Console) -> None:
    body = {"areas": [PROVINCE], "reason": "Loa phát nhầm", "hush_minutes": 30}
    made = officer(console)("POST", "/stops", body, Idempotency_Key="s1")
    assert made.status_code == 201
    assert made.get_json()["prio"] == 9
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


def test_a_recording_sent_before_is_taken(console: Console, call: Caller) -> None:
    sha256 = call.send("/audio", newsroom.wav(), "audio/wav").get_json()["sha256"]
    body = {**BODY, "wordings": [{"language": "cjm", "text": "…", "recording_sha256": sha256}]}
    assert officer(console)("POST", "/alerts", body).status_code == 201

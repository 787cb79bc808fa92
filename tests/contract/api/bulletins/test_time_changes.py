from __future__ import annotations

import pytest

from broadcast.bulletins.model import BulletinStatus
from cms.accounts.repository import People
from cms.platform.store.idempotency import IdempotencyKeys, KeptAnswer
from devices.boards.drawing import drawn, png
from devices.protocol.boards import USUAL
from tests.builders import bulletins
from tests.console import COMMUNE, COMMUNE_2, Console
from tests.contract.api.conftest import Caller

DRAFT = {"title": "Tin mới", "text": "Xin chào", "targets": {"areas": [COMMUNE]}}
LOOK = {"template": "banner", "colour": "amber", "motion": "pages", "page_s": 8, "picture": None}


def test_a_bulletin_goes_from_draft_to_approved(console: Console, call: Caller) -> None:
    made = call("POST", "/bulletins", DRAFT)
    assert made.status_code == 201
    path = f"/bulletins/{made.get_json()['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    bulletins.make_sound(console, bulletins.stored(console, made.get_json()["id"]))
    changed = call("PATCH", path, {"schedules": [{"starts": "2026-11-24T17:00"}]}, If_Match=made.headers["ETag"])
    assert changed.status_code == 200
    submitted = call("POST", f"{path}/submit", {}, If_Match=changed.headers["ETag"])
    assert submitted.get_json()["status"] == "submitted"
    approved = Caller(console, "approver")("POST", f"{path}/approve", {}, If_Match=submitted.headers["ETag"])
    assert approved.get_json()["status"] == "approved"
    assert call("GET", path).get_json()["approver_id"] == "u-approver"


def test_an_approval_may_name_the_content_it_is_for(console: Console) -> None:
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    review, path = Caller(console, "approver"), f"/bulletins/{submitted.id}"
    seen = review("GET", f"{path}/preflight").get_json()["content_sha256"]
    refused = review("POST", f"{path}/approve?content_sha256={'0' * 64}", {}).get_json(force=True)
    assert (refused["status"], refused["code"]) == (409, "CONTENT_CHANGED")
    assert (refused["expected"], refused["actual"]) == ("0" * 64, seen)
    approved = review("POST", f"{path}/approve?content_sha256={seen}", {}).get_json()
    assert approved["status"] == "approved"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_needs_the_version_seen(console: Console, call: Caller, method: str) -> None:
    draft = bulletins.write(console)
    path = f"/bulletins/{draft.id}"
    assert call(method, path, DRAFT).status_code == 428
    assert call(method, path, DRAFT, If_Match='"1"').status_code == 200
    stale = call(method, path, DRAFT, If_Match='"1"')
    assert (stale.status_code, stale.get_json(force=True)["code"]) == (412, "VERSION_CONFLICT")
    assert call(method, path, DRAFT, If_Match='"seven"').status_code == 412
    assert call(method, path, DRAFT, If_Match="*").status_code == 200


def test_a_step_without_a_version_speaks_of_the_present(console: Console, call: Caller) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console))
    assert call("POST", f"/bulletins/{ready.id}/submit", {}).status_code == 200
    assert call("POST", f"/bulletins/{ready.id}/submit", {}).status_code == 409


def test_a_patch_keeps_what_it_does_not_name(console: Console, call: Caller) -> None:
    draft = bulletins.write(console)
    patch = {"title": "Khác", "valid_until_at": "2026-12-31T00:00:00+07:00", "targets": {"areas": [COMMUNE_2]}}
    changed = call("PATCH", f"/bulletins/{draft.id}", patch, If_Match="*").get_json()
    assert changed["title"] == "Khác"
    assert changed["text"] == bulletins.TEXT
    assert changed["targets"]["areas"] == [COMMUNE_2]
    assert changed["valid_until_at"] == "2026-12-30T17:00:00Z"
    cleared = call("PATCH", f"/bulletins/{draft.id}", {"valid_until_at": None}, If_Match="*").get_json()
    assert cleared["valid_until_at"] is None


def test_schedules_without_an_id_are_given_one(call: Caller) -> None:
    rows = [{"starts": "2026-12-01T05:00"}, {"id": "1", "starts": "2026-12-01T17:00"}, {"starts": "2026-12-02T05:00"}]
    made = call("POST", "/bulletins", {**DRAFT, "schedules": rows}).get_json()
    assert [row["id"] for row in made["schedules"]] == ["2", "1", "3"]


def test_moves_and_left_out_dates_are_kept(call: Caller) -> None:
    rule = {
        "starts": "2026-12-01T05:00",
        "rrule": "FREQ=DAILY;COUNT=5",
        "except_on": ["2026-12-02"],
        "moves": [{"on": "2026-12-03", "to": "2026-12-03T17:00"}],
    }
    made = call("POST", "/bulletins", {**DRAFT, "schedules": [rule]}).get_json()["schedules"][0]
    assert made["except_on"] == ["2026-12-02"]
    assert made["moves"] == [{"on": "2026-12-03", "to": "2026-12-03T17:00:00"}]


def test_a_repeated_post_acts_once(console: Console, call: Caller) -> None:
    first = call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1")
    again = call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(call("GET", "/bulletins").get_json()["items"]) == 1
    assert bulletins.stored(console, first.get_json()["id"]).status is BulletinStatus.DRAFT


def test_a_key_of_another_request_is_refused(call: Caller) -> None:
    call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1")
    other = call("POST", "/bulletins", {**DRAFT, "title": "Khác"}, Idempotency_Key="k-1")
    assert (other.status_code, other.get_json(force=True)["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert call("POST", "/bulletins", DRAFT, Idempotency_Key="k" * 201).status_code == 400


def test_keys_of_two_people_are_apart(console: Console, call: Caller) -> None:
    mine = call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1").get_json()["id"]
    theirs = Caller(console, "operator")("POST", "/bulletins", DRAFT, Idempotency_Key="k-1").get_json()["id"]
    assert mine != theirs


def test_a_refused_try_may_be_repeated_under_its_key(console: Console, call: Caller) -> None:
    draft = bulletins.write(console)
    path = f"/bulletins/{draft.id}/submit"
    assert call("POST", path, {}, Idempotency_Key="k-1").status_code == 422
    bulletins.make_sound(console, draft)
    assert call("POST", path, {}, Idempotency_Key="k-1").status_code == 200
    assert call("POST", path, {}, Idempotency_Key="k-1").headers["Idempotency-Replayed"] == "true"


def test_nobody_approves_what_they_submitted(console: Console) -> None:
    with console.context.uow() as uow:
        uow[People].grant(console.actor("editor").user_id, console.actor("approver").grants)
        uow.commit()
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    answer = Caller(console, "editor")("POST", f"/bulletins/{submitted.id}/approve", {})
    assert (answer.status_code, answer.get_json(force=True)["reason"]) == (403, "OWN_BULLETIN")


@pytest.mark.parametrize(("step", "status"), [("return", "returned"), ("reject", "rejected")])
def test_a_review_needs_its_reason(console: Console, step: str, status: str) -> None:
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    review = Caller(console, "approver")
    assert review("POST", f"/bulletins/{submitted.id}/{step}", {"reason": " "}).status_code == 422
    done = review("POST", f"/bulletins/{submitted.id}/{step}", {"reason": "Thiếu giờ"}).get_json()
    assert done["status"] == status
    assert done["remarks"][0]["text"] == "Thiếu giờ"


def test_a_stale_step_under_a_named_version_is_412(console: Console, call: Caller) -> None:
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    assert call("POST", f"/bulletins/{submitted.id}/withdraw", {}, If_Match='"1"').status_code == 412
    assert call("POST", f"/bulletins/{submitted.id}/withdraw", {}).get_json()["status"] == "draft"


def test_a_recording_is_named_by_its_hash_and_used(call: Caller) -> None:
    sent = call.send("/audio", bulletins.wav(), "audio/wav")
    assert sent.status_code == 201
    sha256 = sent.get_json()["sha256"]
    made = call("POST", "/bulletins", {**DRAFT, "text": "", "original_sha256": sha256, "original_name": "a.wav"})
    assert made.get_json()["original_sha256"] == sha256


def test_two_requests_under_one_key_at_once_act_once(
    console: Console, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request looks up the key before the first has committed, so the store itself has to refuse it."""
    first = call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1")
    find = IdempotencyKeys.find
    looks: list[str] = []

    def blind_at_first(store: IdempotencyKeys, user_id: str, key: str) -> KeptAnswer | None:
        looks.append(key)
        return None if len(looks) == 1 else find(store, user_id, key)

    monkeypatch.setattr(IdempotencyKeys, "find", blind_at_first)
    second = call("POST", "/bulletins", DRAFT, Idempotency_Key="k-1")
    assert second.get_json()["id"] == first.get_json()["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(call("GET", "/bulletins").get_json()["items"]) == 1


def test_remarks_at_places_go_in_with_the_return_and_are_ticked_off(console: Console, call: Caller) -> None:
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    path = f"/bulletins/{submitted.id}"
    reviewer = Caller(console, "approver")
    wrong = reviewer("POST", f"{path}/return", {"notes": [{"text": "Sai", "quote": "không có"}]})
    assert wrong.get_json(force=True)["problems"][0]["code"] == "PASSAGE_UNKNOWN"
    body = {"notes": [{"text": "Ngày nào?", "quote": "từ 7 giờ"}]}
    (note,) = reviewer("POST", f"{path}/return", body).get_json()["notes"]
    assert note["passage"] == {"quote": "từ 7 giờ", "start": bulletins.TEXT.index("từ 7 giờ")}
    settled = call("POST", f"{path}/notes/{note['id']}", {"is_done": True}).get_json()
    assert settled["notes"][0]["done_by_name"] == "Editor"
    assert call("POST", f"{path}/notes/none", {}).status_code == 404


def test_boards_show_a_bulletin_unless_its_author_says_otherwise(call: Caller) -> None:
    made = call("POST", "/bulletins", {**DRAFT, "text": "Xin chào bà con."}).get_json()
    assert made["board"] == {"text": "Xin chào bà con.", "is_own": False, "minutes": 0, "look": LOOK}
    path = f"/bulletins/{made['id']}"
    own = call("PATCH", path, {"board": {"text": "Chào", "minutes": 5}}, If_Match="*").get_json()
    assert own["board"] == {"text": "Chào", "is_own": True, "minutes": 5, "look": LOOK}
    kept = call("PATCH", path, {"title": "Khác"}, If_Match="*").get_json()
    assert kept["board"] == own["board"]
    assert call("PATCH", path, {"board": None}, If_Match="*").get_json()["board"] is None


def test_a_look_names_a_picture_that_was_sent(console: Console, call: Caller) -> None:
    bearer = console.bearer("editor")
    client, data = console.app.test_client(), png(drawn(USUAL, None))
    sent = client.post("/api/v1/board-pictures", data=data, headers={**bearer, "Content-Type": "image/png"})
    assert (sent.status_code, sent.get_json()["bytes"]) == (201, len(data))
    look = {"colour": "red", "motion": "scroll", "picture": sent.get_json()}
    made = call("POST", "/bulletins", {**DRAFT, "board": {"look": look}})
    assert made.get_json()["board"]["look"] == {**LOOK, **look}
    for headers, body, status in (("image/gif", b"GIF89a", 415), ("image/png", b"none", 422), ("image/png", b"", 422)):
        refused = client.post("/api/v1/board-pictures", data=body, headers={**bearer, "Content-Type": headers})
        assert refused.status_code == status
    another = {"picture": {"sha256": "1" * 64, "bytes": 9}}
    unknown = call("POST", "/bulletins", {**DRAFT, "board": {"look": another}})
    assert (unknown.status_code, unknown.get_json(force=True)["problems"][0]["code"]) == (422, "NO_PICTURE")


def test_boards_are_listed_with_how_far_its_text_got(console: Console, call: Caller) -> None:
    once = bulletins.on_the_way(console)
    assert call("GET", f"/bulletins/{once.id}/boards").get_json() == {"items": []}

from __future__ import annotations

from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


def body(console: Console, **more: object) -> dict[str, object]:
    sha256 = console.context.content.put_bytes(bulletins.wav())
    return {"area_id": COMMUNE, "text": "Cảnh báo bão tại", "sha256": sha256, **more}


def test_a_phrase_is_recorded_listed_and_forgotten(console: Console, call: Caller) -> None:
    wanted = body(console)
    made = call("PUT", "/phrases", wanted).get_json()

    assert (made["text"], made["candidate_sha256"], made["sha256"]) == ("Cảnh báo bão tại", wanted["sha256"], "")
    assert call("PUT", "/phrases", wanted).get_json()["id"] == made["id"]
    assert [each["id"] for each in call("GET", "/phrases").get_json()["items"]] == [made["id"]]
    assert call("GET", "/phrases?language=cjm").get_json()["items"] == []
    assert call("DELETE", f"/phrases/{made['id']}").status_code == 204
    assert call("DELETE", f"/phrases/{made['id']}").status_code == 404


def test_a_recording_that_was_never_sent_is_refused(console: Console, call: Caller) -> None:
    answer = call("PUT", "/phrases", body(console, sha256="0" * 64))

    assert answer.status_code == 422
    assert [(p["field"], p["code"]) for p in answer.get_json(force=True)["problems"]] == [
        ("recording", "RECORDING_UNKNOWN")
    ]


def test_nobody_records_for_another_place(console: Console) -> None:
    answer = Caller(console, "operator")("PUT", "/phrases", body(console, area_id=FAR_COMMUNE))

    assert answer.status_code == 403

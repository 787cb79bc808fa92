from __future__ import annotations

from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


def body(console: Console, **more: object) -> dict[str, object]:
    sha256 = console.context.content.put_bytes(bulletins.wav())
    return {"area_id": COMMUNE, "place": "opening", "sha256": sha256, "name": "nhac.wav", **more}


def test_a_chime_is_set_listed_and_dropped(console: Console, call: Caller) -> None:
    wanted = body(console)
    made = call("PUT", "/chimes", wanted).get_json()

    assert (made["candidate_sha256"], made["candidate_name"]) == (wanted["sha256"], "nhac.wav")
    assert made["sound"]["state"] == "missing"
    assert [each["id"] for each in call("GET", "/chimes").get_json()["items"]] == [made["id"]]
    assert call("DELETE", f"/chimes/{made['id']}").status_code == 204
    assert call("DELETE", f"/chimes/{made['id']}").status_code == 404


def test_a_recording_that_was_never_sent_is_refused(console: Console, call: Caller) -> None:
    answer = call("PUT", "/chimes", body(console, sha256="0" * 64))

    assert answer.status_code == 422
    assert [(p["field"], p["code"]) for p in answer.get_json(force=True)["problems"]] == [
        ("recording", "RECORDING_UNKNOWN")
    ]


def test_nobody_sets_what_another_place_hears(console: Console) -> None:
    answer = Caller(console, "operator")("PUT", "/chimes", body(console, area_id=FAR_COMMUNE))

    assert answer.status_code == 403


def test_cues_come_with_a_bulletin_and_another_recording_drops_them(console: Console, call: Caller) -> None:
    first, second = (console.context.content.put_bytes(bulletins.wav(seconds)) for seconds in (1.0, 2.0))
    wanted = {"title": "Ghi âm", "targets": {"areas": [COMMUNE]}, "original_sha256": first}
    made = call("POST", "/bulletins", {**wanted, "cues": {"in_ms": 500, "fade_out_ms": 100}})
    path = f"/bulletins/{made.get_json()['id']}"
    assert made.get_json()["cues"] == {"in_ms": 500, "out_ms": None, "fade_in_ms": 0, "fade_out_ms": 100}
    assert made.get_json()["original_ms"] is None
    cued = call("PATCH", path, {"cues": {"in_ms": 100, "out_ms": 5_000}}, If_Match="*").get_json()
    assert (cued["cues"]["out_ms"], cued["original_sha256"]) == (5_000, first)
    assert call("PATCH", path, {"title": "Khác"}, If_Match="*").get_json()["cues"] == cued["cues"]
    other = call("PATCH", path, {"original_sha256": second}, If_Match="*").get_json()
    assert other["cues"] == {"in_ms": 0, "out_ms": None, "fade_in_ms": 0, "fade_out_ms": 0}


def test_cues_that_cannot_be_are_refused_by_name(console: Console, call: Caller) -> None:
    sha256 = console.context.content.put_bytes(bulletins.wav())
    wanted = {"title": "Ghi âm", "targets": {"areas": [COMMUNE]}, "original_sha256": sha256}
    answer = call("POST", "/bulletins", {**wanted, "cues": {"in_ms": 500, "out_ms": 900}})

    assert answer.status_code == 422
    assert [(p["field"], p["code"]) for p in answer.get_json(force=True)["problems"]] == [
        ("cues.out_ms", "CUE_TOO_SHORT")
    ]

from __future__ import annotations

from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller

WORD = {"area_id": COMMUNE, "written": "La Ngà", "spoken": "Lờ a Ngà"}


def test_a_text_is_tried_without_storing_anything(call: Caller) -> None:
    own = [{"written": "La Ngà", "spoken": "riêng"}, {"written": " ", "spoken": "x"}]
    body = call("POST", "/spoken", {"text": "Cấp 8-9 ở La Ngà", "areas": [COMMUNE], "sayings": own}).get_json()
    assert body["spoken"] == "Cấp tám đến cấp chín ở riêng"
    assert body["changes"][0] == {"start": 4, "end": 7, "spoken": "tám đến cấp chín", "rule": "range"}
    assert body["doubts"] == []
    unsure = call("POST", "/spoken", {"text": "Họp với VHTC", "areas": [COMMUNE]}).get_json()
    assert unsure["doubts"] == [{"start": 8, "end": 12, "doubt": "letters"}]


def test_a_word_is_taught_listed_used_and_forgotten(call: Caller) -> None:
    made = call("PUT", "/words", WORD).get_json()
    assert (made["saying"]["spoken"], made["area_id"]) == ("Lờ a Ngà", COMMUNE)
    assert call("PUT", "/words", WORD).get_json()["id"] == made["id"]
    assert [each["id"] for each in call("GET", "/words").get_json()["items"]] == [made["id"]]
    assert call("POST", "/spoken", {"text": "la ngà", "areas": [COMMUNE]}).get_json()["spoken"] == "Lờ a Ngà"
    assert call("POST", "/spoken", {"text": "la ngà", "areas": [FAR_COMMUNE]}).get_json()["spoken"] == "la ngà"
    assert call("DELETE", f"/words/{made['id']}").status_code == 204
    assert call("DELETE", f"/words/{made['id']}").status_code == 404


def test_what_cannot_be_said_is_refused_with_its_field(call: Caller) -> None:
    answer = call("PUT", "/words", {**WORD, "spoken": "số 5"})
    assert answer.status_code == 422
    assert [(p["field"], p["code"]) for p in answer.get_json(force=True)["problems"]] == [("spoken", "NOT_IN_WORDS")]


def test_a_bulletin_tells_what_it_says(console: Console, call: Caller) -> None:
    body = {
        "title": "Tin",
        "text": "Họp lúc 8g30",
        "targets": {"areas": [COMMUNE]},
        "sayings": [{"written": "họp", "spoken": "Họp mặt"}],
    }
    made = call("POST", "/bulletins", body).get_json()
    assert made["spoken"] == "Họp mặt lúc tám giờ ba mươi phút"
    path = f"/bulletins/{made['id']}"
    changed = call("PATCH", path, {"sayings": []}, If_Match="*").get_json()
    assert changed["spoken"] == "Họp lúc tám giờ ba mươi phút"

"""Duties (people on call) through the API."""

from __future__ import annotations

import pytest

from tests.builders import faults
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller

DUTY: dict[str, object] = {"area_id": COMMUNE, "name": "Trực đêm", "address": "truc@tinh.example", "starts": "22:00"}


@pytest.fixture
def mender(console: Console) -> Caller:
    return Caller(console, "technician")


def test_somebody_is_entered_once_by_key_seen_and_taken_off(mender: Caller) -> None:
    first, again = (mender("POST", "/duties", {**DUTY, "weekdays": [5, 6, 5]}, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    made = first.get_json()
    assert (made["weekdays"], made["starts"], made["ends"], made["line"]) == ([5, 6], "22:00:00", "00:00:00", 1)
    assert mender("GET", "/duties").get_json()["items"] == [made]
    assert mender("DELETE", f"/duties/{made['id']}").status_code == 204
    assert mender("GET", "/duties").get_json()["items"] == []
    assert mender("DELETE", f"/duties/{made['id']}").get_json()["code"] == "NOT_FOUND"


def test_how_to_reach_somebody_is_told_to_whoever_may_change_it(console: Console, mender: Caller) -> None:
    faults.duty(console)
    (seen,) = Caller(console, "operator")("GET", "/duties").get_json()["items"]
    (managed,) = mender("GET", "/duties").get_json()["items"]
    assert seen["address"] is None
    assert "@" in managed["address"]
    assert Caller(console, "far-operator")("GET", "/duties").get_json() == {"items": []}


def test_whatever_is_wrong_is_told_at_once_and_nobody_enters_elsewhere(mender: Caller) -> None:
    wrong = mender("POST", "/duties", {**DUTY, "name": " ", "address": "truc", "weekdays": []})
    assert wrong.status_code == 422
    assert {each["field"] for each in wrong.get_json()["problems"]} == {"name", "address", "weekdays"}
    assert mender("POST", "/duties", {**DUTY, "line": 3}).status_code == 422
    assert mender("POST", "/duties", {**DUTY, "area_id": "nowhere"}).status_code == 422
    assert mender("GET", "/duties").get_json()["items"] == []
    assert FAR_COMMUNE != COMMUNE

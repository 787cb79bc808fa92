"""Hours of audible self-tests, through the API."""

from __future__ import annotations

import pytest

from tests.console import COMMUNE, Console
from tests.contract.api.conftest import Caller

PATH = "/self-test-hours"
HOUR: dict[str, object] = {"area_id": COMMUNE, "at": "14:30", "reason": "Kiểm tra hằng tháng"}


@pytest.fixture
def mender(console: Console) -> Caller:
    return Caller(console, "technician")


def test_an_hour_is_proposed_once_agreed_to_by_another_and_ended(console: Console, mender: Caller) -> None:
    first, again = (mender("POST", PATH, HOUR, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.get_json(), first.headers["ETag"]) == (201, again.get_json(), '"1"')
    assert (first.get_json()["at"], first.get_json()["agreed_at"]) == ("14:30:00", None)
    agree = f"{PATH}/{COMMUNE}/agree"
    assert mender("POST", agree).status_code == 403
    admin = Caller(console, "admin")
    assert admin("POST", agree, If_Match='"7"').status_code == 412
    agreed = admin("POST", agree, If_Match=first.headers["ETag"])
    assert (agreed.status_code, agreed.get_json()["agreed_by_name"]) == (200, "Admin")
    assert admin("POST", agree).status_code == 409
    assert mender("GET", PATH).get_json()["items"] == [agreed.get_json()]
    ended = mender("POST", PATH, {**HOUR, "at": None})
    assert (ended.status_code, ended.get_json()["at"], ended.get_json()["agreed_at"]) == (201, None, None)


def test_what_is_wrong_is_told_and_elsewhere_it_is_not_seen(console: Console, mender: Caller) -> None:
    wrong = mender("POST", PATH, {**HOUR, "at": "22:30", "reason": " "})
    assert {each["code"] for each in wrong.get_json()["problems"]} == {"QUIET_THEN", "MISSING"}
    assert mender("POST", f"{PATH}/{COMMUNE}/agree").status_code == 404
    assert mender("POST", PATH, {"area_id": COMMUNE, "reason": "Quên giờ"}).status_code == 422
    mender("POST", PATH, HOUR)
    far = Caller(console, "far-operator")
    assert far("GET", PATH).get_json() == {"items": []}
    assert far("POST", f"{PATH}/{COMMUNE}/agree").status_code == 404

"""Page of duties (people on call): entered and removed by the people who look after the devices there."""

from __future__ import annotations

from datetime import time

import pytest
from flask.testing import FlaskClient

from cms.audit.queries import events_of
from cms.health.repository.faults import FaultRecords
from cms.platform.store.engine import reading
from devices.health.notices import Duty
from tests.builders import faults
from tests.console import COMMUNE, FAR_COMMUNE, Console, post

FORM: dict[str, object] = {
    "key": "k" * 26,
    "area": COMMUNE,
    "name": "Trực kỹ thuật",
    "address": "truc@tinh.example",
    "line": "2",
    "weekdays": ["0", "6"],
    "starts": "22:00",
    "ends": "06:00",
}


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def kept(console: Console) -> list[Duty]:
    with reading(console.context.engine) as session:
        return list(FaultRecords(session).duties())


def test_somebody_is_put_on_call_once_and_taken_off(console: Console, technician: FlaskClient) -> None:
    assert "Chưa ai trực" in technician.get("/duties").text
    for _ in range(2):
        assert post(technician, "/duties", FORM).status_code == 302
    (duty,) = kept(console)
    assert (duty.line, duty.weekdays, duty.starts, duty.ends) == (2, (0, 6), time(22), time(6))
    html = technician.get("/duties").text
    assert "Trực kỹ thuật" in html
    assert "22:00–06:00" in html
    assert "tuyến 2" in html
    assert post(technician, f"/duties/{duty.id}/remove").status_code == 302
    assert kept(console) == []
    assert post(technician, f"/duties/{duty.id}/remove").status_code == 404
    with reading(console.context.engine) as session:
        assert {event.name for event in events_of(session, duty.id)} == {"duty.added", "duty.removed"}


def test_who_is_on_call_now_is_shown_and_how_to_reach_them_only_to_whoever_may_change_it(
    console: Console, technician: FlaskClient
) -> None:
    duty = faults.duty(console)
    assert "đang trực" in technician.get("/duties").text
    assert duty.address in technician.get("/duties").text
    operator = console.client("operator").get("/duties").text
    assert duty.name in operator
    assert duty.address not in operator
    assert duty.name not in console.client("far-operator").get("/duties").text
    assert post(console.client("operator"), f"/duties/{duty.id}/remove").status_code == 403


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "Cần điền mục này."),
        ({"address": ""}, "Cần điền mục này."),
        ({"address": "tinh.example"}, "Hãy ghi địa chỉ thư"),
        ({"weekdays": []}, "Cần điền mục này."),
        ({"area": ""}, "Cần điền mục này."),
        ({"starts": "25:00"}, "Giờ không đúng."),
        ({"name": "x" * 201}, "tối đa 200"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    console: Console, technician: FlaskClient, change: dict[str, object], sentence: str
) -> None:
    answer = post(technician, "/duties", {**FORM, **change})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert kept(console) == []


def test_nobody_puts_anybody_on_call_where_they_look_after_nothing(console: Console) -> None:
    assert post(console.client("operator"), "/duties", {**FORM, "area": FAR_COMMUNE}).status_code == 403

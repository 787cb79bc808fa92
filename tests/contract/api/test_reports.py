from __future__ import annotations

import pytest

from cms.reports.repository.reports import Reports
from tests.builders import reports
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller

SPAN = {"first_on": "2026-11-01", "last_on": "2026-11-30"}
BODY = {"area_id": COMMUNE, **SPAN}


def test_a_report_is_asked_for_made_and_taken_away(console: Console, call: Caller) -> None:
    asked = call("POST", "/reports", BODY)
    assert (asked.status_code, asked.get_json()["state"], asked.get_json()["progress_pct"]) == (202, "making", 0)
    report_id = asked.get_json()["id"]
    assert call("GET", f"/reports/{report_id}/files/pdf").status_code == 404
    with console.context.uow() as unit:
        job_id = unit[Reports].get(report_id).job_id
    reports.runner(console).run(job_id)
    body = call("GET", f"/reports/{report_id}").get_json()
    assert (body["state"], body["progress_pct"], body["area_name"]) == ("ready", 100, "Mũi Né")
    assert [each["id"] for each in call("GET", "/reports").get_json()["items"]] == [report_id]
    for form, media, begin in (
        ("pdf", "application/pdf", b"%PDF"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ):
        with call("GET", f"/reports/{report_id}/files/{form}") as answer:
            assert (answer.mimetype, answer.data[: len(begin)]) == (media, begin)
    assert call("GET", f"/reports/{report_id}/files/doc").status_code == 422
    stranger = Caller(console, "far-operator")
    assert stranger("GET", f"/reports/{report_id}").status_code == 404
    assert stranger("GET", "/reports").get_json()["items"] == []


def test_the_same_key_asks_for_one_report(call: Caller) -> None:
    first = call("POST", "/reports", BODY, Idempotency_Key="k1")
    again = call("POST", "/reports", BODY, Idempotency_Key="k1")
    assert first.get_json() == again.get_json()
    assert len(call("GET", "/reports").get_json()["items"]) == 1


def test_figures_of_a_place_that_one_may_not_see_are_refused(console: Console, call: Caller) -> None:
    assert call("GET", "/reports/figures?area=nowhere&first_on=2026-11-01&last_on=2026-11-30").status_code == 404
    far = Caller(console, "far-operator")
    assert far("GET", f"/reports/figures?area={COMMUNE}&first_on=2026-11-01&last_on=2026-11-30").status_code == 403
    own = far("GET", f"/reports/figures?area={FAR_COMMUNE}&first_on=2026-11-01&last_on=2026-11-30").get_json()
    assert (own["area_name"], own["counted_at"], own["above"]) == (
        "Liên Hương",
        None,
        {"offered": 0, "taken": 0, "declined": 0},
    )
    assert own["before_span"] == {"first_on": "2026-10-01", "last_on": "2026-10-31"}


@pytest.mark.parametrize("last_on", ["2026-10-31", "2029-11-01"])
def test_a_span_that_is_none_is_refused(call: Caller, last_on: str) -> None:
    refused = call("POST", "/reports", {**BODY, "last_on": last_on})
    assert refused.get_json(force=True)["problems"][0]["code"] == "SPAN_TOO_LONG"


def test_what_the_calendar_makes_is_asked_for_listed_and_left(call: Caller) -> None:
    body = {"area_id": COMMUNE, "period": "month"}
    made = call("POST", "/reports/calendar", body)
    assert (made.status_code, made.get_json()["since_on"]) == (201, "2026-11-24")
    assert call("POST", "/reports/calendar", body).get_json()["id"] == made.get_json()["id"]
    assert [each["id"] for each in call("GET", "/reports/calendar").get_json()["items"]] == [made.get_json()["id"]]
    assert call("DELETE", f"/reports/calendar/{made.get_json()['id']}").status_code == 204
    assert call("DELETE", f"/reports/calendar/{made.get_json()['id']}").status_code == 404
    assert call("POST", "/reports/calendar", {"area_id": "nowhere", "period": "month"}).status_code == 422

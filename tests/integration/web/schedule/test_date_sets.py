from __future__ import annotations

from datetime import date

import pytest

from broadcast.scheduling.closed_days import TET
from cms.schedule.repository.calendar import DateSets
from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console, post

FORM: dict[str, object] = {"name": "Lễ hội", "area": COMMUNE, "dates": "20/11/2026\n2026-11-21, 22/11/2026;"}


def test_the_page_shows_the_holidays_of_this_year_and_the_next(console: Console) -> None:
    page = console.client("auditor").get("/date-sets").text
    assert "17/02/2026" in page
    assert "06/02/2027" in page
    assert "Lưu bộ ngày nghỉ" not in page


def test_a_set_is_named_for_an_area_shown_below_it_and_removed(console: Console) -> None:
    client = console.client("operator")
    assert post(client, "/date-sets", FORM).headers["Location"] == "/date-sets"
    page = client.get("/date-sets").text
    assert "20/11/2026, 21/11/2026, 22/11/2026" in page
    assert "Lễ hội (Mũi Né)" in client.get("/bulletins/new").text
    assert "Lễ hội" not in console.client("far-operator").get("/date-sets").text
    with console.context.uow() as uow:
        (made,) = uow[DateSets].in_areas([COMMUNE])
    post(client, f"/date-sets/{made.id}/remove")
    assert "<strong>Lễ hội</strong>" not in client.get("/date-sets").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Cần điền mục này."),
        ({"dates": "30/02/2026"}, "“30/02/2026” không phải là ngày"),
        ({"dates": ""}, "Cần điền mục này."),
        ({"area": FAR_COMMUNE}, "Bạn chưa được giao quyền ở: Liên Hương."),
        ({"area": "nowhere"}, "Không có địa bàn mã nowhere."),
    ],
)
def test_what_is_wrong_stays_in_the_form_with_its_reason(
    console: Console, wrong: dict[str, object], sentence: str
) -> None:
    answer = post(console.client("operator"), "/date-sets", {**FORM, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert str({**FORM, **wrong}["dates"]).strip().split("\n")[0] in answer.text


def test_a_rule_written_with_a_set_says_on_which_days_it_is_silent(console: Console) -> None:
    made = bulletins.name_dates(console, *(f"2026-12-{day:02d}" for day in range(1, 10)))
    client = console.client("editor")
    form: dict[str, object] = {
        "title": "Tin", "text": "Xin chào", "topic": "health", "priority": "normal", "language": "vi",
        "after": "restart", "areas": [COMMUNE], "s": "1", "s-1-kind": "daily", "s-1-on": "2026-11-25",
        "s-1-at": "17:00", "s-1-not-on": [made.id, TET],
    }  # fmt: skip
    where = post(client, "/bulletins/new", form).headers["Location"]
    (rule,) = bulletins.stored(console, where.rsplit("/", 1)[1]).schedules
    assert rule.not_on == (made.id, TET)
    assert date(2026, 12, 1) in rule.closed_on
    assert "nghỉ các ngày 01/12/2026, 02/12/2026" in client.get(where).text
    assert "ngày nữa" in client.get(where).text
    edit = client.get(f"{where}/edit").text
    assert f'value="{made.id}" checked' in edit
    refused = post(client, "/bulletins/new", {**form, "s-1-not-on": ["gone"]})
    assert "Bộ ngày nghỉ này không còn" in refused.text


def test_few_closed_days_are_all_named(console: Console) -> None:
    made = bulletins.name_dates(console, "2026-11-26")
    bulletin = bulletins.write(console, rrule="FREQ=DAILY", not_on=(made.id,))
    page = console.client("editor").get(f"/bulletins/{bulletin.id}").text
    assert "nghỉ các ngày 26/11/2026" in page

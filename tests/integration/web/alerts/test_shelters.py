"""Shelters of communes: kept with the contacts or loaded from a file, said where an alert asks people to leave."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.message_templates import advice_of
from cms.platform.store.uow import UnitOfWork
from cms.shelters.repository import Shelters
from cms.shelters.service import set_shelters
from province.errors import InvalidError, NotAllowedError
from tests.builders import alerts
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, Console, post

SCHOOL, HALL = "Trường THCS Mũi Né", "Nhà văn hóa Hàm Tiến"
NO_PEOPLE: dict[str, object] = {"name": [""], "duty": [""], "phone": [""]}


def unit_of(console: Console) -> UnitOfWork:
    return console.context.uow()


def test_a_shelter_kept_with_the_contacts_is_said_where_people_have_to_leave(
    console: Console, officer: FlaskClient
) -> None:
    long = post(officer, f"/contacts/{COMMUNE}", NO_PEOPLE | {"shelter": "x" * 121})
    assert long.status_code == 422
    assert "x" * 121 in long.text
    saved = post(officer, f"/contacts/{COMMUNE}", NO_PEOPLE | {"shelter": f" {SCHOOL}. "})
    assert saved.status_code == 302
    assert f'value="{SCHOOL}"' in officer.get(f"/contacts/{COMMUNE}").text
    with unit_of(console) as unit:
        call = console.context.call(console.actor("officer"))
        assert set_shelters(unit, {COMMUNE: SCHOOL, COMMUNE_2: HALL}, call=call) == 1
        unit.commit()
    draft = alerts.raised(console, officer)
    form = alerts.form_of(console, draft, areas=[COMMUNE], level="3", editing="page")
    html = post(officer, f"/alerts/{draft.id}/draft", form).text
    assert f"Nơi trú: {SCHOOL}" in html
    found = alerts.stored(console, draft.id)
    assert found.facts.advice.endswith(f". Nơi trú: {SCHOOL}")
    assert found.wordings[0].text.count(SCHOOL) == 1
    form = alerts.form_of(console, found, areas=[COMMUNE, COMMUNE_2], level="3", editing="page")
    post(officer, f"/alerts/{draft.id}/draft", form)
    said = alerts.stored(console, draft.id).facts.advice
    assert f"Mũi Né: {SCHOOL}" in said
    assert f"Hàm Tiến: {HALL}" in said
    typed = alerts.form_of(console, draft, areas=[FAR_COMMUNE], advice="Đi ngay", level="3", editing="page")
    post(officer, f"/alerts/{draft.id}/draft", typed)
    assert alerts.stored(console, draft.id).facts.advice == "Đi ngay"


def test_shelters_are_refused_as_a_whole_and_removed_when_empty(console: Console) -> None:
    call = console.context.call(console.actor("officer"))
    with unit_of(console) as unit, pytest.raises(InvalidError) as refused:
        set_shelters(unit, {COMMUNE: "x" * 121, "nowhere": HALL}, call=call)  # type: ignore[dict-item]
    assert [each.code for each in refused.value.problems] == ["TOO_LONG", "AREA_UNKNOWN"]
    with unit_of(console) as unit, pytest.raises(NotAllowedError):
        set_shelters(unit, {FAR_COMMUNE: HALL}, call=console.context.call(console.actor("operator")))
    with unit_of(console) as unit:
        set_shelters(unit, {COMMUNE: SCHOOL}, call=call)
        assert unit[Shelters].all() == {COMMUNE: SCHOOL}
        assert set_shelters(unit, {COMMUNE: ""}, call=call) == 1
        assert set_shelters(unit, {COMMUNE: " "}, call=call) == 0
        assert unit[Shelters].all() == {}


def test_the_advice_names_up_to_three_shelters_and_none_where_nobody_has_to_leave() -> None:
    plain = advice_of(Hazard.FLASH_FLOOD, [])
    three = [("A", "Trường A"), ("B", "Trường B"), ("C", "Trường C")]
    high = AlertLevel.THREE
    assert advice_of(Hazard.FLASH_FLOOD, three[:1], level=high) == f"{plain}. Nơi trú: Trường A"
    assert advice_of(Hazard.FLASH_FLOOD, three, level=high) == (
        f"{plain}. Nơi trú: A: Trường A; B: Trường B; C: Trường C"
    )
    assert advice_of(Hazard.FLASH_FLOOD, [*three, ("D", "Trường D")], level=high) == plain
    assert "Nơi trú" not in advice_of(Hazard.STORM, three, level=high)

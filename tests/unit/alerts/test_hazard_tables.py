"""Hazard tables of a province: loaded as a whole or not at all, kept, restored; alerts freeze what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, SirenPattern
from broadcast.alerts.hazards import GONG, NATIONAL
from broadcast.alerts.model import HazardTableVersion
from broadcast.alerts.table_file import TableFileError
from cms.alerts.repository.alerts import AlertPolicies, HazardTables
from cms.alerts.service import hazard_tables
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.alert_world import OTHER, World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import NOW, PROVINCE

HUE = (Path(__file__).parents[3] / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8")
OTHER_TABLE = 'name = "B"\nsource = "C"\n[hazards.flood.over]\nvi = "Bà con đi chợ lại được"\n'


def load(world: World, text: str) -> HazardTableVersion | None:
    return hazard_tables.load(world.store(), text=text, call=world.call(OTHER))


def restore(world: World, version: int) -> HazardTableVersion | None:
    return hazard_tables.restore(world.store(), version, call=world.call(OTHER))


def in_force(world: World) -> str:
    with world.store() as uow:
        return uow[AlertPolicies].hazards().name


def test_a_table_is_loaded_kept_and_an_earlier_one_restored() -> None:
    world = World()
    assert in_force(world) == ""
    first = load(world, HUE)
    assert first == HazardTableVersion(1, "Thành phố Huế", HUE, NOW, OTHER.user_id, OTHER.name)
    assert load(world, HUE) is None
    load(world, OTHER_TABLE)
    assert in_force(world) == "B"
    third = restore(world, 1)
    assert third is not None
    assert (third.version, third.name, third.text) == (3, "Thành phố Huế", HUE)
    assert in_force(world) == "Thành phố Huế"
    assert restore(world, 0) is not None
    assert (in_force(world), restore(world, 0)) == ("", None)
    assert [each.version for each in hazard_tables.versions(world.store())] == [4, 3, 2, 1]
    assert world.events() == ["hazard_table.loaded"] * 2 + ["hazard_table.restored"] * 2
    assert world.authority.asked[-1] == (OTHER.user_id, Action.USER_MANAGE, (PROVINCE,))


def test_a_faulty_table_changes_nothing() -> None:
    world = World()
    load(world, HUE)
    with pytest.raises(TableFileError):
        load(world, f"{HUE}\n[hazards.flood.urgent]\nsiren = 'none'\n")
    with pytest.raises(NotFoundError):
        restore(world, 7)
    assert in_force(world) == "Thành phố Huế"
    assert world.events() == ["hazard_table.loaded"]


def test_only_those_who_manage_users_everywhere_load_one() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.USER_MANAGE})))
    with pytest.raises(NotAllowedError):
        load(world, HUE)
    assert in_force(world) == ""


def test_a_stored_table_that_is_valid_no_more_keeps_no_alert_back(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    with world.store.change() as uow:
        uow[HazardTables].add(HazardTableVersion(1, "X", "name = 1", NOW, OTHER.user_id, OTHER.name))
    with world.store() as uow:
        assert uow[AlertPolicies].with_hazards()[1] is NATIONAL
    assert "hazard_table.refused" in caplog.text
    with pytest.raises(TableFileError):
        restore(world, 1)


def test_an_alert_freezes_its_siren_with_its_draft_and_sends_it() -> None:
    world = World()
    plain = world.draft()
    assert plain.siren == SirenPattern("siren-a")
    load(world, HUE)
    pattern = SirenPattern("siren-a", 5, 30_000, 5_000, 3)
    edited = world.edit(plain, risk=RiskLevel.FOUR)
    assert (edited.siren, edited.risk) == (pattern, RiskLevel.FOUR)
    made = world.active(risk=RiskLevel.FOUR)
    restore(world, 0)
    order = world.order(made)
    assert (order.siren, order.risk) == (pattern, RiskLevel.FOUR)
    prepared = world.prepared(made)
    assert prepared is not None
    assert prepared.siren == SirenPattern(GONG)


def test_the_all_clear_says_what_the_province_wants_after_the_hazard() -> None:
    world = World()
    load(world, OTHER_TABLE)
    prepared = world.prepared(world.active())
    assert prepared is not None
    assert "Bà con đi chợ lại được" in prepared.wordings[0].text


def test_a_risk_level_that_the_law_does_not_give_the_hazard_is_refused() -> None:
    world = World()
    for hazard, code in (("chemical", "RISK_NOT_GIVEN"), ("fog", "RISK_OUT_OF_BOUNDS")):
        with pytest.raises(InvalidError) as refused:
            world.draft(hazard=NATIONAL_HAZARDS[hazard], level=AlertLevel.ONE, risk=RiskLevel.FIVE)
        assert [(each.field, each.code) for each in refused.value.problems] == [("risk", code)]


NATIONAL_HAZARDS = {hazard.value: hazard for hazard in NATIONAL.hazards}

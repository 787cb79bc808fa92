"""Warning on Today where nobody could approve an alert, before the night in which it is needed."""

from __future__ import annotations

from datetime import timedelta

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.model import SecondFactor, User
from cms.accounts.repository import People
from cms.alerts.queries.staffing import StaffingGap, gaps
from cms.alerts.repository.alerts import Declarations
from cms.areas.repository import Places
from cms.platform.store.engine import reading
from province.areas import AreaId
from province.people import Grant, Role, UserId
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, FAR_DISTRICT, PROVINCE, START, Console

SENTENCE = "Không đủ hai người để phát cảnh báo cấp"


def found(console: Console) -> list[StaffingGap]:
    with reading(console.context.engine) as session:
        return gaps(session, Places(session).tree(), START.date())


def add_officer(console: Console, login: str, area: AreaId, level: AlertLevel | None, *, has_factor: bool) -> UserId:
    """Add an officer of the area, with a declaration right up to a level where one is named."""
    user_id = UserId(f"u-{login}")
    with console.context.uow() as uow:
        grants = (Grant(Role.EMERGENCY_OFFICER, area),)
        uow[People].add(User(user_id, login, login.title(), "", START, grants=grants))
        if has_factor:
            uow[People].add_second_factor(SecondFactor(user_id, "sealed", START, 0), [])
        if level is not None:
            uow[Declarations].give(DeclarationRight(user_id, area, level))
        uow.commit()
    return user_id


def test_one_officer_alone_covers_nothing(console: Console) -> None:
    assert found(console) == [StaffingGap(tuple(AlertLevel), (PROVINCE,))]


def test_two_people_cover_as_far_as_one_of_them_may_declare(console: Console) -> None:
    add_officer(console, "second", PROVINCE, AlertLevel.TWO, has_factor=True)
    assert found(console) == [StaffingGap((AlertLevel.THREE,), (PROVINCE,))]


def test_who_has_no_second_factor_or_was_shut_out_does_not_count(console: Console) -> None:
    user_id = add_officer(console, "second", PROVINCE, AlertLevel.THREE, has_factor=False)
    assert found(console) == [StaffingGap(tuple(AlertLevel), (PROVINCE,))]
    with console.context.uow() as uow:
        uow[People].add_second_factor(SecondFactor(user_id, "sealed", START, 0), [])
        uow.commit()
    assert found(console) == []
    with console.context.uow() as uow:
        user = uow[People].get(user_id)
        uow[People].save(User(user.id, user.login, user.name, "", START, START + timedelta(hours=1), user.grants))
        uow.commit()
    assert found(console) == [StaffingGap(tuple(AlertLevel), (PROVINCE,))]


def test_rights_of_one_commune_leave_the_others_named_by_the_largest_area_without(console: Console) -> None:
    add_officer(console, "second", COMMUNE, AlertLevel.THREE, has_factor=True)
    assert found(console) == [StaffingGap(tuple(AlertLevel), (COMMUNE_2, FAR_DISTRICT))]


def test_todays_page_names_it_to_whoever_answers_for_a_place_in_it(console: Console) -> None:
    add_officer(console, "second", DISTRICT, AlertLevel.TWO, has_factor=True)
    page = console.client("officer").get("/").text
    assert f"{SENTENCE} 1, 2" in page
    assert "Tuy Phong" in page
    assert f"{SENTENCE} 3" in page
    near = console.client("operator").get("/").text
    assert f"{SENTENCE} 3" in near
    assert f"{SENTENCE} 1, 2" not in near
    assert FAR_COMMUNE not in near
    assert "Fewer than two people" in console.client("officer", language="en").get("/").text

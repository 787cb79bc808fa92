"""Invitations and requests for a second administrator, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.model import AccessKind, AccessRequest, Invitation
from cms.accounts.queries import last_seen, listed_people
from cms.accounts.repository import AccessRequests, Invitations, People
from cms.platform.store.uow import UowFactory
from province.people import Grant, Role, UserId
from tests.contract.accounts.test_people import HERE, NOW, enter, people

__all__ = ["people"]
LAN = UserId("u-lan")
LATER = NOW + timedelta(days=7)


def test_a_link_is_used_once_and_ends_with_a_newer_one(people: UowFactory) -> None:
    with people() as unit:
        store = unit[Invitations]
        store.add_many(Invitation(each, LAN, UserId("u-admin"), NOW, LATER) for each in ("i1", "i2"))
        assert store.open_of(LAN, NOW) == store.get("i2")
        assert store.open_of(LAN, LATER) is None
        assert [store.use("i1", NOW), store.use("i1", NOW)] == [True, False]
        store.revoke_of(LAN, NOW)
        assert store.use("i2", NOW) is False
        assert (store.get("i1").revoked_at, store.get("i2").revoked_at) == (None, NOW)
        assert not store.get("i2").is_open
        unit.commit()


def test_a_request_is_decided_once_and_lapses(people: UowFactory) -> None:
    grants, levels = (Grant(Role.EMERGENCY_OFFICER, HERE),), (DeclarationRight(LAN, HERE, AlertLevel.TWO),)
    request = AccessRequest("r1", LAN, AccessKind.RIGHTS, grants, levels, UserId("u-admin"), "Hồ Văn Quản", NOW, LATER)
    with people() as unit:
        store = unit[AccessRequests]
        store.add(request)
        assert list(store.open(NOW)) == list(store.open(NOW, LAN)) == [request]
        assert list(store.open(NOW, UserId("u-other"))) == list(store.open(LATER)) == []
        decided = replace(request, decided_by=UserId("u-second"), decided_at=NOW, is_confirmed=True)
        assert [store.decide(decided), store.decide(decided)] == [True, False]
        assert store.get("r1") == decided
        assert list(store.open(NOW)) == []
        unit.commit()


def test_the_list_of_people_knows_rights_factor_and_last_use(people: UowFactory) -> None:
    enter(people)
    with people() as unit:
        (lan,) = listed_people(unit.session)
        assert (lan.user, lan.has_factor, lan.state) == (unit[People].get(LAN), False, "active")
        assert last_seen(unit.session, [LAN, UserId("u-other")]) == {LAN: NOW}

"""Saved filters of people, in both databases."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from cms.accounts.tables import UserRow
from cms.fleet.repository.devices import SavedFilter, SavedFilters
from cms.platform.store.uow import UowFactory
from tests.fakes.programme import NOW

MINE = SavedFilter("f1", "u1", "Mất kết nối", "link=off", NOW)


def test_a_filter_belongs_to_one_person_and_has_one_name(units: UowFactory) -> None:
    with units() as unit:
        people = [
            {"id": name, "login": name, "name": name, "password_hash": "", "created_at": NOW, "failures": 0}
            for name in ("u1", "u2")
        ]
        unit.session.execute(insert(UserRow), people)
        filters = unit[SavedFilters]
        filters.put(MINE)
        filters.put(replace(MINE, id="f2", user_id="u2"))
        filters.put(replace(MINE, id="f3", query="link=on"))
        unit.commit()
    with units() as unit:
        filters = unit[SavedFilters]
        assert [each.id for each in filters.of("u1")] == ["f3"]
        assert not filters.drop("u2", "f3")
        assert filters.drop("u1", "f3")
        assert filters.of("u1") == []
        assert [each.id for each in filters.of("u2")] == ["f2"]

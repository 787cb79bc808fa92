"""Autosaved forms, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import Autosave
from cms.bulletins.repository.autosaves import Autosaves, autosave_id
from province.errors import ConflictError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, NOW

MINE = AUTHOR.user_id


def autosave(name: str, hours: int = 0, owner_id: UserId = MINE) -> Autosave:
    bulletin_id, at = BulletinId(name), NOW + timedelta(hours=hours)
    typed = (("title", "Họp tổ"), ("areas", "c1"), ("areas", "c2"))
    return Autosave(autosave_id(owner_id, bulletin_id), owner_id, bulletin_id, "Họp tổ", typed, 1, "w1", at)


def test_a_form_comes_back_as_typed_and_is_saved_over_its_last_version_only(store: Store) -> None:
    made = autosave("b1")
    changed = replace(made, fields=(("title", "Họp"),), version=2)
    with store.unit() as uow:
        uow[Autosaves].add(made)
        assert uow[Autosaves].of(MINE, BulletinId("b1")) == made
        assert uow[Autosaves].of(UserId("u-other"), BulletinId("b1")) is None
        uow[Autosaves].save(changed)
        with pytest.raises(ConflictError):
            uow[Autosaves].save(changed)
        uow.commit()
    with store.unit() as uow:
        assert uow[Autosaves].of(MINE, BulletinId("b1")) == changed


def test_unfinished_are_a_persons_own_last_typed_first_without_the_ended(store: Store) -> None:
    with store.unit() as uow:
        uow[Autosaves].add_many(
            [autosave("b1"), autosave("b2", 2), autosave("b3", 1), autosave("b4", 3, UserId("u-x"))]
        )
        uow[Autosaves].end(MINE, BulletinId("b3"), NOW)
        uow[Autosaves].end(MINE, BulletinId("b9"), NOW)
        assert [each.bulletin_id for each in uow[Autosaves].unfinished(MINE, 9)] == ["b2", "b1"]
        assert [each.bulletin_id for each in uow[Autosaves].unfinished(MINE, 1)] == ["b2"]
        assert uow[Autosaves].count_unfinished(MINE) == 2
        ended = uow[Autosaves].of(MINE, BulletinId("b3"))
        assert ended == replace(autosave("b3", 1), fields=(), version=2, ended_at=NOW)


def test_pruning_takes_the_ended_and_the_forgotten(store: Store) -> None:
    with store.unit() as uow:
        uow[Autosaves].add_many([autosave("old"), autosave("ended", 5), autosave("just-ended", 5), autosave("new", 5)])
        uow[Autosaves].end(MINE, BulletinId("ended"), NOW)
        uow[Autosaves].end(MINE, BulletinId("just-ended"), NOW + timedelta(hours=3))
        uow[Autosaves].prune(NOW + timedelta(hours=2), NOW + timedelta(hours=1))
        left = [each for each in ("old", "ended", "just-ended", "new") if uow[Autosaves].of(MINE, BulletinId(each))]
        assert left == ["just-ended", "new"]

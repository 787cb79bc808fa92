"""Templates and shares, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.bulletins.repository.sharing import Shares, Templates
from province.areas import AreaId
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, PROVINCE


def template(name: str, area_id: AreaId = NORTH) -> BulletinTemplate:
    who = (NOW, AUTHOR.user_id, AUTHOR.name)
    return BulletinTemplate(TemplateId(name), area_id, f"Mẫu {name}", *who, "Tiêu đề", "Lời", "health")


def share(name: str, subject_id: str, area_id: AreaId, kind: ShareKind = ShareKind.TEMPLATE, hours: int = 0) -> Share:
    at = NOW + timedelta(hours=hours)
    return Share(ShareId(name), kind, subject_id, PROVINCE, area_id, at, AUTHOR.user_id, AUTHOR.name)


def test_a_template_comes_back_as_it_was_and_is_changed_in_its_place(store: Store) -> None:
    made = template("t1")
    changed = replace(made, text="Lời khác", priority=PriorityClass.PRIORITY, language="cjm")
    with store.unit() as uow:
        uow[Templates].put(made)
        assert uow[Templates].get(made.id) == made
        uow[Templates].put(changed)
        uow.commit()
    with store.unit() as uow:
        assert list(uow[Templates].in_areas([NORTH])) == [changed]
        with pytest.raises(NotFoundError):
            uow[Templates].get(TemplateId("t9"))


def test_templates_are_listed_by_name_and_a_removed_one_is_gone(store: Store) -> None:
    with store.unit() as uow:
        for each in (template("t2"), template("t1"), template("t3", C1)):
            uow[Templates].put(each)
        uow.commit()
    with store.unit() as uow:
        assert [each.id for each in uow[Templates].in_areas([NORTH, C1])] == ["t1", "t2", "t3"]
        assert [each.id for each in uow[Templates].named([TemplateId("t3"), TemplateId("t9")])] == ["t3"]
        assert list(uow[Templates].named([])) == list(uow[Templates].in_areas([C2])) == []
        uow[Templates].remove(TemplateId("t1"))
        uow[Templates].remove(TemplateId("t9"))
        uow.commit()
    with store.unit() as uow:
        assert [each.id for each in uow[Templates].in_areas([NORTH])] == ["t2"]


def test_shares_are_found_by_receiver_and_by_subject_the_oldest_first(store: Store) -> None:
    late, early = share("s1", "t1", C1, hours=1), share("s2", "t1", NORTH)
    voice = share("s3", C2, C1, ShareKind.VOICE)
    with store.unit() as uow:
        for each in (late, early, voice):
            uow[Shares].add(each)
        uow.commit()
    with store.unit() as uow:
        assert uow[Shares].get(voice.id) == voice
        assert list(uow[Shares].with_areas([C1, NORTH], ShareKind.TEMPLATE)) == [early, late]
        assert list(uow[Shares].with_areas([C1], ShareKind.VOICE)) == [voice]
        assert list(uow[Shares].with_areas([], ShareKind.VOICE)) == []
        assert list(uow[Shares].of(ShareKind.TEMPLATE, "t1")) == [early, late]
        assert list(uow[Shares].of(ShareKind.VOICE, "t1")) == []
        assert list(uow[Shares].of(ShareKind.VOICE, "t1", C2)) == [voice]
        assert list(uow[Shares].of(ShareKind.VOICE)) == []
        uow[Shares].remove(early.id)
        uow[Shares].remove(ShareId("s9"))
        uow.commit()
    with store.unit() as uow:
        assert list(uow[Shares].of(ShareKind.TEMPLATE, "t1")) == [late]
        with pytest.raises(NotFoundError):
            uow[Shares].get(early.id)

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.inbox.model import First, HandedDown, HandedDownId, HandedDownState, InboxRules
from cms.inbox.repository import HandedDowns
from province.errors import ConflictError, NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import BULLETINS, C1, C2, C3, NORTH, NOW, REVIEWER

ITEM = HandedDown(
    id=HandedDownId("h1"),
    bulletin_id=BULLETINS[0].id,
    area_id=C2,
    title="Lịch tiêm chủng",
    priority=PriorityClass.NORMAL,
    state=HandedDownState.OFFERED,
    approved_by=REVIEWER.user_id,
    approved_by_name=REVIEWER.name,
    sent_at=NOW,
    answer_by_at=NOW + timedelta(hours=1),
)
PLACED = BulletinId("b-t5")


def test_items_come_back_by_bulletin_and_are_saved_one_version_after_the_other(store: Store) -> None:
    other = replace(ITEM, id=HandedDownId("h2"), area_id=C1, state=HandedDownState.PLACING)
    with store.unit() as unit:
        unit[HandedDowns].add(ITEM)
        unit[HandedDowns].add(other)
        unit.commit()
    with store.unit() as unit:
        assert unit[HandedDowns].get(ITEM.id) == ITEM
        assert list(unit[HandedDowns].of_bulletin(ITEM.bulletin_id)) == [other, ITEM]
        assert list(unit[HandedDowns].due(NOW, 10)) == [other.id]
        assert list(unit[HandedDowns].due(NOW + timedelta(hours=1), 10)) == [ITEM.id, other.id]
        assert list(unit[HandedDowns].due(NOW + timedelta(hours=1), 1)) == [ITEM.id]
        assert not unit[HandedDowns].is_placed(PLACED)
        unit[HandedDowns].save(replace(ITEM, version=2, state=HandedDownState.PLACED, placed_id=PLACED))
        unit.commit()
    with store.unit() as unit:
        assert unit[HandedDowns].is_placed(PLACED)
        assert list(unit[HandedDowns].due(NOW + timedelta(days=9), 10)) == [other.id]
        with pytest.raises(ConflictError):
            unit[HandedDowns].save(replace(ITEM, version=2))
        with pytest.raises(NotFoundError):
            unit[HandedDowns].save(replace(ITEM, id=HandedDownId("none"), version=2))
        with pytest.raises(NotFoundError):
            unit[HandedDowns].get(HandedDownId("none"))


def test_what_holds_without_an_answer_is_that_of_the_nearest_area_above(store: Store) -> None:
    rules = InboxRules(First.OWN, 30, 12)
    with store.unit() as unit:
        unit[HandedDowns].set_rules(NORTH, InboxRules(First.OWN))
        unit[HandedDowns].set_rules(NORTH, rules)
        unit.commit()
    with store.unit() as unit:
        assert unit[HandedDowns].rules(C1) == rules
        assert unit[HandedDowns].rules(C3) == InboxRules()

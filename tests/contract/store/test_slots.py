from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.scheduling.slots import SlotId
from province.errors import NotFoundError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, NORTH, NOW
from tests.unit.broadcast.scheduling.test_slots import SLOT


def test_slots_come_back_by_holder_and_place_until_they_are_revoked(store: Store) -> None:
    other = replace(SLOT, id=SlotId("slot2"), holder_id=UserId("u-other"), area_id=C1)
    with store.unit() as unit:
        unit.slots.add(other)
        unit.slots.add(SLOT)
        unit.commit()
    with store.unit() as unit:
        assert unit.slots.get(SLOT.id) == SLOT
        assert list(unit.slots.of_holder(AUTHOR.user_id)) == [SLOT]
        assert list(unit.slots.in_areas([NORTH, C1])) == [SLOT, other]
        assert list(unit.slots.in_areas([])) == []
        unit.slots.save(replace(SLOT, revoked_at=NOW))
        unit.commit()
    with store.unit() as unit:
        assert unit.slots.get(SLOT.id).revoked_at == NOW
        assert list(unit.slots.of_holder(AUTHOR.user_id)) == []
        assert list(unit.slots.in_areas([NORTH])) == []
        with pytest.raises(NotFoundError):
            unit.slots.get(SlotId("none"))

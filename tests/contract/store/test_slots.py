from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.scheduling.slots import SlotId
from cms.schedule.repository.calendar import Slots
from province.errors import NotFoundError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, NORTH, NOW
from tests.unit.broadcast.scheduling.test_slots import SLOT


def test_slots_come_back_by_holder_and_place_until_they_are_revoked(store: Store) -> None:
    other = replace(SLOT, id=SlotId("slot2"), holder_id=UserId("u-other"), area_id=C1)
    with store.unit() as unit:
        unit[Slots].add(other)
        unit[Slots].add(SLOT)
        unit.commit()
    with store.unit() as unit:
        assert unit[Slots].get(SLOT.id) == SLOT
        assert list(unit[Slots].of_holder(AUTHOR.user_id)) == [SLOT]
        assert list(unit[Slots].in_areas([NORTH, C1])) == [SLOT, other]
        assert list(unit[Slots].in_areas([])) == []
        unit[Slots].save(replace(SLOT, revoked_at=NOW))
        unit.commit()
    with store.unit() as unit:
        assert unit[Slots].get(SLOT.id).revoked_at == NOW
        assert list(unit[Slots].of_holder(AUTHOR.user_id)) == []
        assert list(unit[Slots].in_areas([NORTH])) == []
        with pytest.raises(NotFoundError):
            unit[Slots].get(SlotId("none"))

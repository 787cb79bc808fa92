from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.scheduling.closed_days import DateSet, DateSetId
from cms.schedule.repository.calendar import DateSets
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, MONDAY, NOW

SET = DateSet(DateSetId("d1"), C1, "Lễ hội", (MONDAY,), NOW, AUTHOR.user_id, AUTHOR.name)


def test_sets_are_found_by_id_by_area_and_by_name(store: Store) -> None:
    other = replace(SET, id=DateSetId("d2"), name="Cúng đình", dates=())
    with store.unit() as uow:
        uow[DateSets].put(SET)
        uow[DateSets].put(other)
        uow.commit()
    with store.unit() as uow:
        assert uow[DateSets].get(SET.id) == SET
        assert list(uow[DateSets].in_areas([C1, C2])) == [other, SET]
        assert list(uow[DateSets].in_areas([C2])) == []
        assert list(uow[DateSets].named([other.id, DateSetId("none"), SET.id])) == [SET, other]
        with pytest.raises(NotFoundError):
            uow[DateSets].get(DateSetId("none"))


def test_a_set_is_put_in_the_place_of_the_one_of_its_id_and_removed(store: Store) -> None:
    with store.unit() as uow:
        uow[DateSets].put(SET)
        uow[DateSets].put(replace(SET, name="Khác"))
        uow.commit()
    with store.unit() as uow:
        assert uow[DateSets].get(SET.id).name == "Khác"
        uow[DateSets].remove(SET.id)
        uow[DateSets].remove(SET.id)
        uow.commit()
    with store.unit() as uow:
        assert list(uow[DateSets].in_areas([C1])) == []

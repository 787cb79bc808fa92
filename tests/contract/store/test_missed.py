from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import Left, Missed, Remedy
from cms.fleet.repository.devices import Devices
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.repository.missed import MissedAirings
from devices.model import DeviceId
from tests.contract.store.conftest import Store
from tests.fakes.programme import C1, C2, NOW, PROVINCE, transmission

T1 = transmission()
LATER = NOW + timedelta(hours=2)


def missed(device: str = "p-n-1-l1", minute: str = "202603021700") -> Missed:
    return Missed(
        occurrence_id=OccurrenceId(f"t1-s1-{minute}"),
        device_id=DeviceId(device),
        device_name="Loa cổng chợ",
        area_id=C1,
        transmission_id=T1.id,
        bulletin_id=T1.bulletin_id,
        title=T1.title,
        missed_at=NOW,
        result="missed",
        reason="POWER_LOST",
        mode=MakeGoodMode.SAME_DAY,
        remedy=Remedy.PLANNED,
        item_id=OccurrenceId(f"t1-s1_m1-{minute}"),
        not_before_at=NOW + timedelta(minutes=10),
        not_after_at=LATER,
        reported_at=NOW,
    )


def test_what_was_missed_is_found_by_airing_place_and_transmission(store: Store) -> None:
    first, second = missed(), missed("p-n-1-l2")
    asked = replace(missed("p-n-2-l1"), remedy=Remedy.ASKED)
    with store.unit() as unit:
        unit[MissedAirings].put([second, first, asked])
        unit[MissedAirings].put([])
        unit.commit()
    with store.unit() as unit:
        assert unit[MissedAirings].get(first.occurrence_id, first.device_id) == first
        assert unit[MissedAirings].get(OccurrenceId("t1-s1-0"), first.device_id) is None
        assert list(unit[MissedAirings].of_occurrence(first.occurrence_id)) == [first, second, asked]
        assert list(unit[MissedAirings].owed_in(C1, NOW)) == [first, second]
        assert list(unit[MissedAirings].owed_in(C2, NOW)) == []
        assert list(unit[MissedAirings].owed_in(C1, LATER)) == []
        assert list(unit[MissedAirings].planned_of(T1.id, NOW)) == [first, second]


def test_what_is_known_later_takes_the_place_of_what_was(store: Store) -> None:
    with store.unit() as unit:
        unit[MissedAirings].put([missed()])
        unit.commit()
    left = replace(missed(), remedy=Remedy.LEFT, left_because=Left.PERSON, decided_by_name="Bình", decided_at=NOW)
    with store.unit() as unit:
        unit[MissedAirings].put([left])
        unit.commit()
    with store.unit() as unit:
        assert list(unit[MissedAirings].of_occurrence(left.occurrence_id)) == [left]


def test_who_is_retired_is_owed_nothing(store: Store) -> None:
    with store.unit() as unit:
        unit[MissedAirings].put([missed()])
        gone = unit[Devices].get(missed().device_id)
        unit[Devices].save(replace(gone, retired_at=NOW))
        unit.commit()
    with store.unit() as unit:
        assert list(unit[MissedAirings].owed_in(C1, NOW)) == []


def test_an_area_has_one_rule_a_class(store: Store) -> None:
    rule = MakeGoodRule(PROVINCE, PriorityClass.NORMAL, MakeGoodMode.SAME_DAY, time(19, 30), cuts=False)
    other = MakeGoodRule(C1, PriorityClass.PRIORITY, MakeGoodMode.ASK)
    with store.unit() as unit:
        assert list(unit[MissedAirings].rules()) == []
        unit[MissedAirings].set_rule(replace(rule, mode=MakeGoodMode.NONE))
        unit[MissedAirings].set_rule(rule)
        unit[MissedAirings].set_rule(other)
        unit.commit()
    with store.unit() as unit:
        assert list(unit[MissedAirings].rules()) == [rule, other]


def test_the_ladder_tells_of_one_device(store: Store) -> None:
    with store.unit() as unit:
        assert unit[Deliveries].state_of(missed().occurrence_id, missed().device_id) is None

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.area_rules import (
    AreaRules,
    Exemption,
    ExemptionId,
    ExemptionState,
    QuietWindow,
    Quota,
    VolumeWindow,
)
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.schedule.repository.calendar import Exemptions
from cms.schedule.repository.deliveries import Deliveries
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import NotFoundError, UnknownAreaError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, C3, COMMUNES, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, TREE, device

ITEM = OccurrenceId("t1-s1-202603021700")
HERE = AreaId("p-n-1")
LOUD = AreaRules(quiet=(QuietWindow(time(12), time(13, 30)), QuietWindow(time(22), time(5))), volume_pct=95)
NEVER_QUIET = AreaRules(quiet=())


def test_kinds_of_area_that_have_an_inbox_are_data(store: Store) -> None:
    with store.unit() as uow:
        assert set(uow[Places].commune_kinds()) == {"commune", "ward", "township", "special_zone"}


def _delivery(state: DeliveryState, device_id: str = "p-n-1-l1", reason: str = "", area_id: AreaId = HERE) -> Delivery:
    return Delivery(DeviceId(device_id), "Loa 1", ITEM, TransmissionId("t1"), state, NOW, reason, area_id)


def _as_run(record_id: str, device_id: str = "p-n-1-l1", result: str = "done") -> AsRun:
    return AsRun(
        device_id=DeviceId(device_id),
        device_name="Loa 1",
        record_id=record_id,
        occurrence_id=ITEM,
        transmission_id=TransmissionId("t1"),
        title="Bản tin",
        sha256="a" * 64,
        planned_at=NOW,
        started_at=NOW + timedelta(milliseconds=3),
        ended_at=None,
        result=result,
        reason="",
        volume_pct=80,
        received_at=NOW,
    )


def test_a_delivery_keeps_its_highest_rung_whatever_the_order(store: Store) -> None:
    words = [DeliveryState.READY, DeliveryState.DONE, DeliveryState.RECEIVED, DeliveryState.STARTED]
    for word in words:
        with store.unit() as unit:
            unit[Deliveries].advance([_delivery(word)])
            unit.commit()
    with store.unit() as unit:
        assert list(unit[Deliveries].of_occurrence(ITEM)) == [_delivery(DeliveryState.DONE)]


def test_a_device_stood_where_it_last_was_before_the_end(store: Store) -> None:
    """A device may be moved before the airing; its report of the end may come from the place it moved to afterwards."""
    device, moved, later = DeviceId("p-n-1-l1"), AreaId("p-n-2"), AreaId("p-s-1")
    found = ((DeliveryState.READY, HERE), (DeliveryState.STARTED, moved), (DeliveryState.DONE, later))
    for state, area_id in found:
        with store.unit() as unit:
            unit[Deliveries].advance([_delivery(state, area_id=area_id)])
            unit.commit()
    with store.unit() as unit:
        assert unit[Deliveries].areas_of(device, [ITEM, OccurrenceId("other")]) == {ITEM: moved}
        assert unit[Deliveries].areas_of(DeviceId("p-n-1-l2"), [ITEM]) == {}


def test_the_highest_rung_of_one_call_is_kept_for_each_device(store: Store) -> None:
    with store.unit() as unit:
        unit[Deliveries].advance(
            [
                _delivery(DeliveryState.STARTED),
                _delivery(DeliveryState.RECEIVED),
                _delivery(DeliveryState.MISSED, "p-n-1-l2", "AMP_FAULT"),
            ]
        )
        unit.commit()
    with store.unit() as unit:
        assert list(unit[Deliveries].of_occurrence(ITEM)) == [
            _delivery(DeliveryState.STARTED),
            _delivery(DeliveryState.MISSED, "p-n-1-l2", "AMP_FAULT"),
        ]


def test_what_was_heard_in_the_end_outranks_cut_and_missed(store: Store) -> None:
    for word in (DeliveryState.MISSED, DeliveryState.CUT, DeliveryState.DONE, DeliveryState.MISSED):
        with store.unit() as unit:
            unit[Deliveries].advance([_delivery(word)])
            unit.commit()
    with store.unit() as unit:
        (kept,) = unit[Deliveries].of_occurrence(ITEM)
        assert kept.state is DeliveryState.DONE


def test_an_as_run_record_is_stored_once_however_often_it_comes(store: Store) -> None:
    with store.unit() as unit:
        assert list(unit[Deliveries].record([_as_run("r1"), _as_run("r1"), _as_run("r2")])) == [
            _as_run("r1"),
            _as_run("r2"),
        ]
        unit.commit()
    with store.unit() as unit:
        again = [_as_run("r2"), _as_run("r1", result="cut"), _as_run("r1", "p-n-1-l2")]
        assert list(unit[Deliveries].record(again)) == [_as_run("r1", "p-n-1-l2")]


def test_effective_rules_are_the_nearest_ancestors(store: Store) -> None:
    with store.unit() as unit:
        assert unit[Places].rules(C1) == AreaRules()
        unit[Places].set_rules(PROVINCE, NEVER_QUIET)
        unit[Places].set_rules(NORTH, AreaRules())
        unit[Places].set_rules(NORTH, LOUD)
        unit[Places].set_rules(C2, AreaRules(volume_pct=10))
        unit.commit()
    with store.unit() as unit:
        found = [unit[Places].rules(area_id) for area_id in (C1, C2, C3, NORTH)]
    assert found == [LOUD, AreaRules(volume_pct=10), NEVER_QUIET, LOUD]


def test_the_strictest_quota_of_an_area_and_those_above_it_holds(store: Store) -> None:
    with store.unit() as unit:
        unit[Places].set_rules(PROVINCE, AreaRules(quota=Quota(sessions=3, day_min=60)))
        own = AreaRules(volumes=(VolumeWindow(time(18), time(21), 40),), quota=Quota(sessions=5, session_min=15))
        unit[Places].set_rules(C1, own)
        unit.commit()
    with store.unit() as unit:
        assert unit[Places].own_rules(C1) == own
        assert unit[Places].own_rules(C2) is None
        assert unit[Places].rules(C1) == replace(own, quota=Quota(3, 15, 60))
        assert unit[Places].rules(C2).quota == Quota(sessions=3, day_min=60)


def test_a_confirmed_exemption_is_part_of_the_rules_there_and_below(store: Store) -> None:
    asked = Exemption(
        ExemptionId("x1"), NORTH, MONDAY, "Lễ hội", ExemptionState.PROPOSED, AUTHOR.user_id, AUTHOR.name, NOW
    )
    later = replace(asked, id=ExemptionId("x2"), on=MONDAY + timedelta(days=1))
    with store.unit() as unit:
        for each in (asked, later):
            unit[Exemptions].put(each)
        assert unit[Places].rules(C1).exempt_on == ()
        unit.commit()
    with store.unit() as unit:
        assert unit[Exemptions].get(asked.id) == asked
        assert list(unit[Exemptions].in_areas([NORTH, C1])) == [later, asked]
        assert list(unit[Exemptions].in_areas([C1])) == []
        confirmed = replace(
            asked, state=ExemptionState.CONFIRMED, decided_by=REVIEWER.user_id, decided_by_name="B", decided_at=NOW
        )
        unit[Exemptions].put(confirmed)
        assert unit[Places].rules(C1).exempt_on == (MONDAY,)
        unit.commit()
    with store.unit() as unit:
        assert unit[Exemptions].get(asked.id) == confirmed
        assert [unit[Places].rules(area_id).exempt_on for area_id in (C1, NORTH, C3)] == [(MONDAY,), (MONDAY,), ()]
        with pytest.raises(NotFoundError):
            unit[Exemptions].get(ExemptionId("none"))


def test_rules_of_an_unknown_area_are_refused(store: Store) -> None:
    with store.unit() as unit, pytest.raises(UnknownAreaError):
        unit[Places].set_rules(AreaId("nowhere"), LOUD)


def test_the_tree_is_what_was_loaded(store: Store) -> None:
    with store.unit() as unit:
        assert {area.id: area for area in unit[Places].tree()} == {area.id: area for area in TREE}


def test_devices_in_service_make_an_area_a_planning_area(store: Store) -> None:
    with store.unit() as unit:
        assert list(unit[Devices].planning_areas()) == list(COMMUNES)
        assert [d.id for d in unit[Devices].in_area(C1)] == ["p-n-1-l1", "p-n-1-l2"]
        for device_id in ("p-n-1-l1", "p-n-1-l2"):
            unit[Devices].save(replace(unit[Devices].get(DeviceId(device_id)), retired_at=NOW))
        unit.commit()
    with store.unit() as unit:
        assert list(unit[Devices].planning_areas()) == [C2, C3]
        assert list(unit[Devices].in_area(C1)) == []
        assert unit[Devices].get(DeviceId("p-n-1-l1")).retired_at == NOW


def test_a_device_that_is_not_there_is_not_found(store: Store) -> None:
    with store.unit() as unit:
        with pytest.raises(NotFoundError):
            unit[Devices].get(DeviceId("nobody"))
        with pytest.raises(NotFoundError):
            unit[Devices].save(device("nobody", C1))

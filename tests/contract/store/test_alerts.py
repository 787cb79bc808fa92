from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from itertools import product
from typing import Any

import pytest

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertId, AlertPolicy, AlertStatus, Audience, OrderId
from broadcast.alerts.orders import DeclarationRight, OrderEnd, OrderReach, PartEnd, ReachState, Stop, StopId
from broadcast.bulletins.model import Targets
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations, DrillPlans
from cms.alerts.repository.orders import Orders
from cms.fleet.repository.devices import Devices
from devices.model import Device, DeviceId, DeviceKind, Posts
from province.areas import AreaId, Point
from province.errors import ConflictError, NotFoundError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, PROVINCE, REVIEWER, schedule
from tests.fakes.warnings import HOUR, alert, order, reach

LATER = NOW + timedelta(seconds=3)


def _give(store: Store, *names: str) -> None:
    with store.unit() as unit:
        for name in names:
            unit[Alerts].add(alert(name))
        unit.commit()


def _order(store: Store, name: str = "o1") -> None:
    with store.unit() as unit:
        unit[Alerts].add(alert())
        unit[Orders].add(order(name))
        unit[Orders].expect([reach("p-n-1-l2", name), reach("p-n-1-l1", name)])
        unit.commit()


def test_an_alert_comes_back_as_it_was_saved(store: Store) -> None:
    _give(store, "a1")
    changed = alert("a1", version=2, status=AlertStatus.SUBMITTED, audience=Audience(Targets((C1, C2), (C2,))))
    with store.unit() as unit:
        assert unit[Alerts].get(AlertId("a1")) == alert("a1")
        unit[Alerts].save(changed)
        unit.commit()
    with store.unit() as unit:
        assert unit[Alerts].get(AlertId("a1")) == changed


def test_an_alert_saved_over_anothers_change_is_refused(store: Store) -> None:
    _give(store, "a1")
    with store.unit() as unit:
        with pytest.raises(ConflictError) as refused:
            unit[Alerts].save(alert("a1", version=3))
        with pytest.raises(NotFoundError):
            unit[Alerts].save(alert("nothing", version=2))
        with pytest.raises(NotFoundError):
            unit[Alerts].get(AlertId("nothing"))
    assert (refused.value.expected, refused.value.actual) == (2, 1)


def test_the_active_alerts_are_told_newest_first(store: Store) -> None:
    with store.unit() as unit:
        for name, at, status in (
            ("a1", NOW, AlertStatus.ACTIVE),
            ("a2", LATER, AlertStatus.ACTIVE),
            ("a3", LATER, AlertStatus.EXPIRED),
            ("a4", LATER, AlertStatus.ACTIVE),
        ):
            unit[Alerts].add(alert(name, status=status, approved_at=at))
        unit.commit()
    with store.unit() as unit:
        assert [found.id for found in unit[Alerts].active()] == ["a4", "a2", "a1"]


def test_what_is_prepared_to_follow_an_alert_is_found_until_it_is_used(store: Store) -> None:
    with store.unit() as unit:
        unit[Alerts].add(alert("a1"))
        unit[Alerts].add(alert("a2", updates_id=AlertId("a1")))
        unit[Alerts].add(alert("a3", updates_id=AlertId("a1"), is_prepared=True))
        unit[Alerts].add(alert("a4", updates_id=AlertId("a1"), is_prepared=True, created_at=LATER))
        unit[Alerts].add(alert("a5", updates_id=AlertId("a1"), is_prepared=True, status=AlertStatus.DISCARDED))
        unit.commit()
    with store.unit() as unit:
        found = unit[Alerts].prepared_for(AlertId("a1"))
        assert found is not None
        assert found.id == "a4"
        assert unit[Alerts].prepared_for(AlertId("a2")) is None


def test_an_order_comes_back_as_it_was_frozen_and_ends_once(store: Store) -> None:
    _order(store)
    with store.unit() as unit:
        assert unit[Orders].get(OrderId("o1")) == order()
        assert list(unit[Orders].open()) == [order()]
        unit[Orders].end(OrderId("o1"), LATER, OrderEnd.EXPIRED)
        unit[Orders].end(OrderId("o1"), LATER + HOUR, OrderEnd.CANCELLED)
        unit.commit()
    with store.unit() as unit:
        ended = order(ended_at=LATER, end_reason=OrderEnd.EXPIRED)
        assert unit[Orders].get(OrderId("o1")) == ended
        assert list(unit[Orders].open()) == []
        assert list(unit[Orders].ended_since(LATER)) == [ended]
        assert list(unit[Orders].ended_since(LATER + HOUR)) == []


def test_an_order_ends_in_some_areas_once_and_goes_on(store: Store) -> None:
    _order(store)
    with store.unit() as unit:
        unit[Orders].expect([reach("p-n-2-l1", area_id=C2)])
        unit.commit()
    part = PartEnd((C1,), NOW)
    for _again in range(2):
        with store.unit() as unit:
            unit[Orders].end_in(OrderId("o1"), part)
            silenced = unit[Orders].silence(OrderId("o1"), NOW, [C1])
            unit.commit()
    with store.unit() as unit:
        found = unit[Orders].get(OrderId("o1"))
        assert (found.part_ends, found.ended_at, silenced) == ((part,), None, 0)
        states = {each.area_id: each.state for each in unit[Orders].reaches(OrderId("o1"))}
        assert states == {C1: ReachState.SILENT, C2: ReachState.WAITING}


def test_an_order_for_whole_areas_addresses_their_devices_in_service_as_if_each_were_named(store: Store) -> None:
    def device(name: str, area_id: AreaId, **more: Any) -> Device:
        return Device(DeviceId(name), f"sn-{name}", f"Loa {name}", DeviceKind.CLUSTER, area_id, NOW, **more)

    meant = [device("d1", C1), device("d2", C2, quarantined=True), device("d3", C1)]
    others = [device("d4", C1, retired_at=NOW), device("d5", C1, revoked=True), device("d6", NORTH)]
    with store.unit() as unit:
        unit[Devices].add_many([*meant, *others])
        unit[Alerts].add(alert())
        for name in ("whole", "named", "nobody"):
            unit[Orders].add(order(name))
        unit[Orders].expect_in(OrderId("whole"), [C1, C2])
        unit[Orders].expect_in(OrderId("nobody"), [])
        there = unit[Devices].in_areas([C1, C2])
        unit[Orders].expect(OrderReach(OrderId("named"), each.id, each.name, each.area_id) for each in there)
        unit.commit()
    with store.unit() as unit:
        whole, named = (unit[Orders].reaches(OrderId(name)) for name in ("whole", "named"))
        assert [replace(each, order_id=OrderId("named")) for each in whole] == list(named)
        assert {"d1", "d2", "d3"} == {each.device_id for each in whole} & {each.id for each in (*meant, *others)}
        assert list(unit[Orders].reaches(OrderId("nobody"))) == []
        told = replace(whole[0], state=ReachState.SOUNDING, changed_at=LATER, round=1, turn=1)
        unit[Orders].report([told])
        unit.commit()
    with store.unit() as unit:
        assert unit[Orders].reaches(OrderId("whole"))[0].state is ReachState.SOUNDING


def test_an_order_that_is_not_there_is_not_found(store: Store) -> None:
    with store.unit() as unit:
        with pytest.raises(NotFoundError):
            unit[Orders].get(OrderId("nothing"))
        with pytest.raises(NotFoundError):
            unit[Orders].end(OrderId("nothing"), NOW, OrderEnd.CANCELLED)
        with pytest.raises(NotFoundError):
            unit[Orders].stop(StopId("nothing"))


def test_a_reach_keeps_its_highest_state_and_loses_nothing_known(store: Store) -> None:
    _order(store)
    words = [
        reach(state=ReachState.RECEIVED, changed_at=NOW),
        reach(state=ReachState.SOUNDING, changed_at=LATER, started_at=LATER, amp_ma=900),
        reach(state=ReachState.RECEIVED, changed_at=LATER + HOUR, code="LATE"),
        reach(state=ReachState.WAITING, sent=2),
        reach(state=ReachState.DONE, changed_at=LATER + HOUR, started_at=LATER + HOUR, ended_at=LATER + HOUR),
        reach(state=ReachState.REFUSED, changed_at=LATER + HOUR, code="EXPIRED", mic_db=71.5, sent=1),
    ]
    for word in words:
        with store.unit() as unit:
            unit[Orders].report([word])
            unit.commit()
    with store.unit() as unit:
        first, second = unit[Orders].reaches(OrderId("o1"))
    assert first == reach(
        state=ReachState.DONE,
        changed_at=LATER + HOUR,
        started_at=LATER,
        ended_at=LATER + HOUR,
        amp_ma=900,
        mic_db=71.5,
        sent=2,
        # The state "sent" is not an answer; the refusal was one, however late.
        received_at=NOW,
    )
    assert second == reach("p-n-1-l2")


def test_what_was_heard_to_the_end_stays_so_when_the_order_ends(store: Store) -> None:
    _order(store)
    end = reach(state=ReachState.CANCELLED, changed_at=LATER, code="CANCELLED", closed_at=LATER)
    words = [reach(state=ReachState.DONE, changed_at=NOW), end, replace(end, closed_at=LATER + HOUR)]
    cut = [replace(each, device_id=DeviceId("p-n-1-l2")) for each in (replace(words[0], state=ReachState.CUT), end)]
    with store.unit() as unit:
        unit[Orders].report([words[0]])
        unit[Orders].report([*words[1:], *cut])
        unit.commit()
    with store.unit() as unit:
        first, second = unit[Orders].reaches(OrderId("o1"))
    assert (first.state, first.code, first.changed_at, first.closed_at) == (ReachState.DONE, "", NOW, LATER)
    assert (second.state, second.code, second.closed_at) == (ReachState.CANCELLED, "CANCELLED", LATER)


def test_several_words_in_one_batch_count_as_if_they_came_one_by_one(store: Store) -> None:
    _order(store)
    with store.unit() as unit:
        unit[Orders].report([])
        unit[Orders].report(
            [
                reach(state=ReachState.DONE, changed_at=LATER),
                reach(state=ReachState.SOUNDING, changed_at=NOW, started_at=NOW),
                reach("unexpected", state=ReachState.REFUSED, code="OUTSIDE"),
            ]
        )
        unit.commit()
    with store.unit() as unit:
        found = list(unit[Orders].reaches(OrderId("o1")))
    assert found == [
        reach(state=ReachState.DONE, changed_at=LATER, started_at=NOW, received_at=NOW),
        reach("p-n-1-l2"),
        reach("unexpected", state=ReachState.REFUSED, code="OUTSIDE", received_at=NOW),
    ]


def test_a_crowd_of_words_is_kept_each_as_it_was_said(store: Store) -> None:
    _order(store)
    in_hanoi = LATER.astimezone(timezone(timedelta(hours=7)))
    said = [
        reach(f"d-{number:02}", state=state, changed_at=NOW, started_at=at, code=code, amp_ma=amp_ma, mic_db=mic_db)
        for number, (state, at, code, (amp_ma, mic_db)) in enumerate(
            product(
                (ReachState.REFUSED, ReachState.SOUNDING),
                (None, NOW, LATER, in_hanoi),
                ("", "ĐẦY"),
                ((None, None), (0, 0.0), (1, 1.5)),
            )
        )
    ]
    with store.unit() as unit:
        unit[Orders].report(said)
        unit.commit()
    with store.unit() as unit:
        kept = [each for each in unit[Orders].reaches(OrderId("o1")) if each.state is not ReachState.WAITING]
    assert kept == [replace(each, received_at=NOW) for each in said]


def test_who_never_said_a_word_is_silent_at_the_end_and_a_late_word_still_counts(store: Store) -> None:
    _order(store)
    with store.unit() as unit:
        unit[Orders].report([reach(state=ReachState.RECEIVED, changed_at=NOW)])
        unit.commit()
    with store.unit() as unit:
        assert unit[Orders].silence(OrderId("o1"), LATER) == 1
        assert unit[Orders].silence(OrderId("o1"), LATER) == 0
        unit.commit()
    with store.unit() as unit:
        states = [(each.state, each.changed_at) for each in unit[Orders].reaches(OrderId("o1"))]
        assert states == [(ReachState.RECEIVED, NOW), (ReachState.SILENT, LATER)]
        unit[Orders].report([reach("p-n-1-l2", state=ReachState.RECEIVED)])
        unit.commit()
    with store.unit() as unit:
        assert [each.state for each in unit[Orders].reaches(OrderId("o1"))] == [ReachState.RECEIVED] * 2


def test_a_stop_is_kept(store: Store) -> None:
    stop = Stop(StopId("s1"), (PROVINCE,), 9, "thử nhầm", AUTHOR.user_id, AUTHOR.name, NOW, LATER)
    with store.unit() as unit:
        unit[Orders].add_stop(stop)
        unit.commit()
    with store.unit() as unit:
        assert unit[Orders].stop(StopId("s1")) == stop


def test_what_devices_answer_about_is_an_order_or_a_stop_or_something_else(store: Store) -> None:
    _order(store)
    with store.unit() as unit:
        unit[Orders].add_stop(Stop(StopId("s1"), (PROVINCE,), 8, "", AUTHOR.user_id, AUTHOR.name, NOW))
        unit.commit()
    with store.unit() as unit:
        assert [unit[Orders].knows(name) for name in ("o1", "s1", "o2")] == [True, True, False]


def test_a_right_given_again_is_changed_and_one_taken_is_gone(store: Store) -> None:
    user_id = store.person()
    with store.unit() as unit:
        unit[Declarations].give(DeclarationRight(user_id, PROVINCE, AlertLevel.ONE))
        unit[Declarations].give(DeclarationRight(user_id, NORTH, AlertLevel.THREE))
        unit[Declarations].give(DeclarationRight(user_id, PROVINCE, AlertLevel.TWO))
        unit.commit()
    with store.unit() as unit:
        assert list(unit[Declarations].of(user_id)) == [
            DeclarationRight(user_id, PROVINCE, AlertLevel.TWO),
            DeclarationRight(user_id, NORTH, AlertLevel.THREE),
        ]
        assert list(unit[Declarations].of(UserId("nobody"))) == []
        for _ in range(2):
            unit[Declarations].take(DeclarationRight(user_id, PROVINCE, AlertLevel.ONE))
        unit.commit()
    with store.unit() as unit:
        assert [right.area_id for right in unit[Declarations].of(user_id)] == [NORTH]


def test_the_policy_is_the_last_one_decided(store: Store) -> None:
    with store.unit() as unit:
        assert unit[AlertPolicies].get() == AlertPolicy()
        unit[AlertPolicies].set(AlertPolicy(may_send_alone=True))
        unit[AlertPolicies].set(AlertPolicy(hours_max=24))
        unit.commit()
    with store.unit() as unit:
        assert unit[AlertPolicies].get() == AlertPolicy(hours_max=24)


def test_the_calendar_tells_which_drills_are_due(store: Store) -> None:
    plain = DrillPlan(
        DrillPlanId("d1"), alert(), (schedule(),), 600_000, AUTHOR.user_id, AUTHOR.name, NOW, next_at=LATER
    )
    agreed = replace(plain, status=DrillPlanStatus.APPROVED, approved_by=REVIEWER.user_id, approved_at=NOW, version=2)
    with store.unit() as unit:
        unit[DrillPlans].add(plain)
        unit[DrillPlans].add(replace(agreed, id=DrillPlanId("d2"), next_at=NOW))
        unit[DrillPlans].add(replace(agreed, id=DrillPlanId("d3"), next_at=None))
        unit.commit()
    with store.unit() as unit:
        assert unit[DrillPlans].get(DrillPlanId("d1")) == plain
        assert [plan.id for plan in unit[DrillPlans].due(LATER)] == ["d2"]
        unit[DrillPlans].save(agreed)
        with pytest.raises(ConflictError):
            unit[DrillPlans].save(agreed)
        with pytest.raises(NotFoundError):
            unit[DrillPlans].get(DrillPlanId("nothing"))
        unit.commit()
    with store.unit() as unit:
        assert [plan.id for plan in unit[DrillPlans].due(LATER)] == ["d2", "d1"]
        assert list(unit[DrillPlans].due(NOW - HOUR)) == []


def test_devices_of_several_areas_are_read_at_once(store: Store) -> None:
    with store.unit() as unit:
        found = [device.id for device in unit[Devices].in_areas([C2, C1])]
    assert found == ["p-n-1-l1", "p-n-1-l2", "p-n-2-l1", "p-n-2-l2"]


def test_devices_of_several_areas_are_counted_with_their_places_when_asked(store: Store) -> None:
    store.connect(DeviceId(f"{C1}-l2"))
    with store.unit() as unit:
        unit[Devices].save(replace(unit[Devices].get(DeviceId(f"{C1}-l1")), point=Point(11.5, 108.25)))
        unit[Devices].save(replace(unit[Devices].get(DeviceId(f"{C2}-l1")), retired_at=NOW))
        unit.commit()
    with store.unit() as unit:
        assert list(unit[Devices].posts([C2, C1])) == [
            Posts(C1, is_online=False, count=1),
            Posts(C1, is_online=True, count=1),
            Posts(C2, is_online=False, count=1),
        ]
        placed = {
            each.area_id: each.points for each in unit[Devices].posts([C1], with_points=True) if not each.is_online
        }
        assert placed == {C1: (Point(11.5, 108.25),)}
        assert list(unit[Devices].posts([])) == []


def test_boards_and_what_is_shut_off_are_not_counted_among_those_heard(store: Store) -> None:
    """Before, the "11 loa" on an approval were nine loudspeakers and two boards."""
    with store.unit() as unit:
        before = sum(each.count for each in unit[Devices].posts([C1], heard=True))
        all_before = sum(each.count for each in unit[Devices].posts([C1]))
        board = Device(DeviceId("board-1"), "s-board-1", "Bảng", DeviceKind.BOARD, C1, NOW)
        mute = replace(board, id=DeviceId("mute-1"), serial="s-mute-1", kind=DeviceKind.CLUSTER, quarantined=True)
        for each in (board, mute):
            unit[Devices].add(each)
        unit.commit()
    with store.unit() as unit:
        assert sum(each.count for each in unit[Devices].posts([C1], heard=True)) == before
        assert sum(each.count for each in unit[Devices].posts([C1])) == all_before + 2

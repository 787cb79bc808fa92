from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertStatus, Audience, OrderId, Purpose
from broadcast.alerts.orders import OrderReach, ReachState, Stop, StopId
from broadcast.bulletins.model import Targets
from cms.alerts.queries.alerts import AlertFilter, DoneCount, alert_list, done_counts, follower, latest_stops
from cms.alerts.queries.drills import calendar, drill_report
from cms.alerts.queries.order_moment import order_moment
from cms.alerts.queries.reaches import area_reaches, reach_list
from cms.alerts.repository.alerts import Alerts, DrillPlans
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.call_lists.queries import call_list
from cms.fleet.repository.devices import Devices
from cms.health.queries.faults import silenced
from cms.health.repository.faults import FaultRecords
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health.faults import Fault, FaultState
from devices.health.kinds import FaultKind
from devices.health.sound_proof import SILENCING, SoundVerdict
from devices.model import DeviceId, DeviceKind, DeviceStatus
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import UserId
from tests.fakes.programme import AREAS, AUTHOR, C1, C2, C3, COMMUNES, NORTH, NOW, SOUTH, device, schedule
from tests.fakes.warnings import alert, order, reach

STRANGER = UserId("u-stranger")
MINUTE = timedelta(minutes=1)
ANY = AlertFilter()


@pytest.fixture
def filled(units: UowFactory) -> UowFactory:
    """Store with the small province, two devices a commune."""
    with units() as unit:
        unit[Places].add(AREAS)
        for commune in COMMUNES:
            for number in (1, 2):
                unit[Devices].add(device(f"{commune}-l{number}", commune))
        unit.commit()
    return units


def _at(minutes: int, name: str, **more: Any) -> Alert:
    return alert(name, changed_at=NOW + minutes * MINUTE, **more)


def _names(units: UowFactory, visible: set[AreaId], chosen: AlertFilter = ANY, **more: Any) -> list[str]:
    with reading(units.engine) as session:
        page = alert_list(session, visible, more.pop("reader", STRANGER), chosen, **more)
        return [line.id for line in page.rows]


def _send(units: UowFactory, name: str, states: dict[str, ReachState], minute: int = 0, **more: Any) -> None:
    plan = str(more.pop("plan", ""))
    with units() as unit:
        made = alert(f"a-{name}", kind=AlertKind.DRILL, drill_plan_id=plan, order_id=OrderId(name))
        unit[Alerts].add(made)
        issued_at = NOW + minute * MINUTE
        unit[Orders].add(order(name, f"a-{name}", kind=AlertKind.DRILL, issued_at=issued_at, **more))
        unit[Orders].expect([_reach(name, device_id, state, issued_at) for device_id, state in states.items()])
        unit.commit()


def _reach(order_id: str, device_id: str, state: ReachState, issued_at: Any) -> OrderReach:
    started_at = issued_at + timedelta(milliseconds=400) if state is ReachState.DONE else None
    area_id = AreaId(device_id.rpartition("-")[0])
    return replace(reach(device_id, order_id), area_id=area_id, state=state, started_at=started_at)


def test_alerts_are_listed_by_where_they_are_meant_for_and_whose_they_are(filled: UowFactory) -> None:
    with filled() as unit:
        unit[Alerts].add(_at(1, "north"))
        unit[Alerts].add(_at(2, "south", audience=Audience(Targets((SOUTH,)))))
        unit[Alerts].add(_at(3, "nowhere-yet", audience=Audience()))
        unit[Alerts].add(_at(4, "handed", audience=Audience(Targets((SOUTH,))), submitter_id=UserId("u-hand")))
        unit.commit()
    assert _names(filled, {NORTH}) == ["nowhere-yet", "north"]
    assert _names(filled, {NORTH, SOUTH}) == ["handed", "nowhere-yet", "south", "north"]
    assert _names(filled, set(), reader=AUTHOR.user_id) == ["handed", "nowhere-yet", "south", "north"]
    assert _names(filled, set(), reader=UserId("u-hand")) == ["handed", "nowhere-yet"]


def test_the_list_goes_on_where_a_page_ended(filled: UowFactory) -> None:
    with filled() as unit:
        for number in range(5):
            unit[Alerts].add(_at(number // 2, f"a{number}"))
        unit.commit()
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        with reading(filled.engine) as session:
            page = alert_list(session, {NORTH}, STRANGER, after=cursor, limit=2)
        seen += [line.id for line in page.rows]
        cursor = page.next_cursor
    assert seen == ["a4", "a3", "a2", "a1", "a0"]
    assert cursor == ""


def test_the_list_is_filtered(filled: UowFactory) -> None:
    with filled() as unit:
        unit[Alerts].add(_at(1, "drill", kind=AlertKind.DRILL))
        unit[Alerts].add(_at(2, "active", status=AlertStatus.ACTIVE, alone_reason="một mình"))
        unit[Alerts].add(_at(3, "over", status=AlertStatus.EXPIRED, audience=Audience(Targets((C2,)))))
        signed = UserId("u-x")
        unit[Alerts].add(_at(4, "signed", status=AlertStatus.ACTIVE, alone_reason="một mình", signed_off_by=signed))
        unit.commit()
    everywhere = {NORTH, C2}
    assert _names(filled, everywhere, AlertFilter(kind=AlertKind.DRILL)) == ["drill"]
    assert _names(filled, everywhere, AlertFilter(status=AlertStatus.ACTIVE)) == ["signed", "active"]
    assert _names(filled, everywhere, AlertFilter(is_open=True)) == ["signed", "active", "drill"]
    assert _names(filled, everywhere, AlertFilter(is_open=False)) == ["over"]
    assert _names(filled, everywhere, AlertFilter(area_ids=(C2,))) == ["over"]
    assert _names(filled, everywhere, AlertFilter(waits_for_sign_off=True)) == ["active"]


def test_how_far_an_order_got_is_counted_by_area_and_state(filled: UowFactory) -> None:
    states = {"p-n-1-l1": ReachState.DONE, "p-n-1-l2": ReachState.WAITING, "p-n-2-l1": ReachState.REFUSED}
    _send(filled, "o1", states)
    with filled() as unit:
        unit[Orders].report([reach(mic_db=-20.0, sound=SoundVerdict.HEARD)])
        unit[Orders].report([replace(reach("gone-1"), area_id=AreaId("gone"))])
        unit.commit()
    with reading(filled.engine) as session:
        areas = {area.area_id: area for area in area_reaches(session, "o1", order_moment(session, "o1", NOW))}
        narrow = area_reaches(session, "o1", order_moment(session, "o1", NOW), [C2])
    assert areas[C1].states == {ReachState.DONE: 1, ReachState.WAITING: 1}
    assert (areas[C1].meant, areas[C1].answered, areas[C1].heard, areas[C1].area_name) == (2, 1, 1, f"Tên {C1}")
    assert (areas[C2].answered, areas[C2].heard) == (1, 0)
    assert areas[AreaId("gone")].area_name == "gone"
    assert [area.area_id for area in narrow] == [C2]


@pytest.mark.parametrize("kind", sorted(SILENCING))
@pytest.mark.parametrize(
    ("since_s", "until_s", "counts"),
    [(-60, None, True), (1, None, True), (-60, 2, True), (-60, -1, False), (4, None, False)],
)
def test_a_fault_that_silences_a_device_counts_against_its_proof_while_it_lasted(
    filled: UowFactory, kind: FaultKind, since_s: int, until_s: int | None, *, counts: bool
) -> None:
    _send(filled, "o1", dict.fromkeys(("p-n-1-l1", "p-n-1-l2"), ReachState.WAITING))
    heard: dict[str, Any] = {"state": ReachState.DONE, "started_at": NOW, "ended_at": NOW + timedelta(seconds=3)}
    second = timedelta(seconds=1)
    with filled() as unit:
        for device_id in ("p-n-1-l1", "p-n-1-l2"):
            unit[Orders].report([replace(reach(device_id, "o1"), sound=SoundVerdict.HEARD, area_id=C1, **heard)])
        until_at = None if until_s is None else NOW + until_s * second
        opened = Fault("f1", DeviceId("p-n-1-l2"), kind, FaultState.OPEN, NOW + since_s * second)
        unit[FaultRecords].save([replace(opened, opened_at=NOW + since_s * second, clear_at=until_at)], [])
        unit.commit()
    with reading(filled.engine) as session:
        (area,) = area_reaches(session, "o1", order_moment(session, "o1", NOW))
        verdicts = [line.verdict for line in reach_list(session, "o1", order_moment(session, "o1", NOW)).rows]
    assert (area.heard, area.not_heard, area.unmeasured) == ((1, 1, 0) if counts else (2, 0, 0))
    assert verdicts == [SoundVerdict.HEARD, SoundVerdict.NOT_HEARD if counts else SoundVerdict.HEARD]


@pytest.mark.parametrize(("closed_s", "counts"), [(-1, False), (0, True), (2, True), (60, True)])
def test_a_fault_that_was_closed_since_counts_against_the_proof_of_what_sounded_before(
    filled: UowFactory, closed_s: int, *, counts: bool
) -> None:
    _send(filled, "o1", dict.fromkeys(("p-n-1-l1", "p-n-1-l2"), ReachState.WAITING))
    second = timedelta(seconds=1)
    # The other device began before, and nothing was wrong with it while it sounded.
    began = {"p-n-1-l1": NOW - 30 * second, "p-n-1-l2": NOW}
    opened = Fault("f1", DeviceId("p-n-1-l2"), FaultKind.SPEAKER_OPEN, FaultState.OPEN, NOW - 60 * second)
    opened = replace(opened, opened_at=NOW - 60 * second)
    closed = replace(opened, state=FaultState.CLOSED, closed_at=NOW + closed_s * second)
    later = replace(opened, id="f2", device_id=DeviceId("p-n-1-l1"), since_at=NOW, opened_at=NOW)
    pending = replace(opened, id="f3", device_id=DeviceId("p-n-1-l1"), state=FaultState.PENDING, opened_at=None)
    with filled() as unit:
        for device_id, started_at in began.items():
            told = replace(reach(device_id, "o1"), sound=SoundVerdict.HEARD, area_id=C1, state=ReachState.DONE)
            unit[Orders].report([replace(told, started_at=started_at, ended_at=started_at + 3 * second)])
        unit[FaultRecords].save([closed, later, replace(pending, kind=FaultKind.AMP_FAULT)], [])
        unit.commit()
    with reading(filled.engine) as session:
        found = [each.device_id for each in silenced(session, "o1")]
        there = [each.device_id for each in silenced(session, "o1", [C2])]
    assert (found, there) == (["p-n-1-l2"] if counts else [], [])


def test_what_is_done_with_an_order_or_a_stop_is_loudspeakers_as_they_are_counted_by_area(filled: UowFactory) -> None:
    with filled() as unit:
        unit[Devices].add(replace(device("p-n-1-b1", C1), kind=DeviceKind.BOARD))
        unit.commit()
    states = {"p-n-1-l1": ReachState.DONE, "p-n-1-l2": ReachState.WAITING, "p-n-2-l1": ReachState.DONE}
    _send(filled, "o1", {**states, "p-n-1-b1": ReachState.DONE})
    _send(filled, "o2", {"p-n-1-b1": ReachState.DONE})
    with reading(filled.engine) as session:
        found = done_counts(session, ["o1", "o2", "none"])
        areas = area_reaches(session, "o1")
    assert found == {"o1": DoneCount(2, 3), "o2": DoneCount(), "none": DoneCount()}
    assert sum(area.meant for area in areas) == found["o1"].total
    assert sum(area.states.get(ReachState.DONE, 0) for area in areas) == found["o1"].done
    assert [(area.area_id, area.boards) for area in areas] == [(C1, {ReachState.DONE: 1}), (C2, {})]


def test_the_devices_of_an_order_are_listed_with_what_was_last_seen_of_them(filled: UowFactory) -> None:
    states = dict.fromkeys(("p-n-1-l1", "p-n-1-l2", "p-n-2-l1"), ReachState.WAITING)
    _send(filled, "o1", {**states, "p-n-2-l2": ReachState.DONE})
    with filled() as unit:
        unit[Devices].report(DeviceStatus(DeviceId("p-n-1-l2"), online=True, conn=1, seen_at=NOW))
        unit.commit()
    with reading(filled.engine) as session:
        first = reach_list(session, "o1", order_moment(session, "o1", NOW), limit=2)
        rest = reach_list(session, "o1", order_moment(session, "o1", NOW), after=first.next_cursor)
        silent = reach_list(session, "o1", order_moment(session, "o1", NOW), states=[ReachState.WAITING], areas=[C1])
    assert [(line.reach.device_id, line.online, line.seen_at) for line in first.rows] == [
        ("p-n-1-l1", False, None),
        ("p-n-1-l2", True, NOW),
    ]
    assert [line.reach.device_id for line in rest.rows] == ["p-n-2-l1", "p-n-2-l2"]
    assert [line.reach.device_id for line in silent.rows] == ["p-n-1-l1", "p-n-1-l2"]


def test_whom_to_call_is_where_nobody_answered_or_sounds_most_loudspeakers_first(filled: UowFactory) -> None:
    _send(
        filled,
        "o1",
        {
            "p-n-1-l1": ReachState.SILENT,
            "p-n-1-l2": ReachState.WAITING,
            "p-n-2-l1": ReachState.REFUSED,
            "p-n-2-l2": ReachState.WAITING,
            "p-s-3-l1": ReachState.WAITING,
        },
    )
    with filled() as unit:
        unit[Devices].report(DeviceStatus(DeviceId("p-n-1-l1"), online=True, conn=1, seen_at=NOW))
        unit[Devices].report(DeviceStatus(DeviceId("p-s-3-l1"), online=False, conn=1, seen_at=NOW - MINUTE))
        unit.commit()
    with reading(filled.engine) as session:
        sent = Orders(session).get(OrderId("o1"))
        calls = call_list(session, sent, sent.issued_at + MINUTE).lines
        within = call_list(session, sent, sent.issued_at + MINUTE, [C1])
        assert [call.area_id for call in within.lines] == [C1]
        assert (within.people, within.people_warned, within.people_unwarned) == (None, None, 0)
    assert [(call.area_id, call.devices, call.online, call.seen_at) for call in calls] == [
        (C1, 2, 1, NOW),
        (C2, 2, 0, None),
        (C3, 1, 0, NOW - MINUTE),
    ]
    assert [dict(call.missed) for call in calls] == [
        {MissReason.UNREACHABLE: 2},
        {MissReason.UNREACHABLE: 1, MissReason.REFUSED: 1},
        {MissReason.UNREACHABLE: 1},
    ]


def test_what_followed_an_alert_is_found(filled: UowFactory) -> None:
    with filled() as unit:
        unit[Alerts].add(alert("a1"))
        unit[Alerts].add(alert("a2", updates_id=AlertId("a1")))
        unit[Alerts].add(alert("a3", updates_id=AlertId("a1"), order_id=OrderId("o3"), approved_at=NOW))
        unit.commit()
    with reading(filled.engine) as session:
        assert follower(session, AlertId("a1")).id == "a3"
        with pytest.raises(NotFoundError):
            follower(session, AlertId("a2"))


def test_the_latest_stops_come_first(filled: UowFactory) -> None:
    with filled() as unit:
        for number in (1, 2, 3):
            at = NOW + number * MINUTE
            unit[Orders].add_stop(Stop(StopId(f"s{number}"), (C1,), 8, "", AUTHOR.user_id, AUTHOR.name, at))
        unit.commit()
    with filled() as unit:
        assert [stop.id for stop in latest_stops(unit.session, 2)] == ["s3", "s2"]
        assert [stop.id for stop in unit[Orders].stops_since(NOW + 2 * MINUTE)] == ["s2", "s3"]


def test_a_drill_is_reported_beside_the_last_one_to_the_same_places(filled: UowFactory) -> None:
    done, silent = ReachState.DONE, ReachState.SILENT
    _send(filled, "o1", {"p-n-1-l1": done, "p-n-1-l2": silent})
    _send(filled, "o2", {"p-n-1-l1": done}, 1, audience=Audience(Targets((C3,))))
    _send(filled, "o3", {"p-n-1-l1": silent, "p-n-1-l2": done}, 2)
    _send(filled, "o4", {"p-n-1-l1": done}, 3, purpose=Purpose.ALL_CLEAR)
    with reading(filled.engine) as session:
        first = drill_report(session, AlertId("a-o1"))
        third = drill_report(session, AlertId("a-o3"))
    assert first is not None
    assert first.last is None
    assert (first.figures.whole.answered, first.figures.median_ms_to_sound) == (1, 400)
    assert third is not None
    assert third.last_order is not None
    assert third.last is not None
    assert third.last_order.id == "o1"
    assert [each.device_id for each in third.last.newly_silent] == ["p-n-1-l1"]
    assert third.last.recovered == ("p-n-1-l2",)


def test_a_planned_drill_is_compared_within_its_plan(filled: UowFactory) -> None:
    _send(filled, "o1", {"p-n-1-l1": ReachState.DONE}, plan="d1")
    _send(filled, "o2", {"p-n-1-l1": ReachState.DONE}, 1)
    _send(filled, "o3", {"p-n-1-l1": ReachState.DONE}, 2, plan="d1", audience=Audience(Targets((C1,))))
    _send(filled, "o4", {"p-n-1-l1": ReachState.DONE}, 3, plan="d2")
    with reading(filled.engine) as session:
        third, fourth = drill_report(session, AlertId("a-o3")), drill_report(session, AlertId("a-o4"))
    assert third is not None
    assert third.last_order is not None
    assert third.last_order.id == "o1"
    assert fourth is not None
    assert fourth.last_order is None


def test_what_never_went_out_has_no_report(filled: UowFactory) -> None:
    with filled() as unit:
        unit[Alerts].add(alert("a1"))
        unit.commit()
    with reading(filled.engine) as session:
        assert drill_report(session, AlertId("a1")) is None
        with pytest.raises(NotFoundError):
            drill_report(session, AlertId("nothing"))


def test_the_calendar_shows_what_is_due_next_first(filled: UowFactory) -> None:
    plain = DrillPlan(DrillPlanId("d1"), alert(), (schedule(),), 60_000, AUTHOR.user_id, AUTHOR.name, NOW)
    with filled() as unit:
        unit[DrillPlans].add(plain)
        unit[DrillPlans].add(replace(plain, id=DrillPlanId("d2"), next_at=NOW + MINUTE))
        unit[DrillPlans].add(replace(plain, id=DrillPlanId("d3"), next_at=NOW, status=DrillPlanStatus.APPROVED))
        unit[DrillPlans].add(replace(plain, id=DrillPlanId("d4"), status=DrillPlanStatus.ENDED))
        unit.commit()
    with reading(filled.engine) as session:
        assert [plan.id for plan in calendar(session)] == ["d3", "d2", "d1"]
        assert {plan.id for plan in calendar(session, with_ended=True)} == {"d1", "d2", "d3", "d4"}

"""Fault registry: all faults and incidents together, through a power cut, a restart in the middle, an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from devices.health.fault_registry import FaultRegistry
from devices.health.faults import Ending, Fault, FaultState
from devices.health.incidents import Cause, FleetCounts, Incident, IncidentScope
from devices.health.kinds import REOPENS_WITHIN, FaultKind
from devices.health.symptoms import CERTIFICATE_DAYS, DeviceFacts, same_until, symptoms
from devices.model import DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from tests.unit.health.device_states import MINUTE, NOW, ONLINE, after, ids, place, telling

COMMUNES, EACH = 4, 10
BOXES = [DeviceId(f"xa-{commune}-l{number:02}") for commune in range(COMMUNES) for number in range(EACH)]
FLEET = FleetCounts([place(box, box[:4]) for box in BOXES] + [place(f"far-{n}", f"far-{n}") for n in range(60)])


class Province:
    """State of the province's devices, and the fault registry that reads it."""

    def __init__(self) -> None:
        self.registry = FaultRegistry({}, {})
        self.now = NOW
        self.status = {box: replace(ONLINE, device_id=box) for box in BOXES}
        self.snapshot = {box: telling(device_id=box) for box in BOXES}

    def cut(self, *boxes: DeviceId, with_word: bool = True) -> None:
        for box in boxes:
            if with_word:
                self.snapshot[box] = telling(self.snapshot[box], self.now, mains=False)
            self.status[box] = replace(self.status[box], online=False, seen_at=self.now)

    def back(self, *boxes: DeviceId) -> None:
        for box in boxes:
            self.snapshot[box] = telling(at=self.now, device_id=box)
            self.status[box] = replace(self.status[box], online=True, seen_at=self.now)

    def check(self, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        for box in BOXES:
            snapshot: TelemetrySnapshot = self.snapshot[box]
            status: DeviceStatus = self.status[box]
            if status.online:
                snapshot = telling(snapshot, self.now)
            self.registry.check(box, symptoms(snapshot, status, DeviceFacts(box), self.now), self.now, ids)
        self.registry.group(FLEET, self.now, ids)


def test_a_power_cut_is_one_incident_from_its_first_seconds_to_its_end() -> None:
    province = Province()
    for commune in range(3):
        province.cut(*BOXES[commune * EACH : (commune + 1) * EACH])
        province.check(15)
    going = [each for each in province.registry.incidents.values() if not each.merged_into]
    (incident,) = going
    assert (incident.cause, incident.scope) == (Cause.POWER, IncidentScope.AREAS)
    assert (incident.affected, incident.keys) == (30, ("xa-0", "xa-1", "xa-2"))
    province.back(*BOXES)
    province.check(60)
    assert province.registry.incidents[incident.id].over_at is None
    province.check(300)
    over = province.registry.incidents[incident.id]
    assert (over.affected, over.members, over.over_at) == (0, 30, province.now)
    assert not any(fault.is_open for fault in province.registry.faults.values())


def test_a_device_that_comes_back_leaves_and_one_that_falls_again_rejoins() -> None:
    province = Province()
    province.cut(*BOXES[:10])
    province.check(5)
    (incident,) = province.registry.incidents.values()
    province.back(*BOXES[:9])
    province.check(1)
    province.check(301)
    assert province.registry.incidents[incident.id].affected == 1
    province.back(BOXES[9])
    province.check(1)
    province.check(301)
    assert province.registry.incidents[incident.id].over_at is not None
    province.cut(BOXES[9])
    province.check(5)
    assert province.registry.incidents[incident.id].over_at is None
    assert province.registry.incidents[incident.id].affected == 1


def test_who_falls_out_of_the_same_cause_later_joins_at_once() -> None:
    province = Province()
    province.cut(*BOXES[:8])
    province.check(5)
    province.cut(BOXES[8], with_word=False)
    province.check(60)
    (incident,) = province.registry.incidents.values()
    assert incident.affected == 9
    assert province.registry.faults[BOXES[8], FaultKind.LINK_LOST].is_open


def test_two_outages_that_turn_out_to_be_one_are_merged() -> None:
    fleet = FleetCounts(
        [place(box, box[:4], carrier="45204", cell="7" if box in BOXES[30::2] else "") for box in BOXES]
    )
    registry = FaultRegistry({}, {})

    def fall_out(boxes: list[DeviceId], now: datetime) -> None:
        for box in boxes:
            registry.check(
                box, symptoms(None, replace(ONLINE, device_id=box, online=False), DeviceFacts(box), now), now, ids
            )
        registry.group(fleet, now, ids)

    fall_out(BOXES[:10], NOW)
    fall_out(BOXES[30::2], after(2))
    first, second = registry.incidents.values()
    assert (first.scope, second.scope) == (IncidentScope.AREAS, IncidentScope.CELL)
    fall_out(BOXES[10:25], after(20))
    assert registry.incidents[first.id].scope is IncidentScope.SERVER
    assert registry.incidents[first.id].affected == 30
    assert registry.incidents[second.id].merged_into == first.id
    assert registry.incidents[second.id].over_at == after(20)


def test_time_calls_for_a_look() -> None:
    province = Province()
    province.cut(BOXES[0], with_word=False)
    province.check()
    assert province.registry.due(after(119)) == set()
    province.registry.retire(frozenset(BOXES), after(119))
    assert len(province.registry.changes().faults) == 1
    assert province.registry.due(after(120)) == {BOXES[0]}
    province.check(120)
    assert province.registry.open_kinds(BOXES[0]) == [FaultKind.LINK_LOST]


def test_what_is_retired_has_no_faults_and_what_is_long_over_is_forgotten() -> None:
    province = Province()
    province.cut(*BOXES[:10])
    province.check(5)
    province.registry.changes()
    province.registry.retire(frozenset(BOXES[10:]), province.now)
    found = province.registry.changes()
    assert {fault.ending for fault in found.faults} == {Ending.RETIRED}
    province.registry.retire(frozenset(BOXES[10:]), province.now)
    assert not province.registry.changes()
    province.registry.group(FLEET, province.now, ids)
    later = province.now + REOPENS_WITHIN + MINUTE
    province.registry.retire(frozenset(BOXES), later)
    assert province.registry.faults == {}
    assert province.registry.incidents == {}


def test_a_pending_fault_that_passes_is_forgotten_even_where_it_was_stored() -> None:
    province = Province()
    province.cut(BOXES[0], with_word=False)
    province.check()
    (pending,) = province.registry.changes().faults
    province.back(BOXES[0])
    province.check(30)
    found = province.registry.changes()
    assert found.gone == {pending.id}
    assert bool(found)
    assert not province.registry.changes()


def test_what_comes_back_long_after_it_was_over_is_another_fault() -> None:
    province = Province()
    province.cut(BOXES[0])
    province.check()
    province.check(121)
    (first,) = [each for each in province.registry.faults.values() if each.kind is FaultKind.LINK_LOST]
    province.back(BOXES[0])
    province.check(1)
    province.check(301)
    province.cut(BOXES[0], with_word=False)
    province.check(REOPENS_WITHIN.total_seconds() + 1)
    second = province.registry.faults[BOXES[0], FaultKind.LINK_LOST]
    assert second.id != first.id
    assert second.state is FaultState.PENDING


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["record", "gone", "back", "nothing"]),
            st.fixed_dictionaries(
                {
                    "mains": st.sampled_from([True, False, None]),
                    "spk": st.sampled_from(["ok", "open"]),
                    "disk_pct": st.sampled_from([40, 99]),
                    "door": st.booleans(),
                }
            ),
            st.integers(1, 40),
        ),
        max_size=25,
    ),
    st.sampled_from([None, *(timedelta(days=CERTIFICATE_DAYS, minutes=each) for each in (-5, 7, 30))]),
    st.sampled_from([None, timedelta(minutes=-3), timedelta(minutes=-20)]),
)
def test_who_is_looked_at_only_when_there_is_a_reason_has_the_same_faults(
    said: list[tuple[str, dict[str, Any], int]], cert_ends: timedelta | None, deaf: timedelta | None
) -> None:
    """Only telemetry, a change of presence, a fault's own time, or ageing evidence changes anything."""
    each_minute, with_reason = FaultRegistry({}, {}), FaultRegistry({}, {})
    box, now, until = BOXES[0], NOW, NOW - MINUTE
    facts = DeviceFacts(
        box,
        cert_ends_at=None if cert_ends is None else NOW + cert_ends,
        deaf_until=None if deaf is None else NOW + deaf,
    )
    snapshot, status = telling(device_id=box), replace(ONLINE, device_id=box)
    for what, measured, minutes in said:
        if what == "record":
            snapshot = telling(snapshot, now, **measured)
        elif what != "nothing":
            status = replace(status, online=what == "back", seen_at=now)
        is_told = what != "nothing"
        for _ in range(minutes):
            shown = symptoms(snapshot, status, facts, now)
            each_minute.check(box, shown, now, ids)
            if is_told or now > until or with_reason.due(now):
                with_reason.check(box, shown, now, ids)
                until = same_until(snapshot, facts, now)
            for registry in (each_minute, with_reason):
                registry.retire({box}, now)
            assert _but_for_ids(with_reason) == _but_for_ids(each_minute)
            is_told, now = False, now + MINUTE


def _but_for_ids(registry: FaultRegistry) -> list[Fault]:
    return sorted((replace(fault, id="") for fault in registry.faults.values()), key=lambda fault: fault.kind)


class FaultRegistryMachine(RuleBasedStateMachine):
    """Any sequence of events leaves at most one live fault per kind and device; a restarted gateway sees the same."""

    @initialize()
    def start(self) -> None:
        self.province = Province()
        self.faults: dict[str, Fault] = {}
        self.incidents: dict[str, Incident] = {}

    @rule(number=st.integers(0, 3), with_word=st.booleans())
    def a_commune_falls_out(self, number: int, *, with_word: bool) -> None:
        self.province.cut(*BOXES[number * EACH : (number + 1) * EACH], with_word=with_word)

    @rule(number=st.integers(0, 3))
    def a_commune_comes_back(self, number: int) -> None:
        self.province.back(*BOXES[number * EACH : (number + 1) * EACH])

    @rule(number=st.integers(0, len(BOXES) - 1))
    def a_device_falls_out(self, number: int) -> None:
        self.province.cut(BOXES[number], with_word=False)

    @rule(seconds=st.sampled_from([2, 15, 60, 130, 310, 2_000]))
    def time_passes(self, seconds: int) -> None:
        self.province.check(seconds)
        self.store()

    @rule()
    def the_gateway_restarts(self) -> None:
        self.province.check()
        self.store()
        before = self.province.registry
        kept = self.province.now - REOPENS_WITHIN
        self.province.registry = FaultRegistry.of(
            [f for f in self.faults.values() if f.closed_at is None or f.closed_at >= kept],
            [i for i in self.incidents.values() if i.over_at is None or i.over_at >= kept],
        )
        living = {k: f for k, f in before.faults.items() if f.state is not FaultState.CLOSED}
        assert living == {k: f for k, f in self.province.registry.faults.items() if f.state is not FaultState.CLOSED}
        self.province.check()
        found = self.province.registry.changes()
        assert not found, found

    def store(self) -> None:
        found = self.province.registry.changes()
        self.faults |= {fault.id: fault for fault in found.faults}
        self.incidents |= {each.id: each for each in found.incidents}
        for gone in found.gone:
            self.faults.pop(gone, None)

    @invariant()
    def every_member_of_an_incident_is_counted_once(self) -> None:
        if not hasattr(self, "province"):
            return
        registry = self.province.registry
        for incident in registry.incidents.values():
            inside = {f.device_id for f in registry.faults.values() if f.incident_id == incident.id and f.is_open}
            assert incident.affected == len(inside)
            assert (incident.over_at is None) == bool(inside)
            assert incident.members >= incident.affected
            assert not (incident.merged_into and inside)

    @invariant()
    def whoever_is_in_an_incident_has_a_fault(self) -> None:
        if hasattr(self, "province"):
            assert all(
                f.state is not FaultState.PENDING for f in self.province.registry.faults.values() if f.incident_id
            )


TestWard = FaultRegistryMachine.TestCase
TestWard.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)

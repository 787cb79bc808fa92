from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from devices.health.faults import Fault, open_early
from devices.health.incidents import (
    JOINS_WITHIN,
    LEAST,
    TOGETHER,
    YOUNG_FOR,
    Cause,
    FleetCounts,
    Incident,
    IncidentScope,
    cause_of,
    grouped,
    joining,
)
from devices.health.kinds import FaultKind
from tests.unit.health.device_states import NOW, after, lost, place

POWER = FaultKind.MAINS_LOST
# Three communes of ten; of the second, six hang on one feeder with all of the first.
FLEET = FleetCounts(
    [
        place(
            f"xa-{commune}-l{number:02}",
            f"xa-{commune}",
            feeder="473 Mũi Né" if commune == 1 or (commune == 2 and number <= 6) else "",
            carrier="45204" if number % 2 else "45201",
            cell="7" if commune == 3 and number % 2 else "",
        )
        for commune in (1, 2, 3)
        for number in range(1, 11)
    ]
)


def fallen(
    commune: int, numbers: Sequence[int], seconds: float = 0, kind: FaultKind = FaultKind.LINK_LOST
) -> list[Fault]:
    return [lost(f"xa-{commune}-l{number:02}", seconds + number, kind) for number in numbers]


def incident(**more: object) -> Incident:
    made = Incident("i1", IncidentScope.AREAS, ("xa-1",), Cause.LINK, NOW, NOW, NOW, 10, 10)
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_few_that_fall_out_are_no_incident() -> None:
    assert grouped([], fallen(1, range(1, LEAST)), FLEET, NOW) == []
    spread = fallen(1, (1, 2)) + fallen(2, (7, 8)) + fallen(3, (1, 2))
    assert grouped([], spread, FLEET, NOW) == []


def small_fleet(size: int) -> FleetCounts:
    """Build a commune of so many devices in a province of a hundred others, each in a commune of its own."""
    others = [place(f"xa-9-l{number:03}", f"xa-{9 + number}") for number in range(100)]
    return FleetCounts([*(place(f"xa-1-l{number:02}", "xa-1") for number in range(1, size + 1)), *others])


@pytest.mark.parametrize(
    ("size", "out", "is_one"), [(4, 4, True), (4, 3, True), (4, 2, False), (2, 2, True), (1, 1, False)]
)
def test_an_outage_is_measured_against_the_size_of_its_commune(size: int, out: int, *, is_one: bool) -> None:
    """Before, four loudspeakers on one feeder made six tickets and no incident: five devices were needed everywhere."""
    faults = [open_early(each, NOW) for each in fallen(1, range(1, out + 1), kind=POWER)]
    found = grouped([], faults, small_fleet(size), NOW)
    assert [(each.scope, each.keys, each.devices) for each in found] == [(IncidentScope.AREAS, ("xa-1",), out)] * is_one


def test_a_few_that_only_blink_are_no_incident_until_one_would_be_told_of_each() -> None:
    blinking = fallen(1, (1, 2, 3, 4), kind=POWER)
    assert grouped([], blinking, small_fleet(4), NOW) == []
    lasting = [open_early(each, NOW) for each in blinking[:3]]
    (group,) = grouped([], [*lasting, blinking[3]], small_fleet(4), NOW)
    assert group.devices == 4


def test_few_in_a_cell_or_on_a_carrier_stay_neighbours_by_chance() -> None:
    others = [place(f"xa-9-l{number:03}", f"xa-{9 + number}") for number in range(100)]
    faults = [open_early(lost(f"l{number}"), NOW) for number in (1, 2)]
    spread = [place(f"l{number}", f"xa-{90 + number}", carrier="45204", cell="7") for number in (1, 2)]
    assert grouped([], faults, FleetCounts([*spread, *others]), NOW) == []


def test_most_of_a_commune_at_once_is_one_incident() -> None:
    (group,) = grouped([], fallen(3, range(1, 9)), FLEET, NOW)
    assert (group.scope, group.keys, group.devices) == (IncidentScope.AREAS, ("xa-3",), 8)


def test_a_feeder_that_explains_more_than_a_commune_is_named() -> None:
    (group,) = grouped([], fallen(1, range(1, 11)) + fallen(2, range(1, 7)), wide_fleet(), NOW)
    assert (group.scope, group.keys, group.devices) == (IncidentScope.FEEDER, ("473 Mũi Né",), 16)


def wide_fleet() -> FleetCounts:
    """Build the same fleet, with so many others that no outage here is half of all."""
    others = [place(f"xa-9-l{number:03}", f"xa-{9 + number}") for number in range(100)]
    return FleetCounts([*FLEET.places.values(), *others])


def test_half_of_all_at_once_is_us() -> None:
    (group,) = grouped([], fallen(1, range(1, 11)) + fallen(2, range(1, 11)), FLEET, NOW)
    assert group.scope is IncidentScope.SERVER


def test_communes_that_fall_out_together_are_one_incident() -> None:
    faults = fallen(2, range(1, 11)) + fallen(3, range(1, 11), 60)
    (group,) = grouped([], faults, wide_fleet(), NOW)
    assert (group.scope, group.keys) == (IncidentScope.AREAS, ("xa-2", "xa-3"))
    later = fallen(2, range(1, 11)) + fallen(3, range(1, 11), 2 * TOGETHER.total_seconds())
    first, second = grouped([], later, wide_fleet(), NOW)
    assert {first.keys, second.keys} == {("xa-2",), ("xa-3",)}


def test_all_of_a_cell_and_nobody_else_is_the_cell() -> None:
    (group,) = grouped([], fallen(3, (1, 3, 5, 7, 9)), FLEET, NOW)
    assert (group.scope, group.keys) == (IncidentScope.CELL, ("45204/7",))


def test_a_carrier_is_named_where_its_devices_fall_out_everywhere() -> None:
    fleet = wide_fleet()
    faults = [fault for commune in (1, 2, 3) for fault in fallen(commune, (1, 3, 5, 7, 9))]
    (group,) = grouped([], faults, fleet, NOW)
    assert (group.scope, group.keys) == (IncidentScope.CARRIER, ("45204",))


def test_new_firmware_is_named_for_what_came_after_it_however_slowly() -> None:
    fleet = FleetCounts([place(f"l{n}", f"xa-{n}", firmware="2.0", installed_at=after(-60)) for n in range(8)])
    faults = [lost(f"l{n}", 1_800 * n, FaultKind.SILENT_PLAYBACK) for n in range(6)]
    (group,) = grouped([], faults, fleet, after(12_000))
    assert (group.scope, group.keys) == (IncidentScope.FIRMWARE, ("2.0",))
    before = [lost(f"l{n}", -600, FaultKind.SILENT_PLAYBACK) for n in range(6)]
    assert grouped([], before, fleet, NOW) == []


def test_of_those_that_can_tell_of_lost_mains_most_are_enough() -> None:
    fleet = FleetCounts([place(f"l{n:02}", "xa-1", tells_power=n < 8) for n in range(60)])
    assert grouped([], [lost(f"l{n:02}", n, POWER) for n in range(4)], fleet, NOW) == []
    (group,) = grouped([], [lost(f"l{n:02}", n, POWER) for n in range(5)], fleet, NOW)
    assert (group.scope, group.devices) == (IncidentScope.AREAS, 5)
    assert cause_of(group.scope, 5, 5) is Cause.POWER


def test_devices_nobody_knows_and_faults_of_one_box_group_with_nothing() -> None:
    assert grouped([], [lost(f"unknown-{n}") for n in range(9)], FLEET, NOW) == []
    doors = fallen(1, range(1, 11), kind=FaultKind.DOOR_OPEN)
    assert grouped([], doors, FLEET, NOW) == []


def test_a_young_incident_grows_into_what_it_was_a_part_of() -> None:
    fleet = wide_fleet()
    mine = [replace(fault, incident_id="i1") for fault in fallen(1, range(1, 11))]
    rest = fallen(2, range(1, 7), 20)
    (group,) = grouped([incident()], mine + rest, fleet, after(30))
    assert (group.scope, group.continues, group.devices) == (IncidentScope.FEEDER, "i1", 16)
    old = NOW + YOUNG_FOR + timedelta(seconds=1)
    assert all(group.continues == "" for group in grouped([incident()], mine + rest, fleet, old))


def test_an_incident_that_holds_no_more_than_before_stays_as_it_is() -> None:
    mine = [replace(fault, incident_id="i1") for fault in fallen(1, range(1, 11))]
    assert grouped([incident()], mine, wide_fleet(), after(30)) == []


def test_who_falls_out_of_the_same_cause_joins_and_who_comes_much_later_does_not() -> None:
    seconds = JOINS_WITHIN.total_seconds()
    near, late = lost("xa-1-l09", seconds), lost("xa-1-l10", seconds + 1)
    elsewhere, other = lost("xa-2-l10", 5), lost("xa-1-l08", 5, FaultKind.DOOR_OPEN)
    unknown = lost("nobody", 5)
    assert joining([incident()], [near, late, elsewhere, other, unknown], FLEET) == [(near, incident())]


def test_lost_mains_outweigh_every_other_cause() -> None:
    assert cause_of(IncidentScope.SERVER, 1_000, 100) is Cause.POWER
    assert cause_of(IncidentScope.SERVER, 1_000, 99) is Cause.SERVER
    assert cause_of(IncidentScope.AREAS, 5, 0) is Cause.LINK
    assert cause_of(IncidentScope.FEEDER, 5, 0) is Cause.POWER

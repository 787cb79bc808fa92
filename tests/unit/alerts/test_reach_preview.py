from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.alerts.model import Audience, Disc
from broadcast.bulletins.model import Targets
from cms.alerts.service import audiences
from cms.fleet.repository.devices import Devices
from devices.model import DeviceId, DeviceStatus
from province.areas import AreaId, Point
from province.errors import NotAllowedError
from province.people import Action
from tests.builders.in_memory.alert_world import OTHER, World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AREAS, C1, C2, C3, NORTH, NOW

DISC_AT_C1 = Disc(11.0, 108.0, 500)


def preview(world: World, wanted: Audience, *languages: str) -> audiences.Hearers:
    return audiences.audience(world.store(), wanted, call=world.call(OTHER), voices=world.voices, languages=languages)


def test_all_devices_of_the_areas_will_hear_where_there_is_no_shape() -> None:
    found = preview(World(), Audience(Targets((NORTH, C3), (C2,))), "vi", "cjm")
    assert [(area.area_id, area.inside, area.outside, area.unknown, area.meant) for area in found.areas] == [
        (C1, 2, 0, 0, 2),
        (C3, 2, 0, 0, 2),
    ]
    assert (found.meant, found.unspoken) == (4, ("cjm",))


@pytest.mark.parametrize(
    "wanted",
    [
        Audience(Targets((NORTH, C3), (C2,))),
        Audience(Targets((NORTH,)), discs=(DISC_AT_C1,)),
        Audience(Targets((C2,)), discs=(DISC_AT_C1,)),
        Audience(),
    ],
)
def test_the_areas_of_an_order_are_those_of_its_devices(wanted: Audience) -> None:
    uow = World().store()
    with uow:
        meant = {each.device.area_id for each in audiences.candidates(uow, wanted) if each.is_meant}
        assert set(audiences.areas_meant(uow, wanted)) == meant


def test_a_shape_tells_who_is_inside_outside_and_who_nobody_knows() -> None:
    found = preview(World(), Audience(Targets((NORTH,)), discs=(DISC_AT_C1,)))
    assert [(area.area_id, area.inside, area.outside, area.unknown) for area in found.areas] == [
        (C1, 1, 0, 1),
        (C2, 0, 1, 1),
    ]
    assert found.meant == 3


def test_who_is_meant_and_not_connected_is_counted_whoever_is_outside_is_not() -> None:
    world = World()
    with world.store.change() as uow:
        for each in (f"{C1}-l1", f"{C2}-l2"):
            uow[Devices].report(DeviceStatus(DeviceId(each), online=True, conn=1, seen_at=NOW))
    shaped = preview(world, Audience(Targets((NORTH,)), discs=(DISC_AT_C1,)))
    assert [(area.area_id, area.meant, area.offline) for area in shaped.areas] == [(C1, 2, 1), (C2, 1, 0)]
    whole = preview(world, Audience(Targets((NORTH,))))
    assert [(area.area_id, area.meant, area.offline) for area in whole.areas] == [(C1, 2, 1), (C2, 2, 1)]


def test_a_shape_alone_has_its_areas_filled_in() -> None:
    assert preview(World(), Audience(discs=(DISC_AT_C1,))).audience.targets == Targets((C1,))
    assert preview(World(), Audience()).areas == ()


def test_an_area_whose_own_point_lies_inside_is_touched_though_no_device_is_known_there() -> None:
    world = World()
    for old in AREAS:
        if old.id in (C2, C3, NORTH):
            closed = NOW.date() if old.id == C3 else None
            world.store.put(replace(old, point=Point(20.0, 100.0), valid_to=closed))
    # Not the district, which is no leaf, nor what is closed.
    assert preview(world, Audience(discs=(Disc(20.0, 100.0, 500),))).audience.targets == Targets((C2,))


def test_nobody_looks_where_they_may_not_read_alerts() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_READ, C1)})))
    with pytest.raises(NotAllowedError):
        preview(world, Audience(Targets((C1, AreaId("nowhere")))))

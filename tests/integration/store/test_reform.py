from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.model import Targets
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.areas.service.data_sets import NotLoadedError, UnknownDataSetError, load
from cms.areas.service.reform import Reformed, reform
from cms.audit.queries import events_of
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import EventRow
from cms.platform.store.uow import UowFactory
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service.planning import replan
from devices.model import Device, DeviceId, DeviceKind
from media.storage import FolderContentStore
from province.areas import AreaId, Point
from province.errors import InvalidError
from province.machine_clock import utc_now
from province.people import Action, Grant, Role, UserId
from province.policy import may
from tests.fakes import programme

NOW = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
OLD, NEW = "binh-thuan-2023", "lam-dong-2025"
LAC_DAO, DUC_THANG, MUI_NE = AreaId("bt23-22945"), AreaId("bt23-22948"), AreaId("bt23-22915")
HOA_THANG, PHONG_PHU = AreaId("bt23-23053"), AreaId("bt23-22978")
PHAN_THIET_CITY, PROVINCE = AreaId("bt23-593"), AreaId("bt23-60")


def device(name: str, area_id: AreaId, point: Point | None = None) -> Device:
    return Device(DeviceId(name), f"serial-{name}", f"Cụm {name}", DeviceKind.CLUSTER, area_id, NOW, point)


def user(name: str, *grants: Grant) -> User:
    return User(UserId(name), name, name.upper(), "", NOW, grants=grants)


def run_reform(units: UowFactory, on: date = date(2025, 7, 1)) -> Reformed:
    return reform(units, OLD, NEW, on=on, now=NOW)


@pytest.fixture
def loaded(units: UowFactory) -> UowFactory:
    load(units, OLD, now=NOW)
    return units


def test_binh_thuan_has_a_province_ten_districts_and_124_communes_with_codes_and_points(loaded: UowFactory) -> None:
    with loaded() as unit:
        tree = unit[Places].tree()
    levels = Counter(len(tree.chain(area.id)) for area in tree)
    assert levels == {1: 1, 2: 10, 3: 124}
    assert all(area.point is not None and area.codes["gso"] for area in tree)
    assert tree.get(MUI_NE).name == "Phường Mũi Né"


def test_lam_dong_has_two_tiers(units: UowFactory) -> None:
    load(units, NEW, now=NOW)
    with units() as unit:
        tree = unit[Places].tree()
    assert Counter(len(tree.chain(area.id)) for area in tree) == {1: 1, 2: 124}


def test_loading_again_changes_nothing_and_logs_nothing(loaded: UowFactory) -> None:
    again = load(loaded, OLD, now=NOW)
    assert (again.added, again.present) == (0, 135)
    with reading(loaded.engine) as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 1


def test_an_unknown_data_set_is_refused(units: UowFactory) -> None:
    with pytest.raises(UnknownDataSetError):
        load(units, "atlantis", now=NOW)


def test_a_reform_needs_the_old_areas(units: UowFactory) -> None:
    with pytest.raises(NotLoadedError):
        run_reform(units)


def test_a_reform_takes_place_today_or_took_place_before(loaded: UowFactory) -> None:
    with pytest.raises(InvalidError):
        run_reform(loaded, date(2025, 7, 2))


def test_every_old_commune_has_successors_and_45_new_ones_have_predecessors(loaded: UowFactory) -> None:
    run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
    out_of_binh_thuan = [area for area in tree if area.predecessors]
    assert len(out_of_binh_thuan) == 45
    assert len({old for area in out_of_binh_thuan for old in area.predecessors}) == 124
    assert Counter(len(tree.heirs(area.id)) for area in tree if len(tree.chain(area.id)) == 3) == {1: 122, 2: 2}
    assert len(tree.heirs(PROVINCE)) == 45


def test_old_areas_are_closed_at_the_date_and_never_deleted(loaded: UowFactory) -> None:
    run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
    old = [area for area in tree if area.id.startswith("bt23-")]
    assert len(old) == 135
    assert {area.valid_to for area in old} == {date(2025, 7, 1)}
    assert not tree.get(MUI_NE).is_in_force(date(2025, 7, 1))


def test_devices_go_to_the_successor_and_are_told(loaded: UowFactory) -> None:
    with loaded() as unit:
        unit[Devices].add_many([device("a", DUC_THANG), device("b", MUI_NE), device("c", PHAN_THIET_CITY)])
        unit.commit()
    done = run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
        names = {name: tree.get(unit[Devices].get(DeviceId(name)).area_id).name for name in "abc"}
        assert names == {"a": "Phường Phan Thiết", "b": "Phường Mũi Né", "c": "Phường Phan Thiết"}
        assert unit[Devices].get(DeviceId("a")).desired_version == 2
        details = {(message.kind, message.subject_id) for message in unit.outbox.take(utc_now())}
    assert {(OutboxKind.DESIRED, name) for name in "abc"} <= details
    assert (OutboxKind.PLAN, "ld25-22945") in details
    assert {move.device_id: move.is_sure for move in done.moved} == {"a": True, "b": True, "c": False}


def test_in_a_divided_commune_each_device_goes_where_it_stands(loaded: UowFactory) -> None:
    with loaded() as unit:
        unit[Devices].add_many(
            [
                device("no-point", PHONG_PHU),
                device("south", PHONG_PHU, Point(11.20, 108.60)),
                device("north", PHONG_PHU, Point(11.33, 108.64)),
                device("dunes", HOA_THANG),
            ]
        )
        unit.commit()
    done = run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
    went = {move.device_id: tree.get(move.area_id).name for move in done.moved}
    assert went == {
        "no-point": "Xã Tuy Phong",
        "south": "Xã Phan Rí Cửa",
        "north": "Xã Tuy Phong",
        "dunes": "Xã Hòa Thắng",
    }
    assert not any(move.is_sure for move in done.moved)


def test_rights_go_to_the_successors_and_no_further(loaded: UowFactory) -> None:
    with loaded() as unit:
        unit[People].add(user("commune", Grant(Role.COMMUNE_OPERATOR, LAC_DAO)))
        unit[People].add(user("province", Grant(Role.APPROVER, PROVINCE)))
        unit.commit()
    run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
        commune = unit[People].get(UserId("commune")).actor
        province = unit[People].get(UserId("province")).actor
    write, review = Action.BULLETIN_WRITE, Action.BULLETIN_REVIEW
    allowed = {area.id for area in tree if may(commune, write, area.id, tree) and area.valid_to is None}
    assert {tree.get(area_id).name for area_id in allowed} == {"Phường Phan Thiết"}
    reviewed = {area.id for area in tree if may(province, review, area.id, tree) and area.valid_to is None}
    assert reviewed == set(tree.heirs(PROVINCE))
    assert may(province, review, MUI_NE, tree)


def test_quiet_hours_that_an_old_commune_had_set_stay_quiet(loaded: UowFactory) -> None:
    early = QuietWindow(time(19), time(6))
    with loaded() as unit:
        unit[Places].set_rules(LAC_DAO, AreaRules(quiet=(early,), volume_pct=60))
        unit.commit()
    run_reform(loaded)
    with loaded() as unit:
        tree = unit[Places].tree()
        [heir] = tree.heirs(LAC_DAO)
        rules = unit[Places].rules(heir)
        [untouched] = tree.heirs(MUI_NE)
        assert unit[Places].rules(untouched) == AreaRules()
    assert early in rules.quiet
    assert AreaRules().quiet[0] in rules.quiet
    assert rules.volume_pct == 60


def test_what_was_scheduled_for_old_places_is_heard_at_their_successors_and_nowhere_else(
    loaded: UowFactory, tmp_path: Path
) -> None:
    with loaded() as unit:
        unit[Devices].add_many([device("in", DUC_THANG), device("out", HOA_THANG)])
        unit[Bulletins].add(programme.bulletin("b-t1"))
        unit[Transmissions].add(programme.transmission(targets=Targets((PHAN_THIET_CITY,))))
        unit.commit()
    run_reform(loaded)
    content = FolderContentStore(tmp_path / "content")
    for area_id in (AreaId("ld25-22945"), AreaId("ld25-23053")):
        replan(loaded(), content, area_id, first_on=programme.MONDAY, days=1, now=programme.NOW)
    with loaded() as unit:
        inside = unit[Plans].get(AreaId("ld25-22945"), programme.MONDAY)
        outside = unit[Plans].get(AreaId("ld25-23053"), programme.MONDAY)
    assert inside is not None
    assert [entry.transmission_id for entry in inside.plan.entries] == ["t1"]
    assert outside is None or outside.plan.entries == ()


def test_history_keeps_the_old_ids(loaded: UowFactory) -> None:
    run = AsRun(
        DeviceId("a"), "Cụm a", "r1", OccurrenceId("o1"), TransmissionId("t1"), "Tin", "0" * 64, NOW, NOW, NOW,
        "done", "", 80, NOW,
    )  # fmt: skip
    with loaded() as unit:
        unit[Devices].add(device("a", DUC_THANG))
        unit[Deliveries].record([run])
        unit.commit()
    run_reform(loaded)
    with loaded() as unit:
        assert unit[Deliveries].record([run]) == []
    with reading(loaded.engine) as session:
        [moved] = events_of(session, "a")
        assert moved.detail == {"old": "bt23-22948", "new": "ld25-22945", "is_sure": True}
        [closed] = events_of(session, DUC_THANG)
        assert closed.detail == {"on": "2025-07-01", "heirs": ["ld25-22945"]}


def test_a_second_reform_changes_nothing(loaded: UowFactory) -> None:
    with loaded() as unit:
        unit[Devices].add(device("a", DUC_THANG))
        unit[People].add(user("commune", Grant(Role.COMMUNE_OPERATOR, LAC_DAO)))
        unit.commit()
    run_reform(loaded)
    with reading(loaded.engine) as session:
        before = session.scalar(select(func.count()).select_from(EventRow))
    assert run_reform(loaded) == Reformed((), (), (), (), ())
    with reading(loaded.engine) as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == before


def test_a_device_left_behind_is_moved_by_the_next_run(loaded: UowFactory) -> None:
    run_reform(loaded)
    with loaded() as unit:
        unit[Devices].add(device("late", MUI_NE))
        unit.commit()
    done = run_reform(loaded)
    assert [move.device_id for move in done.moved] == ["late"]
    assert done.closed == ()

"""Per-process cache of decoded values, on both databases: never other than the store's current rows."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from broadcast.bulletins.model import BoardText, Targets
from broadcast.bulletins.transmissions import Transmission
from cms.areas.repository import Places
from cms.areas.tables import AreaRow
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.platform.store.rows import TableCache, value_of
from cms.platform.store.uow import UowFactory
from province.areas import Area, AreaId, Point
from tests.fakes.programme import AREAS, BULLETINS, C1, C2, NOW, PROVINCE, schedule, transmission

_CLOSED_ON = date(2026, 7, 1)


def _fill(units: UowFactory) -> None:
    with units() as unit:
        unit[Places].add(AREAS)
        for each in BULLETINS:
            unit[Bulletins].add(each)
        unit[Transmissions].add(transmission("t1", schedule(rrule="FREQ=DAILY")))
        everything = transmission(
            "t2",
            valid_from_at=NOW,
            valid_until_at=NOW + timedelta(days=2),
            targets=Targets((PROVINCE,), (C2,)),
            board=BoardText("Họp", is_own=True, minutes=30),
            topic="notice",
        )
        unit[Transmissions].add(everything)
        unit.commit()


def test_a_value_is_the_one_that_the_mapped_row_holds(units: UowFactory) -> None:
    _fill(units)
    with units() as unit:
        far = Area(AreaId("far"), "Xa", "ward", PROVINCE, date(2026, 1, 1), None, {"gso": "1"}, Point(1.5, 2))
        unit[Places].add([far])
        areas = [value_of(Area, row) for row in unit.session.scalars(select(AreaRow).order_by(AreaRow.id))]
        known = TableCache(Area, AreaRow, limit=100)
        assert known.values(unit.session) == known.values(unit.session) == areas
        promised = [
            value_of(Transmission, row)
            for row in unit.session.scalars(select(TransmissionRow).order_by(TransmissionRow.id))
        ]
        kept = TableCache(Transmission, TransmissionRow, limit=100)
        assert kept.values(unit.session) == promised
        assert kept.values(unit.session, TransmissionRow.__table__.c.id == "t2") == promised[1:]


def test_the_tree_is_built_once_as_long_as_no_area_changes(units: UowFactory) -> None:
    _fill(units)
    with units() as unit:
        tree = unit[Places].tree()
    with units() as unit:
        assert unit[Places].tree() is tree


def test_a_change_of_the_tree_is_seen_at_once_and_gone_with_its_transaction(units: UowFactory) -> None:
    _fill(units)
    with units() as unit:
        tree = unit[Places].tree()
        unit[Places].close([C1], _CLOSED_ON)
        unit[Places].succeed(C2, (C1,))
        changed = unit[Places].tree()
        assert changed.get(C1).valid_to == _CLOSED_ON
        assert C1 in changed.origins(C2)
    with units() as unit:
        assert unit[Places].tree().get(C1) == tree.get(C1)
        assert unit[Places].tree().origins(C2) == (C2,)
        unit[Places].close([C1], _CLOSED_ON)
        unit.commit()
    with units() as unit:
        assert unit[Places].tree().get(C1).valid_to == _CLOSED_ON

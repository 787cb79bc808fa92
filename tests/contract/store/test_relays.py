from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.relays.model import (
    Health,
    Licence,
    Relayable,
    RelayOrder,
    RelaySource,
    RelaySourceId,
    SourceHealth,
    SourceKind,
    SourceState,
    StreamForm,
)
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.relays.repository import RelaySources
from province.errors import ConflictError, NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, NOW, PROVINCE, REVIEWER, bulletin, schedule, transmission

SOURCE = RelaySource(
    id=RelaySourceId("vov1"),
    area_id=PROVINCE,
    name="VOV1",
    kind=SourceKind.NATIONAL,
    owner="Đài Tiếng nói Việt Nam",
    form=StreamForm.HLS,
    urls=("https://stream.example/vov1.m3u8", "http://203.0.113.7/vov1"),
    licence=Licence("12/HĐ-TS", date(2027, 1, 31), 30, 120),
    written_by=AUTHOR.user_id,
    written_by_name=AUTHOR.name,
    changed_at=NOW,
    editors=(AUTHOR.user_id,),
)
RELAY = Relayable(SOURCE.id, "VOV1", SOURCE.kind, SOURCE.form, SOURCE.urls, 1_800_000)
HEALTH = SourceHealth(SOURCE.id, Health.SILENT, NOW, NOW - timedelta(minutes=3), "-91.0 dB")


def placed(store: Store) -> None:
    with store.unit() as unit:
        unit[RelaySources].add(SOURCE)
        unit.commit()


def test_a_source_comes_back_as_it_was_written_down(store: Store) -> None:
    placed(store)
    with store.unit() as unit:
        assert unit[RelaySources].get(SOURCE.id) == unit[RelaySources].find(SOURCE.id) == SOURCE
        assert unit[RelaySources].find(RelaySourceId("none")) is None
        with pytest.raises(NotFoundError):
            unit[RelaySources].get(RelaySourceId("none"))


def test_sources_are_listed_by_name(store: Store) -> None:
    placed(store)
    other = replace(SOURCE, id=RelaySourceId("btv"), name="Bình Thuận")
    with store.unit() as unit:
        unit[RelaySources].add(other)
        assert [each.name for each in unit[RelaySources].all()] == ["Bình Thuận", "VOV1"]


def test_only_who_saw_a_source_as_it_is_changes_it(store: Store) -> None:
    placed(store)
    suspended = replace(
        SOURCE, version=2, state=SourceState.SUSPENDED, suspended_by_name=REVIEWER.name, suspended_why="Hết hợp đồng"
    )
    with store.unit() as unit:
        unit[RelaySources].save(suspended)
        with pytest.raises(ConflictError):
            unit[RelaySources].save(suspended)
        with pytest.raises(NotFoundError):
            unit[RelaySources].save(replace(SOURCE, id=RelaySourceId("none"), version=2))
        unit.commit()
    with store.unit() as unit:
        assert unit[RelaySources].get(SOURCE.id) == suspended


def test_what_was_found_of_a_source_takes_the_place_of_what_was_found_before(store: Store) -> None:
    placed(store)
    later = replace(HEALTH, health=Health.HEARD, checked_at=NOW + timedelta(minutes=1))
    with store.unit() as unit:
        unit[RelaySources].note_health([])
        unit[RelaySources].note_health([HEALTH])
        unit[RelaySources].note_health([later])
        unit.commit()
    with store.unit() as unit:
        assert list(unit[RelaySources].health()) == [later]


def test_what_is_promised_of_a_source_is_found_as_it_was_frozen(store: Store) -> None:
    placed(store)
    kept = transmission("t1", schedule("2026-03-02T17:00"), relay=RELAY)
    gone = transmission("t2", schedule("2026-03-02T19:00"), relay=RELAY)
    with store.unit() as unit:
        for each in (kept, gone, transmission("t3", schedule("2026-03-02T20:00"))):
            unit[Transmissions].add(each)
        unit[Transmissions].withdraw(gone.id, NOW)
        unit.commit()
    with store.unit() as unit:
        assert list(unit[RelaySources].promised(SOURCE.id, NOW)) == [kept]
        assert unit[Transmissions].get(kept.id).relay == RELAY
        assert list(unit[RelaySources].promised(SOURCE.id, NOW + timedelta(days=30))) == []


def test_what_a_bulletin_orders_comes_back(store: Store) -> None:
    placed(store)
    ordered = bulletin("b-relay", relay=RelayOrder(SOURCE.id, 1_800_000))
    with store.unit() as unit:
        unit[Bulletins].add(ordered)
        unit.commit()
    with store.unit() as unit:
        assert unit[Bulletins].get(ordered.id) == ordered

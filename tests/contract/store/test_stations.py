from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import BulletinId, Cues, Sound, SoundState
from broadcast.relays.model import RelayOrder, RelaySourceId
from broadcast.stations.model import (
    OfferId,
    ProgrammeId,
    ProgrammeProgress,
    StandingOrder,
    StandingOrderId,
    StationId,
    TakenOffer,
)
from cms.stations.repository import Offers, Programmes, Stations
from devices.model import DeviceId
from province.errors import ConflictError, NotFoundError
from tests.builders.in_memory.station_world import OFFER, PROGRAMME, STATION, receipt
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, C3, NOW

ORDER = StandingOrder(StandingOrderId("so1"), C1, STATION.id, OFFER.series, NOW, AUTHOR.user_id, AUTHOR.name)


def furnish(store: Store) -> None:
    with store.unit() as unit:
        unit[Stations].add(STATION)
        unit[Programmes].add(PROGRAMME)
        unit[Offers].add(OFFER)
        unit.commit()


def test_a_station_comes_back_as_it_was_registered_and_is_changed_by_who_saw_it(store: Store) -> None:
    furnish(store)
    other = replace(STATION, id=StationId("s-a"), name="Đài A", transmits=False, device_id=DeviceId("p-n-1-l1"))
    with store.unit() as unit:
        unit[Stations].add(other)
        unit[Stations].save(replace(STATION, version=2, licence_until_on=None))
        unit.commit()
    with store.unit() as unit:
        assert unit[Stations].all() == [other, replace(STATION, version=2, licence_until_on=None)]
        assert unit[Stations].get(other.id) == other
        with pytest.raises(ConflictError):
            unit[Stations].save(replace(STATION, version=2))
        with pytest.raises(NotFoundError):
            unit[Stations].save(replace(STATION, id=StationId("none"), version=2))


def test_a_programme_comes_back_as_it_was_made_and_is_changed_by_who_saw_it(store: Store) -> None:
    furnish(store)
    killed = replace(PROGRAMME, version=2, end_at=None, kill_at=None, killed_at=NOW, sound=Sound())
    killed = replace(killed, original_sha256="a" * 64, cues=Cues(1_000, 4_000, 200, 300))
    with store.unit() as unit:
        assert unit[Programmes].get(PROGRAMME.id) == unit[Programmes].of_bulletin(BulletinId("b-t1")) == PROGRAMME
        assert unit[Programmes].of_bulletin(BulletinId("b-t2")) is None
        unit[Programmes].save(killed)
        unit.commit()
    with store.unit() as unit:
        assert unit[Programmes].get(PROGRAMME.id) == killed
        with pytest.raises(ConflictError):
            unit[Programmes].save(killed)
        with pytest.raises(NotFoundError):
            unit[Programmes].get(ProgrammeId("none"))


def test_a_word_is_kept_once_however_often_it_is_said(store: Store) -> None:
    furnish(store)
    words = [
        receipt(ProgrammeProgress.AIRED, NOW + timedelta(hours=1), duration_ms=118_000),
        receipt(ProgrammeProgress.AIRED, NOW),
        receipt(ProgrammeProgress.VERIFIED, NOW, sha256="d" * 64),
    ]
    with store.unit() as unit:
        assert unit[Programmes].tell(words) == 3
        assert unit[Programmes].tell(words[:1]) == 0
        unit.commit()
    with store.unit() as unit:
        assert unit[Programmes].tell([*words, receipt(ProgrammeProgress.SCHEDULED, NOW)]) == 1
        found = [(each.rung, each.at) for each in unit[Programmes].receipts(PROGRAMME.id)]
        assert found == [
            (ProgrammeProgress.AIRED, NOW),
            (ProgrammeProgress.SCHEDULED, NOW),
            (ProgrammeProgress.VERIFIED, NOW),
            (ProgrammeProgress.AIRED, NOW + timedelta(hours=1)),
        ]
        assert unit[Programmes].receipts(ProgrammeId("none")) == []


def test_an_offer_comes_back_and_is_taken_once_by_each_area(store: Store) -> None:
    furnish(store)
    ready = replace(OFFER, version=2, sound=Sound(SoundState.READY, "audio:x"), withdrawn_at=NOW)
    taken = TakenOffer(OFFER.id, C1, BulletinId("b-t1"), NOW, AUTHOR.name, ORDER.id)
    with store.unit() as unit:
        assert unit[Offers].get(OFFER.id) == unit[Offers].find(OFFER.id) == OFFER
        unit[Offers].save(ready)
        unit[Offers].take(taken)
        unit[Offers].take(replace(taken, area_id=C2, order_id=None))
        unit.commit()
    with store.unit() as unit:
        assert unit[Offers].get(OFFER.id) == ready
        assert unit[Offers].taken(OFFER.id, C1) == taken
        assert unit[Offers].taken(OFFER.id, C3) is None
        with pytest.raises(ConflictError):
            unit[Offers].take(taken)
    with store.unit() as unit:
        assert unit[Offers].find(OfferId("none")) is None
        with pytest.raises(ConflictError):
            unit[Offers].save(ready)
        with pytest.raises(NotFoundError):
            unit[Offers].get(OfferId("none"))


def test_what_is_offered_of_a_stream_is_found_by_its_source_until_it_is_withdrawn(store: Store) -> None:
    furnish(store)
    streamed = replace(OFFER, id=OfferId("o2"), relay=RelayOrder(RelaySourceId("s1"), 1_800_000))
    gone = replace(streamed, id=OfferId("o3"), withdrawn_at=NOW)
    later = replace(streamed, id=OfferId("o1b"), offered_at=NOW + timedelta(hours=1))
    with store.unit() as unit:
        for each in (later, gone, streamed):
            unit[Offers].add(each)
        unit.commit()
    with store.unit() as unit:
        assert unit[Offers].of_stream(RelaySourceId("s1")) == [streamed, later]
        assert unit[Offers].of_stream(RelaySourceId("s2")) == []


def test_standing_orders_are_found_by_series_and_by_area_until_they_are_ended(store: Store) -> None:
    furnish(store)
    later = replace(ORDER, id=StandingOrderId("so2"), area_id=C2, ordered_at=NOW + timedelta(hours=1))
    other = replace(ORDER, id=StandingOrderId("so3"), series="Khác", ordered_at=NOW + timedelta(hours=2))
    with store.unit() as unit:
        for each in (later, other, ORDER):
            unit[Offers].add_order(each)
        unit.commit()
    with store.unit() as unit:
        assert unit[Offers].orders_of(STATION.id, OFFER.series) == [ORDER, later]
        assert unit[Offers].orders_in([C1]) == [ORDER, other]
        assert unit[Offers].orders_in([C1, C2, C3]) == [ORDER, later, other]
        assert unit[Offers].get_order(later.id) == later
        unit[Offers].remove_order(ORDER.id)
        unit.commit()
    with store.unit() as unit:
        assert unit[Offers].orders_of(STATION.id, OFFER.series) == [later]
        with pytest.raises(NotFoundError):
            unit[Offers].get_order(ORDER.id)

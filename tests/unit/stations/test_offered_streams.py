from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, SoundState
from broadcast.relays.model import Licence, RelayOrder, RelaySource, SourceKind, SourceState, StreamForm
from broadcast.stations.model import Offer
from cms.areas.repository import Places
from cms.relays.service import sources
from cms.stations.repository import Offers
from cms.stations.service import offer_uptake, offers
from cms.stations.service.offers import StreamDraft
from province.areas import Area, AreaId
from province.errors import InvalidError, NotPossibleError
from province.people import Actor
from tests.builders.in_memory.station_world import PRODUCER, STATION, Airwaves
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, PROVINCE, REVIEWER

URLS = ("https://stream.example/bac.mp3",)
HALF_HOUR_MS = 30 * 60_000


@pytest.fixture
def world() -> Airwaves:
    world = Airwaves()
    world.register()
    return world


def stream(**more: Any) -> StreamDraft:
    return StreamDraft(**{"form": StreamForm.STREAM, "urls": URLS, "length_ms": HALF_HOUR_MS, **more})


def source(world: Airwaves, offer: Offer) -> RelaySource:
    assert offer.relay is not None
    return world.store.one(RelaySource, id=offer.relay.source_id)


def approve(world: Airwaves, found: RelaySource, *, by: Actor = REVIEWER) -> RelaySource:
    return sources.approve(world.store(), found.id, expected_version=found.version, call=world.call(by, NOW))


def suspend(world: Airwaves, found: RelaySource) -> RelaySource:
    return sources.suspend(
        world.store(), found.id, why="Đài ngừng phát", expected_version=found.version, call=world.call(REVIEWER, NOW)
    )


def take(world: Airwaves, offer: Offer, area_id: AreaId = C1) -> Bulletin:
    return offer_uptake.take(world.store(), offer.id, area_id, call=world.call(AUTHOR, NOW))


def order(world: Airwaves, area_id: AreaId = C1) -> None:
    offer_uptake.order(
        world.store(), area_id=area_id, station_id=STATION.id, series="Trang địa phương", call=world.call(AUTHOR, NOW)
    )


def drafts(world: Airwaves) -> list[AreaId]:
    return sorted(each.targets.areas[0] for each in world.store.all(Bulletin))


def test_an_offered_stream_is_a_source_of_the_station_that_somebody_else_approves(world: Airwaves) -> None:
    offer = world.offer(stream=stream(licence=Licence("Biên bản 3", date(2026, 12, 31))))
    found = source(world, offer)
    assert offer.relay == RelayOrder(found.id, HALF_HOUR_MS)
    assert (found.state, found.kind, found.name, found.owner) == (
        SourceState.DRAFT,
        SourceKind.STATION,
        "Đài Bắc",
        "Đài Bắc",
    )
    # For the whole province, as the shelf is.
    assert (found.area_id, found.urls, found.licence.paper) == (PROVINCE, URLS, "Biên bản 3")
    assert found.editors == (PRODUCER.user_id,)
    assert world.events()[:2] == ["station.registered", "relay_source.written_down"]
    assert world.offer(stream=stream()) == offer
    with pytest.raises(InvalidError):
        world.offer("o2", stream=stream(urls=("ftp://x",)))
    assert len(world.store.all(RelaySource)) == 1


def test_a_stream_is_taken_once_it_is_approved_as_a_draft_that_relays_it_with_the_recording_standing_in(
    world: Airwaves,
) -> None:
    offer = world.offer(stream=stream())
    world.make(offer)
    with pytest.raises(NotPossibleError):
        take(world, offer)
    approved = approve(world, source(world, offer))
    draft = take(world, offer)
    assert (draft.status, draft.relay) == (BulletinStatus.DRAFT, offer.relay)
    # It can be submitted as it is: its stand-in was made of its current text.
    assert (draft.sound.state, draft.sound.made_from) == (SoundState.READY, draft.sound_input)
    suspended = suspend(world, approved)
    with pytest.raises(NotPossibleError):
        take(world, offer, C2)
    assert take(world, offer) == draft
    approve(world, suspended)
    assert take(world, offer, C2).relay == offer.relay


def test_a_stream_whose_licence_is_over_or_whose_source_is_gone_is_on_no_shelf(world: Airwaves) -> None:
    offer = world.offer(stream=stream(licence=Licence(until_on=date(2026, 3, 2))))
    world.make(offer)
    approve(world, source(world, offer))
    with world.store() as uow:
        known = uow[Offers].get(offer.id)
        assert offer_uptake.is_on_shelf(uow, known, NOW)
        assert not offer_uptake.is_on_shelf(uow, known, NOW + timedelta(days=1))
    world.store.remove(RelaySource, id=source(world, offer).id)
    with world.store() as uow:
        assert not offer_uptake.is_on_shelf(uow, known, NOW)


@pytest.mark.parametrize("is_made_first", [True, False])
def test_standing_orders_are_carried_out_once_when_both_sound_and_source_are_there(
    world: Airwaves, *, is_made_first: bool
) -> None:
    order(world)
    offer = world.offer(stream=stream())
    acts: list[Callable[[], object]] = [lambda: world.make(offer), lambda: approve(world, source(world, offer))]
    for act in acts if is_made_first else reversed(acts):
        assert drafts(world) == []
        act()
    assert drafts(world) == [C1]
    order(world, C2)
    # A later order makes no draft of an offer that was on the shelf before, unless it is approved again.
    approve(world, suspend(world, source(world, offer)))
    assert drafts(world) == [C1, C2]


def test_what_was_withdrawn_is_not_carried_out_when_its_source_is_approved(world: Airwaves) -> None:
    order(world)
    offer = world.offer(stream=stream())
    world.make(offer)
    offers.withdraw(world.store(), offer.id, call=world.call(PRODUCER, NOW))
    approve(world, source(world, offer))
    assert drafts(world) == []


def test_the_same_stream_is_the_same_source_so_that_a_suspended_one_stays_suspended(world: Airwaves) -> None:
    first = world.offer(stream=stream())
    suspend(world, approve(world, source(world, first)))
    again = world.offer("o2", stream=stream(length_ms=60_000))
    assert again.relay is not None
    assert source(world, again).id == source(world, first).id
    world.make(again)
    with pytest.raises(NotPossibleError):
        take(world, again)
    other = world.offer("o3", stream=stream(form=StreamForm.HLS))
    assert source(world, other).id != source(world, first).id


def test_the_stream_of_a_station_whose_district_is_gone_is_for_the_province_that_came_of_it(world: Airwaves) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    merged = AreaId("merged")
    commune = AreaId("merged-1")
    with world.store.change() as uow:
        uow[Places].close([PROVINCE, NORTH], yesterday)
        uow[Places].add(
            [
                Area(merged, "Tỉnh mới", "province", None, yesterday, predecessors=(PROVINCE,)),
                Area(commune, "Xã mới", "commune", merged, yesterday, predecessors=(NORTH,)),
            ]
        )
    assert source(world, world.offer(stream=stream())).area_id == merged


def test_everything_wrong_with_a_stream_is_told_with_everything_wrong_with_the_offer(world: Airwaves) -> None:
    wrong = stream(urls=(), length_ms=5 * 3_600_000, licence=Licence("x" * 201))
    with pytest.raises(InvalidError) as refused:
        world.offer(title=" ", stream=wrong)
    found = [(each.field, each.code) for each in refused.value.problems]
    assert found == [
        ("title", "MISSING"),
        ("length_ms", "RELAY_LENGTH"),
        ("licence", "TOO_LONG"),
        ("urls", "MISSING"),
    ]
    with pytest.raises(InvalidError):
        world.offer(title=" ")
    assert world.store.all(Offer) == []

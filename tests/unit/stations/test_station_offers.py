from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, SoundState, Targets
from broadcast.stations.model import Offer, OfferId, StandingOrder, StandingOrderId, StationId
from cms.platform.store.kinds import JobKind
from cms.stations.repository import Offers, Stations
from cms.stations.service import offer_uptake, offers
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action
from tests.builders.in_memory.station_world import PRODUCER, STATION, Airwaves
from tests.fakes.programme import AUTHOR, C1, C2, NOW


@pytest.fixture
def world() -> Airwaves:
    world = Airwaves()
    world.register()
    return world


def take(world: Airwaves, offer: Offer, area_id: AreaId = C1) -> Bulletin:
    return offer_uptake.take(world.store(), offer.id, area_id, call=world.call(AUTHOR, NOW))


def order(world: Airwaves, area_id: AreaId = C1, series: str = " Trang địa  phương ") -> StandingOrder:
    return offer_uptake.order(
        world.store(), area_id=area_id, station_id=STATION.id, series=series, call=world.call(AUTHOR, NOW)
    )


def withdraw(world: Airwaves, offer: Offer) -> Offer:
    return offers.withdraw(world.store(), offer.id, call=world.call(PRODUCER, NOW))


def drafts(world: Airwaves) -> dict[AreaId, Bulletin]:
    return {each.targets.areas[0]: each for each in world.store.all(Bulletin)}


def test_an_offer_is_made_once_and_then_taken_as_a_draft_with_its_sound(world: Airwaves) -> None:
    offer = world.offer()
    assert (offer.series, offer.title, offer.station_name) == ("Trang địa phương", "Số 1", "Đài Bắc")
    assert world.store.jobs()[offer.sound.job_id].kind is JobKind.MAKE_OFFER
    assert world.offer() == offer
    with pytest.raises(ConflictError):
        world.offer(by=AUTHOR)
    with pytest.raises(NotPossibleError):
        take(world, offer)
    assert world.make(offer)
    assert not world.make(offer)
    draft = take(world, offer)
    assert (draft.status, draft.targets, draft.origin) == (BulletinStatus.DRAFT, Targets((C1,)), "Đài Bắc")
    assert (draft.author_id, draft.sound.state) == (AUTHOR.user_id, SoundState.READY)
    # Its sound was made of its current text: it can be submitted as it is.
    assert draft.sound.made_from == draft.sound_input
    assert take(world, offer) == draft
    assert take(world, offer, C2).id != draft.id


def test_each_new_offer_of_a_series_is_a_draft_of_whoever_ordered_it(world: Airwaves) -> None:
    standing = order(world)
    assert order(world) == standing
    order(world, C2, "Khác")
    offer = world.offer()
    assert drafts(world) == {}
    world.make(offer)
    assert set(drafts(world)) == {C1}
    assert take(world, offer) == drafts(world)[C1]
    offer_uptake.cancel_order(world.store(), standing.id, call=world.call(AUTHOR, NOW))
    world.make(world.offer("o2"))
    assert set(drafts(world)) == {C1}
    assert "standing_order.cancelled" in world.events()
    with world.store() as uow:
        assert [each.series for each in uow[Offers].orders_in([C1, C2])] == ["Khác"]


def test_what_cannot_be_used_comes_to_no_shelf(world: Airwaves) -> None:
    order(world)
    offer = world.offer()
    assert world.make(offer, SoundState.FAILED)
    assert drafts(world) == {}
    assert world.events()[-1] == "offer.failed"
    with pytest.raises(NotPossibleError):
        take(world, offer)


def test_what_is_withdrawn_leaves_the_shelf_and_stays_where_it_was_taken(world: Airwaves) -> None:
    offer = world.offer()
    world.make(offer)
    draft = take(world, offer)
    gone = withdraw(world, offer)
    assert withdraw(world, offer) == gone
    assert take(world, offer) == draft
    with pytest.raises(NotPossibleError):
        take(world, offer, C2)
    early = world.offer("o2")
    withdraw(world, early)
    assert world.store.jobs()[early.sound.job_id].is_cancelled
    assert not world.make(early)


def test_an_offer_lasts_to_the_end_of_its_day(world: Airwaves) -> None:
    world.make(world.offer(until_on=date(2026, 3, 2)))
    assert take(world, world.offer()).title == "Số 1"


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"title": " "}, "title", "MISSING"),
        ({"title": "x" * 201}, "title", "TOO_LONG"),
        ({"series": ""}, "series", "MISSING"),
        ({"series": "x" * 121}, "series", "TOO_LONG"),
        ({"original_sha256": ""}, "original_sha256", "RECORDING_UNKNOWN"),
        ({"until_on": date(2026, 3, 1)}, "until_on", "DAY_PAST"),
    ],
)
def test_what_is_wrong_with_an_offer_is_told(world: Airwaves, more: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        world.offer(**more)
    assert [(each.field, each.code) for each in refused.value.problems] == [(field, code)]


def test_places_and_series_that_are_none_are_refused(world: Airwaves) -> None:
    offer = world.offer()
    world.make(offer)
    with pytest.raises(InvalidError):
        take(world, offer, AreaId("nowhere"))
    with pytest.raises(InvalidError):
        order(world, AreaId("nowhere"))
    with pytest.raises(InvalidError):
        order(world, series=" ")
    with pytest.raises(NotFoundError):
        offer_uptake.cancel_order(world.store(), StandingOrderId("none"), call=world.call(AUTHOR, NOW))
    with pytest.raises(NotFoundError), world.store() as uow:
        uow[Offers].get(OfferId("none"))
    with pytest.raises(NotFoundError), world.store() as uow:
        uow[Stations].get(StationId("none"))


@pytest.mark.parametrize("action", [Action.PROGRAMME_OFFER, Action.BULLETIN_WRITE])
def test_only_who_may_offers_and_takes(world: Airwaves, action: Action) -> None:
    offer = world.offer()
    world.make(offer)
    standing = order(world)
    world.authority.refused = frozenset({action})
    acts = {
        Action.PROGRAMME_OFFER: (lambda: world.offer("o2"), lambda: withdraw(world, offer)),
        Action.BULLETIN_WRITE: (
            lambda: take(world, offer),
            lambda: order(world, C2),
            lambda: offer_uptake.cancel_order(world.store(), standing.id, call=world.call(AUTHOR, NOW)),
        ),
    }
    for act in acts[action]:
        with pytest.raises(NotAllowedError):
            act()

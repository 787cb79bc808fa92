"""Station offers taken by communes: from the shelf now, or by standing order.

Either way the result is only a draft of the commune's: it is submitted, approved and scheduled like any
other bulletin. Of a stream it is a draft that relays it, with the offer's recording as its stand-in.
"""

from datetime import datetime
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinId, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.relays.model import RelaySourceId, is_open
from broadcast.stations.model import Offer, OfferId, StandingOrder, StandingOrderId, StationId, TakenOffer
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import area_problems, event_of
from cms.platform.store.uow import UnitOfWork
from cms.relays.repository import RelaySources
from cms.stations.repository import Offers, Stations
from province.areas import AreaId
from province.call import Call, NewId
from province.errors import NotPossibleError, Problem, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.wall_clock import local_date

SERIES_MAX: Final = 120
_ORIGIN_MAX: Final = 200


def take(uow: UnitOfWork, offer_id: OfferId, area_id: AreaId, *, call: Call) -> Bulletin:
    """Draft the commune's bulletin from an offer, with its sound; taken before, return that draft.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor writes nothing for that area.
        InvalidError: the area is not in force.
        NotPossibleError: it is not on the shelf.
    """
    with uow:
        found = uow[Offers].get(offer_id)
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        refuse(area_problems(area_id, "area", tree, local_date(call.now)))
        known = uow[Offers].taken(offer_id, area_id)
        if known is not None:
            return uow[Bulletins].get(known.bulletin_id)
        if not is_on_shelf(uow, found, call.now):
            raise NotPossibleError(found.sound.state.value, "take")
        bulletin = _draft(uow, found, area_id, by=call.actor, now=call.now, new_id=call.new_id)
        uow.commit()
    return bulletin


def order(uow: UnitOfWork, *, area_id: AreaId, station_id: StationId, series: str, call: Call) -> StandingOrder:
    """Order a series: from now on each new offer of it becomes a draft of the area's. Idempotent.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor writes nothing for that area.
        InvalidError: with everything wrong with it.
    """
    with uow:
        station = uow[Stations].get(station_id)
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        name = " ".join(series.split())
        refuse(area_problems(area_id, "area", tree, local_date(call.now)) + series_problems(name))
        standing = [each for each in uow[Offers].orders_of(station.id, name) if each.area_id == area_id]
        if standing:
            return standing[0]
        made = StandingOrder(
            StandingOrderId(call.new_id()), area_id, station.id, name, call.now, call.actor.user_id, call.actor.name
        )
        uow[Offers].add_order(made)
        uow.record(_order_event("ordered", made, call))
        uow.commit()
    return made


def cancel_order(uow: UnitOfWork, order_id: StandingOrderId, *, call: Call) -> StandingOrder:
    """Cancel a standing order: no new drafts are made by it.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor writes nothing for its area.
    """
    with uow:
        standing = uow[Offers].get_order(order_id)
        call.require(Action.BULLETIN_WRITE, [standing.area_id], uow[Places].tree())
        uow[Offers].remove_order(order_id)
        uow.record(_order_event("cancelled", standing, call))
        uow.commit()
    return standing


def is_on_shelf(uow: UnitOfWork, found: Offer, now: datetime) -> bool:
    """Return whether communes may take it: made, not withdrawn, not past its last day, its stream, if any, approved.

    Within a unit of work.
    """
    on = local_date(now)
    is_past = found.until_on is not None and found.until_on < on
    if found.sound.state is not SoundState.READY or found.withdrawn_at is not None or is_past:
        return False
    if found.relay is None:
        return True
    source = uow[RelaySources].find(found.relay.source_id)
    return source is not None and is_open(source, on)


def carry_out(uow: UnitOfWork, found: Offer, *, now: datetime, new_id: NewId) -> None:
    """Make a draft for each standing order that has none of it yet, once it is on the shelf. Within a unit of work."""
    if not is_on_shelf(uow, found, now):
        return
    for standing in uow[Offers].orders_of(found.station_id, found.series):
        if uow[Offers].taken(found.id, standing.area_id) is None:
            by = Actor(standing.ordered_by, standing.ordered_by_name, ())
            _draft(uow, found, standing.area_id, by=by, now=now, new_id=new_id, order_id=standing.id)


def carry_out_of_stream(uow: UnitOfWork, source_id: RelaySourceId, *, now: datetime, new_id: NewId) -> None:
    """Run :func:`carry_out` for every offer of this source, now approved. Within a unit of work."""
    for found in uow[Offers].of_stream(source_id):
        carry_out(uow, found, now=now, new_id=new_id)


def series_problems(series: str) -> list[Problem]:
    """Check the name of a series, tidied before."""
    return too_long("series", series, SERIES_MAX) if series else [Problem("series", "MISSING")]


def _draft(
    uow: UnitOfWork,
    found: Offer,
    area_id: AreaId,
    *,
    by: Actor,
    now: datetime,
    new_id: NewId,
    order_id: StandingOrderId | None = None,
) -> Bulletin:
    bulletin = Bulletin(
        id=BulletinId(new_id()),
        title=found.title,
        text=found.text,
        topic=found.topic,
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=Targets((area_id,)),
        author_id=by.user_id,
        author_name=by.name,
        created_at=now,
        changed_at=now,
        original_sha256=found.original_sha256,
        original_name=found.original_name,
        origin=found.station_name[:_ORIGIN_MAX],
        sound=found.sound,
        relay=found.relay,
    )
    uow[Bulletins].add(bulletin)
    uow[Offers].take(TakenOffer(found.id, area_id, bulletin.id, now, by.name, order_id))
    uow.record(event_of("created", bulletin, by, offer=found.id, order=order_id or ""))
    return bulletin


def _order_event(name: str, standing: StandingOrder, call: Call) -> Event:
    told = {"area": standing.area_id, "station": standing.station_id, "series": standing.series}
    return call.event(f"standing_order.{name}", standing.id, **told)

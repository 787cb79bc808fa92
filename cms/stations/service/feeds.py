"""Station feed: a secret address, from which any player or feed reader takes the station's programmes.

It belongs to the station, not to a person: it continues when people change, until the station renews or ends it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from broadcast.stations.model import Station, StationId
from cms.accounts.service.secret import new_secret, secret_hash
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.stations.model import StationFeed
from cms.stations.repository.stations import StationFeeds, Stations
from province.call import Call
from province.errors import NotFoundError
from province.people import Action

Units = Callable[[], AbstractContextManager[UnitOfWork]]


def renew(units: Units, station_id: StationId, *, call: Call) -> str:
    """Renew the station's address; return its secret, shown only once. The previous address is invalid.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor does not take programmes for it.
    """
    secret = new_secret()
    with units() as unit:
        station = _taken_for(unit, station_id, call)
        unit[StationFeeds].put(StationFeed(station.id, secret_hash(secret), call.now, call.actor.user_id))
        unit.record(call.event("station_feed.created", station.id, {"area": station.area_id}))
        unit.commit()
    return secret


def remove(units: Units, station_id: StationId, *, call: Call) -> None:
    """Remove the feed; its address is invalid. Raises as :func:`renew`."""
    with units() as unit:
        station = _taken_for(unit, station_id, call)
        unit[StationFeeds].remove(station.id)
        told: dict[str, object] = {"area": station.area_id}
        unit.record(call.event("station_feed.removed", station.id, told))
        unit.commit()


def opened_by(unit: UnitOfWork, secret: str) -> Station:
    """Return the station of a secret; within a unit of work.

    Raises:
        NotFoundError: there is none.
    """
    feed = unit[StationFeeds].find(secret_hash(secret))
    if feed is None:
        raise NotFoundError("feed", "")
    return unit[Stations].get(feed.station_id)


def _taken_for(unit: UnitOfWork, station_id: StationId, call: Call) -> Station:
    station = unit[Stations].get(station_id)
    call.require(Action.PROGRAMME_TAKE, [station.area_id], unit[Places].tree())
    return station

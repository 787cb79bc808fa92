"""Station feed: a secret address, from which any player or feed reader takes the station's programmes.

It belongs to the station, not to a person: it continues when people change, until the station renews or ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from broadcast.ports.areas import Places
from broadcast.ports.stations import Stations
from broadcast.stations.model import Station, StationId
from cms.accounts.service.secret import new_secret, secret_hash
from cms.stations.model import StationFeed
from province.call import Call
from province.errors import NotFoundError
from province.events import Event
from province.people import Action


class StationFeeds(Protocol):
    """Repository of station feeds, one per station."""

    def of(self, station_id: StationId) -> StationFeed | None: ...

    def find(self, secret_hash: str) -> StationFeed | None: ...

    def put(self, feed: StationFeed) -> None:
        """Store the feed, replacing the previous one."""

    def remove(self, station_id: StationId) -> None: ...


class StationFeedsUnit(Protocol):
    """Part of a unit of work that these feeds use."""

    @property
    def places(self) -> Places: ...

    @property
    def stations(self) -> Stations: ...

    @property
    def station_feeds(self) -> StationFeeds: ...

    def record(self, event: Event) -> None: ...

    def commit(self) -> None: ...


Units = Callable[[], AbstractContextManager[StationFeedsUnit]]


def renew(units: Units, station_id: StationId, *, call: Call) -> str:
    """Renew the station's address; return its secret, shown only once. The previous address is invalid.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor does not take programmes for it.
    """
    secret = new_secret()
    with units() as unit:
        station = _taken_for(unit, station_id, call)
        unit.station_feeds.put(StationFeed(station.id, secret_hash(secret), call.now, call.actor.user_id))
        unit.record(call.event("station_feed.made", station.id, {"area": station.area_id}))
        unit.commit()
    return secret


def remove(units: Units, station_id: StationId, *, call: Call) -> None:
    """Remove the feed; its address is invalid. Raises as :func:`renew`."""
    with units() as unit:
        station = _taken_for(unit, station_id, call)
        unit.station_feeds.remove(station.id)
        told: dict[str, object] = {"area": station.area_id}
        unit.record(call.event("station_feed.removed", station.id, told))
        unit.commit()


def opened_by(unit: StationFeedsUnit, secret: str) -> Station:
    """Return the station of a secret; within a unit of work.

    Raises:
        NotFoundError: there is none.
    """
    feed = unit.station_feeds.find(secret_hash(secret))
    if feed is None:
        raise NotFoundError("feed", "")
    return unit.stations.get(feed.station_id)


def _taken_for(unit: StationFeedsUnit, station_id: StationId, call: Call) -> Station:
    station = unit.stations.get(station_id)
    call.require(Action.PROGRAMME_TAKE, [station.area_id], unit.places.tree())
    return station

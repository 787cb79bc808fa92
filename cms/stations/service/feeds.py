"""Station feed: a secret address, from which any player or feed reader takes the station's programmes.

It belongs to the station, not to a person: it continues when people change, until the station renews or ends it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from email.utils import format_datetime
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from broadcast.bulletins.model import Rendition
from broadcast.stations.model import Programme, Station, StationId
from broadcast.stations.rules import MP3
from cms.accounts.service.vault import new_secret, secret_hash
from cms.areas.repository import Places
from cms.platform.clean_text import clean
from cms.platform.store.uow import UnitOfWork
from cms.stations.repository import StationFeed, StationFeeds, Stations
from province.call import Call
from province.errors import NotFoundError
from province.people import Action

Units = Callable[[], AbstractContextManager[UnitOfWork]]
MEDIA_TYPE: Final = "application/rss+xml"
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_E: Final = ElementMaker(nsmap={"itunes": _ITUNES})
_PODCAST: Final = ElementMaker(namespace=_ITUNES, nsmap={"itunes": _ITUNES})


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
        unit.record(call.event("station_feed.created", station.id, area=station.area_id))
        unit.commit()
    return secret


def remove(units: Units, station_id: StationId, *, call: Call) -> None:
    """Remove the feed; its address is invalid. Raises as :func:`renew`."""
    with units() as unit:
        station = _taken_for(unit, station_id, call)
        unit[StationFeeds].remove(station.id)
        unit.record(call.event("station_feed.removed", station.id, area=station.area_id))
        unit.commit()


def opened_by(unit: UnitOfWork, secret: str) -> Station:
    """Return the station of a secret; within a unit of work.

    Raises:
        NotFoundError: there is none.
    """
    feed = unit[StationFeeds].of_secret(secret_hash(secret))
    if feed is None:
        raise NotFoundError("feed", "")
    return unit[Stations].get(feed.station_id)


def _taken_for(unit: UnitOfWork, station_id: StationId, call: Call) -> Station:
    station = unit[Stations].get(station_id)
    call.require(Action.PROGRAMME_TAKE, [station.area_id], unit[Places].tree())
    return station


def feed(programmes: Sequence[Programme], station: Station, *, address: str, base: str) -> bytes:
    """Build the feed of programmes with files, in this order. ``address``: URL prefix of the feed and enclosures.

    ``base``: URL of this server, whose pages are named instead of the feed's secret address.
    """
    title = clean(f"Loa · {station.name}")
    channel = _E.channel(
        _E.title(title),
        _E.link(f"{base}/stations/{station.id}"),
        _E.language("vi"),
        _E.description(title),
        _E.ttl("15"),
        _PODCAST.author(clean(station.name)),
        _PODCAST.image(href=f"{base}/cong-khai/{station.area_id}/anh.png"),
        _PODCAST.block("Yes"),
        *(_item(each, mp3, address) for each in programmes if (mp3 := each.sound.rendition(MP3)) is not None),
    )
    return etree.tostring(_E.rss(channel, version="2.0"), encoding="UTF-8", xml_declaration=True)


def _item(programme: Programme, mp3: Rendition, address: str) -> etree._Element:
    return _E.item(
        _E.title(clean(programme.title)),
        _E.description(clean(programme.text)),
        # Another sound is another episode: players fetch an episode only once.
        _E.guid(f"{programme.id}-{mp3.sha256[:16]}", isPermaLink="false"),
        _E.pubDate(format_datetime(programme.approved_at)),
        *([_E.category(clean(programme.topic))] if programme.topic else []),
        _PODCAST.duration(str(round(mp3.duration_ms / 1000))),
        _E.enclosure(url=f"{address}/{programme.id}.mp3", length=str(mp3.bytes), type=mp3.media_type),
    )

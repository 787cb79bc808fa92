"""Podcast feed of a station: its programmes as RSS 2.0 with enclosures, for players and feed readers."""

from collections.abc import Sequence
from email.utils import format_datetime
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from broadcast.bulletins.model import Rendition
from broadcast.stations.model import Programme, Station
from broadcast.stations.rules import MP3
from cms.platform.clean_text import clean

MEDIA_TYPE: Final = "application/rss+xml"
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_E: Final = ElementMaker(nsmap={"itunes": _ITUNES})
_PODCAST: Final = ElementMaker(namespace=_ITUNES, nsmap={"itunes": _ITUNES})


def feed(programmes: Sequence[Programme], station: Station, *, address: str) -> bytes:
    """Build the feed of programmes with files, in this order. ``address``: URL prefix of the feed and enclosures."""
    title = clean(f"Loa · {station.name}")
    channel = _E.channel(
        _E.title(title),
        _E.link(f"{address}.xml"),
        _E.language("vi"),
        _E.description(title),
        _E.ttl("15"),
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

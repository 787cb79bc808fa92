"""Podcast feed of a station: its programmes as RSS 2.0 with enclosures, for players and feed readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.utils import format_datetime
from typing import Final

from broadcast.model.stations import Programme, Station
from broadcast.stations import MP3
from cms.clean_text import xml_attribute, xml_text

MEDIA_TYPE: Final = "application/rss+xml"
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def feed(programmes: Sequence[Programme], station: Station, *, address: str) -> bytes:
    """Build the feed of programmes with files, in this order. ``address``: URL prefix of the feed and enclosures."""
    title = xml_text(f"Loa · {station.name}")
    head = (
        f"<title>{title}</title><link>{xml_text(address)}.xml</link><language>vi</language>"
        f"<description>{title}</description><ttl>15</ttl><itunes:block>Yes</itunes:block>"
    )
    items = "".join(part for each in programmes for part in _item(each, address))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:itunes="{_ITUNES}">'
        f"<channel>{head}{items}</channel></rss>\n"
    ).encode()


def _item(programme: Programme, address: str) -> Iterator[str]:
    mp3 = programme.sound.rendition(MP3)
    if mp3 is None:
        return
    yield f"<item><title>{xml_text(programme.title)}</title><description>{xml_text(programme.text)}</description>"
    # Another sound is another episode: players fetch an episode only once.
    yield f'<guid isPermaLink="false">{programme.id}-{mp3.sha256[:16]}</guid>'
    yield f"<pubDate>{format_datetime(programme.approved_at)}</pubDate>"
    if programme.topic:
        yield f"<category>{xml_text(programme.topic)}</category>"
    yield f"<itunes:duration>{round(mp3.duration_ms / 1000)}</itunes:duration>"
    url = xml_attribute(f"{address}/{programme.id}.mp3")
    yield f'<enclosure url={url} length="{mp3.bytes}" type="{mp3.media_type}"/></item>'

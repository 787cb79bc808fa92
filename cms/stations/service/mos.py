"""Running order of a session as a message of the MOS protocol 4.0, as newsroom and playout systems exchange it.

Each item is a story with one item: its object is the programme, under the id that its ``cart`` has.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.builder import E

from broadcast.stations.model import Programme, Station
from broadcast.stations.rules import WAV
from cms.platform.clean_text import clean
from cms.stations.service.day import StationBlock, StationItem
from province.wall_clock import DEFAULT_ZONE

MEDIA_TYPE: Final = "application/xml"
CREATE, REPLACE, DELETE = "roCreate", "roReplace", "roDelete"
_SAMPLE_RATE_HZ: Final = 48_000
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_NCS: Final = "loa"
FileAddress = Callable[[Programme], str]


def running_order(block: StationBlock, station: Station, *, message: str, number: int, address: FileAddress) -> bytes:
    """Build the message: ``CREATE``, ``REPLACE`` for a system that has an earlier order, or ``DELETE``.

    ``number`` grows from message to message. ``address`` returns the URL of a programme's WAV.
    """
    assert block.day is not None
    body = E(message, E.roID(block.day.order.id))
    if message != DELETE:
        body.extend(_head(block, station))
        body.extend(_story(each, number, address) for number, each in enumerate(block.items, 1))
    document = E.mos(E.mosID(clean(station.id)), E.ncsID(_NCS), E.messageID(str(number)), body)
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True)


def _head(block: StationBlock, station: Station) -> list[etree._Element]:
    assert block.day is not None
    session = block.day.session
    return [
        E.roSlug(clean(f"{session.name} {block.day.order.on:%d/%m/%Y}")),
        E.roChannel(clean(station.name)),
        E.roEdStart(_time(block.day.start_at)),
        E.roEdDur(_length(session.length_ms)),
        E.roTrigger("TIMED"),
    ]


def _story(each: StationItem, number: int, address: FileAddress) -> etree._Element:
    seconds = f"{each.length_ms / 1000:.3f}"
    payload = E.mosPayload(
        E.StoryStarted(_time(each.start_at)), E.MediaTime(seconds), E.TextTime("0"), E.Role(each.role.value)
    )
    return E.story(
        E.storyID(each.key),
        E.storySlug(clean(each.title)),
        E.storyNum(str(number)),
        E.mosExternalMetadata(E.mosScope("PLAYLIST"), E.mosSchema("urn:loa:running-order:1"), payload),
        _item(each, address),
    )


def _item(each: StationItem, address: FileAddress) -> etree._Element:
    samples = str(each.length_ms * _SAMPLE_RATE_HZ // 1000)
    programme = each.programme
    item = E.item(
        E.itemID("1"),
        E.itemSlug(clean(each.title)),
        E.objID(each.bulletin_id if programme is None else programme.id),
        E.mosID(_NCS),
    )
    if programme is not None and programme.sound.rendition(WAV) is not None:
        item.append(E.objPaths(E.objPath(address(programme), techDescription="PCM WAV 48 kHz 24 bit")))
    if programme is None:
        # A stream has no object: the station takes it by itself.
        item.append(E.itemChannel("RELAY"))
    item.extend((E.itemEdStart("0"), E.itemEdDur(samples)))
    item.append(E.itemTrigger("TIMED" if each.is_anchored else "CHAINED"))
    return item


def _time(at: datetime) -> str:
    return at.astimezone(_ZONE).isoformat(timespec="milliseconds")


def _length(length_ms: int) -> str:
    minutes, seconds = divmod(length_ms // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"

"""Public feeds: RSS 2.0 of past airings, iCalendar of future ones, Atom of the alerts in force."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from flask import Response
from icalendar import Event
from lxml import etree
from lxml.builder import ElementMaker

from broadcast.bulletins.genres import GENRES
from broadcast.bulletins.model import BulletinId
from broadcast.reports.model import Span
from cms.areas.repository import Places
from cms.exchange.repository.outbound import CapDocuments
from cms.exchange.service import feeds
from cms.platform.calendars import MEDIA_TYPE, begun
from cms.platform.clean_text import clean
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, session
from cms.public.queries.public import PublicBulletin, aired, planned_ids, public_only
from cms.public.queries.published import approved_at
from cms.public.views import caching, pages, request_context
from cms.public.views.request_context import PublicArea, public
from cms.relays import labels as relay_labels
from cms.schedule.queries.airings import Airing, Phase, board
from province.areas import AreaId

ITEMS: Final = 20
BACK: Final = timedelta(days=14)
"""A feed reader that was off for two weeks misses nothing; older airings are in the open data."""
BACK_ABOVE: Final = timedelta(days=3)
"""The same for a place above communes, whose feed fills sooner."""
AHEAD: Final = timedelta(days=14)
_RSS: Final = "application/rss+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_PODCAST: Final = "https://podcastindex.org/namespace/1.0"
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_E: Final = ElementMaker(nsmap={"atom": _ATOM, "podcast": _PODCAST, "itunes": _ITUNES})


@public.get("/<area_id>/rss.xml")
def rss(area_id: str) -> Response:
    """Return the bulletins last heard there, each once, with its sound."""
    with session() as found:
        here = request_context.place(Places(found), area_id)
        on, now = request_context.today(), context().now()
        span = Span(on - (BACK_ABOVE if here.is_above_communes else BACK), on)
        ids = planned_ids(found, here.areas, span, now) if here.is_public else []
        rows = aired(found, ids[:ITEMS], here.areas, span, now)
    return caching.kept(_channel(here, rows), _RSS)


@public.get("/<area_id>/lich.ics")
def calendar(area_id: str) -> Response:
    """Return the airings on air now and in the next two weeks."""
    with session() as found:
        places = Places(found)
        here, now = request_context.commune(places, area_id), context().now()
        rows = board(found, here.areas, now - pages.BEGAN_WITHIN, now + AHEAD) if here.is_public else []
        coming = [each for each in public_only(found, rows) if each.phase(now) is not Phase.OVER]
        stamps = approved_at(found, [each.bulletin_id for each in coming])
    return caching.kept(_calendar(here, coming, stamps), MEDIA_TYPE)


@public.get("/canh-bao.atom")
def alerts() -> Response:
    """Return the alerts in force, each linking to its signed CAP document; an empty feed if there is none."""
    return _alerts(None, request_context.external("public.alerts"))


@public.get("/<area_id>/canh-bao.atom")
def place_alerts(area_id: str) -> Response:
    """Return the alerts in force that address somebody at a place, to follow one's commune."""
    with session() as found:
        here = request_context.place(Places(found), area_id)
    return _alerts(here.area.id, request_context.external("public.place_alerts", area_id=here.area.id))


def _alerts(area_id: AreaId | None, own: str) -> Response:
    with session() as found:
        documents = CapDocuments(found)
        orders = request_context.in_force(found, Places(found).tree(), area_id)
        told = [document for each in orders if (document := documents.find(each.id)) is not None and not document.error]
    newest_first = sorted(told, key=lambda document: (document.made_at, document.id), reverse=True)
    settings = context().settings
    body = feeds.atom_feed(
        newest_first, base=f"{settings.effective_public_url}/api/v1", sender=settings.effective_cap_sender, own=own
    )
    return caching.kept(body, feeds.ATOM_TYPE, caching.ALERT_S)


def sound_address(row: PublicBulletin) -> str:
    """Return the URL of the MP3; empty if there is none."""
    if row.sound is None:
        return ""
    return f"{context().settings.effective_public_url}/content/{row.sound.sha256}?as=mp3"


def _channel(here: PublicArea, rows: Sequence[PublicBulletin]) -> bytes:
    title = clean(_("Heard on loudspeakers: %(area)s", area=here.area.name))
    channel = _E.channel(
        _E.title(title),
        _E.link(request_context.external("public.place", area_id=here.area.id)),
        _E.description(title),
        _E.language("vi"),
        _E(
            f"{{{_ATOM}}}link", rel="self", type=_RSS, href=request_context.external("public.rss", area_id=here.area.id)
        ),
        _E(f"{{{_ITUNES}}}author", clean(here.area.name)),
        _E(f"{{{_ITUNES}}}image", href=request_context.external("public.place_image", area_id=here.area.id)),
        *(_item(here, row) for row in rows),
    )
    return etree.tostring(_E.rss(channel, version="2.0"), encoding="UTF-8", xml_declaration=True)


def _item(here: PublicArea, row: PublicBulletin) -> etree._Element:
    link = request_context.external("public.bulletin", area_id=here.area.id, bulletin_id=row.id)
    item = _E.item(
        _E.title(clean(row.title)),
        _E.link(link),
        _E.guid(link, isPermaLink="true"),
        _E.pubDate(format_datetime(row.last_at)),
    )
    text = row.text or ("" if row.relay is None else relay_labels.public_sentence(row.relay))
    if text:
        item.append(_E.description(clean(text)))
    if row.genre in GENRES:
        item.append(_E.category(GENRES[row.genre]))
    if row.text:
        words = request_context.external("public.transcript", area_id=here.area.id, bulletin_id=row.id)
        item.append(_E(f"{{{_PODCAST}}}transcript", url=words, type="text/plain", language=row.language))
    if row.sound is not None:
        item.append(_E.enclosure(url=sound_address(row), length=str(row.sound.bytes), type="audio/mpeg"))
    return item


def _calendar(here: PublicArea, coming: Sequence[Airing], stamps: Mapping[BulletinId, datetime]) -> bytes:
    found = begun("public", here.area.name)
    for each in coming:
        found.add_component(_event(here, each, stamps[each.bulletin_id]))
    return bytes(found.to_ical())


def _event(here: PublicArea, airing: Airing, approved_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{airing.occurrence_id}-{here.area.id}@loa")
    # The same programme gives the same bytes at any time of the request.
    event.add("dtstamp", approved_at.replace(microsecond=0))
    event.add("dtstart", airing.start_at)
    event.add("dtend", max(airing.end_at, airing.start_at + timedelta(seconds=1)))
    event.add("summary", clean(airing.title))
    event.add("location", clean(here.area.name))
    event.add("url", request_context.external("public.place", area_id=here.area.id))
    return event

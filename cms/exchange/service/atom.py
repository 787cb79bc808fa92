"""Atom feed of published CAP documents: RFC 4287, each entry links to its signed document."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from cms.exchange.repository.outbound import CapDocument
from cms.platform.clean_text import clean

MEDIA_TYPE = "application/atom+xml"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ATOM: Final = "http://www.w3.org/2005/Atom"
_E: Final = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM})


def feed(documents: Sequence[CapDocument], *, base: str, sender: str, own: str = "") -> bytes:
    """Build the feed. ``documents``: newest first; ``base``: the API's URL, no final slash; ``own``: the feed's URL."""
    updated = max((each.made_at for each in documents), default=_NEVER)
    own = own or f"{base}/cap/feed.atom"
    root = _E.feed(
        _E.id(own),
        _E.title("Loa: cảnh báo"),
        _E.updated(_instant(updated)),
        _E.author(_E.name(clean(sender))),
        _E.link(rel="self", href=own),
        *(_entry(each, base) for each in documents),
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _entry(document: CapDocument, base: str) -> etree._Element:
    at = f"{base}/cap/{document.id}.xml"
    return _E.entry(
        _E.id(at),
        _E.title(clean(document.headline)),
        _E.updated(_instant(document.made_at)),
        _E.published(_instant(document.sent)),
        _E.category(term=document.status),
        _E.category(term=document.msg_type),
        _E.link(rel="alternate", type="application/cap+xml", href=at),
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Atom feed of published CAP documents: RFC 4287, each entry links to its signed document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cms.clean_text import xml_attribute, xml_text
from cms.store.exchange_out import CapDocument

MEDIA_TYPE = "application/atom+xml"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def feed(documents: Sequence[CapDocument], *, base: str, sender: str, own: str = "") -> bytes:
    """Build the feed. ``documents``: newest first; ``base``: the API's URL, no final slash; ``own``: the feed's URL."""
    updated = max((each.made_at for each in documents), default=_NEVER)
    own = own or f"{base}/cap/feed.atom"
    head = (
        f"<id>{xml_text(own)}</id><title>Loa: cảnh báo</title><updated>{_instant(updated)}</updated>"
        f"<author><name>{xml_text(sender)}</name></author><link rel='self' href={xml_attribute(own)}/>"
    )
    entries = "".join(part for each in documents for part in _entry(each, base))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>\n'.encode()


def _entry(document: CapDocument, base: str) -> Iterator[str]:
    at = f"{base}/cap/{document.id}.xml"
    yield f"<entry><id>{xml_text(at)}</id><title>{xml_text(document.headline)}</title>"
    yield f"<updated>{_instant(document.made_at)}</updated><published>{_instant(document.sent)}</published>"
    yield f"<category term={xml_attribute(document.status)}/><category term={xml_attribute(document.msg_type)}/>"
    yield f"<link rel='alternate' type='application/cap+xml' href={xml_attribute(at)}/></entry>"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

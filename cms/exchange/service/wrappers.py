"""Feeds that contain or link to alerts: Atom, RSS 2.0, EDXL-DE 1.0 and 2.0, a list of alerts, a bare alert.

An embedded alert is cut out with exclusive canonical XML, so that its signature remains valid.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urljoin

from lxml import etree

from broadcast.alerts.cap.grammar import CAP
from cms.exchange.service.errors import UnreadableFeedError

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ENTRIES: Final = 1000
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ALERT: Final = f"{{{CAP}}}alert"
_EDXL: Final = frozenset({"urn:oasis:names:tc:emergency:EDXL:DE:1.0", "urn:oasis:names:tc:emergency:EDXL:DE:2.0"})
# Version 2.0 has a lower-case root and otherContent; some of its senders keep the names of 1.0.
_EDXL_ROOTS: Final = frozenset({"EDXLDistribution", "edxlDistribution"})
_OLD_ALERTS: Final = ("{http://www.incident.com/cap/1.0}alert", "{urn:oasis:names:tc:emergency:cap:1.1}alert")
"""Cut out as well, so that they are refused by name and not ignored."""
_DECLARED: Final = re.compile(rb"(?>\xef\xbb\xbf)?(?>\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+<!DOCTYPE")
"""A DOCTYPE before the root; the word inside a text is none."""
_CAP_TYPE: Final = "application/cap+xml"
_XML_TYPES: Final = frozenset({_CAP_TYPE, "application/xml", "text/xml"})


@dataclass(frozen=True)
class FeedEntry:
    """Entry of a feed. ``key`` identifies this version of it. The ``document`` is embedded, or it is at ``url``.

    Neither: ``trouble`` says why there is none.
    """

    key: str
    document: bytes = b""
    url: str = ""
    trouble: str = ""

    @property
    def hash(self) -> str:
        return sha256(self.key.encode()).hexdigest()


def hub_of(body: bytes, url: str) -> tuple[str, str]:
    """Return the first hub that a feed names, and the address by which the hub knows it; empty where it names none.

    Atom's links are read, which RSS borrows. ``url``: the feed's own address, for one that does not name itself.

    Raises:
        UnreadableFeedError: not a feed.
    """
    root = _root(body)
    links = [*root.iterfind(f"{_ATOM}link"), *root.iterfind(f"channel/{_ATOM}link")]
    named = {rel: each.get("href") or "" for each in reversed(links) for rel in (each.get("rel") or "").split()}
    hub = named.get("hub", "").strip()
    return (_address(url, hub), _address(url, named.get("self") or url)) if hub else ("", "")


def entries_of(body: bytes, url: str) -> list[FeedEntry]:
    """Parse the entries, oldest first, as far as the order tells. ``url``: address of the feed.

    Raises:
        UnreadableFeedError: not a feed, or one of an unsupported kind.
    """
    root = _root(body)
    local = etree.QName(root).localname
    match local:
        case "alert":
            return [FeedEntry(sha256(body).hexdigest(), body)]
        case "feed":
            found = list(_atom(root, url))[::-1]
        case "rss":
            found = list(_rss(root, url))[::-1]
        case _ if local in _EDXL_ROOTS:
            found = list(_edxl(root, url))
        case "alerts":
            found = [FeedEntry(_key(cut), cut) for cut in _cut_out(root)]
        case _:
            raise UnreadableFeedError("NOT_A_FEED", local[:80])
    if len(found) > MAX_ENTRIES:
        raise UnreadableFeedError("TOO_MANY_ENTRIES", str(len(found)))
    return found


def _root(body: bytes) -> etree._Element:
    if len(body) > MAX_BYTES:
        raise UnreadableFeedError("TOO_BIG")
    if _DECLARED.match(body):
        raise UnreadableFeedError("DOCTYPE")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFeedError("NOT_WELL_FORMED", str(error)[:200]) from None
    if root.getroottree().docinfo.doctype:  # an encoding that hides the word
        raise UnreadableFeedError("DOCTYPE")
    return root


def _atom(root: etree._Element, url: str) -> Iterator[FeedEntry]:
    for entry in root.iterfind(f"{_ATOM}entry"):
        base = f"{_text(entry, f'{_ATOM}id')} {_text(entry, f'{_ATOM}updated')}"
        content = entry.find(f"{_ATOM}content")
        if inside := list(_cut_out(entry)):
            yield from (FeedEntry(f"{base} {n}", cut) for n, cut in enumerate(inside))
        elif content is not None and content.get("type") in _XML_TYPES and (content.text or "").strip():
            yield FeedEntry(base, str(content.text).strip().encode())
        else:
            is_elsewhere = content is not None and content.get("type") in _XML_TYPES
            source = (content.get("src") or "") if content is not None and is_elsewhere else ""
            yield _led_to(source or _atom_link(entry), base, url, _text(entry, f"{_ATOM}title"))


def _atom_link(entry: etree._Element) -> str:
    """Return the link typed as CAP, else one typed as XML, else the first that is not about the entry."""
    links = [link for link in entry.iterfind(f"{_ATOM}link") if link.get("href")]
    chosen = [link for link in links if link.get("rel", "alternate") in {"alternate", "enclosure", "related"}]
    ranked = sorted(
        chosen, key=lambda link: 0 if link.get("type") == _CAP_TYPE else 1 if link.get("type") in _XML_TYPES else 2
    )
    return str(ranked[0].get("href")) if ranked else ""


def _rss(root: etree._Element, url: str) -> Iterator[FeedEntry]:
    for item in root.iterfind("channel/item"):
        link = _text(item, "link")
        base = f"{_text(item, 'guid') or link} {_text(item, 'pubDate')}"
        if inside := list(_cut_out(item)):
            yield from (FeedEntry(f"{base} {n}", cut) for n, cut in enumerate(inside))
        else:
            yield _led_to(_rss_link(item), base, url, _text(item, "title"))


def _rss_link(item: etree._Element) -> str:
    """Return an enclosure of XML, else an element called ``cap``, else the item's page, else a permanent link."""
    enclosure, guid = item.find("enclosure"), item.find("guid")
    if enclosure is not None and enclosure.get("type") in _XML_TYPES and enclosure.get("url"):
        return str(enclosure.get("url"))
    is_permanent = guid is not None and guid.get("isPermaLink", "true") == "true"
    return _text(item, "{*}cap") or _text(item, "link") or (_text(item, "guid") if is_permanent else "")


def _led_to(link: str, base: str, url: str, title: str) -> FeedEntry:
    return (
        FeedEntry(f"{base} {link}", url=_address(url, link))
        if link
        else FeedEntry(base, trouble=f"ENTRY_NOWHERE {title[:80]}")
    )


def documents_in(body: bytes) -> list[bytes]:
    """Extract the alerts of an upload or a push, in the order of a distribution; anything else is returned as it is.

    Alerts that a distribution only links to are not fetched: its sender can send the alert itself.

    Raises:
        UnreadableFeedError: a distribution of an unsupported kind, or without an alert.
    """
    try:
        root = _root(body)
    except UnreadableFeedError:
        return [body]
    if etree.QName(root).localname not in _EDXL_ROOTS:
        return [body]
    found = [entry.document for entry in entries_of(body, "") if entry.document]
    if not found:
        raise UnreadableFeedError("NO_ALERT")
    return found


def _edxl(root: etree._Element, url: str) -> Iterator[FeedEntry]:
    """Yield embedded alerts, as XML or in base64, and links to alerts.

    An alert's own status counts, not the distribution's: a wrapper is not signed, so it must not turn an alert into a
    test, nor a test into an alert.
    """
    if etree.QName(root).namespace not in _EDXL:
        raise UnreadableFeedError("NOT_A_FEED", str(etree.QName(root).namespace)[:80])
    for part in root.iter(f"{{{etree.QName(root).namespace}}}contentObject"):
        yield from (FeedEntry(_key(cut), cut) for cut in _cut_out(part))
        for other in part.iterchildren("{*}nonXMLContent", "{*}otherContent"):
            yield from _edxl_other(other, url)


def _edxl_other(part: etree._Element, url: str) -> Iterator[FeedEntry]:
    data, link = _text(part, "{*}contentData"), _text(part, "{*}uri")
    if _text(part, "{*}mimeType") not in _XML_TYPES:
        return
    if data:
        try:
            document = b64decode("".join(data.split()), validate=True)
        except ValueError:
            document = data.encode()  # passed on as it is, to be stored as refused beside the good ones
        yield FeedEntry(_key(document), document)
    elif link:
        yield FeedEntry(link, url=_address(url, link))


def _cut_out(root: etree._Element) -> Iterator[bytes]:
    """Yield every alert below, except those inside another."""
    for alert in root.iter(_ALERT, *_OLD_ALERTS):
        if next(alert.iterancestors(_ALERT, *_OLD_ALERTS), None) is None:
            yield etree.tostring(alert, method="c14n", exclusive=True, with_comments=False)


def _address(url: str, link: str) -> str:
    """Make the link absolute, with illegal characters percent-encoded."""
    return quote(urljoin(url, link.strip()), safe="%/:=&?~#+!$,;'@()*[]")


def _key(document: bytes) -> str:
    return sha256(document).hexdigest()


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()

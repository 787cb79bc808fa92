"""CAP 1.2 writer: a message as a document, elements in the standard's order, empty ones left out."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from broadcast.alerts.cap.grammar import CAP
from broadcast.alerts.cap.message import CapArea, CapInfo, CapMessage, NamedValue, Polygon, Resource

_E: Final = ElementMaker(namespace=CAP, nsmap={None: CAP})


def write(message: CapMessage) -> bytes:
    """Write the document in UTF-8. Reading it gives the same message, if its texts are stripped and legal in XML."""
    return etree.tostring(_E("alert", *_alert(message)), encoding="UTF-8", xml_declaration=True)


def instant(at: datetime) -> str:
    """Format as ``2026-10-12T14:05:00+07:00``; UTC is ``-00:00``, as in the standard (3.3.2). Fractions are cut off."""
    text = at.replace(microsecond=0).isoformat()
    return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text


def issued(at: datetime) -> str:
    """Format a UTC instant as other systems refer to it."""
    return instant(at.astimezone(UTC))


def _element(name: str, text: str) -> Iterator[etree._Element]:
    if text:
        yield _E(name, text)


def _alert(message: CapMessage) -> Iterator[etree._Element]:
    yield from _element("identifier", message.identifier)
    yield from _element("sender", message.sender)
    yield from _element("sent", instant(message.sent))
    yield from _element("status", message.status)
    yield from _element("msgType", message.msg_type)
    yield from _element("source", message.source)
    yield from _element("scope", message.scope)
    yield from _element("restriction", message.restriction)
    yield from _element("addresses", _phrases(message.addresses))
    for code in message.codes:
        yield from _element("code", code)
    yield from _element("note", message.note)
    named = (f"{each.sender},{each.identifier},{instant(each.sent)}" for each in message.references)
    yield from _element("references", " ".join(named))
    yield from _element("incidents", _phrases(message.incidents))
    for info in message.infos:
        yield _E("info", *_info(info))


def _info(info: CapInfo) -> Iterator[etree._Element]:
    yield from _element("language", info.language)
    for category in info.categories:
        yield from _element("category", category)
    yield from _element("event", info.event)
    for response in info.response_types:
        yield from _element("responseType", response)
    yield from _element("urgency", info.urgency)
    yield from _element("severity", info.severity)
    yield from _element("certainty", info.certainty)
    yield from _element("audience", info.audience)
    yield from _values("eventCode", info.event_codes)
    for name, at in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        yield from _element(name, instant(at) if at else "")
    yield from _element("senderName", info.sender_name)
    yield from _element("headline", info.headline)
    yield from _element("description", info.description)
    yield from _element("instruction", info.instruction)
    yield from _element("web", info.web)
    yield from _element("contact", info.contact)
    yield from _values("parameter", info.parameters)
    for resource in info.resources:
        yield _E("resource", *_resource(resource))
    for area in info.areas:
        yield _E("area", *_area(area))


def _resource(resource: Resource) -> Iterator[etree._Element]:
    yield _E("resourceDesc", resource.desc)
    yield _E("mimeType", resource.mime_type)
    yield from _element("size", "" if resource.size_bytes is None else str(resource.size_bytes))
    yield from _element("uri", resource.uri)
    yield from _element("derefUri", resource.deref_uri)
    yield from _element("digest", resource.digest)


def _area(area: CapArea) -> Iterator[etree._Element]:
    yield from _element("areaDesc", area.desc)
    for polygon in area.polygons:
        yield from _element("polygon", _ring(polygon))
    for circle in area.circles:
        yield from _element("circle", f"{_number(circle.lat)},{_number(circle.lon)} {_number(circle.radius_km)}")
    yield from _values("geocode", area.geocodes)
    yield from _element("altitude", "" if area.altitude_ft is None else _number(area.altitude_ft))
    yield from _element("ceiling", "" if area.ceiling_ft is None else _number(area.ceiling_ft))


def _values(name: str, values: Iterable[NamedValue]) -> Iterator[etree._Element]:
    for each in values:
        yield _E(name, _E("valueName", each.name), _E("value", each.value))


def _ring(polygon: Polygon) -> str:
    return " ".join(f"{_number(lat)},{_number(lon)}" for lat, lon in polygon.points)


def _number(value: float) -> str:
    """Format with all significant digits, without an exponent."""
    return format(Decimal(repr(value)), "f")


def _phrases(parts: Iterable[str]) -> str:
    return " ".join(f'"{part}"' if any(c.isspace() for c in part) else part for part in parts)

"""From nodes to a message: every element, value and shape checked on the way."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from broadcast.alerts.cap import fields
from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.geometry import Shapes
from broadcast.alerts.cap.grammar import ALERT, AREA, INFO, NAMED_VALUE, RESOURCE, ContentModel, Kids, XmlNode, kids_of
from broadcast.alerts.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Category,
    Certainty,
    MsgType,
    NamedValue,
    Polygon,
    Resource,
    ResponseType,
    Status,
    Urgency,
)

_Read = TypeVar("_Read")

_OLD: Final = ("{http://www.incident.com/cap/1.0}", "{urn:oasis:names:tc:emergency:cap:1.1}")
_WRAPPERS: Final = ("feed", "entry", "rss", "EDXLDistribution", "alerts")


def build(root: XmlNode) -> tuple[CapMessage | None, Findings]:
    """Return the message as far as it could be read, and its findings; None where even its envelope could not.

    Where the findings refuse it, it may lack parts: it then serves to identify the message, and for nothing else.
    """
    found = Findings()
    if root.name != "alert":
        found.add(_wrong_root(root.name), f"/{root.name}")
        return None, found
    builder = _Builder(found, Shapes(found))
    message = builder.message(root)
    builder.shapes.finish()
    mended = builder.shapes.mended
    return (_with(message, mended) if message is not None and mended else message), found


def _with(message: CapMessage, mended: Mapping[Polygon, tuple[Polygon, ...]]) -> CapMessage:
    """Return the message with the mended polygons in the place of those that were not simple."""

    def area(old: CapArea) -> CapArea:
        return replace(old, polygons=tuple(part for each in old.polygons for part in mended.get(each, (each,))))

    infos = tuple(replace(info, areas=tuple(map(area, info.areas))) for info in message.infos)
    return replace(message, infos=infos)


def _wrong_root(name: str) -> FindingCode:
    namespace, _, local = name.rpartition("}")
    if local == "alert":
        return FindingCode.OLD_VERSION if f"{namespace}}}" in _OLD else FindingCode.WRONG_NAMESPACE
    return FindingCode.WRAPPED if local in _WRAPPERS else FindingCode.NOT_CAP


@dataclass
class _Builder:
    found: Findings
    shapes: Shapes

    def message(self, root: XmlNode) -> CapMessage | None:
        at = "/alert"
        kids = self._kids(root, ALERT, at)
        identifier = fields.name(_raw(kids, "identifier"), f"{at}/identifier", self.found)
        sender = fields.name(_raw(kids, "sender"), f"{at}/sender", self.found)
        sent = fields.time_of(_raw(kids, "sent"), f"{at}/sent", self.found)
        status = fields.word(Status, _raw(kids, "status"), f"{at}/status", self.found)
        msg_type = fields.word(MsgType, _raw(kids, "msgType"), f"{at}/msgType", self.found)
        scope = fields.word(CapScope, _raw(kids, "scope"), f"{at}/scope", self.found)
        references = fields.references(kids.text("references"), f"{at}/references", self.found)
        infos = [self._info(node, f"{at}/info[{n}]") for n, node in enumerate(kids.get("info", ()), 1)]
        if not (identifier and sender and sent and status and msg_type and scope):
            return None
        return CapMessage(
            identifier,
            sender,
            sent,
            status,
            msg_type,
            scope,
            source=kids.text("source"),
            restriction=kids.text("restriction"),
            addresses=fields.phrases(kids.text("addresses"), f"{at}/addresses", self.found),
            codes=kids.texts("code"),
            note=kids.text("note"),
            references=references,
            incidents=fields.phrases(kids.text("incidents"), f"{at}/incidents", self.found),
            infos=_read(infos),
        )

    def _info(self, node: XmlNode, at: str) -> CapInfo | None:
        kids = self._kids(node, INFO, at)
        language = fields.language(_raw(kids, "language"), f"{at}/language", self.found)
        categories = [
            fields.word(Category, each.text, f"{at}/category[{n}]", self.found)
            for n, each in enumerate(kids.get("category", ()), 1)
        ]
        event = fields.required(_raw(kids, "event"), f"{at}/event", self.found)
        responses = [
            fields.word(ResponseType, each.text, f"{at}/responseType[{n}]", self.found)
            for n, each in enumerate(kids.get("responseType", ()), 1)
        ]
        urgency = fields.word(Urgency, _raw(kids, "urgency"), f"{at}/urgency", self.found)
        severity = fields.word(CapSeverity, _raw(kids, "severity"), f"{at}/severity", self.found)
        certainty = fields.word(Certainty, _raw(kids, "certainty"), f"{at}/certainty", self.found)
        effective = fields.time_of(_raw(kids, "effective"), f"{at}/effective", self.found)
        onset = fields.time_of(_raw(kids, "onset"), f"{at}/onset", self.found)
        expires = fields.time_of(_raw(kids, "expires"), f"{at}/expires", self.found)
        event_codes = tuple(self._values(kids, "eventCode", at))
        parameters = tuple(self._values(kids, "parameter", at))
        resources = [self._resource(each, f"{at}/resource[{n}]") for n, each in enumerate(kids.get("resource", ()), 1)]
        areas = [self._area(each, f"{at}/area[{n}]") for n, each in enumerate(kids.get("area", ()), 1)]
        if not (event and urgency and severity and certainty):
            return None
        return CapInfo(
            _read(categories),
            event,
            urgency,
            severity,
            certainty,
            language=language,
            response_types=_read(responses),
            audience=kids.text("audience"),
            event_codes=event_codes,
            effective=effective,
            onset=onset,
            expires=expires,
            sender_name=kids.text("senderName"),
            headline=kids.text("headline"),
            description=kids.text("description"),
            instruction=kids.text("instruction"),
            web=kids.text("web"),
            contact=kids.text("contact"),
            parameters=parameters,
            resources=tuple(resources),
            areas=_read(areas),
        )

    def _resource(self, node: XmlNode, at: str) -> Resource:
        kids = self._kids(node, RESOURCE, at)
        return Resource(
            kids.text("resourceDesc"),
            kids.text("mimeType"),
            fields.integer(_raw(kids, "size"), f"{at}/size", self.found),
            kids.text("uri"),
            kids.text("derefUri"),
            kids.text("digest"),
        )

    def _area(self, node: XmlNode, at: str) -> CapArea | None:
        kids = self._kids(node, AREA, at)
        desc = fields.required(_raw(kids, "areaDesc"), f"{at}/areaDesc", self.found)
        polygons = [
            self.shapes.polygon(each.text, f"{at}/polygon[{n}]") for n, each in enumerate(kids.get("polygon", ()), 1)
        ]
        circles = [
            self.shapes.circle(each.text, f"{at}/circle[{n}]") for n, each in enumerate(kids.get("circle", ()), 1)
        ]
        altitude = fields.decimal(_raw(kids, "altitude"), f"{at}/altitude", self.found)
        ceiling = fields.decimal(_raw(kids, "ceiling"), f"{at}/ceiling", self.found)
        if "ceiling" in kids and "altitude" not in kids:
            self.found.add(FindingCode.CEILING_ALONE, f"{at}/ceiling")
        geocodes = tuple(self._values(kids, "geocode", at))
        if not desc:
            return None
        return CapArea(desc, _read(polygons), _read(circles), geocodes, altitude, ceiling)

    def _values(self, kids: Kids, name: str, at: str) -> Iterator[NamedValue]:
        for n, node in enumerate(kids.get(name, ()), 1):
            pair = self._kids(node, NAMED_VALUE, f"{at}/{name}[{n}]")
            yield NamedValue(pair.text("valueName"), pair.text("value"))

    def _kids(self, node: XmlNode, content: ContentModel, at: str) -> Kids:
        """Return the children by name. Those that hold text may hold nothing else."""
        kids = kids_of(node, content, at, self.found)
        for name, several in kids.items():
            if name not in _CONTAINERS:
                for each in several:
                    if each.kids:
                        self.found.add(FindingCode.UNKNOWN_ELEMENT, f"{at}/{name}/{each.kids[0].name}")
        return kids


_CONTAINERS: Final = frozenset({"info", "eventCode", "parameter", "resource", "area", "geocode"})


def _raw(kids: Kids, name: str) -> str | None:
    """Return the text of the first child, unchanged; None where there is none (``MISSING`` has then been found)."""
    found = kids.get(name)
    return found[0].text if found else None


def _read(values: Iterable[_Read | None]) -> tuple[_Read, ...]:
    """Return the values that could be read."""
    return tuple(value for value in values if value is not None)

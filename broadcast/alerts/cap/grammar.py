"""The order and number of elements in CAP 1.2 (section 3.4, the schema), as data: reading and writing both go by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from broadcast.alerts.cap.findings import FindingCode, Findings

CAP: Final = "urn:oasis:names:tc:emergency:cap:1.2"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE: Final = f"{{{DSIG}}}Signature"


class XmlNode(NamedTuple):
    """``name`` is the local name within the CAP 1.2 namespace, ``{namespace}local`` outside it.

    ``text`` is all character data directly inside, comments and instructions cut out and nothing stripped. Elements of
    other namespaces come without children.
    """

    name: str
    text: str
    kids: list[XmlNode]


@dataclass(frozen=True)
class ContentModel:
    """Content model of an element, in this order.

    ``!`` once, ``?`` at most once, ``+`` at least once, ``*`` any number.
    """

    rule: str
    places: Mapping[str, int] = field(init=False)
    required: tuple[str, ...] = field(init=False)
    single: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        words = self.rule.split()
        object.__setattr__(self, "places", {word[:-1]: at for at, word in enumerate(words)})
        object.__setattr__(self, "required", tuple(word[:-1] for word in words if word[-1] in "!+"))
        object.__setattr__(self, "single", frozenset(word[:-1] for word in words if word[-1] in "!?"))


ALERT: Final = ContentModel(
    "identifier! sender! sent! status! msgType! source? scope! restriction? addresses? code* note? references?"
    " incidents? info*"
)
INFO: Final = ContentModel(
    "language? category+ event! responseType* urgency! severity! certainty! audience? eventCode* effective? onset?"
    " expires? senderName? headline? description? instruction? web? contact? parameter* resource* area*"
)
RESOURCE: Final = ContentModel("resourceDesc! mimeType! size? uri? derefUri? digest?")
AREA: Final = ContentModel("areaDesc! polygon* circle* geocode* altitude? ceiling?")
NAMED_VALUE: Final = ContentModel("valueName! value!")


class Kids(dict[str, list[XmlNode]]):
    """Children by name; ``text`` and ``texts`` give their text, stripped."""

    def text(self, name: str) -> str:
        found = self.get(name)
        return found[0].text.strip() if found else ""

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(text for node in self.get(name, ()) if (text := node.text.strip()))


def kids_of(node: XmlNode, content: ContentModel, path: str, found: Findings) -> Kids:
    """Return the children by name; one that CAP does not allow there is a finding and left out.

    After the last ``info`` an alert may hold XML signatures, and nothing else from outside.
    """
    kids = _in_order(node, content, path, found)
    if node.text and not node.text.isspace():
        found.add(FindingCode.STRAY_TEXT, path, node.text.strip())
    for name in content.required:
        if name not in kids:
            found.add(FindingCode.MISSING, f"{path}/{name}")
    for name, several in kids.items():
        if len(several) > 1 and name in content.single:
            found.add(FindingCode.REPEATED, f"{path}/{name}")
    return kids


def _in_order(node: XmlNode, content: ContentModel, path: str, found: Findings) -> Kids:
    kids = Kids()
    furthest = -1
    places = content.places
    for kid in node.kids:
        place = places.get(kid.name)
        if place is None:
            if content is ALERT and kid.name.startswith(f"{{{DSIG}}}"):
                furthest = len(places)
            else:
                found.add(FindingCode.UNKNOWN_ELEMENT, f"{path}/{kid.name}")
            continue
        if place < furthest:
            found.add(FindingCode.OUT_OF_ORDER, f"{path}/{kid.name}")
        furthest = max(furthest, place)
        if kid.name in kids:
            kids[kid.name].append(kid)
        else:
            kids[kid.name] = [kid]
    return kids

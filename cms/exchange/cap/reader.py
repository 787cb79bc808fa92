"""XML reader for untrusted bytes: bounded in size, depth and number; no DTDs, entities, network or files.

expat, not lxml: its handlers see every element before a tree exists, so that bounds hold while reading, a DOCTYPE ends
the reading at its first word, and nothing in it can open a file (and it is three times as fast).
"""

import codecs
import re
from dataclasses import dataclass
from typing import ClassVar, Final
from xml.parsers import expat

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.grammar import CAP, SIGNATURE, XmlNode

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DEPTH: Final = 32
"""CAP itself has five levels, a signature about ten."""
MAX_ELEMENTS: Final = 12_000
"""Some 50 ms of work. A warning for 3,000 areas by code has 9,000."""

MAX_ATTRIBUTES: Final = 20_000
"""Counted by their equals signs, before expat compares each with each."""

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_HINTS: Final = frozenset({f"{_XSI} schemaLocation", f"{_XSI} noNamespaceSchemaLocation"})
"""Attributes that any schema allows; the locations they name are not fetched."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_ENCODINGS: Final = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "windows-1258": "cp1258",
    "big5": "big5",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "shift_jis": "shift_jis",
    "euc-jp": "euc-jp",
    "euc-kr": "euc-kr",
}
_DECLARATION: Final = re.compile(
    rb"""<\?xml\s+version\s*=\s*(?:"1\.[0-9]+"|'1\.[0-9]+')"""
    rb"""(?:\s+encoding\s*=\s*["'](?P<encoding>[A-Za-z][A-Za-z0-9._-]*)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
_ODD_DECLARATION: Final = re.compile(rb"<\?[xX][mM][lL][\s?]")


class CapError(Exception):
    """Base of CAP errors; ``code`` is stable."""


@dataclass
class UnreadableDocumentError(CapError):
    """The bytes are no acceptable document."""

    code: FindingCode
    detail: str = ""


@dataclass
class UnverifiedError(CapError):
    """The signature is missing, by another key, by an unsupported method, or does not match the content."""

    reason: str
    code: ClassVar[FindingCode] = FindingCode.SIGNATURE_INVALID


@dataclass
class SignerFaultError(CapError):
    """A key or certificate cannot be used."""

    reason: str
    code: ClassVar[str] = "SIGNER_FAULT"


@dataclass(frozen=True)
class Document:
    """Document as nodes. ``text`` is the UTF-8 without its declaration: the input of the signature check.

    ``findings`` are about attributes and foreign content, which nodes do not carry.
    """

    root: XmlNode
    text: bytes
    findings: Findings
    is_signed: bool


def read(document: bytes) -> Document:
    """Read the document as nodes.

    Raises:
        UnreadableDocumentError: too big, too deep, too many elements, not well-formed, with a DOCTYPE,
            unsupported encoding.
    """
    if len(document) > MAX_BYTES:
        raise UnreadableDocumentError(FindingCode.TOO_BIG, f"{len(document)} bytes")
    text = _utf8(document)
    if text.count(b"=") > MAX_ATTRIBUTES:
        raise UnreadableDocumentError(FindingCode.TOO_MANY_ELEMENTS, "attributes")
    reader = _Reader()
    root = reader.read(text)
    return Document(root, text, reader.found, any(kid.name == SIGNATURE for kid in root.kids))


def _utf8(document: bytes) -> bytes:
    """Convert to UTF-8 without BOM and declaration. A BOM takes precedence, then the declaration, then UTF-8."""
    start = next(((mark, name) for mark, name in _BOMS if document.startswith(mark)), None)
    if start is not None:
        mark, encoding = start
        is_mark = not mark.startswith((b"<", b"\0<"))
        body = document[len(mark) :] if is_mark else document
    else:
        body = document
        match = _DECLARATION.match(body)
        name = (match["encoding"] or b"utf-8").decode().lower() if match else "utf-8"
        if name not in _ENCODINGS:
            raise UnreadableDocumentError(FindingCode.BAD_ENCODING, name)
        encoding = _ENCODINGS[name]
    try:
        text = body.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise UnreadableDocumentError(FindingCode.BAD_ENCODING, str(error)[:100]) from None
    match = _DECLARATION.match(text)
    text = text[match.end() :] if match else text
    # expat would take a second BOM for its own, guess UTF-16 from a NUL, and read on after an odd declaration.
    if b"\0" in text or text.startswith(codecs.BOM_UTF8) or _ODD_DECLARATION.match(text):
        raise UnreadableDocumentError(FindingCode.NOT_WELL_FORMED, "NUL, second mark or odd declaration")
    return text


class _Reader:
    """Handlers of expat. Its ``namespace local`` becomes ``local`` for CAP, ``{namespace}local`` for the rest."""

    def __init__(self) -> None:
        self.found = Findings()
        self._top = XmlNode("", "", [])
        # Name, children, text of every open element, and the one that is being filled.
        self._open: list[tuple[str, list[XmlNode], list[str]]] = []
        self._now: tuple[str, list[XmlNode], list[str]] = ("", self._top.kids, [])
        self._names: dict[str, str] = {}
        self._elements = 0
        self._foreign = 0

    def read(self, text: bytes) -> XmlNode:
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._chars
        try:
            parser.Parse(text, True)  # noqa: FBT003 - expat takes it by position only
        except expat.ExpatError as error:
            raise UnreadableDocumentError(FindingCode.NOT_WELL_FORMED, str(error)) from None
        return self._top.kids[0]

    def _doctype(self, name: str, *_rest: object) -> None:
        raise UnreadableDocumentError(FindingCode.DOCTYPE, name[:100])

    def _name(self, raw: str) -> str:
        namespace, _, local = raw.rpartition(" ")
        name = local if namespace == CAP else f"{{{namespace}}}{local}"
        self._names[raw] = name
        return name

    def _start(self, raw: str, attributes: dict[str, str]) -> None:
        name = self._names.get(raw) or self._name(raw)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise UnreadableDocumentError(FindingCode.TOO_MANY_ELEMENTS, str(MAX_ELEMENTS))
        if len(self._open) + self._foreign >= MAX_DEPTH:
            raise UnreadableDocumentError(FindingCode.TOO_DEEP, str(MAX_DEPTH))
        if self._foreign or (name[0] == "{" and self._open):
            self._abroad(name)
            return
        if attributes:
            for attribute in attributes.keys() - _HINTS:
                self.found.add(FindingCode.UNKNOWN_ATTRIBUTE, f"/alert/{name}", attribute)
        self._open.append(self._now)
        self._now = (name, [], [])

    def _abroad(self, name: str) -> None:
        """Handle an element of another namespace, or one inside it: its name is kept, its content is not."""
        if not self._foreign:
            self._now[1].append(XmlNode(name, "", []))
        elif name[0] != "{":
            self.found.add(FindingCode.HIDDEN_ALERT, f"/alert/{name}")
        self._foreign += 1

    def _end(self, _raw: str) -> None:
        if self._foreign:
            self._foreign -= 1
            return
        name, kids, parts = self._now
        self._now = self._open.pop()
        self._now[1].append(XmlNode(name, parts[0] if len(parts) == 1 else "".join(parts), kids))

    def _chars(self, data: str) -> None:
        if not self._foreign:
            self._now[2].append(data)

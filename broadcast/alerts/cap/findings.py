"""Findings on a CAP message, one stable code each."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

DETAIL_CHARS: Final = 120
MOST_FINDINGS: Final = 100
"""A hostile file may be wrong in ten thousand places; people read the first few."""


class Weight(StrEnum):
    """Effect of a finding: REFUSES the message, IGNORES it (valid, never audible), or NOTES something for people."""

    REFUSES = "refuses"
    IGNORES = "ignores"
    NOTES = "notes"


class FindingCode(StrEnum):
    """Codes of findings. Stable: outsiders match on them."""

    # The document
    TOO_BIG = "TOO_BIG"
    BAD_ENCODING = "BAD_ENCODING"
    NOT_WELL_FORMED = "NOT_WELL_FORMED"
    DOCTYPE = "DOCTYPE"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_ELEMENTS = "TOO_MANY_ELEMENTS"
    NOT_CAP = "NOT_CAP"
    WRAPPED = "WRAPPED"
    OLD_VERSION = "OLD_VERSION"
    WRONG_NAMESPACE = "WRONG_NAMESPACE"
    HIDDEN_ALERT = "HIDDEN_ALERT"
    # Its structure
    UNKNOWN_ELEMENT = "UNKNOWN_ELEMENT"
    UNKNOWN_ATTRIBUTE = "UNKNOWN_ATTRIBUTE"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    MISSING = "MISSING"
    REPEATED = "REPEATED"
    STRAY_TEXT = "STRAY_TEXT"
    # Its values
    EMPTY = "EMPTY"
    BAD_IDENTIFIER = "BAD_IDENTIFIER"
    BAD_TIME = "BAD_TIME"
    BAD_VALUE = "BAD_VALUE"
    BAD_LANGUAGE = "BAD_LANGUAGE"
    BAD_NUMBER = "BAD_NUMBER"
    BAD_REFERENCES = "BAD_REFERENCES"
    LIST_TOO_LONG = "LIST_TOO_LONG"
    # Places
    BAD_POLYGON = "BAD_POLYGON"
    POLYGON_TOO_SHORT = "POLYGON_TOO_SHORT"
    POLYGON_OPEN = "POLYGON_OPEN"
    POLYGON_CROSSES = "POLYGON_CROSSES"
    POLYGON_TOO_COMPLEX = "POLYGON_TOO_COMPLEX"
    CLAMPED = "CLAMPED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    SWAPPED = "SWAPPED"
    BAD_CIRCLE = "BAD_CIRCLE"
    NEGATIVE_RADIUS = "NEGATIVE_RADIUS"
    CEILING_ALONE = "CEILING_ALONE"
    # Elements that belong together
    RESTRICTION_MISSING = "RESTRICTION_MISSING"
    ADDRESSES_MISSING = "ADDRESSES_MISSING"
    REFERENCES_MISSING = "REFERENCES_MISSING"
    SELF_REFERENCE = "SELF_REFERENCE"
    NAMES_ITSELF = "NAMES_ITSELF"
    FOREIGN_REFERENCE = "FOREIGN_REFERENCE"
    REFERENCE_LATER = "REFERENCE_LATER"
    NO_INFO = "NO_INFO"
    EXPIRES_BEFORE_SENT = "EXPIRES_BEFORE_SENT"
    EXPIRES_BEFORE_EFFECTIVE = "EXPIRES_BEFORE_EFFECTIVE"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    IDENTIFIER_REUSED = "IDENTIFIER_REUSED"
    STATUS_CROSSED = "STATUS_CROSSED"
    # Valid, never audible
    HEARTBEAT = "HEARTBEAT"
    SYSTEM = "SYSTEM"
    TEST = "TEST"
    DRAFT = "DRAFT"
    ACK = "ACK"
    ERROR = "ERROR"
    DUPLICATE = "DUPLICATE"
    SUPERSEDED = "SUPERSEDED"
    NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL"
    EXPIRED = "EXPIRED"
    # For people
    VERIFIED = "VERIFIED"
    UNSIGNED = "UNSIGNED"
    SIGNER_UNKNOWN = "SIGNER_UNKNOWN"
    SIGNATURE_MISSING = "SIGNATURE_MISSING"
    EXPIRES_MISSING = "EXPIRES_MISSING"
    EXPIRES_BEFORE_ONSET = "EXPIRES_BEFORE_ONSET"
    ONSET_LATER = "ONSET_LATER"
    SENT_LATER = "SENT_LATER"
    NOT_PUBLIC = "NOT_PUBLIC"
    RESTRICTION_UNUSED = "RESTRICTION_UNUSED"
    ALL_CLEAR_IN_PART = "ALL_CLEAR_IN_PART"
    REFERENCE_UNKNOWN = "REFERENCE_UNKNOWN"
    FOREIGN_UPDATE = "FOREIGN_UPDATE"
    NO_AREA = "NO_AREA"
    NO_SHAPE = "NO_SHAPE"
    NO_WORDS = "NO_WORDS"
    NOTE_MISSING = "NOTE_MISSING"
    MARKUP = "MARKUP"
    OUTSIDE_AREA = "OUTSIDE_AREA"
    UNKNOWN_GEOCODE = "UNKNOWN_GEOCODE"
    SHAPE_AND_CODES = "SHAPE_AND_CODES"
    MORE = "MORE"


_R, _I, _N = Weight.REFUSES, Weight.IGNORES, Weight.NOTES

MEANINGS: Final[Mapping[FindingCode, tuple[Weight, str]]] = MappingProxyType(
    {
        FindingCode.TOO_BIG: (_R, "larger than 2 MiB"),
        FindingCode.BAD_ENCODING: (_R, "an encoding that is not taken, or bytes that are not in the encoding declared"),
        FindingCode.NOT_WELL_FORMED: (_R, "not well-formed XML with namespaces"),
        FindingCode.DOCTYPE: (_R, "has a DOCTYPE; nothing behind it is read"),
        FindingCode.TOO_DEEP: (_R, "elements nested deeper than 32"),
        FindingCode.TOO_MANY_ELEMENTS: (_R, "more than 12,000 elements or 20,000 attributes"),
        FindingCode.NOT_CAP: (_R, "the root is something else than a CAP alert"),
        FindingCode.WRAPPED: (
            _R,
            "an Atom, RSS or EDXL wrapper, or several alerts: for the feed reader, not a bare alert",
        ),
        FindingCode.OLD_VERSION: (_R, "CAP 1.0 or 1.1"),
        FindingCode.WRONG_NAMESPACE: (_R, "an alert outside the CAP 1.2 namespace"),
        FindingCode.HIDDEN_ALERT: (_R, "CAP elements inside the signature"),
        FindingCode.UNKNOWN_ELEMENT: (_R, "an element that CAP does not have there"),
        FindingCode.UNKNOWN_ATTRIBUTE: (_R, "an attribute; CAP has none"),
        FindingCode.OUT_OF_ORDER: (_R, "an element stands after one that has to follow it"),
        FindingCode.MISSING: (_R, "a required element is missing"),
        FindingCode.REPEATED: (_R, "an element that may stand once stands again"),
        FindingCode.STRAY_TEXT: (_R, "text between elements"),
        FindingCode.EMPTY: (_R, "a required text is empty"),
        FindingCode.BAD_IDENTIFIER: (_R, "space, comma, < or & in an identifier or a sender"),
        FindingCode.BAD_TIME: (_R, "not of the form 2026-10-12T14:05:00+07:00, or no such time"),
        FindingCode.BAD_VALUE: (_R, "not one of the words CAP has for it"),
        FindingCode.BAD_LANGUAGE: (_R, "not a language tag"),
        FindingCode.BAD_NUMBER: (_R, "not a decimal number"),
        FindingCode.BAD_REFERENCES: (_R, "not a list of sender,identifier,sent"),
        FindingCode.LIST_TOO_LONG: (_R, "references, addresses or incidents of more than 100,000 characters"),
        FindingCode.BAD_POLYGON: (_N, "a polygon that is empty or not a list of lat,lon: left out"),
        FindingCode.POLYGON_TOO_SHORT: (_R, "fewer than four pairs"),
        FindingCode.POLYGON_OPEN: (_N, "the last pair is not the first: closed here"),
        FindingCode.POLYGON_CROSSES: (
            _N,
            "crosses or touches itself, or has no inside: mended, or left out where it cannot be",
        ),
        FindingCode.POLYGON_TOO_COMPLEX: (_R, "more vertices or nearer to each other than can be checked in time"),
        FindingCode.CLAMPED: (_N, "a coordinate up to 0.01 degrees beyond ±90 or ±180: taken as the limit"),
        FindingCode.OUT_OF_RANGE: (_R, "latitude beyond ±90 or longitude beyond ±180"),
        FindingCode.SWAPPED: (_R, "out of range, and in range when latitude and longitude change places"),
        FindingCode.BAD_CIRCLE: (_R, "not of the form lat,lon radius"),
        FindingCode.NEGATIVE_RADIUS: (_R, "a radius below zero"),
        FindingCode.CEILING_ALONE: (_R, "a ceiling without an altitude"),
        FindingCode.RESTRICTION_MISSING: (_R, "scope Restricted without a restriction"),
        FindingCode.ADDRESSES_MISSING: (_R, "scope Private without addresses"),
        FindingCode.REFERENCES_MISSING: (_R, "an update, cancel, acknowledgement or error that refers to nothing"),
        FindingCode.SELF_REFERENCE: (_R, "refers to its own identifier; updates and cancels carry a new one"),
        FindingCode.NAMES_ITSELF: (_N, "an alert or all-clear that refers to its own identifier"),
        FindingCode.FOREIGN_REFERENCE: (_R, "cancels another sender's message without being its superior"),
        FindingCode.REFERENCE_LATER: (_R, "updates or cancels a message sent after it"),
        FindingCode.NO_INFO: (_R, "an alert or update that says nothing"),
        FindingCode.EXPIRES_BEFORE_SENT: (_N, "expires before it was sent: an end is imposed"),
        FindingCode.EXPIRES_BEFORE_EFFECTIVE: (_N, "expires before it takes effect: an end is imposed"),
        FindingCode.SIGNATURE_INVALID: (_R, "not signed by the pinned signer of its sender, or changed since"),
        FindingCode.IDENTIFIER_REUSED: (_R, "an identifier heard before with another time or content"),
        FindingCode.STATUS_CROSSED: (_R, "an exercise touching a real message, or the other way round"),
        FindingCode.HEARTBEAT: (_I, "a feed's sign of life; its references name its last messages"),
        FindingCode.SYSTEM: (_I, "between systems"),
        FindingCode.TEST: (_I, "a technical test"),
        FindingCode.DRAFT: (_I, "the sender's own draft"),
        FindingCode.ACK: (_I, "acknowledges a message"),
        FindingCode.ERROR: (_I, "rejects a message"),
        FindingCode.DUPLICATE: (_I, "heard before"),
        FindingCode.SUPERSEDED: (_I, "updated or cancelled by a message heard before"),
        FindingCode.NOTHING_TO_CANCEL: (_I, "cancels what was never heard; remembered in case it comes late"),
        FindingCode.EXPIRED: (_I, "over"),
        FindingCode.VERIFIED: (_N, "signed by the pinned signer of its sender"),
        FindingCode.UNSIGNED: (_N, "not signed"),
        FindingCode.SIGNER_UNKNOWN: (_N, "signed, but no signer is pinned for its sender"),
        FindingCode.SIGNATURE_MISSING: (_N, "not signed although a signer is pinned for its sender"),
        FindingCode.EXPIRES_MISSING: (_N, "has no end: one is imposed"),
        FindingCode.EXPIRES_BEFORE_ONSET: (_N, "the message ends before the event begins"),
        FindingCode.ONSET_LATER: (_N, "the event lies ahead: to be scheduled, not to be sounded now"),
        FindingCode.SENT_LATER: (_N, "sent in the future: a clock is wrong"),
        FindingCode.NOT_PUBLIC: (_N, "restricted or private: not meant for loudspeakers"),
        FindingCode.RESTRICTION_UNUSED: (_N, "a restriction although the scope is not Restricted"),
        FindingCode.ALL_CLEAR_IN_PART: (_N, "some parts say that it is over, others do not: taken as not over"),
        FindingCode.REFERENCE_UNKNOWN: (_N, "updates what was never heard"),
        FindingCode.FOREIGN_UPDATE: (
            _N,
            "updates another sender's message without being its superior: that one goes on",
        ),
        FindingCode.NO_AREA: (_N, "names no area"),
        FindingCode.NO_SHAPE: (_N, "an area with a name only"),
        FindingCode.NO_WORDS: (_N, "neither headline nor description nor instruction"),
        FindingCode.NOTE_MISSING: (_N, "an exercise or error whose note does not say which"),
        FindingCode.MARKUP: (_N, "HTML in a text; it is taken out before anything is spoken"),
        FindingCode.OUTSIDE_AREA: (_N, "reaches no area of ours"),
        FindingCode.UNKNOWN_GEOCODE: (_N, "a code of a place that is none of ours"),
        FindingCode.SHAPE_AND_CODES: (
            _N,
            "areas by code and by shape: every area named or touched is proposed as a whole",
        ),
        FindingCode.MORE: (_N, "there is more to find; only the first hundred findings are listed"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    ``path`` leads to the element (``/alert/info[2]/area[1]/polygon[1]``); ``detail`` is short and printable.
    """

    code: FindingCode
    path: str = "/alert"
    detail: str = ""

    @property
    def weight(self) -> Weight:
        return MEANINGS[self.code][0]


class Findings:
    """A bounded list of findings in the order they were made."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    @property
    def refuses(self) -> bool:
        return any(finding.weight is Weight.REFUSES for finding in self._found)

    def add(self, code: FindingCode, path: str = "/alert", detail: str = "") -> None:
        if len(self._found) < MOST_FINDINGS:
            self._found.append(Finding(code, printable(path), printable(detail)))
        elif self._found[-1].code is not FindingCode.MORE:
            self._found.append(Finding(FindingCode.MORE))


def printable(text: str) -> str:
    """Return the first characters, without any that move a cursor or reverse a line."""
    cut = text[:DETAIL_CHARS]
    return "".join(" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in cut)

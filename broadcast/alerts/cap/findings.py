"""Findings on a CAP message, one stable code each."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

DETAIL_CHARS: Final = 120
MOST_FINDINGS: Final = 100
"""A hostile file may be wrong in ten thousand places; people read the first few."""


class Weight(StrEnum):
    """Effect of a finding: REFUSES the message, IGNORES it (valid, never audible), or NOTES something for people."""

    REFUSES = "refuses"
    IGNORES = "ignores"
    NOTES = "notes"


_R, _I, _N = Weight.REFUSES, Weight.IGNORES, Weight.NOTES


class FindingCode(StrEnum):
    """Codes of findings, each with its weight and meaning. Stable: outsiders match on them."""

    weight: Weight
    meaning: str

    def __new__(cls, code: str, weight: Weight, meaning: str) -> Self:
        made = str.__new__(cls, code)
        made._value_ = code
        made.weight, made.meaning = weight, meaning
        return made

    # The document
    TOO_BIG = "TOO_BIG", _R, "larger than 2 MiB"
    BAD_ENCODING = "BAD_ENCODING", _R, "an encoding that is not taken, or bytes that are not in the encoding declared"
    NOT_WELL_FORMED = "NOT_WELL_FORMED", _R, "not well-formed XML with namespaces"
    DOCTYPE = "DOCTYPE", _R, "has a DOCTYPE; nothing behind it is read"
    TOO_DEEP = "TOO_DEEP", _R, "elements nested deeper than 32"
    TOO_MANY_ELEMENTS = "TOO_MANY_ELEMENTS", _R, "more than 12,000 elements or 20,000 attributes"
    NOT_CAP = "NOT_CAP", _R, "the root is something else than a CAP alert"
    WRAPPED = "WRAPPED", _R, "an Atom, RSS or EDXL wrapper, or several alerts: for the feed reader, not a bare alert"
    OLD_VERSION = "OLD_VERSION", _R, "CAP 1.0 or 1.1"
    WRONG_NAMESPACE = "WRONG_NAMESPACE", _R, "an alert outside the CAP 1.2 namespace"
    HIDDEN_ALERT = "HIDDEN_ALERT", _R, "CAP elements inside the signature"
    # Its structure
    UNKNOWN_ELEMENT = "UNKNOWN_ELEMENT", _R, "an element that CAP does not have there"
    UNKNOWN_ATTRIBUTE = "UNKNOWN_ATTRIBUTE", _R, "an attribute; CAP has none"
    OUT_OF_ORDER = "OUT_OF_ORDER", _R, "an element stands after one that has to follow it"
    MISSING = "MISSING", _R, "a required element is missing"
    REPEATED = "REPEATED", _R, "an element that may stand once stands again"
    STRAY_TEXT = "STRAY_TEXT", _R, "text between elements"
    # Its values
    EMPTY = "EMPTY", _R, "a required text is empty"
    BAD_IDENTIFIER = "BAD_IDENTIFIER", _R, "space, comma, < or & in an identifier or a sender"
    BAD_TIME = "BAD_TIME", _R, "not of the form 2026-10-12T14:05:00+07:00, or no such time"
    BAD_VALUE = "BAD_VALUE", _R, "not one of the words CAP has for it"
    BAD_LANGUAGE = "BAD_LANGUAGE", _R, "not a language tag"
    BAD_NUMBER = "BAD_NUMBER", _R, "not a decimal number"
    BAD_REFERENCES = "BAD_REFERENCES", _R, "not a list of sender,identifier,sent"
    LIST_TOO_LONG = "LIST_TOO_LONG", _R, "references, addresses or incidents of more than 100,000 characters"
    # Places
    BAD_POLYGON = "BAD_POLYGON", _N, "a polygon that is empty or not a list of lat,lon: left out"
    POLYGON_TOO_SHORT = "POLYGON_TOO_SHORT", _R, "fewer than four pairs"
    POLYGON_OPEN = "POLYGON_OPEN", _N, "the last pair is not the first: closed here"
    POLYGON_CROSSES = (
        "POLYGON_CROSSES",
        _N,
        "crosses or touches itself, or has no inside: mended, or left out where it cannot be",
    )
    POLYGON_TOO_COMPLEX = "POLYGON_TOO_COMPLEX", _R, "more vertices or nearer to each other than can be checked in time"
    CLAMPED = "CLAMPED", _N, "a coordinate up to 0.01 degrees beyond ±90 or ±180: taken as the limit"
    OUT_OF_RANGE = "OUT_OF_RANGE", _R, "latitude beyond ±90 or longitude beyond ±180"
    SWAPPED = "SWAPPED", _R, "out of range, and in range when latitude and longitude change places"
    BAD_CIRCLE = "BAD_CIRCLE", _R, "not of the form lat,lon radius"
    NEGATIVE_RADIUS = "NEGATIVE_RADIUS", _R, "a radius below zero"
    CEILING_ALONE = "CEILING_ALONE", _R, "a ceiling without an altitude"
    # Elements that belong together
    RESTRICTION_MISSING = "RESTRICTION_MISSING", _R, "scope Restricted without a restriction"
    ADDRESSES_MISSING = "ADDRESSES_MISSING", _R, "scope Private without addresses"
    REFERENCES_MISSING = "REFERENCES_MISSING", _R, "an update, cancel, acknowledgement or error that refers to nothing"
    SELF_REFERENCE = "SELF_REFERENCE", _R, "refers to its own identifier; updates and cancels carry a new one"
    NAMES_ITSELF = "NAMES_ITSELF", _N, "an alert or all-clear that refers to its own identifier"
    FOREIGN_REFERENCE = "FOREIGN_REFERENCE", _R, "cancels another sender's message without being its superior"
    REFERENCE_LATER = "REFERENCE_LATER", _R, "updates or cancels a message sent after it"
    NO_INFO = "NO_INFO", _R, "an alert or update that says nothing"
    EXPIRES_BEFORE_SENT = "EXPIRES_BEFORE_SENT", _N, "expires before it was sent: an end is imposed"
    EXPIRES_BEFORE_EFFECTIVE = "EXPIRES_BEFORE_EFFECTIVE", _N, "expires before it takes effect: an end is imposed"
    SIGNATURE_INVALID = "SIGNATURE_INVALID", _R, "not signed by the pinned signer of its sender, or changed since"
    IDENTIFIER_REUSED = "IDENTIFIER_REUSED", _R, "an identifier heard before with another time or content"
    STATUS_CROSSED = "STATUS_CROSSED", _R, "an exercise touching a real message, or the other way round"
    # Valid, never audible
    HEARTBEAT = "HEARTBEAT", _I, "a feed's sign of life; its references name its last messages"
    SYSTEM = "SYSTEM", _I, "between systems"
    TEST = "TEST", _I, "a technical test"
    DRAFT = "DRAFT", _I, "the sender's own draft"
    ACK = "ACK", _I, "acknowledges a message"
    ERROR = "ERROR", _I, "rejects a message"
    DUPLICATE = "DUPLICATE", _I, "heard before"
    SUPERSEDED = "SUPERSEDED", _I, "updated or cancelled by a message heard before"
    NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL", _I, "cancels what was never heard; remembered in case it comes late"
    EXPIRED = "EXPIRED", _I, "over"
    # For people
    VERIFIED = "VERIFIED", _N, "signed by the pinned signer of its sender"
    UNSIGNED = "UNSIGNED", _N, "not signed"
    SIGNER_UNKNOWN = "SIGNER_UNKNOWN", _N, "signed, but no signer is pinned for its sender"
    SIGNATURE_MISSING = "SIGNATURE_MISSING", _N, "not signed although a signer is pinned for its sender"
    EXPIRES_MISSING = "EXPIRES_MISSING", _N, "has no end: one is imposed"
    EXPIRES_BEFORE_ONSET = "EXPIRES_BEFORE_ONSET", _N, "the message ends before the event begins"
    ONSET_LATER = "ONSET_LATER", _N, "the event lies ahead: to be scheduled, not to be sounded now"
    SENT_LATER = "SENT_LATER", _N, "sent in the future: a clock is wrong"
    NOT_PUBLIC = "NOT_PUBLIC", _N, "restricted or private: not meant for loudspeakers"
    RESTRICTION_UNUSED = "RESTRICTION_UNUSED", _N, "a restriction although the scope is not Restricted"
    ALL_CLEAR_IN_PART = "ALL_CLEAR_IN_PART", _N, "some parts say that it is over, others do not: taken as not over"
    REFERENCE_UNKNOWN = "REFERENCE_UNKNOWN", _N, "updates what was never heard"
    FOREIGN_UPDATE = (
        "FOREIGN_UPDATE",
        _N,
        "updates another sender's message without being its superior: that one goes on",
    )
    NO_AREA = "NO_AREA", _N, "names no area"
    NO_SHAPE = "NO_SHAPE", _N, "an area with a name only"
    NO_WORDS = "NO_WORDS", _N, "neither headline nor description nor instruction"
    NOTE_MISSING = "NOTE_MISSING", _N, "an exercise or error whose note does not say which"
    MARKUP = "MARKUP", _N, "HTML in a text; it is taken out before anything is spoken"
    OUTSIDE_AREA = "OUTSIDE_AREA", _N, "reaches no area of ours"
    UNKNOWN_GEOCODE = "UNKNOWN_GEOCODE", _N, "a code of a place that is none of ours"
    SHAPE_AND_CODES = (
        "SHAPE_AND_CODES",
        _N,
        "areas by code and by shape: every area named or touched is proposed as a whole",
    )
    MORE = "MORE", _N, "there is more to find; only the first hundred findings are listed"


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
        return self.code.weight


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

"""A CAP 1.2 message as values. Fields carry the standard's names; its section 3.2 says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class CapScope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class CapSeverity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Reference:
    """``sender,identifier,sent`` of an earlier message."""

    sender: str
    identifier: str
    sent: datetime

    def names(self, other: Reference) -> bool:
        """Return whether both name the same message: the time it was sent is no part of its name."""
        return (self.sender, self.identifier) == (other.sender, other.identifier)


@dataclass(frozen=True, slots=True)
class NamedValue:
    """An event code, a parameter or a geocode: ``name`` says by which list ``value`` is meant."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Polygon:
    """A ring of (lat, lon) in WGS 84 degrees; the first point is repeated as the last."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CapCircle:
    """Everything within ``radius_km`` of a point; 0 is the point alone."""

    lat: float
    lon: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class CapArea:
    """The union of everything it holds. Altitude and ceiling in feet above mean sea level, of at most 30 decimals."""

    desc: str
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[CapCircle, ...] = ()
    geocodes: tuple[NamedValue, ...] = ()
    altitude_ft: float | None = None
    ceiling_ft: float | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A file beside the text. Never fetched from here; ``deref_uri`` is its content in base64, not decoded."""

    desc: str
    mime_type: str
    size_bytes: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CapInfo:
    """Content in one language. Texts are stripped at both ends; an empty one is a missing one."""

    categories: tuple[Category, ...]
    event: str
    urgency: Urgency
    severity: CapSeverity
    certainty: Certainty
    language: str = "en-US"
    response_types: tuple[ResponseType, ...] = ()
    audience: str = ""
    event_codes: tuple[NamedValue, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[NamedValue, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[CapArea, ...] = ()

    @property
    def says_it_is_over(self) -> bool:
        return self.urgency is Urgency.PAST or ResponseType.ALL_CLEAR in self.response_types


@dataclass(frozen=True, slots=True)
class CapMessage:
    """All instants are aware, to the second. ``addresses`` and ``incidents`` are lists of words or quoted phrases."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: CapScope
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[CapInfo, ...] = ()

    @property
    def key(self) -> Reference:
        """Reference by which later messages name it."""
        return Reference(self.sender, self.identifier, self.sent)

    @property
    def says_it_is_over(self) -> bool:
        """Every part says so."""
        return bool(self.infos) and all(info.says_it_is_over for info in self.infos)

"""Alerts: the hazard, the audience, the wording, and the state of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.bulletins.model import Sound, Targets
from broadcast.speech.readings import Saying
from province.areas import AreaId
from province.people import UserId

AlertId = NewType("AlertId", str)
OrderId = NewType("OrderId", str)
"""The wire's ``cid``: one approved sending of an alert, never used again."""


class AlertKind(StrEnum):
    """Live or drill, fixed when the alert is drafted: a drill can never become live."""

    LIVE = "live"
    DRILL = "drill"


class AlertStatus(StrEnum):
    """States of ``broadcast.alerts.lifecycle``. SUPERSEDED: an update has taken its place."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AlertAction(StrEnum):
    """Actions on an alert. An approved update does SUPERSEDE, time does EXPIRE."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    DISCARD = "discard"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"


class Purpose(StrEnum):
    """Purpose of the order. ALL_CLEAR ends the alert it updates and announces the end."""

    WARNING = "warning"
    UPDATE = "update"
    ALL_CLEAR = "all_clear"


class CancelCause(StrEnum):
    """Reason for calling an alert off; it decides the words of the correction."""

    MISTAKE = "mistake"
    WRONG_PLACE = "wrong_place"
    WRONG_CONTENT = "wrong_content"
    DUPLICATE = "duplicate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ring:
    """A closed ring of (lat, lon) in WGS 84 degrees; the first point is repeated as the last."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Disc:
    """Everything within ``radius_m`` of a point."""

    lat: float
    lon: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Audience of an alert: areas minus exclusions; where there is a shape, only the part of them inside it.

    A shape without areas means every area it touches: ``targets`` are then filled in from it before submission.
    """

    targets: Targets = field(default_factory=Targets)
    rings: tuple[Ring, ...] = ()
    discs: tuple[Disc, ...] = ()

    @property
    def has_shape(self) -> bool:
        return bool(self.rings or self.discs)

    def without(self, areas: Iterable[AreaId]) -> Audience:
        """Return this audience minus ``areas``, each of them named by it or below one that it names."""
        gone = set(areas)
        named = tuple(area_id for area_id in self.targets.areas if area_id not in gone)
        exclude = {*self.targets.exclude, *(gone - set(self.targets.areas))}
        return replace(self, targets=Targets(named, tuple(sorted(exclude))))


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """Facts that the civil-defence law asks an alert to state, besides hazard, level and area."""

    happens_at: datetime | None = None
    place: str = ""
    intensity: str = ""
    forecast: str = ""
    advice: str = ""
    authority: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """Wording in one language (BCP 47): a text to synthesize, or a recording by its SHA-256.

    ``sound`` is said first; ``again`` on later rounds, as a repeat.
    """

    language: str
    text: str
    recording_sha256: str = ""
    sound: Sound = field(default_factory=Sound)
    again: Sound = field(default_factory=Sound)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. All instants are aware UTC; ``version`` rises by one with every saved change.

    ``headline`` stands on boards and is said first. ``updates_id`` names the alert this one replaces or ends;
    ``is_minor`` then means that it does not sound again where that one has sounded. ``cap_ref`` is the CAP message
    (``sender,identifier,sent``) it was drafted from. ``order_id`` is set by the approval. ``alone_reason`` is set where
    one person sent it alone (break-glass), and ``signed_off_by`` by the person who reviewed that afterwards.

    ``worded_at`` is when its draft was made. ``is_prepared``: an all-clear or a correction that the system wrote from
    a template and no person has edited; one person may send it. ``own_versions``: the number of versions saved by our
    own processes since a person changed it. ``drill_plan_id``: the drill plan that sent it. ``sayings`` are the
    dictionary entries its texts are read by, as they were when the texts were written. ``risk`` is the risk level that
    the forecast states, if any; ``siren`` is what the table of hazards said when the draft was last saved.
    """

    id: AlertId
    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    headline: str
    audience: Audience
    facts: AlertFacts
    wordings: tuple[Wording, ...]
    rounds: Rounds
    expires_at: datetime
    author_id: UserId
    author_name: str
    created_at: datetime
    changed_at: datetime
    status: AlertStatus = AlertStatus.DRAFT
    version: int = 1
    purpose: Purpose = Purpose.WARNING
    updates_id: AlertId | None = None
    is_minor: bool = False
    is_silent: bool = False
    cap_ref: str = ""
    submitter_id: UserId | None = None
    submitter_name: str = ""
    submitted_at: datetime | None = None
    approver_id: UserId | None = None
    approver_name: str = ""
    approved_at: datetime | None = None
    order_id: OrderId | None = None
    ended_at: datetime | None = None
    ended_by_name: str = ""
    reason: str = ""
    alone_reason: str = ""
    signed_off_by: UserId | None = None
    worded_at: datetime | None = None
    is_prepared: bool = False
    own_versions: int = 0
    drill_plan_id: str = ""
    sayings: tuple[Saying, ...] = ()
    risk: RiskLevel | None = None
    siren: SirenPattern | None = None

    @property
    def is_drill(self) -> bool:
        return self.kind is AlertKind.DRILL

    @property
    def is_calm(self) -> bool:
        """An all-clear or a correction: it ends a warning and warns of nothing."""
        return self.purpose is Purpose.ALL_CLEAR


@dataclass(frozen=True, slots=True)
class HazardTableVersion:
    """Version of the province's hazard table, as its file says it; empty ``text``: the national table alone."""

    version: int
    name: str
    text: str
    loaded_at: datetime
    loaded_by: UserId
    loaded_by_name: str


class ZoneKind(StrEnum):
    """Kinds of named zones, by what endangers them."""

    FLOOD = "flood"
    COAST = "coast"
    VALLEY = "valley"
    SLOPE = "slope"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AlertZone:
    """Named zone: an audience drawn beforehand, which one press puts into an alert."""

    id: str
    name: str
    kind: ZoneKind
    audience: Audience
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """``may_send_alone`` is the break-glass switch. No alert lasts longer than ``hours_max``.

    ``hearing_m``: radius within which a loudspeaker counts as heard, unless it has one of its own.
    ``publishes_reports``: the reports of live alerts are public, without the names of people.
    ``fires_standing_orders``: warnings may fire standing orders.
    ``allows_local_alerts``: key holders may raise alerts at loudspeakers.
    """

    may_send_alone: bool = False
    hours_max: int = 168
    all_clear_minutes: int = 60
    hearing_m: int = 400
    publishes_reports: bool = False
    fires_standing_orders: bool = False
    allows_local_alerts: bool = False

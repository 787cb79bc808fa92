"""Schemas of alerts and stops."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertKind, AlertStatus, Purpose
from broadcast.bulletins.model import Targets
from cms.bulletins.api.schemas import Id, PageQuery, SoundOut, TargetsBody
from cms.platform.api.strict import Output, Strict

LatLon = tuple[float, float]


class DiscBody(Strict):
    """Everything within ``radius_m`` of a point."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    radius_m: int = Field(ge=1, le=1_000_000)


class AudienceBody(Strict):
    """Areas with exclusions; where there is a shape, of those only what lies inside. A shape alone: what it touches.

    A ring is a list of (lat, lon), closed by its first point repeated.
    """

    targets: TargetsBody = TargetsBody()
    rings: list[list[LatLon]] = Field(default=[], max_length=20)
    discs: list[DiscBody] = Field(default=[], max_length=20)


class FactsBody(Strict):
    """Facts that the law asks an alert to state."""

    happens_at: AwareDatetime | None = None
    place: str = Field(default="", max_length=600)
    intensity: str = Field(default="", max_length=600)
    forecast: str = Field(default="", max_length=600)
    advice: str = Field(default="", max_length=600)
    authority: str = Field(default="", max_length=600)
    basis: str = Field(default="", max_length=600)


class WordingBody(Strict):
    """One language: text, or a recording sent before (with the text that it says, for boards)."""

    language: str = Field(max_length=40)
    text: str = Field(default="", max_length=2900)
    recording_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class RoundsBody(Strict):
    """It sounds again at these offsets after the issue, then every so often (0: never)."""

    at_ms: list[int] = Field(default=[], max_length=50)
    every_ms: int = Field(default=0, ge=0)


class AlertBody(Strict):
    """Draft of an alert. ``rounds`` left out: the hazard's preset; ``expires_at``: the template's length."""

    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    headline: str = Field(default="", max_length=260)
    audience: AudienceBody = AudienceBody()
    facts: FactsBody = FactsBody()
    wordings: list[WordingBody] = Field(default=[], max_length=8)
    rounds: RoundsBody | None = None
    expires_at: AwareDatetime | None = None
    purpose: Purpose = Purpose.WARNING
    updates_id: Id | None = None
    is_minor: bool = False
    is_silent: bool = False


class StopBody(Strict):
    """``spares_alerts``: only what is below an alert stops, whatever the caller may do."""

    areas: list[Id] = Field(max_length=2000)
    reason: str = Field(max_length=2000)
    hush_minutes: int = Field(default=0, ge=0, le=24 * 60)
    spares_alerts: bool = False


class RingOut(Output):
    points: list[LatLon]


class DiscOut(Output):
    lat: float
    lon: float
    radius_m: int


class AudienceOut(Output):
    targets: Targets
    rings: list[RingOut]
    discs: list[DiscOut]


class FactsOut(Output):
    happens_at: datetime | None
    place: str
    intensity: str
    forecast: str
    advice: str
    authority: str
    basis: str


class WordingOut(Output):
    """``sound`` is said first; ``again`` on later rounds, as a repeat."""

    language: str
    text: str
    recording_sha256: str
    sound: SoundOut
    again: SoundOut


class RoundsOut(Output):
    at_ms: list[int]
    every_ms: int


class AlertOut(Output):
    """An alert with its state. ``version`` is the ETag; ``order_id`` is the ``cid`` devices know it by."""

    id: str
    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    purpose: Purpose
    status: AlertStatus
    version: int
    headline: str
    audience: AudienceOut
    facts: FactsOut
    wordings: list[WordingOut]
    rounds: RoundsOut
    expires_at: datetime
    updates_id: str | None
    is_minor: bool
    is_silent: bool
    is_prepared: bool
    cap_ref: str
    author_id: str
    author_name: str
    created_at: datetime
    changed_at: datetime
    submitter_id: str | None
    submitter_name: str
    submitted_at: datetime | None
    approver_id: str | None
    approver_name: str
    approved_at: datetime | None
    order_id: str | None
    ended_at: datetime | None
    ended_by_name: str
    reason: str
    alone_reason: str
    signed_off_by: str | None


class AlertLineOut(Output):
    id: str
    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    purpose: Purpose
    headline: str
    audience: AudienceOut
    status: AlertStatus
    version: int
    author_name: str
    submitter_name: str
    approver_name: str
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    updates_id: str | None
    order_id: str | None


class AlertLines(BaseModel):
    items: list[AlertLineOut]
    next: str


class AlertQuery(PageQuery):
    """Filter of alerts; a missing field does not filter."""

    kind: AlertKind | None = None
    status: AlertStatus | None = None
    is_open: bool | None = None


class FindingsOut(BaseModel):
    """``problems`` forbid a submission, ``warnings`` do not."""

    problems: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


class ReachOut(BaseModel):
    """Delivery of an alert: devices by state and area, and people to call. Empty for an alert that was never sent.

    Of each area ``states`` tells how far loudspeakers ever got, ``now`` what they do at this moment and ``in_round``
    where they stand in the ``round`` that is on.
    """

    areas: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    round: dict[str, Any] | None = None


class StopOut(Output):
    """``prio`` 9: alerts too. ``hush_until_at``: nothing below an alert begins there before.

    With ``lifts`` nothing stopped: the silence kept by the stop of that id is over.
    """

    id: str
    areas: list[str]
    prio: int
    reason: str
    by_name: str
    at: datetime
    hush_until_at: datetime | None
    lifts: str | None

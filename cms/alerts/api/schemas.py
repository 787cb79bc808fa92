"""Schemas of alerts and stops."""

from typing import Any

from pydantic import BaseModel, Field

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertKind, AlertStatus, Audience, Purpose, Wording
from broadcast.alerts.orders import Stop
from cms.alerts.queries.alerts import AlertLine
from cms.bulletins.api.schemas import SoundOut, TargetsBody
from cms.platform.api.strict import Id, Instant, Output, PageQuery, Strict, fields_of

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

    happens_at: Instant | None = None
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
    expires_at: Instant | None = None
    purpose: Purpose = Purpose.WARNING
    updates_id: Id | None = None
    is_minor: bool = False
    is_silent: bool = False
    risk: RiskLevel | None = None


class StopBody(Strict):
    """``spares_alerts``: only what is below an alert stops, whatever the caller may do."""

    areas: list[Id] = Field(max_length=2000)
    reason: str = Field(max_length=2000)
    hush_minutes: int = Field(default=0, ge=0, le=24 * 60)
    spares_alerts: bool = False


@fields_of(Audience)
class AudienceOut(Output): ...


@fields_of(AlertFacts)
class FactsOut(Output): ...


@fields_of(Wording)
class WordingOut(Output):
    """``sound`` is said first; ``again`` on later rounds, as a repeat."""

    sound: SoundOut
    again: SoundOut


class RoundsOut(Output):
    at_ms: list[int]
    every_ms: int


@fields_of(Alert, hidden=("worded_at", "own_versions", "drill_plan_id", "sayings", "siren"))
class AlertOut(Output):
    """An alert with its state. ``version`` is the ETag; ``order_id`` is the ``cid`` devices know it by."""

    audience: AudienceOut
    facts: FactsOut
    wordings: list[WordingOut]
    rounds: RoundsOut


@fields_of(AlertLine, hidden=("author_id", "submitter_id", "is_prepared", "alone_reason", "signed_off_by"))
class AlertLineOut(Output):
    audience: AudienceOut


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


@fields_of(Stop, hidden=("by",))
class StopOut(Output):
    """``prio`` 9: alerts too. ``hush_until_at``: nothing below an alert begins there before.

    With ``lifts`` nothing stopped: the silence kept by the stop of that id is over.
    """

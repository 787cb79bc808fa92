"""Standing orders, the warnings that may fire them, and their firings."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import IntEnum, StrEnum
from typing import NewType

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertId, AlertKind, Audience
from province.people import UserId

AlertStandingOrderId = NewType("AlertStandingOrderId", str)
FiringId = NewType("FiringId", str)
SourceId = NewType("SourceId", str)
"""Origin of warnings: ``sender …`` (a pinned CAP signer), ``feed …`` (a polled feed), ``central``, ``gauge …`` (a rule
of gauges, pinned)."""


class WarningSeverity(IntEnum):
    """Severity as CAP grades it. UNKNOWN fires nothing."""

    UNKNOWN = 0
    MINOR = 1
    MODERATE = 2
    SEVERE = 3
    EXTREME = 4


class HoldReason(StrEnum):
    """Reasons for which a warning that an order is about becomes a draft with an alarm instead of a sounding.

    Of the order: OFF to LOST_RIGHT. Of the warning: NOT_PROVED to MIXED. Of what sounded before: ESCALATES to BURST.
    INCOMPLETE: its alert can no longer be sent as it is.
    """

    OFF = "off"
    SUSPENDED = "suspended"
    OVER = "over"
    NOT_BEGUN = "not_begun"
    OUTSIDE_HOURS = "outside_hours"
    USED_UP = "used_up"
    TOO_SOON = "too_soon"
    CHANGED = "changed"
    RULE_CHANGED = "rule_changed"
    LOST_RIGHT = "lost_right"
    NOT_PROVED = "not_proved"
    NOT_FIRST = "not_first"
    STALE = "stale"
    SENT_LATER = "sent_later"
    EXPIRED = "expired"
    FAR_AHEAD = "far_ahead"
    FAULTY = "faulty"
    UNCLEAR = "unclear"
    UNCERTAIN = "uncertain"
    MIXED = "mixed"
    ESCALATES = "escalates"
    IN_FORCE = "in_force"
    BURST = "burst"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class IncomingWarning:
    """Warning from outside, as far as standing orders look at it.

    ``sources``: those that it claims to come from, ``proved``: those of them that are proved. ``severity`` is the
    least of its parts, ``severity_most`` the highest. ``begins_at``: its onset, or when it was sent. ``is_first``: a
    new warning, no update. ``is_whole``: nothing of it was mended, left out or imposed. ``is_clear``: its event names
    the hazard. ``is_certain``: observed or likely, and immediate or expected.
    """

    sources: tuple[SourceId, ...]
    proved: tuple[SourceId, ...]
    identifier: str
    hazard: Hazard
    severity: WarningSeverity
    severity_most: WarningSeverity
    audience: Audience
    sent_at: datetime
    begins_at: datetime
    expires_at: datetime
    is_drill: bool
    is_first: bool = True
    is_whole: bool = True
    is_clear: bool = True
    is_certain: bool = True


class AlertStandingOrderStatus(StrEnum):
    """PROPOSED → AGREED → ENDED. AGREED → SUSPENDED by one press, or as a rule of gauges has changed.

    Back only by a new agreement of two people.
    """

    PROPOSED = "proposed"
    AGREED = "agreed"
    SUSPENDED = "suspended"
    ENDED = "ended"


class OrderEndCause(StrEnum):
    """Causes for which an order ends."""

    PERSON = "person"
    EXPIRED = "expired"
    LOST_RIGHT = "lost_right"


@dataclass(frozen=True, slots=True)
class StandingBounds:
    """Bounds of a standing order. Its places are those of the pattern.

    From ``valid_from_at`` until ``valid_until_at``, each day from ``daily_from`` to ``daily_until`` by the wall clock
    (equal: all day). ``rest_minutes``: time between two firings. ``lasts_minutes``: how long an alert of it lasts.
    """

    sources: tuple[SourceId, ...]
    hazards: tuple[Hazard, ...]
    severity_min: WarningSeverity
    valid_from_at: datetime
    valid_until_at: datetime
    daily_from: time
    daily_until: time
    firings_max: int
    rest_minutes: int
    lasts_minutes: int


@dataclass(frozen=True, slots=True)
class AlertStandingOrder:
    """``pattern`` is the alert as it will be sent, its sounds made; a drill's order is fired by exercises alone.

    ``agreed_sha256`` digests the bounds and the pattern to which the second person agreed. ``version`` rises by one
    with every saved change.
    """

    id: AlertStandingOrderId
    pattern: Alert
    bounds: StandingBounds
    proposed_by: UserId
    proposed_by_name: str
    proposed_at: datetime
    status: AlertStandingOrderStatus = AlertStandingOrderStatus.PROPOSED
    version: int = 1
    agreed_by: UserId | None = None
    agreed_by_name: str = ""
    agreed_at: datetime | None = None
    agreed_sha256: str = ""
    suspended_by_name: str = ""
    suspended_at: datetime | None = None
    ended_by_name: str = ""
    ended_at: datetime | None = None
    end_cause: OrderEndCause | None = None
    reason: str = ""

    @property
    def is_drill(self) -> bool:
        return self.pattern.kind is AlertKind.DRILL


class FiringVerdict(StrEnum):
    """Verdict of the review. RIGHT: it had to sound · NEEDLESS: a true warning, no danger here · FALSE: no danger."""

    RIGHT = "right"
    NEEDLESS = "needless"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Firing:
    """Sounding of a standing order: the alert that it sent, the warning that caused it, and its review.

    ``begins_at`` to ``ends_at``: the time of the event, within which the same from another source sounds no more.
    ``heard``: sources and identifiers of those others. ``is_cut``: the warning meant more places than the order.
    """

    id: FiringId
    order_id: AlertStandingOrderId
    alert_id: AlertId
    is_drill: bool
    hazard: Hazard
    severity: WarningSeverity
    audience: Audience
    source: SourceId
    identifier: str
    begins_at: datetime
    ends_at: datetime
    fired_at: datetime
    is_cut: bool = False
    heard: tuple[str, ...] = ()
    verdict: FiringVerdict | None = None
    remark: str = ""
    reviewed_by: UserId | None = None
    reviewed_by_name: str = ""
    reviewed_at: datetime | None = None

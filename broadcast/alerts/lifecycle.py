"""State machine of alerts: actions by state in one table, from which ``docs/lifecycle.md`` is drawn."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, SirenPattern, Stage
from broadcast.alerts.hazards import GONG, NATIONAL, Hazard, HazardTable
from broadcast.alerts.model import AlertAction, AlertKind, AlertStatus, Purpose
from province.state_machine import final, following

_S = AlertStatus
_A = AlertAction

# Nothing but SUBMITTED can become ACTIVE: break-glass and prepared all-clears submit first. Nothing leaves an end.
TRANSITIONS: Final[Mapping[tuple[AlertStatus, AlertAction], AlertStatus]] = {
    (_S.DRAFT, _A.EDIT): _S.DRAFT,
    (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _A.DISCARD): _S.DISCARDED,
    (_S.SUBMITTED, _A.APPROVE): _S.ACTIVE,
    (_S.SUBMITTED, _A.RETURN): _S.DRAFT,
    (_S.SUBMITTED, _A.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _A.DISCARD): _S.DISCARDED,
    (_S.SUBMITTED, _A.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, _A.CANCEL): _S.CANCELLED,
    (_S.ACTIVE, _A.SUPERSEDE): _S.SUPERSEDED,
    (_S.ACTIVE, _A.EXPIRE): _S.EXPIRED,
}

next_status = partial(following, TRANSITIONS)
"""Return the status after an action. Raises NotPossibleError where the table has no such step."""


ENDED: Final = final(TRANSITIONS, AlertStatus)
"""States that no action leaves."""
OPEN: Final = tuple(status for status in AlertStatus if status not in ENDED)

# After these, devices that have not answered are sent the order once more; later only when they reconnect.
WAVES: Final = (timedelta(seconds=5), timedelta(seconds=20))


def next_wave_at(issued_at: datetime, now: datetime) -> datetime | None:
    """Return the instant of the next retry to devices that have not answered; None: only when each reconnects."""
    return next((issued_at + after for after in WAVES if now < issued_at + after), None)


def siren_of(
    hazard: Hazard,
    level: AlertLevel,
    risk: RiskLevel | None = None,
    purpose: Purpose = Purpose.WARNING,
    *,
    table: HazardTable = NATIONAL,
) -> SirenPattern:
    """Return the siren before the words; of an all-clear a gong, for people run from sirens."""
    rule = table.hazards[hazard]
    return (rule.stages[Stage.OVER] if purpose is Purpose.ALL_CLEAR else rule.at(level, risk)).siren


class SirenAlert(Protocol):
    """An alert or its order; ``siren`` is None in those older than the table."""

    @property
    def hazard(self) -> Hazard: ...
    @property
    def level(self) -> AlertLevel: ...
    @property
    def purpose(self) -> Purpose: ...
    @property
    def siren(self) -> SirenPattern | None: ...


def pattern_of(alert: SirenAlert) -> SirenPattern:
    """Return the siren that was frozen with the alert."""
    return alert.siren or siren_of(alert.hazard, alert.level, purpose=alert.purpose)


def has_siren(alert: SirenAlert) -> bool:
    """Return whether a siren goes before the words, else a gong."""
    return pattern_of(alert).tone != GONG


class RankedAlert(Protocol):
    """An alert, its order, or its entry in a list."""

    @property
    def kind(self) -> AlertKind: ...
    @property
    def purpose(self) -> Purpose: ...
    @property
    def level(self) -> AlertLevel: ...


def urgency(alert: RankedAlert) -> tuple[bool, bool, int]:
    """Sort key of alerts in force, worst first: live warnings, live all-clears, drills; among these by level."""
    return alert.kind is AlertKind.DRILL, alert.purpose is Purpose.ALL_CLEAR, -int(alert.level)

"""Quotas: limits on what an area may hear in a day. Only an alert is exempt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from broadcast.scheduling.area_rules import AreaRules, Quota

# Items within this gap are heard as one session: the pause between two items of a station's programme.
SESSION_GAP = timedelta(minutes=5)
_NO_GAP = timedelta()
_MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


class QuotaLimit(StrEnum):
    """Limit of a quota that would be exceeded."""

    WEEKDAY = "weekday"
    SESSIONS = "sessions"
    SESSION_MIN = "session_min"
    DAY_MIN = "day_min"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refusal by a quota. ``at_most``: sessions or minutes; 0 for a weekday on which nothing may be heard."""

    limit: QuotaLimit
    at_most: int = 0


@dataclass
class Ledger:
    """Airtime on each local date under one set of rules; an item counts for the date on which it starts."""

    rules: AreaRules
    _taken: dict[date, list[Span]] = field(default_factory=dict)

    def enter(self, on: date, start_at: datetime, end_at: datetime) -> None:
        """Enter an item that is heard, whatever the quota says."""
        self.enter_all(on, ((start_at, end_at),))

    def enter_all(self, on: date, spans: Iterable[Span]) -> None:
        """Enter items of one date that are heard, whatever the quota says."""
        self._taken.setdefault(on, []).extend(spans)

    def refusal(self, on: date, start_at: datetime, end_at: datetime) -> Refusal | None:
        """Return the limit that forbids it besides the items entered; None where it fits."""
        quota = self.rules.quota
        if on in self.rules.exempt_on:
            return None
        if on.weekday() not in quota.weekdays:
            return Refusal(QuotaLimit.WEEKDAY)
        taken = self._taken.get(on, [])
        taken.sort()  # here: far more is entered than asked for
        spans = sorted((*taken, (start_at, end_at)))
        sessions = joined(spans, SESSION_GAP)
        if quota.sessions is not None and len(sessions) > quota.sessions:
            return Refusal(QuotaLimit.SESSIONS, quota.sessions)
        mine = next(until - since for since, until in sessions if since <= start_at <= until)
        if quota.session_min is not None and mine > quota.session_min * _MINUTE:
            return Refusal(QuotaLimit.SESSION_MIN, quota.session_min)
        heard = sum((until - since for since, until in joined(spans, _NO_GAP)), _NO_GAP)
        if quota.day_min is not None and heard > quota.day_min * _MINUTE:
            return Refusal(QuotaLimit.DAY_MIN, quota.day_min)
        return None


def effective(chain: Iterable[AreaRules], exempt_on: Iterable[date]) -> AreaRules:
    """Return the rules of an area whose own rules, and those above it, are ``chain``, nearest first.

    The nearest says everything but the quota, of which the strictest holds, and whether approvals need a signature:
    they do where any says so.
    """
    rows = list(chain)
    quota = Quota()
    for row in rows:
        quota = quota.within(row.quota)
    return replace(
        rows[0] if rows else AreaRules(),
        quota=quota,
        exempt_on=tuple(sorted(set(exempt_on))),
        needs_signature=any(row.needs_signature for row in rows),
    )


def joined(spans: Sequence[Span], gap: timedelta) -> list[Span]:
    """Sorted spans, those that lie within ``gap`` of each other made one: from the first sound to the last."""
    found: list[Span] = []
    for start_at, end_at in spans:
        if found and start_at - found[-1][1] <= gap:
            found[-1] = (found[-1][0], max(found[-1][1], end_at))
        else:
            found.append((start_at, end_at))
    return found

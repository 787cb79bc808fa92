"""Matching of a warning with standing orders: what is fired, what was heard before, and what is held for people.

The whole decision is a pure function of the warning, the orders, the firings and alerts before it, and the time. A
warning fires an order only if nothing speaks against it; everything doubtful is held with all of its reasons.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertStatus, Audience
from broadcast.bulletins.model import Targets
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    Firing,
    FiringId,
    HoldReason,
    IncomingWarning,
    WarningSeverity,
)
from province.areas import AreaId
from province.wall_clock import DEFAULT_ZONE

MAX_AGE: Final = timedelta(minutes=15)
"""A warning sent longer ago fires nothing: it was replayed, or the link was down."""
CLOCK_SKEW: Final = timedelta(seconds=30)
AHEAD_MAX: Final = timedelta(hours=6)
"""An event that begins later leaves time for two people."""
SAME_EVENT: Final = timedelta(minutes=30)
"""Warnings whose times overlap, or are apart by no more than this, are of one event."""
BURST_WITHIN: Final = timedelta(minutes=60)
BURST_MAX: Final = 10
"""So many firings within that time are an event that people have to look at, or an attack."""


class MatchOutcome(StrEnum):
    """NOTHING: no order is about it · FIRES · REPEATS: it sounded already · HOLDS: people decide at once."""

    NOTHING = "nothing"
    FIRES = "fires"
    REPEATS = "repeats"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class PlannedFiring:
    """Firing of one order. ``is_cut``: the warning means more places than the order."""

    order: AlertStandingOrder
    audience: Audience
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Result. ``order``: the one held; ``firing``: the one that the warning repeats."""

    outcome: MatchOutcome
    planned: tuple[PlannedFiring, ...] = ()
    firing: Firing | None = None
    order: AlertStandingOrder | None = None
    reasons: tuple[HoldReason, ...] = ()


def concerned(
    warning: IncomingWarning, orders: Iterable[AlertStandingOrder], ground: PlaceIndex
) -> Sequence[AlertStandingOrder]:
    """Return the orders that the warning is about, in a stable order.

    A live warning is never about a drill's order, nor an exercise about a live one.
    """
    found = [each for each in orders if _is_about(warning, each, ground)]
    return sorted(
        found, key=lambda each: (each.status is not AlertStandingOrderStatus.AGREED, each.proposed_at, each.id)
    )


def match(
    warning: IncomingWarning,
    orders: Sequence[AlertStandingOrder],
    firings: Sequence[Firing],
    *,
    alerts: Sequence[Alert],
    unfit: Mapping[AlertStandingOrderId, Collection[HoldReason]],
    is_on: bool,
    ground: PlaceIndex,
    now: datetime,
) -> Match:
    """Decide on a warning; ``orders`` are those that it is about, by ``concerned``.

    ``firings``: those since ``now`` minus a week at least, of all orders. ``alerts``: those in force. ``unfit``: what
    the caller found against an order: its people, its digest, its sound.
    """
    if not orders:
        return Match(MatchOutcome.NOTHING)
    same = [each for each in firings if _is_same_event(warning, each)]
    planned: list[PlannedFiring] = []
    repeated: Firing | None = None
    held: AlertStandingOrder | None = None
    reasons: dict[HoldReason, None] = {}
    of_warning = list(_against_warning(warning, now))
    for order in orders:
        audience = _within(order, warning, ground)
        wanted = ground.lowest(audience)
        before = [each for each in same if wanted & ground.lowest(each.audience)]
        sounded = frozenset(place for each in before for place in ground.lowest(each.audience))
        is_louder = any(warning.severity > each.severity for each in before)
        if wanted <= sounded and not is_louder and warning.is_first:
            repeated = repeated or next((each for each in before if each.id), None)
            continue
        against_it = unfit.get(order.id, ())
        against = [
            *((HoldReason.OFF,) if not is_on else ()),
            *_against_order(order, firings, now),
            *against_it,
            *of_warning,
            *((HoldReason.NOT_PROVED,) if _is_unproved(warning, order, against_it) else ()),
            *((HoldReason.MIXED,) if warning.severity < order.bounds.severity_min else ()),
            *((HoldReason.ESCALATES,) if is_louder else ()),
            *((HoldReason.IN_FORCE,) if _is_in_force(warning, wanted, alerts, before, ground) else ()),
            *((HoldReason.BURST,) if _is_burst(firings, planned, warning, now) else ()),
        ]
        if against:
            held = held or order
            reasons |= dict.fromkeys(against)
        else:
            planned.append(PlannedFiring(order, ground.left(audience, sounded), _is_cut(warning, order, ground)))
            same = [*same, _as_fired(planned[-1], warning, now)]
    if planned:
        return Match(MatchOutcome.FIRES, tuple(planned), order=held, reasons=tuple(reasons))
    if held is not None:
        return Match(MatchOutcome.HOLDS, order=held, reasons=tuple(reasons))
    assert repeated is not None
    return Match(MatchOutcome.REPEATS, firing=repeated)


def is_within_hours(order: AlertStandingOrder, now: datetime) -> bool:
    """Return whether the wall clock stands within the order's hours of the day."""
    begins, ends = order.bounds.daily_from, order.bounds.daily_until
    at = now.astimezone(ZoneInfo(DEFAULT_ZONE)).time()
    if begins == ends:
        return True
    return begins <= at < ends if begins < ends else at >= begins or at < ends


def _is_about(warning: IncomingWarning, order: AlertStandingOrder, ground: PlaceIndex) -> bool:
    bounds = order.bounds
    return (
        order.status in (AlertStandingOrderStatus.AGREED, AlertStandingOrderStatus.SUSPENDED)
        and order.is_drill is warning.is_drill
        and not set(bounds.sources).isdisjoint(warning.sources)
        and warning.hazard in bounds.hazards
        and warning.severity_most >= bounds.severity_min
        and bool(ground.common(order.pattern.audience, warning.audience))
    )


def _against_warning(warning: IncomingWarning, now: datetime) -> Iterator[HoldReason]:
    against = {
        HoldReason.NOT_FIRST: not warning.is_first,
        HoldReason.STALE: now - warning.sent_at > MAX_AGE,
        HoldReason.SENT_LATER: warning.sent_at - now > CLOCK_SKEW,
        HoldReason.EXPIRED: warning.expires_at <= now,
        HoldReason.FAR_AHEAD: warning.begins_at - now > AHEAD_MAX,
        HoldReason.FAULTY: not warning.is_whole,
        HoldReason.UNCLEAR: not warning.is_clear,
        HoldReason.UNCERTAIN: not warning.is_certain or warning.severity is WarningSeverity.UNKNOWN,
    }
    return (reason for reason, is_so in against.items() if is_so)


def _against_order(order: AlertStandingOrder, firings: Iterable[Firing], now: datetime) -> Iterator[HoldReason]:
    bounds = order.bounds
    own = [each.fired_at for each in firings if each.order_id == order.id]
    against = {
        HoldReason.SUSPENDED: order.status is AlertStandingOrderStatus.SUSPENDED,
        HoldReason.OVER: now >= bounds.valid_until_at,
        HoldReason.NOT_BEGUN: now < bounds.valid_from_at,
        HoldReason.OUTSIDE_HOURS: not is_within_hours(order, now),
        HoldReason.USED_UP: len(own) >= bounds.firings_max,
        HoldReason.TOO_SOON: bool(own) and now - max(own) < timedelta(minutes=bounds.rest_minutes),
    }
    return (reason for reason, is_so in against.items() if is_so)


def _is_unproved(warning: IncomingWarning, order: AlertStandingOrder, unfit: Collection[HoldReason]) -> bool:
    """Return whether no source of the order is proved; of a rule that has changed that is said already."""
    return HoldReason.RULE_CHANGED not in unfit and set(order.bounds.sources).isdisjoint(warning.proved)


def _is_same_event(warning: IncomingWarning, firing: Firing) -> bool:
    """Return whether the times overlap, nearly at least, for the same hazard, both real or both a drill's."""
    begins_at = min(warning.begins_at, warning.sent_at)
    is_same = firing.hazard is warning.hazard and firing.is_drill is warning.is_drill
    return is_same and begins_at <= firing.ends_at + SAME_EVENT and firing.begins_at <= warning.expires_at + SAME_EVENT


def _within(order: AlertStandingOrder, warning: IncomingWarning, ground: PlaceIndex) -> Audience:
    """Return the order's audience in the places that the warning means, never more than the order's.

    A shape of the warning chooses places, which then sound as a whole: another source draws the same event a little
    differently, and is not to sound the rest of a place.
    """
    own = order.pattern.audience
    return replace(own, targets=Targets(ground.common(own, warning.audience)))


def _is_cut(warning: IncomingWarning, order: AlertStandingOrder, ground: PlaceIndex) -> bool:
    return not ground.lowest(warning.audience) <= ground.lowest(order.pattern.audience)


def _is_in_force(
    warning: IncomingWarning,
    wanted: frozenset[AreaId],
    alerts: Iterable[Alert],
    before: Collection[Firing],
    ground: PlaceIndex,
) -> bool:
    """Return whether people's own alert of this hazard is in force in a place of it."""
    kind = AlertKind.DRILL if warning.is_drill else AlertKind.LIVE
    fired = {each.alert_id for each in before}
    return any(
        each.kind is kind
        and each.status is AlertStatus.ACTIVE
        and not each.is_calm
        and each.hazard is warning.hazard
        and each.id not in fired
        and not wanted.isdisjoint(ground.lowest(each.audience))
        for each in alerts
    )


def _is_burst(
    firings: Iterable[Firing], planned: Sequence[PlannedFiring], warning: IncomingWarning, now: datetime
) -> bool:
    kind = [each for each in firings if each.is_drill is warning.is_drill and now - each.fired_at < BURST_WITHIN]
    return len(kind) + len(planned) >= BURST_MAX


def _as_fired(planned: PlannedFiring, warning: IncomingWarning, now: datetime) -> Firing:
    return firing_of(planned, warning, now, firing_id="", alert_id="")


def firing_of(
    planned: PlannedFiring, warning: IncomingWarning, now: datetime, *, firing_id: str, alert_id: str
) -> Firing:
    """Build the record of a firing."""
    order = planned.order
    lasts_until_at = now + timedelta(minutes=order.bounds.lasts_minutes)
    return Firing(
        id=FiringId(firing_id),
        order_id=order.id,
        alert_id=AlertId(alert_id),
        is_drill=order.is_drill,
        hazard=warning.hazard,
        severity=warning.severity,
        audience=planned.audience,
        source=next(each for each in order.bounds.sources if each in warning.proved),
        identifier=warning.identifier,
        begins_at=min(warning.begins_at, warning.sent_at),
        ends_at=max(lasts_until_at, warning.begins_at),
        fired_at=now,
        is_cut=planned.is_cut,
    )

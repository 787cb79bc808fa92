"""Line of today: broadcast sessions with their items, and every other airing, live address and alert of the day."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import url_for

from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.live.model import LiveSession, LiveState
from broadcast.scheduling.day_line import (
    AHEAD,
    URGENCY,
    AiringState,
    Span,
    in_spans,
    shown_of,
    worst_of,
)
from cms.alerts.queries.order_moment import SoundingAlert
from cms.platform.web import formats, request_context
from cms.schedule.queries.airings import Airing
from cms.schedule.queries.day_line import HeldSession, OrderOfDay, UnplannedStart
from province.people import Action

ALL_SHOWN: Final = 40
"""A day with so many items is shown whole."""
SHOWN_NOW: Final = 12
"""Items of a session on air or next, on a fuller day."""
SHOWN_ELSE: Final = 2
"""Items of another session, on a fuller day: those that a person has to know of."""
FIRST_HOUR, LAST_HOUR = 5, 22
"""Hours that the strip shows at least."""
STRIP_LEAST_PCT: Final = 1.4
"""Least width of a session on the strip: one of seconds has to be seen."""


@dataclass(frozen=True, slots=True)
class LineItem:
    """Item of the line. ``row``: the airing, with its counts; ``live``: the address; ``order``: the alert or drill.

    With none of them it is a bulletin without a plan. Without ``end_at`` it is not over.
    """

    key: str
    title: str
    state: AiringState
    start_at: datetime
    end_at: datetime | None
    row: Airing | None = None
    live: LiveSession | None = None
    order: OrderOfDay | None = None
    sounding: SoundingAlert | None = None
    bulletin_id: BulletinId | None = None

    @property
    def href(self) -> str:
        """Page of the item; empty where the user may not open it. A province's day has thousands: only if shown."""
        if self.row is not None:
            return url_for("web.delivery", bulletin_id=self.row.bulletin_id, occurrence=self.row.occurrence_id)
        if self.live is not None:
            return url_for("web.live_session", live_id=self.live.id)
        if self.order is not None:
            may_read = request_context.can_anywhere(Action.ALERT_READ)
            return url_for("web.alert", alert_id=self.order.alert_id) if may_read else ""
        is_mine = self.state is AiringState.AWAITING and request_context.can_anywhere(Action.BULLETIN_REVIEW)
        return url_for("web.approval" if is_mine else "web.bulletin", bulletin_id=self.bulletin_id)


@dataclass(frozen=True, slots=True)
class LineSession:
    """Session with the items that are shown, the number of the others, and the count of all by state, worst first.

    ``held`` are the broadcast sessions of this time; without items ``worst`` is None. ``x`` and ``width`` place it on
    the strip, in per cent.
    """

    items: Sequence[LineItem]
    left: int
    start_at: datetime
    end_at: datetime | None
    counts: Sequence[tuple[AiringState, int]]
    worst: AiringState | None
    held: Sequence[HeldSession]
    is_open: bool
    x: float
    width: float

    @property
    def key(self) -> str:
        return f"at-{formats.local(self.start_at):%H%M}"

    @property
    def total(self) -> int:
        return sum(count for _state, count in self.counts)


@dataclass(frozen=True, slots=True)
class DayLine:
    """Line of a day. ``now_x`` is the place of the present on the strip, ``hours`` those of its ticks, in per cent."""

    sessions: Sequence[LineSession]
    next_item: LineItem | None
    now_x: float
    hours: Sequence[tuple[int, float]]

    @property
    def shown(self) -> Iterator[LineItem]:
        return (item for session in self.sessions for item in session.items)


def line_of(
    airings: Iterable[Airing],
    lives: Iterable[LiveSession],
    orders: Iterable[OrderOfDay],
    unplanned: Iterable[UnplannedStart],
    sounding: Collection[SoundingAlert],
    *,
    held: Sequence[HeldSession] = (),
    midnight: datetime,
    now: datetime,
) -> DayLine:
    """Build the line from all of a day's items."""
    items = [
        *(_of_airing(each, now) for each in airings),
        *(_of_live(each) for each in lives if each.is_open or each.on_air_at is not None),
        *_of_orders(orders, sounding, midnight),
        *(_of_unplanned(each, now) for each in unplanned),
    ]
    next_item = min((each for each in items if each.state in AHEAD), key=lambda each: each.start_at, default=None)
    groups = [_Group(span, group) for span, group in in_spans(items, [(each.start_at, each.end_at) for each in held])]
    first = min([FIRST_HOUR, *(_hour(group.start_at, midnight) for group in groups)])
    last = max([LAST_HOUR, *(_hour(group.end_at or now, midnight) + 1 for group in groups)])
    scale = _Scale(midnight + timedelta(hours=first), midnight + timedelta(hours=min(last, 24)))
    is_whole = len(items) <= ALL_SHOWN
    return DayLine(
        sessions=[_session(group, held, next_item, scale, now, is_whole=is_whole) for group in groups],
        next_item=next_item,
        now_x=scale.at(now),
        hours=[(hour, scale.at(midnight + timedelta(hours=hour))) for hour in range(first, min(last, 24) + 1)],
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    from_at: datetime
    until_at: datetime

    def at(self, instant: datetime) -> float:
        place = (instant - self.from_at) / (self.until_at - self.from_at)
        return round(100 * min(max(place, 0.0), 1.0), 2)


@dataclass(frozen=True, slots=True)
class _Group:
    """Items of one broadcast session, or of several at one time (``span``), or others that follow each other."""

    span: Span | None
    items: Sequence[LineItem]

    @property
    def start_at(self) -> datetime:
        return self.span[0] if self.span else self.items[0].start_at

    @property
    def end_at(self) -> datetime | None:
        """The last end; None while one of the items is not over."""
        ends = [each.end_at for each in self.items]
        return None if None in ends else max([*filter(None, ends), *(self.span or ())])


def _session(
    group: _Group,
    held: Iterable[HeldSession],
    next_item: LineItem | None,
    scale: _Scale,
    now: datetime,
    *,
    is_whole: bool,
) -> LineSession:
    states = [each.state for each in group.items]
    is_present = AiringState.ON_AIR in states or any(each is next_item for each in group.items)
    shown = list(group.items) if is_whole else shown_of(group.items, states, SHOWN_NOW if is_present else SHOWN_ELSE)
    found, start_at, end_at = Counter(states), group.start_at, group.end_at
    x = scale.at(start_at)
    width = max(scale.at(end_at or now) - x, STRIP_LEAST_PCT)
    return LineSession(
        items=shown,
        left=len(group.items) - len(shown),
        start_at=start_at,
        end_at=end_at,
        counts=[(state, found[state]) for state in URGENCY if found[state]],
        worst=worst_of(states) if states else None,
        held=[each for each in held if group.span and group.span[0] <= each.start_at < group.span[1]],
        is_open=is_whole or is_present,
        x=min(x, 100 - width),
        width=round(width, 2),
    )


def _of_airing(row: Airing, now: datetime) -> LineItem:
    return LineItem(
        key=row.occurrence_id,
        title=row.title,
        state=row.state(now),
        start_at=row.start_at,
        end_at=row.end_at,
        row=row,
        bulletin_id=row.bulletin_id,
    )


def _of_live(live: LiveSession) -> LineItem:
    return LineItem(
        key=live.id,
        title=live.topic,
        state=AiringState.HEARD if live.state is LiveState.ENDED else AiringState.ON_AIR,
        start_at=live.on_air_at or live.prepared_at,
        end_at=live.ended_at,
        live=live,
    )


def _of_orders(
    orders: Iterable[OrderOfDay], sounding: Collection[SoundingAlert], midnight: datetime
) -> Iterator[LineItem]:
    """Yield an item for each alert; one that was sent before today stands at the day's beginning."""
    by_alert = {each.alert_id: each for each in sounding}
    # An alert sent again has several orders: it is the last of them that sounds.
    for order in reversed(list(orders)):
        yield LineItem(
            key=order.alert_id,
            title=order.headline,
            state=AiringState.HEARD if order.ended_at is not None else AiringState.ON_AIR,
            start_at=max(order.issued_at, midnight),
            end_at=order.ended_at,
            order=order,
            sounding=by_alert.pop(order.alert_id, None),
        )


def _of_unplanned(each: UnplannedStart, now: datetime) -> LineItem:
    is_waiting = each.status is BulletinStatus.SUBMITTED
    state = AiringState.AWAITING if each.start_at > now else AiringState.UNAPPROVED
    return LineItem(
        key=f"{each.bulletin_id}-{formats.local(each.start_at):%H%M}",
        title=each.title,
        state=state if is_waiting else AiringState.WITHDRAWN,
        start_at=each.start_at,
        end_at=each.end_at,
        bulletin_id=each.bulletin_id,
    )


def _hour(at: datetime, midnight: datetime) -> int:
    return max(0, int((at - midnight) / timedelta(hours=1)))

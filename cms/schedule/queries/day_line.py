"""Line of a day: bulletins that wait or were withdrawn, alerts of the day, and what sounds at this moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertId, AlertKind, Purpose
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.bulletins.schedules import SessionId
from broadcast.bulletins.targeting import TargetIndex
from broadcast.live.model import LiveState
from broadcast.scheduling.recurrence import starts
from broadcast.sessions.rules import end_of, is_held, start_of
from cms.alerts.queries.order_moment import STILL_SOUNDS_FOR
from cms.alerts.tables import AlertAreaRow, OrderRow
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow, PlanItemRow
from cms.live.tables import LivePlaceRow, LiveRow
from cms.platform.store.rows import among
from cms.sessions.repository import BroadcastSessions
from province.areas import AreaId, AreaTree
from province.wall_clock import DEFAULT_ZONE

WAITING_MAX: Final = 500
"""Most bulletins without a plan that are looked at for one day."""
ON_AIR_MAX: Final = 500
_LONGEST: Final = timedelta(hours=6)
"""No bulletin is longer: what sounds now began since then."""
SESSIONS_MAX: Final = 500
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_PLAYED: Final = "browser-mp3"


@dataclass(frozen=True, slots=True)
class UnplannedStart:
    """Start of a bulletin that is on no plan: it waits for approval, or was withdrawn before."""

    bulletin_id: BulletinId
    title: str
    status: BulletinStatus
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class LineBulletin:
    """Bulletin of an airing as its line shows it. ``sound``: the hash of what a browser plays; empty without one."""

    is_relay: bool
    stands_out: bool
    sound: str


@dataclass(frozen=True, slots=True)
class OrderOfDay:
    """Alert or drill as it was sent. Without ``ended_at`` it is in force."""

    alert_id: AlertId
    kind: AlertKind
    purpose: Purpose
    level: AlertLevel
    headline: str
    issued_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldSession:
    """Broadcast session of a day, in its area and below."""

    id: SessionId
    name: str
    area_id: AreaId
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Sounding:
    """Bulletin by the plans, or live address, that sounds at this moment in these areas."""

    title: str
    is_live: bool
    areas: frozenset[AreaId]
    end_at: datetime | None


def unplanned_starts(
    session: Session, tree: AreaTree, areas: Collection[AreaId] | None, from_at: datetime, until_at: datetime
) -> Sequence[UnplannedStart]:
    """List the starts in the span of bulletins that wait for approval, and of those withdrawn since ``from_at``.

    Only starts after the bulletin was handed over, or withdrawn, count: before that it was none of these.
    """
    row = BulletinRow
    is_withdrawn = and_(row.status == BulletinStatus.WITHDRAWN, row.changed_at >= from_at)
    query = (
        select(
            *(row.id, row.title, row.status, row.changed_at, row.targets, row.schedules, row.sound, row.relay),
            *(row.valid_from_at, row.valid_until_at),
        )
        .where(or_(row.status == BulletinStatus.SUBMITTED, is_withdrawn), row.is_handed_down.is_(False))
        .order_by(row.changed_at.desc(), row.id)
        .limit(WAITING_MAX)
    )
    if areas is not None:
        touched = {above for each in areas for above in tree.lineage(each)}
        there = select(BulletinAreaRow.bulletin_id).where(among(BulletinAreaRow.area_id, touched))
        query = query.where(row.id.in_(there))
    reach = TargetIndex(tree, areas if areas is not None else [area.id for area in tree])
    found: list[UnplannedStart] = []
    for each in session.execute(query):
        if not reach.of(each.targets):
            continue
        rendition = each.sound.rendition(DEVICE_RENDITION)
        length_ms = each.relay.length_ms if each.relay else rendition.duration_ms if rendition else 0
        since_at, length = max(from_at, each.changed_at), timedelta(milliseconds=length_ms)
        found += [
            UnplannedStart(each.id, each.title, each.status, start_at, start_at + length)
            for start_at in starts(each.schedules, since_at, until_at, each.valid_from_at, each.valid_until_at)
        ]
    return found


def line_bulletins(session: Session, bulletin_ids: Collection[BulletinId]) -> Mapping[BulletinId, LineBulletin]:
    """Return what the lines of these bulletins show besides their airings."""
    if not bulletin_ids:
        return {}
    row = BulletinRow
    rows = session.execute(select(row.id, row.relay, row.priority, row.sound).where(among(row.id, bulletin_ids)))
    found = {}
    for bulletin_id, relay, priority, sound in rows:
        played = sound.rendition(_PLAYED)
        found[bulletin_id] = LineBulletin(
            relay is not None, CLASSES[priority].stands_out, played.sha256 if played else ""
        )
    return found


def orders_of_day(
    session: Session, tree: AreaTree, areas: Collection[AreaId] | None, from_at: datetime, now: datetime
) -> Sequence[OrderOfDay]:
    """List alerts and drills sent since ``from_at``, or that may still sound, that address these areas (None: any)."""
    row = OrderRow
    may_sound = func.coalesce(row.ended_at, row.expires_at) > now - STILL_SOUNDS_FOR
    query = (
        select(
            *(row.alert_id, row.kind, row.purpose, row.level, row.headline, row.issued_at, row.ended_at),
            row.expires_at,
        )
        .where(or_(row.issued_at >= from_at, may_sound), row.is_silent.is_(False))
        .order_by(row.issued_at, row.id)
    )
    if areas is not None:
        touched = {above for each in areas for above in tree.lineage(each)}
        named = select(AlertAreaRow.alert_id).where(AlertAreaRow.alert_id == row.alert_id)
        # An audience that is a shape alone names no area, and may be anywhere.
        query = query.where(or_(~named.exists(), named.where(among(AlertAreaRow.area_id, touched)).exists()))
    return [
        OrderOfDay(*found[:6], ended_at=found.ended_at or (found.expires_at if found.expires_at <= now else None))
        for found in session.execute(query)
    ]


def sessions_held(
    session: Session, tree: AreaTree, areas: Collection[AreaId] | None, on: date
) -> Sequence[HeldSession]:
    """List the broadcast sessions of a date that are heard in these areas (None: any), by time of day."""
    sessions = BroadcastSessions(session)
    if areas is None:
        known = sessions.held(on, SESSIONS_MAX)
    else:
        known = sessions.in_areas({above for each in areas for above in tree.lineage(each)}, on, SESSIONS_MAX)
    return [
        HeldSession(each.id, each.name, each.area_id, start_of(each, on), end_of(each, on))
        for each in known
        if is_held(each, on)
    ]


def sounding_now(session: Session, now: datetime) -> Sequence[Sounding]:
    """List what sounds at this moment in the province, live addresses first: one query, however large it is."""
    item, live = PlanItemRow, LiveRow
    planned = (
        select(item.title, literal(0), item.area_id, item.end_at)
        .where(item.start_at > now - _LONGEST, item.start_at <= now, item.end_at > now, item.placed)
        .limit(ON_AIR_MAX)
    )
    spoken = (
        select(live.topic, literal(1), LivePlaceRow.area_id, live.until_at)
        .join(LivePlaceRow, LivePlaceRow.live_id == live.id)
        .where(live.state == LiveState.ON_AIR)
        .limit(ON_AIR_MAX)
    )
    both = union_all(select(spoken.subquery()), select(planned.subquery()))
    found: dict[tuple[str, bool, datetime], set[AreaId]] = {}
    for title, is_live, area_id, end_at in session.execute(both):
        found.setdefault((title, bool(is_live), end_at), set()).add(area_id)
    return [
        Sounding(title, is_live, frozenset(areas), None if is_live else end_at)
        for (title, is_live, end_at), areas in sorted(found.items(), key=lambda one: (not one[0][1], one[0][2]))
    ]

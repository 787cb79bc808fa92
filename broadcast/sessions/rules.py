"""Rules of broadcast sessions: their dates and lock, what may enter one, and the places of a date's items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Bulletin, BulletinStatus, SoundState, Targets
from broadcast.bulletins.schedules import Move, Schedule
from broadcast.scheduling.recurrence.rule import dates_of, rule_problems
from broadcast.sessions.model import (
    BroadcastSession,
    ItemKey,
    ItemRole,
    RunningOrder,
    RunningOrderId,
    SessionId,
    SessionItem,
)
from broadcast.sessions.placement import OrderItem, SessionPlacement, place_items
from province.areas import AreaTree
from province.errors import Problem, problem_if, too_long
from province.wall_clock import DEFAULT_ZONE

NAME_MAX: Final = 80
LENGTH_MIN_MS: Final = 60_000
LENGTH_MAX_MS: Final = 4 * 3_600_000
GAP_MAX_MS: Final = 30_000
GAP_MS: Final = 200
"""Default pause between two items: heard as one flow, and long enough for a device to open the next file."""
LEAD_MS: Final = 10_000
"""Time for a changed order to reach devices: what begins within it is not moved, and nothing new begins in it."""
LOCK_MIN: Final = 1
"""Least minutes between lock and beginning, where an area freezes nothing."""
MOVED_DAYS: Final = 35
"""Places of so many past days are kept, for calendars."""
_SPOKEN_CHARACTERS_S: Final = 13
"""Characters of Vietnamese that a voice says in a second, pauses included; measured on the voices of this system."""
_AROUND_MS: Final = 4_000
"""The house's chime before a spoken text, and the pause after it."""
_UNKNOWN_MS: Final = 60_000
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_DAY: Final = timedelta(days=1)

KEPT: Final = frozenset(
    set(BulletinStatus)
    - {BulletinStatus.REJECTED, BulletinStatus.WITHDRAWN, BulletinStatus.HANDED_DOWN, BulletinStatus.DELETED}
)
"""States in which a bulletin keeps its place in a session."""


@dataclass(frozen=True, slots=True)
class ItemLength:
    """Length of an airing; ``is_estimated`` from its text, as its sound is not made yet."""

    ms: int
    is_estimated: bool = False


def problems_of(session: BroadcastSession) -> list[Problem]:
    """Return everything wrong with a session by itself."""
    found = [] if session.name.strip() else [Problem("name", "MISSING")]
    found += too_long("name", session.name, NAME_MAX)
    found += [replace(each, field="days") for each in rule_problems(session.rrule, session.starts)]
    minutes = {"min": LENGTH_MIN_MS // 60_000, "max": LENGTH_MAX_MS // 60_000}
    found += problem_if(not LENGTH_MIN_MS <= session.length_ms <= LENGTH_MAX_MS, "minutes", "SESSION_LENGTH", **minutes)
    found += problem_if(not 0 <= session.gap_ms <= GAP_MAX_MS, "gap", "SESSION_GAP", max=GAP_MAX_MS // 1000)
    return found


def is_held(session: BroadcastSession, on: date) -> bool:
    """Return whether it is held on that date."""
    rule = dates_of(session.rrule, session.starts, DEFAULT_ZONE)
    return (session.last_on is None or on <= session.last_on) and rule.holds(on)


def session_dates(session: BroadcastSession, from_on: date, days: int) -> tuple[date, ...]:
    """Return its dates among the ``days`` from ``from_on``."""
    return tuple(on for on in (from_on + n * _DAY for n in range(days)) if is_held(session, on))


def start_of(session: BroadcastSession, on: date) -> datetime:
    """Return the instant at which it begins on that date."""
    return datetime.combine(on, session.clock, _ZONE).astimezone(UTC)


def end_of(session: BroadcastSession, on: date) -> datetime:
    """Return the instant at which its time is over on that date."""
    return start_of(session, on) + timedelta(milliseconds=session.length_ms)


def lock_of(session: BroadcastSession, on: date, freeze_min: int) -> datetime:
    """Return the instant from which its order stands, and items without approval are left out."""
    return start_of(session, on) - timedelta(minutes=max(freeze_min, LOCK_MIN))


def order_id(session_id: SessionId, on: date) -> RunningOrderId:
    """Return the id of its running order on that date."""
    return RunningOrderId(f"{session_id}-{on:%Y%m%d}")


def length_of(bulletin: Bulletin) -> ItemLength:
    """Return the length of an airing of it."""
    if bulletin.relay is not None:
        return ItemLength(bulletin.relay.length_ms)
    rendition = bulletin.sound.rendition(DEVICE_RENDITION)
    if bulletin.sound.state is SoundState.READY and rendition is not None:
        return ItemLength(rendition.duration_ms)
    return ItemLength(estimated_ms(bulletin.text), is_estimated=True)


def estimated_ms(text: str) -> int:
    """Estimate how long a voice takes to say a text; without one, a minute."""
    said = len(text.strip())
    return 1000 * said // _SPOKEN_CHARACTERS_S + _AROUND_MS if said else _UNKNOWN_MS


def names_date(schedule: Schedule, on: date, silent_on: Iterable[date] = ()) -> bool:
    """Return whether a schedule names the session of that date; ``silent_on`` are its sets' dates."""
    rule = dates_of(schedule.rrule, schedule.starts, schedule.zone)
    return rule.holds(on) and on not in schedule.except_on and on not in silent_on


def inserted(items: Sequence[SessionItem], item: SessionItem) -> tuple[SessionItem, ...]:
    """Add an item at the end, before the closing ones; the same airing is not added twice."""
    if any(each.key == item.key for each in items):
        return tuple(items)
    if item.role is ItemRole.CLOSING:
        return (*items, item)
    at = next((n for n, each in enumerate(items) if each.role is ItemRole.CLOSING), len(items))
    return (*items[:at], item, *items[at:])


def without(items: Iterable[SessionItem], key: ItemKey) -> tuple[SessionItem, ...]:
    """Return the items without the one of this airing."""
    return tuple(each for each in items if each.key != key)


def moved(items: Sequence[SessionItem], key: ItemKey, to: int) -> tuple[SessionItem, ...]:
    """Move an item to a position, counted from 0; a position outside is the nearest end."""
    rest = without(items, key)
    item = next((each for each in items if each.key == key), None)
    at = max(0, min(to, len(rest)))
    return tuple(items) if item is None else (*rest[:at], item, *rest[at:])


def in_order_of(standing: Sequence[SessionItem], items: Sequence[SessionItem]) -> tuple[SessionItem, ...]:
    """Return the standing items as a date's order has them: role and anchor, and their sequence if all are there."""
    places = {each.key: n for n, each in enumerate(items)}
    current = {each.key: each for each in items}
    found = [current.get(each.key, each) for each in standing]
    # One that this date lacks says nothing on its place.
    return tuple(sorted(found, key=lambda each: places[each.key]) if all(e.key in places for e in found) else found)


def entry_problems(session: BroadcastSession, targets: Targets, schedule: Schedule, tree: AreaTree) -> list[Problem]:
    """Return why these places and dates do not fit the session; ``field`` is one of the schedule."""
    found: list[Problem] = []
    name = {"name": session.name}
    elsewhere = [each for each in targets.areas if each not in tree or session.area_id not in tree.lineage(each)]
    found += problem_if(bool(elsewhere), "session", "SESSION_ELSEWHERE", **name)
    if not schedule.rrule and not is_held(session, schedule.starts.date()):
        found.append(Problem("session", "SESSION_NOT_HELD", {**name, "on": schedule.starts.date().isoformat()}))
    return found


def own_time_problems(schedules: Iterable[Schedule]) -> list[Problem]:
    """Return the schedules that name a session, where only a time of one's own can be chosen."""
    return [Problem(f"schedules.{each.id}.session", "OWN_TIME_ONLY") for each in schedules if each.session]


def anchor_ms(session: BroadcastSession, anchor: time) -> int:
    """Return the ms from its beginning to a time of day; negative where that lies before."""
    return ms_between(session.starts, datetime.combine(session.first_on, anchor))


def placement_of(
    session: BroadcastSession,
    order: RunningOrder,
    lengths: Mapping[ItemKey, int],
    begun: Mapping[ItemKey, datetime],
    now: datetime,
) -> SessionPlacement:
    """Place the items that have a length; ``begun`` are the starts of those that are not moved any more."""
    start_at = start_of(session, order.on)
    items = [
        OrderItem(
            each.key,
            lengths[each.key],
            each.role,
            None if each.anchor is None else anchor_ms(session, each.anchor),
            ms_between(start_at, begun[each.key]) if each.key in begun else None,
        )
        for each in order.items
        if each.key in lengths
    ]
    from_ms = ms_between(start_at, now) + LEAD_MS
    return place_items(items, length_ms=session.length_ms, gap_ms=session.gap_ms, from_ms=max(0, from_ms))


def ms_between(since_at: datetime, at: datetime) -> int:
    return round((at - since_at) / timedelta(milliseconds=1))


def with_places(
    schedule: Schedule, places: Mapping[date, datetime | None], silent_on: Iterable[date], today: date
) -> Schedule:
    """Return the schedule with these instants as places of its dates; None: it is not heard on that date."""
    zone = ZoneInfo(schedule.zone)
    since_on = today - MOVED_DAYS * _DAY
    kept = [each for each in schedule.moves if since_on <= each.on and each.on not in places]
    new = [Move(on, at.astimezone(zone).replace(tzinfo=None)) for on, at in places.items() if at is not None]
    silent = {on for on in schedule.closed_on if since_on <= on < today and on not in places}
    silent |= {on for on, at in places.items() if at is None} | set(silent_on)
    return replace(
        schedule,
        moves=tuple(sorted(kept + new, key=lambda each: each.on)),
        closed_on=tuple(sorted(silent)),
    )

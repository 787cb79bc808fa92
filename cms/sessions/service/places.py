"""Places of bulletins in broadcast sessions, written into their schedules, so that planning knows no session."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.schedules import Schedule, SessionId
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import OccurrenceId, Transmission
from broadcast.scheduling.closed_days import closed
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.sessions.model import BroadcastSession, ItemKey, Overrun, RunningOrder, SessionItem
from broadcast.sessions.placement import NoPlace, SessionPlacement
from broadcast.sessions.rules import (
    KEPT,
    LEAD_MS,
    end_of,
    inserted,
    is_held,
    length_of,
    lock_of,
    names_date,
    order_id,
    placement_of,
    session_dates,
    start_of,
    with_places,
    without,
)
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.calendar import own_sets
from cms.sessions.repository import BroadcastSessions, RunningOrders
from province.wall_clock import local_date

AHEAD_DAYS: Final = 45
"""Days whose places are worked out: clashes are looked for a month ahead (``broadcast.scheduling.conflicts``)."""
_SOON: Final = timedelta(minutes=15)
_LEAD: Final = timedelta(milliseconds=LEAD_MS)


def follow(uow: UnitOfWork, old: Bulletin | None, new: Bulletin, now: datetime) -> Bulletin:
    """Keep running orders in step with a bulletin just saved, within its unit of work; return it with its places."""
    before, after = _named(old), _named(new)
    touched = {each.session for each in (*before.values(), *after.values())}
    if not touched:
        return new
    for schedule_id, schedule in before.items():
        if not _is_same(schedule, after.get(schedule_id)):
            _leave(uow, ItemKey(new.id, schedule_id), schedule, now)
    for schedule_id, schedule in after.items():
        if not _is_same(schedule, before.get(schedule_id)):
            _enter(uow, SessionItem(new.id, schedule_id), schedule, now)
    for session_id in sorted(touched):
        place_session(uow, session_id, now, also=(new.id,))
    return uow[Bulletins].get(new.id)


def place_session(uow: UnitOfWork, session_id: SessionId, now: datetime, also: Iterable[BulletinId] = ()) -> None:
    """Work out the places of a session's items on its dates ahead and store those that differ.

    ``also``: bulletins that may name it and be in none of its running orders any more. Within a unit of work.
    """
    session, today = uow[BroadcastSessions].get(session_id), local_date(now)
    stored = {each.on: each for each in uow[RunningOrders].ahead(session_id, today)}
    company = company_of(uow, session, stored.values(), now, also)
    places: dict[ItemKey, dict[date, datetime | None]] = {key: {} for key in company.schedules}
    pushed = _Pushed(dict(stored))
    held = [each for each in session_dates(session, today, AHEAD_DAYS) if end_of(session, each) > now]
    for on in _dates_ahead(session, today, stored, now):
        starts: Mapping[ItemKey, datetime] = {}
        if is_held(session, on):
            order = pushed.orders.get(on) or company.standing_order(on)
            placement = company.placement(order, now)
            if session.overrun is Overrun.PUSH:
                pushed.push(company, order, placement, [each for each in held if each > on])
            starts = starts_of(session, on, placement)
        for key in company.named_on(on):
            places[key][on] = starts.get(key)
    for on, order in pushed.orders.items():
        if order is not stored.get(on):
            uow[RunningOrders].store(order)
    _write(uow, company, places, now)


def _dates_ahead(session: BroadcastSession, today: date, stored: Iterable[date], now: datetime) -> Sequence[date]:
    """Return the dates to work out, also those on which it is not held: nothing is heard then."""
    near = (today + timedelta(days=n) for n in range(AHEAD_DAYS))
    return sorted(each for each in {*near, *stored} if end_of(session, each) > now)


def starts_of(session: BroadcastSession, on: date, placement: SessionPlacement) -> Mapping[ItemKey, datetime]:
    """Return the instants of the placed items."""
    start_at = start_of(session, on)
    return {each.key: start_at + timedelta(milliseconds=each.start_ms) for each in placement.placed}


def order_on(uow: UnitOfWork, session: BroadcastSession, on: date, now: datetime) -> RunningOrder:
    """Return the running order of a date: its own, else the standing items of that date."""
    found = uow[RunningOrders].find(order_id(session.id, on))
    return found or company_of(uow, session, (), now).standing_order(on)


@dataclass
class Company:
    """Bulletins of a session: their schedules that name it, and the transmissions in force."""

    session: BroadcastSession
    bulletins: Mapping[BulletinId, Bulletin]
    in_force: Mapping[BulletinId, Transmission]
    schedules: dict[ItemKey, Schedule]
    silent: Mapping[ItemKey, tuple[date, ...]]
    freeze_min: int

    def is_promised(self, key: ItemKey) -> bool:
        """Return whether an approval covers this airing."""
        transmission = self.in_force.get(key.bulletin_id)
        return transmission is not None and any(
            each.id == key.schedule_id and each.session == self.session.id for each in transmission.schedules
        )

    def named_on(self, on: date) -> Sequence[ItemKey]:
        """Return the airings whose schedules name the session of that date."""
        return [key for key, schedule in self.schedules.items() if names_date(schedule, on, self.silent[key])]

    def standing_order(self, on: date) -> RunningOrder:
        """Return the order of a date that has none of its own."""
        named = set(self.named_on(on))
        items = tuple(each for each in self.session.standing if each.key in named)
        return RunningOrder(order_id(self.session.id, on), self.session.id, on, items, version=0)

    def is_locked(self, on: date, now: datetime) -> bool:
        return now >= lock_of(self.session, on, self.freeze_min)

    def placement(self, order: RunningOrder, now: datetime) -> SessionPlacement:
        """Place the items of a date; once it is locked, those without approval are left out."""
        named, is_locked = set(self.named_on(order.on)), self.is_locked(order.on, now)
        heard = [
            each.key for each in order.items if each.key in named and (self.is_promised(each.key) or not is_locked)
        ]
        begun = {key: at for key in heard if (at := self._start(key, order.on)) and at <= now + _LEAD}
        return placement_of(self.session, order, {key: self.length_ms(key) for key in heard}, begun, now)

    def length_ms(self, key: ItemKey) -> int:
        transmission = self.in_force.get(key.bulletin_id)
        if transmission is not None and self.is_promised(key):
            return transmission.duration_ms
        return length_of(self.bulletins[key.bulletin_id]).ms

    def _start(self, key: ItemKey, on: date) -> datetime | None:
        """Return the place that a promised airing has now."""
        if not self.is_promised(key):
            return None
        start_at = start_of(self.session, on)
        move = next((each for each in self.schedules[key].moves if each.on == on), None)
        return None if move is None else start_at + (move.to - datetime.combine(on, self.session.clock))


def company_of(
    uow: UnitOfWork,
    session: BroadcastSession,
    orders: Iterable[RunningOrder],
    now: datetime,
    also: Iterable[BulletinId] = (),
) -> Company:
    """Read the bulletins of these orders, of the standing items, and ``also`` these."""
    ids = {each.bulletin_id for each in session.standing} | {each.bulletin_id for o in orders for each in o.items}
    bulletins = uow[Bulletins].get_many(sorted({*ids, *also}))
    schedules = {
        ItemKey(bulletin.id, schedule.id): schedule
        for bulletin in bulletins.values()
        for schedule in _named(bulletin).values()
        if schedule.session == session.id
    }
    own, today = own_sets(uow, schedules.values()), local_date(now)
    return Company(
        session,
        bulletins,
        {each.bulletin_id: each for each in uow[Transmissions].in_force(bulletins)},
        schedules,
        {key: closed(each, own, today).closed_on for key, each in schedules.items()},
        uow[Places].rules(session.area_id).freeze_min,
    )


@dataclass
class _Pushed:
    """Running orders, with the items that found no time moved to the next date."""

    orders: dict[date, RunningOrder]
    _made: set[date] = field(default_factory=set)

    def push(self, company: Company, order: RunningOrder, placement: SessionPlacement, later: Sequence[date]) -> None:
        for key, reason in placement.unplaced:
            schedule = company.schedules[key]
            is_too_long = company.length_ms(key) > company.session.length_ms
            if reason is not NoPlace.FULL or schedule.rrule or is_too_long or not later:
                continue
            item = next(each for each in order.items if each.key == key)
            order = self._changed(order, without(order.items, key))
            following = self.orders.get(later[0]) or company.standing_order(later[0])
            self._changed(following, inserted(following.items, item))
            starts = datetime.combine(later[0], company.session.clock)
            company.schedules[key] = replace(schedule, starts=starts, moves=(), closed_on=())

    def _changed(self, order: RunningOrder, items: tuple[SessionItem, ...]) -> RunningOrder:
        made = next_order(order, items)
        # However often it changes here, one version is stored.
        self.orders[order.on] = replace(made, version=order.version) if order.on in self._made else made
        self._made.add(order.on)
        return self.orders[order.on]


def next_order(order: RunningOrder, items: tuple[SessionItem, ...]) -> RunningOrder:
    """Return the next version of an order, with these items."""
    return replace(order, items=items, version=order.version + 1)


def _named(bulletin: Bulletin | None) -> Mapping[str, Schedule]:
    """Return the schedules that name a session, by id, with those of a change that waits for a second person."""
    if bulletin is None or bulletin.status not in KEPT:
        return {}
    waiting = () if bulletin.proposal is None else bulletin.proposal.schedules
    return {each.id: each for each in (*waiting, *bulletin.schedules) if each.session}


def _is_same(schedule: Schedule, other: Schedule | None) -> bool:
    if other is None:
        return False
    mine, theirs = ((each.session, each.rrule, each.starts.date(), each.except_on) for each in (schedule, other))
    return mine == theirs


def _leave(uow: UnitOfWork, key: ItemKey, schedule: Schedule, now: datetime) -> None:
    for order in uow[RunningOrders].ahead(schedule.session, local_date(now)):
        if any(each.key == key for each in order.items):
            uow[RunningOrders].store(next_order(order, without(order.items, key)))
    session = uow[BroadcastSessions].get(schedule.session)
    if any(each.key == key for each in session.standing):
        store_standing(uow, session, without(session.standing, key))


def _enter(uow: UnitOfWork, item: SessionItem, schedule: Schedule, now: datetime) -> None:
    session = uow[BroadcastSessions].get(schedule.session)
    if not schedule.rrule:
        order = order_on(uow, session, schedule.starts.date(), now)
        uow[RunningOrders].store(next_order(order, inserted(order.items, item)))
        return
    store_standing(uow, session, inserted(session.standing, item))
    for order in uow[RunningOrders].ahead(session.id, local_date(now)):
        if names_date(schedule, order.on):
            uow[RunningOrders].store(next_order(order, inserted(order.items, item)))


def store_standing(uow: UnitOfWork, session: BroadcastSession, standing: tuple[SessionItem, ...]) -> None:
    """Save the session with these standing items, where they differ."""
    if standing != session.standing:
        uow[BroadcastSessions].save(replace(session, standing=standing, version=session.version + 1))


def _write(
    uow: UnitOfWork, company: Company, places: Mapping[ItemKey, Mapping[date, datetime | None]], now: datetime
) -> None:
    today = local_date(now)
    wanted = {
        key: with_places(schedule, places[key], company.silent[key], today)
        for key, schedule in company.schedules.items()
    }
    changed = {key.bulletin_id for key in wanted}
    for bulletin_id in sorted(changed):
        bulletin = company.bulletins[bulletin_id]
        placed = _with(bulletin, wanted)
        if placed is not bulletin:
            uow[Bulletins].save(placed)
        transmission = company.in_force.get(bulletin_id)
        if transmission is not None:
            schedules = _all_with(transmission.schedules, bulletin_id, wanted)
            if schedules != transmission.schedules:
                _place(uow, transmission, replace(transmission, schedules=schedules), now)


def _with(bulletin: Bulletin, wanted: Mapping[ItemKey, Schedule]) -> Bulletin:
    schedules, proposal = _all_with(bulletin.schedules, bulletin.id, wanted), bulletin.proposal
    if proposal is not None:
        proposal = replace(proposal, schedules=_all_with(proposal.schedules, bulletin.id, wanted))
    if schedules == bulletin.schedules and proposal == bulletin.proposal:
        return bulletin
    sound = replace(bulletin.sound, own_versions=bulletin.sound.own_versions + 1)
    return replace(bulletin, schedules=schedules, proposal=proposal, sound=sound, version=bulletin.version + 1)


def _all_with(
    schedules: tuple[Schedule, ...], bulletin_id: BulletinId, wanted: Mapping[ItemKey, Schedule]
) -> tuple[Schedule, ...]:
    return tuple(
        new if (new := wanted.get(ItemKey(bulletin_id, each.id))) is not None and new.session == each.session else each
        for each in schedules
    )


def _place(uow: UnitOfWork, old: Transmission, new: Transmission, now: datetime) -> None:
    """Store the places of what was approved; airings that are no more, and would begin soon, are cancelled by name."""
    uow[Transmissions].place(new)
    gone = [*_soon(old, now) - _soon(new, now, _SOON * 8)]
    for area_id in reached(new.targets, uow[Places].tree(), uow[Devices].planning_areas()):
        if gone:
            uow.outbox.add(OutboxKind.CANCEL, area_id, {"refs": sorted(gone), "reason": "WITHDRAWN"})
        uow.outbox.add(OutboxKind.PLAN, area_id)


def _soon(transmission: Transmission, now: datetime, span: timedelta = _SOON) -> frozenset[OccurrenceId]:
    since_at = max(now, transmission.approved_at)
    return frozenset(each.id for each in occurrences_of(transmission, since_at, now + span))

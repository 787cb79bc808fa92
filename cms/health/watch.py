"""Looks at every device again and again, and keeps what is wrong with it, and what of that has one cause.

Whoever tells of its health or of a breach, comes or goes, is looked at within seconds; each ``ROUND_S`` everybody of
whom anything else is known than at the last look, or so long ago that it tells nothing any more.
What is found is held in memory and stored with each change; it is read again after a failure and at each start, so that
a gateway that dies loses nothing and says nothing twice. One process at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from broadcast.events import Event
from broadcast.wall_clock import local_date
from cms.health.labels import Latest
from cms.store.engine import reading
from cms.store.health import SqlHealth, Supply
from cms.store.queries import vitals
from cms.store.queries.foreign import foreign_sounds
from cms.store.queries.health import (
    Mark,
    Post,
    manifest_versions,
    mark_of,
    marks,
    moved_since,
    posts,
    refused_since,
    status_of,
)
from cms.store.uow import SqlUnitOfWork, UowFactory
from devices.health.incidents import Fleet, Incident, Place
from devices.health.kinds import REOPENS_WITHIN
from devices.health.signs import Facts, same_until, signs
from devices.health.ward import Changes, Ward
from devices.model import DeviceId, DeviceStatus
from devices.vital import Vital

WATCH: Final = "health"
"""By whom events of incidents are."""
ROUND_S: Final = 60.0
AT_ONCE: Final = 500
"""A province's health read at once would be held by the gateway for ever after."""
OVERLAP: Final = timedelta(seconds=6)
"""A batch is stored a little after it was heard: looked at once more, nothing changes."""
FOREIGN_FOR: Final = timedelta(days=1)


class _Known(NamedTuple):
    """On what the last look at a device rested, and until when that tells the same."""

    mark: Mark
    facts: Facts
    place: tuple[Post, Supply | None]
    until: datetime


@dataclass
class _Held:
    """What the last look left: all of it is in the store, or can be read there."""

    ward: Ward
    mark_at: datetime
    round_at: datetime | None = None
    posts: Mapping[DeviceId, Post] = field(default_factory=dict)
    supplies: Mapping[DeviceId, Supply] = field(default_factory=dict)
    facts: Mapping[DeviceId, Facts] = field(default_factory=dict)
    places: dict[DeviceId, Place] = field(default_factory=dict)
    known: dict[DeviceId, _Known] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=lambda: Fleet(()))


@dataclass
class HealthWatch:
    """``step`` looks at whoever it is time for. ``heard``: these told of their health just now."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    latest: Latest = vitals.latest
    _held: _Held | None = None
    _heard: set[DeviceId] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, device_ids: Iterable[DeviceId]) -> None:
        """From the thread that takes in what devices say."""
        with self._lock:
            self._heard |= set(device_ids)

    def step(self) -> Changes:
        """What has changed, stored."""
        now = self.now()
        held, self._held = self._held, None
        with self._lock:
            heard, self._heard = self._heard, set()
        with reading(self.uow.engine) as session:
            if held is None:
                health = SqlHealth(session)
                kept_since = now - REOPENS_WITHIN
                held = _Held(Ward.of(health.living(kept_since), health.incidents(kept_since)), now)
            before = dict(held.ward.incidents)
            self._look(session, held, heard, now)
        changes = held.ward.changes()
        if changes:
            with self.uow() as unit:
                self._store(unit, changes, before, now)
                unit.commit()
        # Only now: what was not stored is read again.
        self._held = held
        return changes

    def _look(self, session: Session, held: _Held, heard: set[DeviceId], now: datetime) -> None:
        is_round = held.round_at is None or (now - held.round_at).total_seconds() >= ROUND_S
        if is_round:
            held.posts, held.supplies = posts(session), SqlHealth(session).supplies()
            held.places = {id_: place for id_, place in held.places.items() if id_ in held.posts}
            held.known = {id_: known for id_, known in held.known.items() if id_ in held.posts}
            held.round_at = now
            held.ward.retire(held.posts.keys(), now)
        since = held.mark_at - OVERLAP
        refused = {} if is_round else refused_since(session, since)
        if is_round or refused:
            held.facts = self._facts(session, held, now)
        told = _changed(held, marks(session), now) if is_round else moved_since(session, since) | refused.keys()
        held.mark_at = now
        self._examine(session, held, (heard | told | held.ward.due(now)) & held.posts.keys(), now)
        if is_round:
            held.fleet = Fleet(held.places.values())
        held.ward.group(held.fleet, now, self.new_id)

    def _facts(self, session: Session, held: _Held, now: datetime) -> Mapping[DeviceId, Facts]:
        versions = manifest_versions(session, local_date(now) - timedelta(days=1))
        refused = refused_since(session, now - timedelta(hours=1))
        foreign = {
            each.device_id: each.code
            for each in foreign_sounds(session, None, now - FOREIGN_FOR)
            if each.over_at is None
        }
        return {
            device_id: Facts(
                device_id,
                plan_ver=versions.get(post.area_id),
                data_mb_day=supply.data_mb_day if (supply := held.supplies.get(device_id)) else None,
                bad_messages=refused.get(device_id, 0),
                foreign_code=foreign.get(device_id, ""),
            )
            for device_id, post in held.posts.items()
        }

    def _examine(self, session: Session, held: _Held, wanted: Collection[DeviceId], now: datetime) -> None:
        in_turn = sorted(wanted)
        for first in range(0, len(in_turn), AT_ONCE):
            some = in_turn[first : first + AT_ONCE]
            told, statuses = self.latest(session, some), status_of(session, some)
            for device_id in some:
                post, supply, facts = held.posts[device_id], held.supplies.get(device_id), held.facts[device_id]
                vital, status = told.get(device_id), statuses.get(device_id)
                held.ward.look(device_id, signs(vital, status, facts, now), now, self.new_id)
                held.places[device_id] = place_of(post, vital, status, supply)
                until = same_until(vital, now)
                held.known[device_id] = _Known(mark_of(vital, status), facts, (post, supply), until)

    def _store(self, unit: SqlUnitOfWork, changes: Changes, before: Mapping[str, Incident], now: datetime) -> None:
        SqlHealth(unit.session).save(changes.faults, changes.incidents, changes.gone)
        for incident in changes.incidents:
            if (name := _happened(before.get(incident.id), incident)) is not None:
                unit.record(Event(name, incident.id, now, WATCH, WATCH, _detail(incident)))


def _changed(held: _Held, seen: Mapping[DeviceId, Mark], now: datetime) -> set[DeviceId]:
    """Of whom anything is known that the last look did not know."""
    found = set()
    for device_id, post in held.posts.items():
        known = held.known.get(device_id)
        rests_on = (seen.get(device_id), held.facts[device_id], (post, held.supplies.get(device_id)))
        if known is None or known[:-1] != rests_on or now > known.until:
            found.add(device_id)
    return found


def place_of(post: Post, vital: Vital | None, status: DeviceStatus | None, supply: Supply | None) -> Place:
    """What the device shares with others. New firmware is told by why the device started, and when."""
    updated = vital is not None and vital.reset_reason == "update"
    return Place(
        post.id,
        post.area_id,
        feeder=supply.feeder if supply else "",
        carrier=vital.oper if vital else "",
        cell=vital.cell if vital else "",
        firmware=status.firmware if status else "",
        installed_at=vital.at - timedelta(seconds=vital.up_s or 0) if vital and updated else None,
        tells_power=vital is not None and vital.mains is not None and bool(vital.batt_pct),
    )


def _happened(before: Incident | None, now: Incident) -> str | None:
    if before is None:
        return "incident.opened"
    if now.merged_into and not before.merged_into:
        return "incident.merged"
    if (before.over_at is None) != (now.over_at is None):
        return "incident.reopened" if now.over_at is None else "incident.over"
    if (before.scope, before.keys, before.cause) != (now.scope, now.keys, now.cause):
        return "incident.renamed"
    return None


def _detail(incident: Incident) -> dict[str, object]:
    return {
        "scope": incident.scope.value,
        "keys": list(incident.keys),
        "cause": incident.cause.value,
        "affected": incident.affected,
        "members": incident.members,
        "merged_into": incident.merged_into,
    }

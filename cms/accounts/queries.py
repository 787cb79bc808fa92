"""Roster: name and place of devices, for thousands of answers at a time; and the list of people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.accounts.tables import SecondFactorRow, SessionRow, UserRow
from cms.fleet import tables
from cms.fleet.tables import DeviceRow
from cms.platform.clean_text import folded
from cms.platform.store.rows import among
from devices.model import DeviceId
from province.areas import AreaId
from province.people import Role, UserId
from province.policy import needs_second_factor


class RosterDevice(NamedTuple):
    """Device in service."""

    id: DeviceId
    name: str
    area_id: AreaId


def roster(session: Session, device_ids: Collection[DeviceId]) -> dict[DeviceId, RosterDevice]:
    """Return those of them that are in service, by id."""
    known = select(DeviceRow.id, DeviceRow.name, DeviceRow.area_id).where(
        among(DeviceRow.id, device_ids), tables.in_service()
    )
    # Past the ORM, as are the answers themselves.
    return {row[0]: RosterDevice(*row) for row in session.connection().execute(known).all()}


def in_service(session: Session) -> frozenset[DeviceId]:
    """Return the ids of all devices in service."""
    return frozenset(session.scalars(select(DeviceRow.id).where(tables.in_service())))


def mute_among(session: Session, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those of them that sound not even alerts: quarantined for a key in doubt, or revoked."""
    return frozenset(session.scalars(select(DeviceRow.id).where(among(DeviceRow.id, device_ids), tables.mute())))


def shut_off_among(session: Session, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those of them that are quarantined or revoked."""
    return frozenset(session.scalars(select(DeviceRow.id).where(among(DeviceRow.id, device_ids), tables.shut_off())))


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Person as the list shows them."""

    user: User
    has_factor: bool

    @property
    def state(self) -> str:
        """State in one word: blocked, invited or active."""
        return "blocked" if self.user.disabled_at else "active" if self.user.has_password else "invited"


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Filter. ``words``: parts of name or login; ``areas``: places of which one must be a right's; None: any."""

    words: str = ""
    role: Role | None = None
    areas: Collection[AreaId] | None = None
    state: str = ""

    def fits(self, person: ListedPerson) -> bool:
        """Return whether the person fits."""
        user = person.user
        text = folded(f"{user.name} {user.login}")
        rights = [each for each in user.grants if self.role in {None, each.role}]
        is_here = self.areas is None or any(each.area_id in self.areas for each in rights)
        is_role = self.role is None or bool(rights)
        lacks = person.state == "active" and needs_second_factor(user.grants) and not person.has_factor
        is_state = self.state in {"", person.state} or (self.state == "no_factor" and lacks)
        return is_here and is_role and is_state and all(word in text for word in folded(self.words).split())


def people_named(session: Session, words: str) -> Sequence[UserId]:
    """Find people by parts of their names, without diacritics, or by the whole login."""
    wanted = folded(words).split()
    rows = session.execute(select(UserRow.id, UserRow.login, UserRow.name))
    return [
        user_id
        for user_id, login, name in rows
        if login == words.casefold() or all(word in folded(name) for word in wanted)
    ]


def listed_people(session: Session) -> Sequence[ListedPerson]:
    """List everybody by name."""
    enrolled = frozenset(session.scalars(select(SecondFactorRow.user_id)))
    people = [ListedPerson(user, user.id in enrolled) for user in People(session).all()]
    return sorted(people, key=lambda each: (folded(each.user.name), each.user.login))


def last_seen(session: Session, user_ids: Collection[UserId]) -> Mapping[UserId, datetime]:
    """Return when each of them last used the console."""
    row = SessionRow
    seen = func.max(func.coalesce(row.last_seen_at, row.created_at, type_=row.created_at.type))
    query = select(row.user_id, seen).where(among(row.user_id, user_ids)).group_by(row.user_id)
    return {row[0]: row[1] for row in session.execute(query)}

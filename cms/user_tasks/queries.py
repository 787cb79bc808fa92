"""Queries of user tasks: open matters of one person, and people with a right."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.inbox.model import HandedDown, HandedDownState
from broadcast.user_tasks.model import (
    LockedAccount,
    OpenAccess,
    OpenBulletin,
    OpenMatters,
    RightHolder,
    TaskHolder,
    UnusedInvitation,
)
from broadcast.user_tasks.rules import EXPIRED_FOR, EXPIRES_SOON, by_level, level_of
from cms.accounts.model import User
from cms.accounts.repository import AccessRequests, People, SignInTallies
from cms.accounts.service import access_requests, throttle
from cms.accounts.tables import GrantRow, InvitationRow, SessionRow, UserRow
from cms.areas.repository import Places
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow
from cms.commands.queries import waiting
from cms.inbox.tables import HandedDownRow
from cms.platform.store.rows import among, fields_of_rows, value_of
from cms.relays.repository import RelaySources
from cms.standing_orders.queries import waiting_orders
from province.areas import AreaId, AreaTree
from province.people import Action, Actor, UserId
from province.policy import ROLE_ACTIONS

MOST: Final = 100
"""Matters of one kind that are looked at; beyond that a person works from the lists."""
_ACTIONS: Final = (
    Action.ALERT_APPROVE,
    Action.BULLETIN_REVIEW,
    Action.BULLETIN_SUBMIT,
    Action.INBOX_ANSWER,
    Action.RELAY_APPROVE,
    Action.DEVICE_MANAGE,
    Action.USER_MANAGE,
)


def holder_of(actor: Actor, tree: AreaTree, rights: Iterable[DeclarationRight] = ()) -> TaskHolder:
    """Return the person with the areas of each right that a task may ask for, and with ``rights`` to declare alerts."""
    return TaskHolder(actor.user_id, {action: _areas(actor, action, tree) for action in _ACTIONS}, tuple(rights))


def open_matters(
    session: Session, person: TaskHolder, tree: AreaTree, alerts: Sequence[Alert], now: datetime
) -> OpenMatters:
    """Read what may wait for the person, one query for each right they have; ``alerts`` that wait are known already."""
    areas = person.areas
    orders, firings = waiting_orders(session) if areas[Action.ALERT_APPROVE] else ((), ())
    return OpenMatters(
        bulletins=tuple(_bulletins(session, person)),
        handed_down=tuple(_handed_down(session, areas[Action.INBOX_ANSWER])) if areas[Action.INBOX_ANSWER] else (),
        alerts=tuple(alerts),
        sources=tuple(RelaySources(session).all()) if areas[Action.RELAY_APPROVE] else (),
        batches=tuple(waiting(session)) if areas[Action.DEVICE_MANAGE] else (),
        access=tuple(_access(session, tree, now)) if areas[Action.USER_MANAGE] else (),
        locked=tuple(locked_accounts(session, tree, now)) if areas[Action.USER_MANAGE] else (),
        standing_orders=tuple(orders),
        firings=tuple(firings),
        invitations=tuple(_invitations(session, person, now)) if areas[Action.USER_MANAGE] else (),
    )


def open_bulletin(session: Session, bulletin_id: BulletinId) -> OpenBulletin | None:
    """Return the bulletin as tasks see it."""
    row = session.execute(fields_of_rows(OpenBulletin, BulletinRow).where(BulletinRow.id == bulletin_id)).first()
    return None if row is None else OpenBulletin(*row)


class RightHolders:
    """People with rights, read once for several questions."""

    def __init__(self, session: Session, tree: AreaTree, now: datetime) -> None:
        self._session = session
        self._tree = tree
        self._people = [each for each in People(session).all() if each.disabled_at is None]
        self._places = Places(session)
        signed_in = select(SessionRow.user_id).where(SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
        self._signed_in = frozenset(session.scalars(signed_in))

    def of(
        self, action: Action, areas: Collection[AreaId], besides: Collection[UserId | None] = ()
    ) -> Sequence[Sequence[RightHolder]]:
        """Return those who may do this in all of these areas, by level, the nearest first.

        A telephone number is known where a contact of one of the places has the person's name.
        """
        known = [area_id for area_id in areas if area_id in self._tree]
        levels = [(user, self._level(user, action, known)) for user in self._people if user.id not in besides]
        able = [(user, level) for user, level in levels if level is not None]
        contacts = [person for area_id in known for person in self._places.contacts(area_id).people] if able else ()
        phones = {each.name.casefold(): each.phone for each in contacts}
        return by_level(
            RightHolder(user.id, user.name, level, user.id in self._signed_in, phones.get(user.name.casefold(), ""))
            for user, level in able
        )

    def _level(self, user: User, action: Action, areas: Sequence[AreaId]) -> int | None:
        granted = [grant.area_id for grant in user.grants if action in ROLE_ACTIONS[grant.role]]
        return level_of(granted, areas, self._tree) if granted else None


def _areas(actor: Actor, action: Action, tree: AreaTree) -> frozenset[AreaId]:
    """Return the areas of the right: a grant covers its area and all below."""
    granted = {grant.area_id for grant in actor.grants if action in ROLE_ACTIONS[grant.role]}
    return frozenset(area.id for top in granted if top in tree for area in tree.subtree(top))


def _bulletins(session: Session, person: TaskHolder) -> list[OpenBulletin]:
    row, wanted = BulletinRow, []
    if reviewed := person.areas[Action.BULLETIN_REVIEW]:
        there = select(BulletinAreaRow.bulletin_id).where(
            BulletinAreaRow.bulletin_id == row.id, among(BulletinAreaRow.area_id, reviewed)
        )
        asks = or_(
            row.status == BulletinStatus.SUBMITTED, and_(row.proposal.is_not(None), row.status.in_(sorted(APPROVED)))
        )
        wanted.append(and_(asks, there.exists()))
    if person.areas[Action.BULLETIN_SUBMIT]:
        is_mine = or_(row.author_id == person.user_id, row.submitter_id == person.user_id)
        wanted.append(and_(row.status == BulletinStatus.RETURNED, is_mine))
    found: list[OpenBulletin] = []
    for which in wanted:
        query = fields_of_rows(OpenBulletin, row).where(which).order_by(row.changed_at, row.id).limit(MOST)
        found += [OpenBulletin(*each) for each in session.connection().execute(query)]
    return found


def _access(session: Session, tree: AreaTree, now: datetime) -> list[OpenAccess]:
    requests = AccessRequests(session).open(now)[:MOST]
    people = People(session).get_many({each.user_id for each in requests}) if requests else {}
    return [
        OpenAccess(
            each.id,
            each.user_id,
            user.name,
            access_requests.areas_of(user, each) or access_requests.roots(tree),
            each.asked_by,
            each.asked_by_name,
            each.asked_at,
            each.expires_at,
        )
        for each in requests
        if (user := people.get(each.user_id)) is not None
    ]


def locked_accounts(session: Session, tree: AreaTree, now: datetime) -> list[LockedAccount]:
    """List the accounts of people whose sign-in is locked, those that are longest first."""
    locks = SignInTallies(session).locks(now, throttle.ASKED_FROM)
    row = UserRow
    logins = (
        select(row.id, row.login, row.name, GrantRow.area_id)
        .outerjoin(GrantRow, GrantRow.user_id == row.id)
        .where(row.disabled_at.is_(None))
    )
    areas: dict[tuple[UserId, str, str], set[AreaId]] = {}
    for user_id, login, name, area_id in session.execute(logins) if locks else ():
        if (mark := throttle.mark_of(login)) in locks:
            areas.setdefault((user_id, name, mark), set()).update([area_id] if area_id else [])
    found = [
        LockedAccount(user_id, name, frozenset(held) or access_requests.roots(tree), locks[mark].last_at, until_at)
        for (user_id, name, mark), held in areas.items()
        if (until_at := locks[mark].locked_until_at) is not None
    ]
    return sorted(found, key=lambda each: each.until_at, reverse=True)[:MOST]


def unused_invitations(
    session: Session, from_at: datetime, until_at: datetime, made_by: UserId | None = None
) -> list[UnusedInvitation]:
    """List first links that expire in the span, of people who have no password yet and are not blocked."""
    row, user = InvitationRow, UserRow
    query = (
        select(row.id, row.user_id, user.name, row.made_by, row.made_at, row.expires_at)
        .join(user, user.id == row.user_id)
        .where(row.used_at.is_(None), row.revoked_at.is_(None), row.is_reset.is_(False))
        .where(
            row.expires_at > from_at, row.expires_at <= until_at, user.password_hash == "", user.disabled_at.is_(None)
        )
        .order_by(row.expires_at, row.id)
        .limit(MOST)
    )
    mine = query if made_by is None else query.where(row.made_by == made_by)
    return [UnusedInvitation(*found) for found in session.execute(mine)]


def _invitations(session: Session, person: TaskHolder, now: datetime) -> list[UnusedInvitation]:
    return unused_invitations(session, now - EXPIRED_FOR, now + EXPIRES_SOON, person.user_id)


def _handed_down(session: Session, areas: Collection[AreaId]) -> list[HandedDown]:
    row = HandedDownRow
    asks = row.state.in_((HandedDownState.OFFERED, HandedDownState.COLLIDING))
    query = select(row).where(asks, among(row.area_id, areas)).order_by(row.answer_by_at, row.id).limit(MOST)
    return [value_of(HandedDown, each) for each in session.scalars(query)]

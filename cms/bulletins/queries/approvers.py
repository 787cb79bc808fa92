"""Approvers of an alert: who may be its second person, by role, level and place, and who of them is signed in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.repository.people import People
from cms.accounts.tables import SessionRow
from cms.alerts.service.steps import undeclared
from cms.alerts.tables import DeclarationRightRow
from cms.areas.repository import Places
from cms.platform.store.rows import value_of
from province.areas import AreaId, AreaTree
from province.contacts import Contact
from province.people import Action, UserId
from province.policy import may


@dataclass(frozen=True, slots=True)
class Approver:
    """Person who may approve up to ``level`` in every area asked for; ``phones`` where the contacts there name them."""

    user_id: UserId
    name: str
    level: AlertLevel
    is_signed_in: bool
    phones: tuple[Contact, ...] = ()


def approvers(
    session: Session, areas: Collection[AreaId], tree: AreaTree, now: datetime, besides: Collection[UserId | None] = ()
) -> list[Approver]:
    """List people with the role and a declaration right in all of ``areas``, signed in first; without ``besides``."""
    known = [area_id for area_id in areas if area_id in tree]
    if not known:
        return []
    rights: dict[UserId, list[DeclarationRight]] = {}
    for row in session.scalars(select(DeclarationRightRow)):
        rights.setdefault(row.user_id, []).append(value_of(DeclarationRight, row))
    here = _signed_in(session, now)
    contacts = [person for area_id in known for person in Places(session).contacts(area_id).people]
    found = []
    for user in People(session).all():
        level = _level(rights.get(user.id, []), known, tree)
        if level is None or user.id in besides or user.disabled_at is not None:
            continue
        if all(may(user.actor, Action.ALERT_APPROVE, area_id, tree) for area_id in known):
            phones = tuple(dict.fromkeys(each for each in contacts if each.name.casefold() == user.name.casefold()))
            found.append(Approver(user.id, user.name, level, user.id in here, phones))
    return sorted(found, key=lambda each: (not each.is_signed_in, -each.level, each.name, each.user_id))


def _level(rights: list[DeclarationRight], areas: list[AreaId], tree: AreaTree) -> AlertLevel | None:
    held = [level for level in AlertLevel if not undeclared(rights, level, areas, tree)]
    return max(held, default=None)


def _signed_in(session: Session, now: datetime) -> frozenset[UserId]:
    signed_in = select(SessionRow.user_id).where(
        SessionRow.revoked_at.is_(None), SessionRow.expires_at > now, SessionRow.second_factor_at.is_not(None)
    )
    return frozenset(session.scalars(signed_in))

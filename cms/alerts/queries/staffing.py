"""Staffing of alerts: areas and levels without enough people who have the rights and a second factor."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import null, select, type_coerce, union_all
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from cms.accounts.tables import GrantRow, SecondFactorRow, UserRow
from cms.alerts.tables import DeclarationRightRow
from province.areas import AreaId, AreaTree
from province.people import Action, Role, UserId
from province.policy import ROLE_ACTIONS


@dataclass(frozen=True, slots=True)
class StaffingGap:
    """Gap in staffing: ``areas`` without one person to raise these levels and another to approve and declare them."""

    levels: tuple[AlertLevel, ...]
    areas: tuple[AreaId, ...]


@dataclass(frozen=True, slots=True)
class Officer:
    """Person who may sign in with a second factor, and the areas of each right; it holds there and below."""

    raises: frozenset[AreaId]
    approves: frozenset[AreaId]
    declares: tuple[tuple[AreaId, AlertLevel], ...]


def gaps(session: Session, tree: AreaTree, on: date) -> list[StaffingGap]:
    """Return the fewest gaps that name every area in force and level without cover; empty where all are covered."""
    officers = _officers(session)
    places = [area.id for area in tree if area.is_in_force(on) and not _has_parts(tree, area.id, on)]
    lacking: dict[tuple[AreaId, ...], list[AlertLevel]] = {}
    for level in AlertLevel:
        open_ = [each for each in places if not _is_covered(officers, tree.chain(each), level)]
        if open_:
            lacking.setdefault(_merged(open_, tree, places), []).append(level)
    return [StaffingGap(tuple(levels), areas) for areas, levels in lacking.items()]


def _is_covered(officers: Sequence[Officer], chain: tuple[AreaId, ...], level: AlertLevel) -> bool:
    """Return whether one officer may raise such an alert and another let it out."""
    raising = {n for n, each in enumerate(officers) if not each.raises.isdisjoint(chain)}
    letting = {
        n
        for n, each in enumerate(officers)
        if not each.approves.isdisjoint(chain)
        and any(area_id in chain and held >= level for area_id, held in each.declares)
    }
    return any(one != other for one in raising for other in letting)


def _merged(open_: Collection[AreaId], tree: AreaTree, places: Collection[AreaId]) -> tuple[AreaId, ...]:
    """Replace all parts of an area by the area itself."""
    held = Counter(above for each in open_ for above in tree.chain(each))
    whole = Counter(above for each in places for above in tree.chain(each))
    return tree.roots_of(area_id for area_id, count in held.items() if count == whole[area_id])


def _has_parts(tree: AreaTree, area_id: AreaId, on: date) -> bool:
    return any(each.is_in_force(on) for each in tree.children(area_id))


def _officers(session: Session) -> list[Officer]:
    roles = [role for role, actions in ROLE_ACTIONS.items() if actions & {Action.ALERT_RAISE, Action.ALERT_APPROVE}]
    grant, right = GrantRow, DeclarationRightRow
    grants = (
        select(grant.user_id, grant.role, grant.area_id, type_coerce(null(), right.level.type))
        .join(UserRow, UserRow.id == grant.user_id)
        .join(SecondFactorRow, SecondFactorRow.user_id == grant.user_id)
        .where(grant.role.in_(roles), UserRow.disabled_at.is_(None))
    )
    rows = session.execute(union_all(grants, select(right.user_id, null(), right.area_id, right.level))).all()
    people = sorted({user_id for user_id, role, _, _ in rows if role is not None})

    def given(user_id: UserId, action: Action) -> frozenset[AreaId]:
        return frozenset(
            area_id for who, role, area_id, _ in rows if who == user_id and role is not None and _gives(role, action)
        )

    return [
        Officer(
            raises=given(each, Action.ALERT_RAISE),
            approves=given(each, Action.ALERT_APPROVE),
            declares=tuple((area_id, level) for who, _, area_id, level in rows if who == each and level is not None),
        )
        for each in people
    ]


def _gives(role: Role, action: Action) -> bool:
    return action in ROLE_ACTIONS[role]


def seen_by(found: Iterable[StaffingGap], areas: Collection[AreaId], tree: AreaTree) -> list[StaffingGap]:
    """Return the part of the gaps that lies in these areas, which a person answers for, or above them."""
    around = {above for each in areas for above in tree.chain(each)}
    near = ((gap.levels, tuple(each for each in gap.areas if each in around)) for gap in found)
    return [StaffingGap(levels, places) for levels, places in near if places]

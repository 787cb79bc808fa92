"""Declaration rights (area, level and person) and the province's alert policy, with an audit trail."""

from collections.abc import Sequence
from dataclasses import asdict

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertPolicy
from broadcast.alerts.orders import DeclarationRight
from cms.alerts.repository.alerts import AlertPolicies, Declarations
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import problem_if, refuse
from province.events import Event
from province.people import Action, UserId

HOURS_MAX = 168
POLICY_BOUNDS = {"hours_max": (1, HOURS_MAX), "all_clear_minutes": (1, 24 * 60), "hearing_m": (50, 5_000)}
"""Least and most of each number of the policy."""


def rights_of(uow: UnitOfWork, user_id: UserId) -> Sequence[DeclarationRight]:
    """Return a person's rights by area; a right holds at its area and below."""
    with uow:
        return uow[Declarations].of(user_id)


def give(uow: UnitOfWork, *, user_id: UserId, area_id: AreaId, level: AlertLevel, call: Call) -> DeclarationRight:
    """Give a person the right to declare up to ``level`` there and below; a right held at this very area is changed.

    Raises:
        NotAllowedError: no right to manage users there.
        UnknownAreaError: no such area.
    """
    right = DeclarationRight(user_id, area_id, level)
    with uow:
        _require(uow, call, area_id)
        give_within(uow, right, call)
        uow.commit()
    return right


def give_within(uow: UnitOfWork, right: DeclarationRight, call: Call) -> None:
    """Give the right, within the unit of work of a caller that has checked the permission."""
    uow[Declarations].give(right)
    uow.record(_event("given", right, call))


def take(uow: UnitOfWork, *, user_id: UserId, area_id: AreaId, call: Call) -> None:
    """Take away the right held at this very area; idempotent.

    Raises:
        NotAllowedError: no right to manage users there.
        UnknownAreaError: no such area.
    """
    with uow:
        _require(uow, call, area_id)
        for right in uow[Declarations].of(user_id):
            if right.area_id == area_id:
                take_within(uow, right, call)
        uow.commit()


def take_within(uow: UnitOfWork, right: DeclarationRight, call: Call) -> None:
    """Take the right away, within the unit of work of a caller that has checked the permission."""
    uow[Declarations].take(right)
    uow.record(_event("taken", right, call))


def policy_of(uow: UnitOfWork) -> AlertPolicy:
    with uow:
        return uow[AlertPolicies].get()


def set_policy(uow: UnitOfWork, *, policy: AlertPolicy, call: Call) -> AlertPolicy:
    """Set the alert policy of the province, with an audit trail.

    Raises:
        NotAllowedError: no right to manage users in all of it.
        InvalidError: a number out of bounds.
    """
    problems = []
    for field, (least, most) in POLICY_BOUNDS.items():
        is_out = not least <= getattr(policy, field) <= most
        problems += problem_if(is_out, field, "OUT_OF_BOUNDS", min=least, max=most)
    refuse(problems)
    with uow:
        tree = uow[Places].tree()
        open_roots = [area.id for area in tree.children(None) if area.valid_to is None]
        call.require(Action.USER_MANAGE, open_roots, tree)
        uow[AlertPolicies].set(policy)
        uow.record(call.event("alert_policy.set", "alert_policy", **asdict(policy)))
        uow.commit()
    return policy


def _require(uow: UnitOfWork, call: Call, area_id: AreaId) -> None:
    tree = uow[Places].tree()
    tree.get(area_id)
    call.require(Action.USER_MANAGE, [area_id], tree)


def _event(name: str, right: DeclarationRight, call: Call) -> Event:
    return call.event(f"declaration_right.{name}", right.user_id, area=right.area_id, level=int(right.level))

"""Steps of an alert: check of the version seen, the next version, events, and rights."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.lifecycle import next_status
from broadcast.alerts.model import Alert, AlertAction, AlertStatus, AlertZone
from broadcast.alerts.orders import DeclarationRight
from cms.alerts.repository.alerts import Declarations
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ConflictError, InvalidError, NotAllowedError, Problem, TokenRefusedError, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.wall_clock import is_recent

SECOND_FACTOR_FRESH = timedelta(minutes=5)
REASON_MAX = 2000


def require_current(alert: Alert, expected_version: int) -> None:
    """Require that the person saw the current version; versions saved by our own processes do not count.

    Raises:
        ConflictError: another person changed it meanwhile.
    """
    if not alert.version - alert.own_versions <= expected_version <= alert.version:
        raise ConflictError("alert", alert.id, expected_version, alert.version)


def revised(alert: Alert, action: AlertAction, now: datetime, **changes: Any) -> Alert:
    """Return the next version, in the state that ``action`` leads to.

    Raises:
        NotPossibleError: the table has no such step.
    """
    status = next_status(alert.status, action)
    return replace(alert, status=status, version=alert.version + 1, changed_at=now, own_versions=0, **changes)


def progressed(alert: Alert, now: datetime, **changes: Any) -> Alert:
    """Return the next version, made by one of our processes: a person who saw the one before may still act on it."""
    own = alert.own_versions + 1
    return replace(alert, version=alert.version + 1, changed_at=now, own_versions=own, **changes)


def decided(draft: Alert, now: datetime, **people: Any) -> Alert:
    """Return the next version, submitted and approved in one step by the people of these fields."""
    submitted = revised(draft, AlertAction.SUBMIT, now, **people)
    active = revised(submitted, AlertAction.APPROVE, now, approved_at=now)
    return replace(active, version=draft.version + 1)


def event_of(name: str, alert: Alert, actor: Actor, **detail: object) -> Event:
    """Build the event of an action on an alert by a person or one of our processes, with its name of that time."""
    frozen = {"version": alert.version, "kind": alert.kind.value, "headline": alert.headline, **detail}
    return Event.of(actor, f"alert.{name}", alert.id, alert.changed_at, **frozen)


def require_fresh_code(call: Call, action: Action) -> None:
    """Require a one-time code given within the last five minutes; raises NotAllowedError SECOND_FACTOR."""
    given_at = call.actor.second_factor_at
    if given_at is None or not is_recent(given_at, call.now, SECOND_FACTOR_FRESH):
        raise NotAllowedError(action, "SECOND_FACTOR")


def require_person(actor: Actor, action: Action) -> None:
    """Require a person: programs draft alerts, people hand them on. Raises TokenRefusedError."""
    if actor.is_token:
        raise TokenRefusedError(action, "PERSON")


def undeclared(
    rights: Iterable[DeclarationRight], level: AlertLevel, areas: Iterable[AreaId], tree: AreaTree
) -> tuple[AreaId, ...]:
    """Return those of ``areas`` where none of the rights reaches this level."""
    held = {right.area_id for right in rights if right.level >= level}
    return tuple(area_id for area_id in areas if held.isdisjoint(tree.chain(area_id)))


def require_declaration(uow: UnitOfWork, alert: Alert, actor: Actor) -> None:
    """Require a declaration right for the level; for a drill a right of any level.

    Raises:
        NotAllowedError: LEVEL, with the areas where the actor may not declare an alert of this level.
    """
    level = AlertLevel.ONE if alert.is_drill else alert.level
    missing = undeclared(uow[Declarations].of(actor.user_id), level, alert.audience.targets.areas, uow[Places].tree())
    if missing:
        raise NotAllowedError(Action.ALERT_APPROVE, "LEVEL", missing)


def require_in_areas(uow: UnitOfWork, call: Call, action: Action, aimed: Alert | AlertZone) -> None:
    """Require that the actor's roles give the action in every target area; raises NotAllowedError."""
    tree = uow[Places].tree()
    call.require(action, [a for a in aimed.audience.targets.areas if a in tree], tree)


def require_right_to_drop(uow: UnitOfWork, call: Call, alert: Alert) -> None:
    """Require the right to approve where the actor ends another's live alert that waits for its second person.

    Raises:
        NotAllowedError: no right to approve in every target area, SECOND_FACTOR, or LEVEL.
    """
    is_waiting = alert.status is AlertStatus.SUBMITTED and not alert.is_drill
    if not is_waiting or call.actor.user_id in (alert.author_id, alert.submitter_id):
        return
    require_in_areas(uow, call, Action.ALERT_APPROVE, alert)
    require_fresh_code(call, Action.ALERT_APPROVE)
    require_declaration(uow, alert, call.actor)


def cleaned_reason(reason: str) -> str:
    """Return the reason stripped; raises InvalidError where it is empty or too long."""
    text = reason.strip()
    if not text:
        raise InvalidError([Problem("reason", "MISSING")])
    refuse(too_long("reason", text, REASON_MAX))
    return text

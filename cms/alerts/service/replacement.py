"""Replacement of an alert by its update: only where both its people may end the old one; elsewhere it stays active."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from broadcast.alerts.findings import fits_one_message
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertStatus, Audience
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import Alerts, Declarations
from cms.alerts.service.steps import undeclared
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Authority, Call
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action, Actor


@dataclass(frozen=True, slots=True)
class Replacement:
    """Area of a replacement. ``areas``: where ``alert`` ends, in the highest names; ``by``: names of those entitled.

    ``remaining``: the audience left to it; None where there is none.
    """

    alert: Alert
    areas: tuple[AreaId, ...]
    remaining: Audience | None
    by: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return self.remaining is None


def replacement_of(uow: UnitOfWork, authority: Authority, new: Alert, people: Sequence[Actor]) -> Replacement | None:
    """Return where ``new`` ends the alert it updates, if that is in force; within a unit of work.

    Everywhere, where all of ``people`` may cancel that alert and declare its level in every place it means; else where
    both alerts are meant, and only if all of them may do so there.

    Raises:
        NotAllowedError: AREA, ROLE or LEVEL, with the places where one of them may not end it.
        InvalidError: ELSEWHERE: the two have no place in common; TOO_MUCH_TO_SEND: the rest fits no message.
    """
    old = None if new.updates_id is None else uow[Alerts].get(new.updates_id)
    if old is None or old.status is not AlertStatus.ACTIVE:
        return None
    tree = uow[Places].tree()
    meant = frozenset(places_of(old.audience, tree))
    by = tuple(dict.fromkeys(person.name for person in people))
    forbidden = _forbidden(uow, authority, old, people)
    if not forbidden:
        return Replacement(old, tree.roots_of(sorted(meant)), None, by)
    areas = common_places(old.audience, new.audience, tree)
    common = frozenset(reached(Targets(areas), tree, meant))
    if not areas:
        raise InvalidError([Problem("updates_id", "ELSEWHERE", {"headline": old.headline})])
    beyond = common & forbidden
    if beyond:
        raise NotAllowedError(Action.ALERT_CANCEL, "LEVEL", tree.roots_of(sorted(beyond)))
    return Replacement(old, areas, _left(old, areas), by)


def places_of(audience: Audience, tree: AreaTree) -> tuple[AreaId, ...]:
    """Return every place the audience means, whether it holds devices or not."""
    return reached(audience.targets, tree, (area.id for area in tree))


def common_places(one: Audience, other: Audience, tree: AreaTree) -> tuple[AreaId, ...]:
    """Return the places that both mean with all that lies below them, in the highest names."""
    both = frozenset(places_of(one, tree)).intersection(places_of(other, tree))
    whole = {area_id for area_id in both if all(below.id in both for below in tree.subtree(area_id))}
    return tree.roots_of(whole)


def require_readable(uow: UnitOfWork, call: Call, alert: Alert) -> None:
    """Require that the actor may read alerts in a place of it, or has written it; raises NotFoundError."""
    if call.actor.user_id in (alert.author_id, alert.submitter_id):
        return
    tree = uow[Places].tree()
    meant = places_of(alert.audience, tree)
    if not any(_may(call.authority, call.actor, Action.ALERT_READ, area_id, tree) for area_id in meant):
        raise NotFoundError("alert", alert.id)


def people_of(uow: UnitOfWork, alert: Alert, *others: Actor) -> tuple[Actor, ...]:
    """Return its submitter (before: its author) with current grants, and these others."""
    return (uow[Declarations].actor(alert.submitter_id or alert.author_id), *others)


def _forbidden(uow: UnitOfWork, authority: Authority, old: Alert, people: Iterable[Actor]) -> frozenset[AreaId]:
    """Return the places where one of them may not cancel it, or declare its level."""
    tree = uow[Places].tree()
    level = AlertLevel.ONE if old.is_drill else old.level
    places = places_of(old.audience, tree)
    found: set[AreaId] = set()
    for person in people:
        found |= {area_id for area_id in places if not _may(authority, person, Action.ALERT_CANCEL, area_id, tree)}
        found |= set(undeclared(uow[Declarations].of(person.user_id), level, places, tree))
    return frozenset(found)


def _may(authority: Authority, actor: Actor, action: Action, area_id: AreaId, tree: AreaTree) -> bool:
    try:
        authority.require(actor, action, (area_id,), tree)
    except NotAllowedError:
        return False
    return True


def _left(old: Alert, areas: Sequence[AreaId]) -> Audience:
    """Return the audience left to it; raises InvalidError where the exclusions do not fit one message."""
    left = old.audience.without(areas)
    if not fits_one_message(replace(old, audience=left)):
        raise InvalidError([Problem("updates_id", "TOO_MUCH_TO_SEND")])
    return left

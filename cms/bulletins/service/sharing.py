"""Sharing a template or a voice with an area below, and taking it back. Bulletins are handed down instead."""

from collections.abc import Sequence
from datetime import datetime

from broadcast.bulletins.sharing import Share, ShareId, ShareKind, TemplateId
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Shares, Templates
from cms.bulletins.service.draft_fields import area_problems
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import InvalidError, Problem
from province.events import Event
from province.people import Action
from province.wall_clock import local_date


def share(uow: UnitOfWork, *, kind: ShareKind, subject_id: str, area_id: AreaId, call: Call) -> Share:
    """Share it with that area and everything below it from now on. Idempotent.

    Raises:
        NotFoundError: no such template.
        NotAllowedError: the actor may not share in its area, or not with the one that is to have it.
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        origin_id = _origin_of(uow, kind, subject_id)
        call.require(Action.SHARE_DOWN, [each for each in (origin_id, area_id) if each in tree], tree)
        if problems := _problems(kind, origin_id, area_id, tree, call.now):
            raise InvalidError(problems)
        held = next((each for each in uow[Shares].of(kind, subject_id) if each.area_id == area_id), None)
        if held is not None:
            return held
        made = Share(
            ShareId(call.new_id()), kind, subject_id, origin_id, area_id, call.now, call.actor.user_id, call.actor.name
        )
        uow[Shares].add(made)
        uow.record(_event("made", made, call))
        uow.commit()
    return made


def take_back(uow: UnitOfWork, share_id: ShareId, *, call: Call) -> Share:
    """Take the share back and return it. Bulletins and sounds made with it stay as they are.

    Raises:
        NotFoundError: no such share.
        NotAllowedError: the actor may not share with that area.
    """
    with uow:
        held = uow[Shares].get(share_id)
        call.require(Action.SHARE_DOWN, [held.area_id], uow[Places].tree())
        uow[Shares].remove(share_id)
        uow.record(_event("taken_back", held, call))
        uow.commit()
    return held


def voices_in(uow: UnitOfWork, reach: Sequence[AreaId]) -> Sequence[Share]:
    """Return the voices shared with any of these areas, the nearest area's first; within a unit of work."""
    place = {area_id: nearness for nearness, area_id in enumerate(reach)}
    found = uow[Shares].with_areas(reach, ShareKind.VOICE)
    return sorted(found, key=lambda each: place[each.area_id])


def _origin_of(uow: UnitOfWork, kind: ShareKind, subject_id: str) -> AreaId:
    """Return the area that owns it. Raises NotFoundError."""
    if kind is ShareKind.TEMPLATE:
        return uow[Templates].get(TemplateId(subject_id)).area_id
    return AreaId(subject_id)


def _problems(kind: ShareKind, origin_id: AreaId, area_id: AreaId, tree: AreaTree, now: datetime) -> list[Problem]:
    found = area_problems(area_id, "area", tree, local_date(now))
    if kind is ShareKind.VOICE and origin_id not in tree:
        found.append(Problem("subject", "AREA_UNKNOWN", {"area": origin_id[:40]}))
    # A voice is used everywhere below its area anyway, a template in its own.
    has_it = tree.is_within(area_id, origin_id) if kind is ShareKind.VOICE else area_id == origin_id
    if not found and has_it:
        found.append(Problem("area", "HAS_IT", {"area": area_id, "name": tree.get(area_id).name}))
    return found


def _event(name: str, held: Share, call: Call) -> Event:
    told: dict[str, object] = {
        "kind": held.kind.value,
        "subject": held.subject_id,
        "origin": held.origin_id,
        "area": held.area_id,
    }
    return call.event(f"share.{name}", held.id, told)

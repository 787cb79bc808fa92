"""Handing an approved bulletin down to communes, and taking it back. Within a unit of work."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.lifecycle import AIRING
from broadcast.bulletins.model import Bulletin, BulletinAction, Targets
from broadcast.bulletins.priority import CLASSES
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.inbox.model import (
    TRANSITIONS,
    HandedDown,
    HandedDownAction,
    HandedDownId,
    HandedDownState,
    next_state,
    receivers,
)
from broadcast.scheduling.conflicts import ClashSurroundings, blocking, find_clashes
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.freeze import frozen, require_ready, sound_problems
from cms.bulletins.service.revisions import event_of, revised
from cms.bulletins.service.transmission_withdrawal import take_back
from cms.inbox.repository import HandedDowns
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import ClashError, InvalidError, Problem, problem_if, refuse
from province.events import Event
from province.people import Actor, UserId, program
from province.wall_clock import local_date

_SENDER: Final = program("sender")
_NOBODY: Final = Actor(UserId(""), "", ())


def require_fit(uow: UnitOfWork, bulletin: Bulletin, now: datetime) -> Mapping[AreaId, Targets]:
    """Return the receiving communes; require a sound and, where it is to be placed at once, a schedule.

    Clashes in a commune are the commune's to decide: only problems common to all are looked for.

    Raises:
        InvalidError: with all that is missing.
        ClashError: it overlaps itself or lies outside its validity.
    """
    tree = uow[Places].tree()
    on = local_date(now)
    found = receivers(bulletin.targets, tree, uow[Places].commune_kinds(), on)
    problems = [
        Problem("targets", "BELOW_COMMUNE", {"area": area_id, "name": tree.get(area_id).name})
        for area_id in found.unfit
    ]
    problems += problem_if(not problems and not found.communes, "targets", "MISSING")
    if bulletin.schedules or CLASSES[bulletin.priority].is_placed_at_once:
        try:
            require_ready(bulletin, now)
        except InvalidError as error:
            problems += error.problems
    else:
        problems += sound_problems(bulletin)
    refuse(problems)
    wanted = frozen(uow, bulletin, TransmissionId(bulletin.id), approver=_NOBODY, now=now)
    in_the_way = blocking(find_clashes(wanted, ClashSurroundings((), (), tree, {}), now))
    if in_the_way:
        raise ClashError(in_the_way)
    return found.communes


def hand_down(uow: UnitOfWork, old: Bulletin, *, call: Call) -> Bulletin:
    """Hand the bulletin down, with one item in the inbox of each commune. Saved; not yet committed.

    A normal one waits for the commune until its answer is due; a priority one is placed by the server at once.

    Raises:
        InvalidError, ClashError: see :func:`require_fit`.
    """
    communes = require_fit(uow, old, call.now)
    bulletin = revised(old, BulletinAction.HAND_DOWN, call.now, approver_id=call.actor.user_id)
    waits = not CLASSES[bulletin.priority].is_placed_at_once
    uow[Bulletins].save(bulletin)
    for area_id in communes:
        until_at = call.now + timedelta(hours=uow[HandedDowns].rules(area_id).answer_hours)
        if bulletin.valid_until_at is not None:
            until_at = min(until_at, bulletin.valid_until_at)
        uow[HandedDowns].add(
            HandedDown(
                id=HandedDownId(call.new_id()),
                bulletin_id=bulletin.id,
                area_id=area_id,
                title=bulletin.title,
                priority=bulletin.priority,
                state=HandedDownState.OFFERED if waits else HandedDownState.PLACING,
                approved_by=call.actor.user_id,
                approved_by_name=call.actor.name,
                sent_at=call.now,
                answer_by_at=until_at if waits else call.now,
            )
        )
    return bulletin


def take_back_from_communes(uow: UnitOfWork, bulletin: Bulletin, now: datetime) -> int:
    """Take back its items from the communes, placed or not; return how many.

    A placed copy is withdrawn as well: its approval was that of the content.
    """
    taken = 0
    for item in uow[HandedDowns].of_bulletin(bulletin.id):
        if (item.state, HandedDownAction.TAKE_BACK) not in TRANSITIONS:
            continue
        gone = stepped(item, HandedDownAction.TAKE_BACK)
        uow[HandedDowns].save(gone)
        placed = None if item.placed_id is None else uow[Bulletins].get(item.placed_id)
        if placed is not None and placed.status in AIRING:
            withdrawn = revised(placed, BulletinAction.WITHDRAW, now, proposal=None)
            uow[Bulletins].save(withdrawn)
            cancelled = take_back(uow, placed.id, now)
            uow.record(event_of("withdrawn", withdrawn, _SENDER, cancelled=cancelled, source=bulletin.id))
        uow.record(item_event("taken_back", gone, now, _SENDER))
        taken += 1
    return taken


def stepped(item: HandedDown, action: HandedDownAction, **changes: object) -> HandedDown:
    """Return the next version, in the state that ``action`` leads to. Raises NotPossibleError."""
    return replace(item, state=next_state(item.state, action), version=item.version + 1, **changes)  # type: ignore[arg-type]


def item_event(name: str, item: HandedDown, at: datetime, actor: Actor, **detail: object) -> Event:
    frozen_ = {"bulletin": item.bulletin_id, "area": item.area_id, "title": item.title, **detail}
    return Event.of(actor, f"handed_down.{name}", item.id, at, **frozen_)

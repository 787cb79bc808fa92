"""Answers of a commune to bulletins handed down to it: accept and place, decline, or choose which of two goes first.

The sender approved the content; the commune is responsible for the time of airing. No person does both.
"""

from dataclasses import replace
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.schedules import Schedule
from broadcast.inbox.model import (
    First,
    HandedDown,
    HandedDownAction,
    HandedDownId,
    HandedDownState,
    InboxRules,
    next_state,
)
from broadcast.scheduling.closed_days import set_problems
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.sessions.rules import own_time_problems
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.freeze import clear_reach_of, require_ready
from cms.bulletins.service.revisions import area_problems
from cms.inbox.repository import HandedDowns
from cms.inbox.service.hand_down import item_event, stepped
from cms.inbox.service.placement import copy_for, placed_transmission, put_first, store_placed
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.calendar import all_closed, own_sets
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotPossibleError, Problem, refuse, too_long
from province.people import Action
from province.wall_clock import local_date

REASON_MAX: Final = 2000
_MINUTES_MAX: Final = 24 * 60
_HOURS_MAX: Final = 31 * 24


def see(uow: UnitOfWork, item_id: HandedDownId, *, call: Call) -> HandedDown:
    """Return the item; its first opening by a person who may answer is stored, for its sender.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        item = uow[HandedDowns].get(item_id)
        call.require(Action.BULLETIN_READ, [item.area_id], uow[Places].tree())
        if item.seen_at is not None:
            return item
        try:
            call.require(Action.INBOX_ANSWER, [item.area_id], uow[Places].tree())
        except NotAllowedError:
            return item
        seen = replace(item, version=item.version + 1, seen_at=call.now, seen_by_name=call.actor.name)
        uow[HandedDowns].save(seen)
        uow.record(item_event("seen", seen, call.now, call.actor))
        uow.commit()
    return seen


def accept(uow: UnitOfWork, item_id: HandedDownId, *, schedules: tuple[Schedule, ...], call: Call) -> Bulletin:
    """Accept the item as the commune's own bulletin at the times it chose, approved; the content is the sender's.

    Raises:
        NotFoundError, NotPossibleError: see their remedies.
        NotAllowedError: not the actor's inbox, or a bulletin that the actor wrote or approved (OWN_BULLETIN).
        InvalidError: the schedules cannot be read, or nothing is left to air.
        ClashError: with every clash that stands in the way.
    """
    with uow:
        item = _answerable(uow, item_id, HandedDownAction.ACCEPT, call)
        source = uow[Bulletins].get(item.bulletin_id)
        own = own_sets(uow, schedules)
        refuse([*_schedule_problems(schedules), *set_problems(schedules, own)])
        copied = copy_for(uow, item, source, now=call.now, new_id=call.new_id, by=call.actor)
        copy = replace(copied, schedules=all_closed(schedules, own, call.now))
        require_ready(copy, call.now)
        wanted = placed_transmission(uow, copy, item, call.now, call.new_id)
        reach = clear_reach_of(uow, wanted, call.now)
        placed = _answered(stepped(item, HandedDownAction.ACCEPT, placed_id=copy.id), call)
        store_placed(uow, placed, copy, wanted, reach.areas)
        uow.record(item_event("accepted", placed, call.now, call.actor, placed=copy.id))
        uow.commit()
    return copy


def decline(uow: UnitOfWork, item_id: HandedDownId, *, reason: str, call: Call) -> HandedDown:
    """Decline the item, with the reason for its sender.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
        InvalidError: no reason was given.
    """
    text = reason.strip()
    with uow:
        item = _answerable(uow, item_id, HandedDownAction.DECLINE, call)
        if not text:
            raise InvalidError([Problem("reason", "MISSING")])
        refuse(too_long("reason", text, REASON_MAX))
        declined = _answered(stepped(item, HandedDownAction.DECLINE, reason=text), call)
        uow[HandedDowns].save(declined)
        uow.record(item_event("declined", declined, call.now, call.actor, reason=text))
        uow.commit()
    return declined


def reopen(uow: UnitOfWork, item_id: HandedDownId, *, call: Call) -> HandedDown:
    """Take the commune's refusal back: the item waits for its answer again, until the same time.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
    """
    with uow:
        item = _answerable(uow, item_id, HandedDownAction.REOPEN, call)
        if uow[Bulletins].get(item.bulletin_id).status is not BulletinStatus.HANDED_DOWN:
            raise NotPossibleError(HandedDownState.TAKEN_BACK, HandedDownAction.REOPEN)
        unanswered = replace(item, answered_at=None, answered_by=None, answered_by_name="")
        reopened = stepped(unanswered, HandedDownAction.REOPEN, reason="")
        uow[HandedDowns].save(reopened)
        uow.record(item_event("reopened", reopened, call.now, call.actor, reason=item.reason))
        uow.commit()
    return reopened


def order(uow: UnitOfWork, item_id: HandedDownId, *, first: First, call: Call) -> HandedDown:
    """Place a priority item in the order that the commune chooses; the other one follows it.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
    """
    with uow:
        item = _answerable(uow, item_id, HandedDownAction.ORDER, call)
        answered = _answered(item, call)
        placed = put_first(uow, answered, first, HandedDownAction.ORDER, now=call.now, new_id=call.new_id)
        uow.record(item_event("ordered", placed, call.now, call.actor, first=first.value))
        uow.commit()
    return placed


def set_rules(uow: UnitOfWork, area_id: AreaId, rules: InboxRules, *, call: Call) -> InboxRules:
    """Set the defaults for communes in an area that do not answer, for items handed down from now on.

    Raises:
        NotAllowedError: the actor does not manage that area.
        InvalidError: with everything wrong with it.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.AREA_MANAGE, [area_id] if area_id in tree else [], tree)
        problems = area_problems(area_id, "area", tree, local_date(call.now))
        if not 1 <= rules.order_minutes <= _MINUTES_MAX:
            problems.append(Problem("order_minutes", "OUT_OF_RANGE", {"min": 1, "max": _MINUTES_MAX}))
        if not 1 <= rules.answer_hours <= _HOURS_MAX:
            problems.append(Problem("answer_hours", "OUT_OF_RANGE", {"min": 1, "max": _HOURS_MAX}))
        refuse(problems)
        before = uow[HandedDowns].rules(area_id)
        uow[HandedDowns].set_rules(area_id, rules)
        uow.record(call.event("area.inbox_rules_set", area_id, before=_plain(before), after=_plain(rules)))
        uow.commit()
    return rules


def _answerable(uow: UnitOfWork, item_id: HandedDownId, action: HandedDownAction, call: Call) -> HandedDown:
    item = uow[HandedDowns].get(item_id)
    call.require(Action.INBOX_ANSWER, [item.area_id], uow[Places].tree())
    if call.actor.user_id == item.approved_by or uow[Bulletins].get(item.bulletin_id).is_own(call.actor.user_id):
        raise NotAllowedError(Action.INBOX_ANSWER, "OWN_BULLETIN", (item.area_id,))
    next_state(item.state, action)
    return item


def _answered(item: HandedDown, call: Call) -> HandedDown:
    return replace(item, answered_at=call.now, answered_by=call.actor.user_id, answered_by_name=call.actor.name)


def _schedule_problems(schedules: tuple[Schedule, ...]) -> list[Problem]:
    if not schedules:
        return [Problem("schedules", "MISSING")]
    if len(schedules) > SCHEDULES_MAX:
        return [Problem("schedules", "TOO_MANY", {"max": SCHEDULES_MAX})]
    return [*all_problems(schedules), *own_time_problems(schedules)]


def _plain(rules: InboxRules) -> dict[str, object]:
    return {"first": rules.first.value, "order_minutes": rules.order_minutes, "answer_hours": rules.answer_hours}

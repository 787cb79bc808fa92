"""Delegated slots: given to a person, filled with approved bulletins, revoked."""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.scheduling.recurrence import WEEKDAYS, all_problems
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.scheduling.slots import Slot, SlotId, allow
from broadcast.sessions.rules import own_time_problems
from cms.accounts.model import User
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import clear_reach_of
from cms.bulletins.service.revisions import area_problems, event_of, require_current, revised
from cms.bulletins.service.transmission_withdrawal import require_time_left, take_back
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.calendar import Slots
from cms.stations.service.programmes import follow
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import InvalidError, NotAllowedError, Problem, problem_if, refuse
from province.events import Event
from province.people import Action, UserId
from province.wall_clock import local_date

# A delegation has to be renewed once a year.
DAYS_MOST: Final = 366


@dataclass(frozen=True, slots=True)
class SlotDraft:
    """Slot as a person enters it. The name of the holder is frozen into the slot."""

    holder_id: UserId
    holder_name: str
    area_id: AreaId
    weekdays: tuple[str, ...]
    starts: time
    ends: time
    classes: tuple[PriorityClass, ...]
    last_on: date


def grant(uow: UnitOfWork, *, draft: SlotDraft, call: Call) -> Slot:
    """Grant the slot, in force from now on.

    Raises:
        NotAllowedError: no right to review there, or for oneself (OWN_SLOT).
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.SLOT_GRANT, [draft.area_id] if draft.area_id in tree else [], tree)
        if draft.holder_id == call.actor.user_id:
            raise NotAllowedError(Action.SLOT_GRANT, "OWN_SLOT", (draft.area_id,))
        refuse(problems_of(draft, tree, local_date(call.now)))
        tidy = replace(draft, weekdays=tuple(day for day in WEEKDAYS if day in draft.weekdays))
        slot = Slot(
            **columns_of(tidy),
            id=SlotId(call.new_id()),
            granted_by=call.actor.user_id,
            granted_by_name=call.actor.name,
            granted_at=call.now,
        )
        uow[Slots].add(slot)
        uow.record(_event("granted", slot, call))
        uow.commit()
    return slot


def revoke(uow: UnitOfWork, slot_id: SlotId, *, call: Call) -> Slot:
    """Revoke the slot; bulletins placed in it stay. Idempotent.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        slot = uow[Slots].get(slot_id)
        call.require(Action.SLOT_GRANT, [slot.area_id], uow[Places].tree())
        if slot.revoked_at is not None:
            return slot
        revoked = replace(slot, revoked_at=call.now)
        uow[Slots].save(revoked)
        uow.record(_event("revoked", revoked, call))
        uow.commit()
    return revoked


def problems_of(draft: SlotDraft, tree: AreaTree, today: date) -> list[Problem]:
    """Return everything wrong with a slot draft."""
    found = area_problems(draft.area_id, "area", tree, today)
    found += problem_if(not draft.weekdays or not set(draft.weekdays) <= set(WEEKDAYS), "weekdays", "MISSING")
    found += problem_if(not draft.classes, "classes", "MISSING")
    found += problem_if(draft.ends <= draft.starts, "ends", "ENDS_BEFORE_START")
    if not today <= draft.last_on <= today + timedelta(days=DAYS_MOST):
        found.append(Problem("last_on", "SLOT_TOO_LONG", {"max": DAYS_MOST}))
    return found


def _event(name: str, slot: Slot, call: Call) -> Event:
    detail: dict[str, object] = {
        "holder": slot.holder_name,
        "area": slot.area_id,
        "weekdays": list(slot.weekdays),
        "starts": slot.starts.isoformat(),
        "ends": slot.ends.isoformat(),
        "classes": [str(each) for each in slot.classes],
        "last_on": slot.last_on.isoformat(),
    }
    return call.event(f"slot.{name}", slot.id, **detail)


def active_holder(user: User | None) -> tuple[UserId, str]:
    """Return id and name of the holder of a slot. Raises InvalidError if there is no such active user."""
    if user is None or user.disabled_at is not None:
        raise InvalidError([Problem("login", "PERSON_UNKNOWN")])
    return user.id, user.name


def fill(
    uow: UnitOfWork, bulletin_id: BulletinId, *, schedules: tuple[Schedule, ...], expected_version: int, call: Call
) -> Bulletin:
    """Give an approved bulletin another schedule: a new transmission of the same content replaces the old one.

    A change that waited for a second person is dropped by it.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: no right to write and withdraw at every target, or an airing outside the actor's slots (SLOT).
        InvalidError: the schedules cannot be read.
        ClashError: with every clash that stands in the way.
    """
    with uow:
        old, tree = uow[Bulletins].get(bulletin_id), uow[Places].tree()
        for right in (Action.BULLETIN_WRITE, Action.BULLETIN_WITHDRAW):
            call.require(right, old.targets.areas, tree)
        require_current(old, expected_version)
        next_status(old.status, BulletinAction.FILL)
        _require_readable(schedules)
        bulletin = revised(old, BulletinAction.FILL, call.now, schedules=schedules, proposal=None)
        approved = next(each for each in uow[Transmissions].of_bulletin(old.id) if each.withdrawn_at is None)
        wanted = replace(
            approved,
            id=TransmissionId(call.new_id()),
            bulletin_version=bulletin.version,
            schedules=schedules,
            approved_at=call.now,
        )
        if not allow(uow[Slots].of_holder(call.actor.user_id), wanted, tree, call.now):
            raise NotAllowedError(BulletinAction.FILL, "SLOT", old.targets.areas)
        require_time_left(uow, old.id, override="", call=call)
        cancelled = take_back(uow, old.id, call.now)
        clear_reach_of(uow, wanted, call.now)
        uow[Bulletins].save(bulletin)
        uow[Transmissions].add(wanted)
        uow[Approvals].add(document_of(bulletin, wanted))
        follow(uow, bulletin, wanted, call.now)
        uow.record(event_of("filled", bulletin, call.actor, transmission=wanted.id, cancelled=cancelled))
        uow.commit()
    return bulletin


def _require_readable(schedules: tuple[Schedule, ...]) -> None:
    if not schedules:
        raise InvalidError([Problem("schedules", "MISSING")])
    if len(schedules) > SCHEDULES_MAX:
        raise InvalidError([Problem("schedules", "TOO_MANY", {"max": SCHEDULES_MAX})])
    refuse([*all_problems(schedules), *own_time_problems(schedules)])

"""Delegation of slots: give a person a slot of the week to fill, and revoke it."""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.slots import Slot, SlotId
from cms.areas.repository import Places
from cms.bulletins.service.draft_fields import area_problems
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.slots import Slots
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import InvalidError, NotAllowedError, Problem
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
        problems = problems_of(draft, tree, local_date(call.now))
        if problems:
            raise InvalidError(problems)
        slot = Slot(
            id=SlotId(call.new_id()),
            holder_id=draft.holder_id,
            holder_name=draft.holder_name,
            area_id=draft.area_id,
            weekdays=tuple(day for day in WEEKDAYS if day in draft.weekdays),
            starts=draft.starts,
            ends=draft.ends,
            classes=draft.classes,
            last_on=draft.last_on,
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
    if not draft.weekdays or not set(draft.weekdays) <= set(WEEKDAYS):
        found.append(Problem("weekdays", "MISSING"))
    if not draft.classes:
        found.append(Problem("classes", "MISSING"))
    if draft.ends <= draft.starts:
        found.append(Problem("ends", "ENDS_BEFORE_START"))
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
    return call.event(f"slot.{name}", slot.id, detail)

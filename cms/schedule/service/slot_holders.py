"""Holders of slots: from the user of a login to a slot draft."""

from datetime import date, time

from broadcast.bulletins.priority import PriorityClass
from cms.accounts.model import User
from cms.schedule.service.slot_delegation import SlotDraft
from province.areas import AreaId
from province.errors import InvalidError, Problem


def slot_draft(
    holder: User | None,
    *,
    area_id: str,
    weekdays: tuple[str, ...],
    starts: time,
    ends: time,
    classes: tuple[PriorityClass, ...],
    last_on: date,
) -> SlotDraft:
    """Build the draft. Raises InvalidError if there is no such active user."""
    if holder is None or holder.disabled_at is not None:
        raise InvalidError([Problem("login", "PERSON_UNKNOWN")])
    return SlotDraft(holder.id, holder.name, AreaId(area_id), weekdays, starts, ends, classes, last_on)

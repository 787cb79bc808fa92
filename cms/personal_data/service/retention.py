"""Retention of personal data: set by people for each kind, and kept by a job."""

from datetime import datetime, timedelta
from typing import Final

from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.personal_data.model import LIMITS, PersonalDataKind, RetentionRule
from cms.personal_data.repository import PersonalData
from cms.personal_data.service.records import erase
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action

REASON: Final = "Hết thời hạn lưu giữ"


def set_retention(opened: UnitOfWork, days_of: dict[PersonalDataKind, int | None], *, call: Call) -> None:
    """Set for how many days each of these kinds is kept.

    Raises:
        NotAllowedError: the actor does not manage the people of the whole province.
        InvalidError: a number that is missing, or outside its limits.
    """
    with opened as unit:
        tree = unit[Places].tree()
        call.require(Action.USER_MANAGE, [area.id for area in tree if area.parent_id is None], tree)
        problems = [
            Problem(kind.value, "DAYS", {"min": limit.least, "max": limit.most})
            for kind, days in days_of.items()
            if not (limit := LIMITS[kind]).least <= (days or 0) <= limit.most
        ]
        if problems:
            raise InvalidError(problems)
        before = unit[PersonalData].days()
        for kind, days in days_of.items():
            if days is not None and days != before[kind]:
                rule = RetentionRule(kind, days, call.actor.user_id, call.actor.name, call.now)
                unit[PersonalData].set_rule(rule)
                unit.record(call.event("personal_data.retention_set", kind.value, days=days, before=before[kind]))
        unit.commit()


def expire(opened: UnitOfWork, now: datetime, *, call: Call) -> int:
    """Delete the next records whose time is over, and erase accounts locked for longer; return their number."""
    with opened as unit:
        done: dict[str, object] = {}
        for kind, days in unit[PersonalData].days().items():
            before_at = now - timedelta(days=days)
            if kind is PersonalDataKind.ACCOUNTS:
                leavers = unit[PersonalData].leavers(before_at)
                for user_id in leavers:
                    erase(unit, unit[People].get(user_id), reason=REASON, call=call)
                deleted = len(leavers)
            else:
                deleted = unit[PersonalData].expire(kind, before_at)
            if deleted:
                done[kind.value] = deleted
        if done:
            unit.record(call.event("personal_data.expired", "retention", **done))
            unit.commit()
    return sum(int(str(each)) for each in done.values())

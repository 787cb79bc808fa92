"""Taking a bulletin back: its author before review, whoever may withdraw after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast.lifecycle import next_status
from broadcast.model.bulletins import Bulletin, BulletinAction, BulletinId, BulletinStatus
from broadcast.model.people import Action, Actor
from broadcast.model.transmissions import OccurrenceId, Transmission
from broadcast.ports import Authority, OutboxKind, UnitOfWork
from broadcast.recurrence import occurrences_of
from broadcast.targeting import reached
from broadcast.use_cases.about_to_air import require_time_left
from broadcast.use_cases.revising import event_of, require_current, revised

# A device may take this long to fetch a new plan; what would begin before then is cancelled by name as well.
CANCEL_AHEAD = timedelta(minutes=15)


def withdraw(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    expected_version: int,
    actor: Actor,
    authority: Authority,
    now: datetime,
    override: str = "",
) -> Bulletin:
    """Submitted: back to draft. Approved or scheduled: withdrawn; no airing begins any more, one on air stops.

    Every planning area it reaches is planned anew; what is on air or begins within ``CANCEL_AHEAD`` is cancelled there.

    ``override`` is the reason why what is about to air does not, by somebody entitled.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        FrozenError: it is about to air and no reason is given.
    """
    with uow:
        old = uow.bulletins.get(bulletin_id)
        is_own = old.status is BulletinStatus.SUBMITTED and actor.user_id in (old.author_id, old.submitter_id)
        right = Action.BULLETIN_SUBMIT if is_own else Action.BULLETIN_WITHDRAW
        authority.require(actor, right, old.targets.areas, uow.places.tree())
        require_current(old, expected_version)
        next_status(old.status, BulletinAction.WITHDRAW)
        overridden = require_time_left(uow, old.id, override=override, actor=actor, authority=authority, now=now)
        bulletin = revised(old, BulletinAction.WITHDRAW, now, proposal=None)
        uow.bulletins.save(bulletin)
        cancelled = take_back(uow, bulletin.id, now)
        uow.record(event_of("withdrawn", bulletin, actor, cancelled=cancelled, **overridden))
        uow.commit()
    return bulletin


def take_back(
    uow: UnitOfWork, bulletin_id: BulletinId, now: datetime, *, spares_on_air: bool = False
) -> list[OccurrenceId]:
    """Withdraw what was promised of a bulletin; the airings that devices are told to cancel. Within a unit of work.

    ``spares_on_air``: what has begun goes on.
    """
    cancelled: list[OccurrenceId] = []
    for transmission in uow.transmissions.of_bulletin(bulletin_id):
        if transmission.withdrawn_at is None:
            length = timedelta(milliseconds=transmission.duration_ms)
            cancelled += _take_back(uow, transmission, now, since_at=now if spares_on_air else now - length)
    return cancelled


def _take_back(uow: UnitOfWork, transmission: Transmission, now: datetime, *, since_at: datetime) -> list[OccurrenceId]:
    """Promise nothing of it any more; what starts between ``since_at`` and soon is cancelled by name, and returned."""
    uow.transmissions.withdraw(transmission.id, now)
    soon = [
        occurrence.id
        for occurrence in occurrences_of(transmission, max(transmission.approved_at, since_at), now + CANCEL_AHEAD)
    ]
    owed = uow.missed.planned_of(transmission.id, now)
    for area_id in reached(transmission.targets, uow.places.tree(), uow.devices.planning_areas()):
        # Before the plan: the cancel is what a device has to hear first.
        refs = [*soon, *sorted({each.item_id for each in owed if each.area_id == area_id})]
        if refs:
            uow.outbox.add(OutboxKind.CANCEL, area_id, {"refs": refs, "reason": "WITHDRAWN"})
        uow.outbox.add(OutboxKind.PLAN, area_id)
    return soon

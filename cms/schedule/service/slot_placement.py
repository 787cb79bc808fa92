"""Filling delegated slots: place an approved bulletin again; content stays as approved, no new approval is needed."""

from dataclasses import replace

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.scheduling.slots import allow
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import clear_reach_of
from cms.bulletins.service.freeze_before_air import require_time_left
from cms.bulletins.service.revisions import event_of, require_current, revised
from cms.bulletins.service.transmission_withdrawal import take_back
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.slots import Slots
from cms.stations.service.programmes import follow
from province.call import Call
from province.errors import InvalidError, NotAllowedError, Problem
from province.people import Action


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
    problems = list(all_problems(schedules))
    if problems:
        raise InvalidError(problems)

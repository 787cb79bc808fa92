"""Submission of a bulletin: at once, or by the worker as soon as its sound is made."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinStatus, SoundState
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.model import AwaitedSubmission
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.repository.submissions import AwaitedSubmissions
from cms.bulletins.service.freeze import (
    airing_problems,
    clear_reach_of,
    frozen,
    require_filled,
    require_permitted,
    require_ready,
)
from cms.bulletins.service.revisions import event_of, revised, with_hands
from cms.inbox.service.hand_down import require_fit
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import DomainError, refuse
from province.people import Action, Actor, program
from province.policy import may

_WORKER: Final = program("worker")


def waits_for_sound(bulletin: Bulletin) -> bool:
    """Return whether a job makes the sound of exactly this content."""
    sound = bulletin.sound
    return sound.state is SoundState.MAKING and sound.made_from == bulletin.sound_input


def require_submittable(
    uow: UnitOfWork, bulletin: Bulletin, actor: Actor, now: datetime, *, may_wait: bool = False, may_clash: bool = False
) -> None:
    """Check all that a submission checks but rights and versions; with ``may_wait`` all that needs no sound.

    With ``may_clash`` its airings are not compared with others: who has done so saves half of the work.

    Raises:
        NotPossibleError: the table has no such step.
        InvalidError: a blank is left in it, its sound is not ready, or nothing is left to air.
        ClashError: with every clash that stands in the way.
    """
    next_status(bulletin.status, BulletinAction.SUBMIT)
    require_filled(bulletin)
    if may_wait and waits_for_sound(bulletin):
        refuse([] if bulletin.is_handed_down else airing_problems(bulletin, now))
    elif bulletin.is_handed_down:
        require_fit(uow, bulletin, now)
    else:
        require_ready(bulletin, now)
        wanted = frozen(uow, bulletin, TransmissionId(bulletin.id), approver=actor, now=now)
        (require_permitted if may_clash else clear_reach_of)(uow, wanted, now)


def submitted(uow: UnitOfWork, old: Bulletin, call: Call) -> Bulletin:
    """Save the bulletin as submitted by the actor, within a unit of work. Raises as :func:`require_submittable`."""
    return _submitted(uow, old, call.actor, call.now)


def order_submission(uow: UnitOfWork, bulletin: Bulletin, call: Call) -> Bulletin:
    """Order the submission of a bulletin whose sound is being made, within a unit of work; the bulletin stays as it is.

    Raises as :func:`require_submittable`.
    """
    require_submittable(uow, bulletin, call.actor, call.now, may_wait=True)
    uow[AwaitedSubmissions].put(AwaitedSubmission(bulletin.id, bulletin.version, call.actor.user_id, call.now))
    detail = {"version": bulletin.version, "title": bulletin.title}
    uow.record(call.event("bulletin.submission_ordered", bulletin.id, **detail))
    return bulletin


def submit_awaited(uow: UnitOfWork, bulletin: Bulletin, now: datetime) -> Bulletin:
    """Submit the bulletin whose sound has just been made or failed, if that was ordered; within a unit of work.

    What stands in the way is kept and told to the person who ordered it (``bulletin.submission_failed``).
    """
    awaited = uow[AwaitedSubmissions].of(bulletin)
    if awaited is None or awaited.failed_at is not None or bulletin.status is not BulletinStatus.DRAFT:
        return bulletin
    person = uow[People].get(awaited.ordered_by)
    tree = uow[Places].tree()
    is_able = person.disabled_at is None and all(
        may(person.actor, Action.BULLETIN_SUBMIT, area_id, tree) for area_id in bulletin.targets.areas
    )
    reason = "NOT_ALLOWED"
    if is_able:
        try:
            return _submitted(uow, bulletin, person.actor, now)
        except DomainError as error:
            reason = error.code
    uow[AwaitedSubmissions].put(replace(awaited, failed_at=now))
    uow.record(event_of("submission_failed", bulletin, _WORKER, ordered_by=awaited.ordered_by, reason=reason))
    return bulletin


def _submitted(uow: UnitOfWork, old: Bulletin, actor: Actor, now: datetime) -> Bulletin:
    require_submittable(uow, old, actor, now)
    # A former submitter vouched for it, and may not become its second person.
    by = {"submitter_id": actor.user_id, "submitter_name": actor.name}
    bulletin = revised(old, BulletinAction.SUBMIT, now, editors=with_hands(old), **by)
    uow[Bulletins].save(bulletin)
    uow[AwaitedSubmissions].remove(bulletin.id)
    uow.record(event_of("submitted", bulletin, actor))
    return bulletin

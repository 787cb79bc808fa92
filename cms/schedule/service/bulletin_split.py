"""Splitting a bulletin: targets that hear it at another time get a second bulletin, approved like any other."""

from dataclasses import replace

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Sound, SoundState, Targets
from broadcast.scheduling.rescheduling import MoveEdit, edited, promise_of
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import event_of, with_hands
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.date_sets import all_closed, own_sets
from province.call import Call


def split_off(uow: UnitOfWork, old: Bulletin, edit: MoveEdit, *, call: Call) -> Bulletin:
    """Add the draft for ``edit.split`` within a unit of work: ``old`` as it was, moved to ``edit.split_to``.

    Its sound is copied: it says the same. The person who splits it counts as an editor. Without a time it stays at the
    one it had, to be given one in the editor.
    """
    promise = promise_of(old)
    if edit.shift is not None and edit.split_to is not None:
        own = own_sets(uow, promise.schedules)
        shift = replace(edit.shift, to=edit.split_to)
        promise = edited(promise, MoveEdit(shift), call.now, lambda schedule: all_closed((schedule,), own, call.now)[0])
    # A sound still being made would be made for the other only: order one for this too.
    sound = old.sound if old.sound.state is SoundState.READY else Sound(SoundState.FAILED, error="DROPPED")
    made = replace(
        old,
        sound=sound,
        id=BulletinId(call.new_id()),
        status=BulletinStatus.DRAFT,
        version=1,
        created_at=call.now,
        changed_at=call.now,
        schedules=promise.schedules,
        targets=Targets(tuple(dict.fromkeys(edit.split)), old.targets.exclude),
        submitter_id=None,
        submitter_name="",
        approver_id=None,
        remarks=(),
        notes=(),
        proposal=None,
        editors=with_hands(old, call.actor.user_id),
    )
    uow[Bulletins].add(made)
    uow.record(event_of("created", made, call.actor, split_from=old.id))
    return made

"""Submission of a bulletin for review: complete, and without a blocking clash."""

from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.freeze import clear_reach_of, frozen, require_filled, require_ready
from cms.bulletins.service.revisions import event_of, require_current, revised, with_hands
from cms.inbox.service.hand_down import require_fit
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.people import Action


def submit(uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call) -> Bulletin:
    """Submit the bulletin, with the actor as its submitter.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: a blank is left in it, its sound is not ready, or nothing is left to air.
        ClashError: with every clash that stands in the way.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_SUBMIT, old.targets.areas, uow[Places].tree())
        require_current(old, expected_version)
        next_status(old.status, BulletinAction.SUBMIT)
        require_filled(old)
        if old.is_handed_down:
            require_fit(uow, old, call.now)
        else:
            require_ready(old, call.now)
            clear_reach_of(uow, frozen(uow, old, TransmissionId(old.id), approver=call.actor, now=call.now), call.now)
        # A former submitter vouched for it, and may not become its second person.
        hands = with_hands(old)
        submitter = {"submitter_id": call.actor.user_id, "submitter_name": call.actor.name}
        bulletin = revised(old, BulletinAction.SUBMIT, call.now, editors=hands, **submitter)
        uow[Bulletins].save(bulletin)
        uow.record(event_of("submitted", bulletin, call.actor))
        uow.commit()
    return bulletin

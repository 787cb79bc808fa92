"""Withdrawal of bulletins: by the author before review, by people with the right to withdraw after it."""

from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.freeze_before_air import require_time_left
from cms.bulletins.service.revisions import event_of, require_current, revised
from cms.bulletins.service.transmission_withdrawal import take_back
from cms.inbox.service.hand_down import take_back_from_communes
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.people import Action


def withdraw(
    uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call, override: str = ""
) -> Bulletin:
    """Withdraw: a submitted bulletin goes back to draft; of an approved one no airing begins, and one on air stops.

    Every planning area it reaches is replanned; airings on air or about to begin are cancelled there. Items handed down
    are taken back from the communes, placed or not.

    ``override`` is the reason for withdrawing an airing about to begin, by a person entitled to override the freeze.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        FrozenError: it is about to air and no reason is given.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        is_own = old.status is BulletinStatus.SUBMITTED and call.actor.user_id in (old.author_id, old.submitter_id)
        right = Action.BULLETIN_SUBMIT if is_own else Action.BULLETIN_WITHDRAW
        call.require(right, old.targets.areas, uow[Places].tree())
        require_current(old, expected_version)
        next_status(old.status, BulletinAction.WITHDRAW)
        overridden = require_time_left(uow, old.id, override=override, call=call)
        bulletin = revised(old, BulletinAction.WITHDRAW, call.now, proposal=None)
        uow[Bulletins].save(bulletin)
        cancelled = take_back(uow, bulletin.id, call.now)
        if old.status is BulletinStatus.HANDED_DOWN:
            take_back_from_communes(uow, bulletin, call.now)
        uow.record(event_of("withdrawn", bulletin, call.actor, cancelled=cancelled, **overridden))
        uow.commit()
    return bulletin

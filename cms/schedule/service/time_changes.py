"""Decision of a second person on a change of an approved bulletin's times. Until then it airs as approved."""

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, Proposal
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import clear_reach_of, frozen, require_ready
from cms.bulletins.service.revisions import event_of, require_current, revised, with_hands
from cms.bulletins.service.transmission_withdrawal import require_time_left, take_back
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.rescheduling import as_promised
from cms.sessions.service import places
from cms.stations.service.programmes import follow
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError
from province.people import Action


def confirm(
    uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call, override: str = ""
) -> Bulletin:
    """Approve the bulletin at its new times: a new transmission takes the old one's place at once.

    An airing on air goes on; one that would begin soon is cancelled by name on the devices that were to sound it.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotPossibleError: no change waits.
        NotAllowedError: no right to review in every area, old and new, or a change of the actor's own (OWN_BULLETIN).
        InvalidError: nothing is left to air.
        ClashError: with every clash that stands in the way by now.
        FrozenError: it is about to air at its old time, and no reason to change that (``override``) is given.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_REVIEW, old.targets.areas, uow[Places].tree())
        proposal = _proposal_of(old, BulletinAction.CONFIRM)
        call.require(Action.BULLETIN_REVIEW, proposal.targets.areas, uow[Places].tree())
        if old.is_own(call.actor.user_id) or call.actor.user_id == proposal.by:
            raise NotAllowedError(Action.BULLETIN_REVIEW, "OWN_BULLETIN", old.targets.areas)
        require_current(old, expected_version)
        overridden = require_time_left(uow, old.id, override=override, call=call)
        bulletin = revised(
            as_promised(old, proposal),
            BulletinAction.CONFIRM,
            call.now,
            proposal=None,
            editors=with_hands(old, proposal.by),
            submitter_id=proposal.by,
            submitter_name=proposal.by_name,
            approver_id=call.actor.user_id,
        )
        require_ready(bulletin, call.now)
        reach = clear_reach_of(
            uow, frozen(uow, bulletin, TransmissionId(call.new_id()), approver=call.actor, now=call.now), call.now
        )
        cancelled = take_back(uow, bulletin.id, call.now, spares_on_air=True)
        uow[Bulletins].save(bulletin)
        uow[Transmissions].add(reach.transmission)
        uow[Approvals].add(document_of(bulletin, reach.transmission))
        follow(uow, bulletin, reach.transmission, call.now)
        for area_id in reach.areas:
            uow.outbox.add(OutboxKind.PLAN, area_id)
        detail = {
            "transmission": reach.transmission.id,
            "areas": list(reach.areas),
            "cancelled": cancelled,
            **overridden,
        }
        uow.record(event_of("change_confirmed", bulletin, call.actor, **detail))
        bulletin = places.follow(uow, old, bulletin, call.now)
        uow.commit()
    return bulletin


def keep(uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call) -> Bulletin:
    """Keep the bulletin as approved, without the change: withdrawn by its author, or declined by a reviewer.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: no change waits.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        is_own = old.proposal is not None and old.proposal.by == call.actor.user_id
        right = Action.BULLETIN_SUBMIT if is_own else Action.BULLETIN_REVIEW
        call.require(right, old.targets.areas, uow[Places].tree())
        _proposal_of(old, BulletinAction.KEEP)
        require_current(old, expected_version)
        bulletin = revised(old, BulletinAction.KEEP, call.now, proposal=None)
        uow[Bulletins].save(bulletin)
        uow.record(event_of("change_dropped", bulletin, call.actor))
        bulletin = places.follow(uow, old, bulletin, call.now)
        uow.commit()
    return bulletin


def _proposal_of(bulletin: Bulletin, action: BulletinAction) -> Proposal:
    next_status(bulletin.status, action)
    if bulletin.proposal is None:
        raise NotPossibleError(bulletin.status, action)
    return bulletin.proposal

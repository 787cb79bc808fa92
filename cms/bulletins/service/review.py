"""Review of bulletins by a second person. A person never reviews what they wrote or submitted, whatever their role."""

from collections.abc import Sequence

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, Remark
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import clear_reach_of, content_of, frozen, require_ready
from cms.bulletins.service.remarks import NoteDraft, notes_of, problems_of
from cms.bulletins.service.revisions import event_of, require_current, revised
from cms.inbox.service.hand_down import hand_down
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.stations.service.programmes import follow
from province.call import Call
from province.errors import ContentChangedError, InvalidError, NotAllowedError, Problem, too_long
from province.people import Action

REMARK_MAX = 2000


def approve(
    uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call, seen_sha256: str = ""
) -> Bulletin:
    """Approve the bulletin: freeze its transmission and replan every area it reaches.

    A bulletin to be handed down is handed down instead: its content is approved, and each commune has it in its inbox.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        ContentChangedError: what would be frozen is not what ``seen_sha256`` (:func:`freezing.content_of`) stands for.
        NotAllowedError: no right to review in every target area, or the actor's own bulletin (OWN_BULLETIN).
        InvalidError: its sound is not ready, or nothing is left to air.
        ClashError: with every clash that stands in the way.
    """
    with uow:
        old = _reviewable(uow, bulletin_id, BulletinAction.APPROVE, expected_version=expected_version, call=call)
        _require_seen(uow, old, seen_sha256, call)
        if old.is_handed_down:
            bulletin = hand_down(uow, old, call=call)
            uow.record(event_of("handed_down", bulletin, call.actor))
            uow.commit()
            return bulletin
        require_ready(old, call.now)
        bulletin = revised(old, BulletinAction.APPROVE, call.now, approver_id=call.actor.user_id)
        reach = clear_reach_of(
            uow, frozen(uow, bulletin, TransmissionId(call.new_id()), approver=call.actor, now=call.now), call.now
        )
        uow[Bulletins].save(bulletin)
        uow[Transmissions].add(reach.transmission)
        uow[Approvals].add(document_of(bulletin, reach.transmission))
        follow(uow, bulletin, reach.transmission, call.now)
        for area_id in reach.areas:
            uow.outbox.add(OutboxKind.PLAN, area_id)
        uow.record(
            event_of("approved", bulletin, call.actor, transmission=reach.transmission.id, areas=list(reach.areas))
        )
        uow.commit()
    return bulletin


def return_(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    reason: str,
    expected_version: int,
    call: Call,
    notes: Sequence[NoteDraft] = (),
) -> Bulletin:
    """Return the bulletin with the reason among its remarks: its author may edit it again.

    ``notes`` are remarks at places in the text; with any of them the reason may be empty.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: neither reason nor note was given, or a note cannot be taken.
    """
    return _refuse(
        uow,
        bulletin_id,
        BulletinAction.RETURN,
        "returned",
        reason=reason,
        expected_version=expected_version,
        call=call,
        notes=notes,
    )


def reject(uow: UnitOfWork, bulletin_id: BulletinId, *, reason: str, expected_version: int, call: Call) -> Bulletin:
    """Reject the bulletin for good, with the reason among its remarks.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: no reason was given.
    """
    return _refuse(
        uow, bulletin_id, BulletinAction.REJECT, "rejected", reason=reason, expected_version=expected_version, call=call
    )


def _require_seen(uow: UnitOfWork, bulletin: Bulletin, seen_sha256: str, call: Call) -> None:
    """Require the content seen: sounds around it, a licence or its sound may have changed without a new version."""
    if not seen_sha256:
        return
    actual = content_of(uow, bulletin, call)
    if actual != seen_sha256:
        raise ContentChangedError(bulletin.id, seen_sha256, actual)


def _refuse(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    action: BulletinAction,
    event_name: str,
    *,
    reason: str,
    expected_version: int,
    call: Call,
    notes: Sequence[NoteDraft] = (),
) -> Bulletin:
    with uow:
        old = _reviewable(uow, bulletin_id, action, expected_version=expected_version, call=call)
        bulletin = _refused(old, action, reason, notes=notes, call=call)
        uow[Bulletins].save(bulletin)
        uow.record(event_of(event_name, bulletin, call.actor, reason=reason, notes=len(notes)))
        uow.commit()
    return bulletin


def _reviewable(
    uow: UnitOfWork, bulletin_id: BulletinId, action: BulletinAction, *, expected_version: int, call: Call
) -> Bulletin:
    bulletin = uow[Bulletins].get(bulletin_id)
    call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, uow[Places].tree())
    if bulletin.is_own(call.actor.user_id):
        raise NotAllowedError(Action.BULLETIN_REVIEW, "OWN_BULLETIN", bulletin.targets.areas)
    require_current(bulletin, expected_version)
    next_status(bulletin.status, action)
    return bulletin


def _refused(old: Bulletin, action: BulletinAction, reason: str, *, notes: Sequence[NoteDraft], call: Call) -> Bulletin:
    text = reason.strip()
    problems = problems_of(notes, old.text)
    if not text and not notes:
        problems.append(Problem("reason", "MISSING"))
    problems += too_long("reason", text, REMARK_MAX)
    if problems:
        raise InvalidError(problems)
    remark = Remark(action, call.actor.user_id, call.actor.name, call.now, text)
    kept = (*old.notes, *notes_of(notes, old, call))
    return revised(old, action, call.now, remarks=(*old.remarks, remark), notes=kept)

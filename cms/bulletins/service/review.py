"""Steps of a bulletin: submission, review and withdrawal; and its versions as reviewers saw them."""

from collections.abc import Sequence
from typing import Final

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus, Remark
from broadcast.bulletins.review_snapshots import ReviewSnapshot, shown_of
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals, ReviewSnapshots
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service import submission
from cms.bulletins.service.freeze import clear_reach_of, content_of, frozen, require_ready
from cms.bulletins.service.remarks import NoteDraft, notes_of, problems_of
from cms.bulletins.service.revisions import event_of, require_current, revised
from cms.bulletins.service.transmission_withdrawal import require_time_left, take_back
from cms.inbox.service.hand_down import hand_down, take_back_from_communes
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.sessions.service import places
from cms.stations.service.programmes import follow
from province.areas import AreaTree
from province.call import Call
from province.errors import ContentChangedError, NotAllowedError, problem_if, refuse, too_long
from province.people import Action

REMARK_MAX = 2000
_REFUSED: Final = {BulletinAction.RETURN: "returned", BulletinAction.REJECT: "rejected"}


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
    return _refuse(uow, bulletin_id, BulletinAction.RETURN, reason, expected_version, notes=notes, call=call)


def reject(uow: UnitOfWork, bulletin_id: BulletinId, *, reason: str, expected_version: int, call: Call) -> Bulletin:
    """Reject the bulletin for good, with the reason among its remarks.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: no reason was given.
    """
    return _refuse(uow, bulletin_id, BulletinAction.REJECT, reason, expected_version, call=call)


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
    reason: str,
    expected_version: int,
    *,
    call: Call,
    notes: Sequence[NoteDraft] = (),
) -> Bulletin:
    with uow:
        old = _reviewable(uow, bulletin_id, action, expected_version=expected_version, call=call)
        bulletin = _refused(old, action, reason, notes=notes, call=call)
        uow[Bulletins].save(bulletin)
        uow.record(event_of(_REFUSED[action], bulletin, call.actor, reason=reason, notes=len(notes)))
        bulletin = places.follow(uow, old, bulletin, call.now)
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
    problems += problem_if(not text and not notes, "reason", "MISSING")
    problems += too_long("reason", text, REMARK_MAX)
    refuse(problems)
    remark = Remark(action, call.actor.user_id, call.actor.name, call.now, text)
    kept = (*old.notes, *notes_of(notes, old, call))
    return revised(old, action, call.now, remarks=(*old.remarks, remark), notes=kept)


def submit(
    uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call, may_wait: bool = False
) -> Bulletin:
    """Submit the bulletin, with the actor as its submitter.

    ``may_wait``: while its sound is being made, it is submitted as soon as that is ready; until then it is a draft.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: a blank is left in it, its sound is not ready, or nothing is left to air.
        ClashError: with every clash that stands in the way.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_SUBMIT, old.targets.areas, uow[Places].tree())
        require_current(old, expected_version)
        is_early = may_wait and submission.waits_for_sound(old)
        submit_it = submission.order_submission if is_early else submission.submitted
        bulletin = submit_it(uow, old, call)
        uow.commit()
    return bulletin


def look_at(
    uow: UnitOfWork, bulletin_id: BulletinId, *, call: Call, tree: AreaTree | None = None
) -> tuple[ReviewSnapshot, ReviewSnapshot | None]:
    """Return this view, and the actor's last one of a different content; ``None`` where there was none.

    Looking again changes nothing: the differences stay on the page for as long as the bulletin does. ``tree``: the
    areas, if they are read already.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        bulletin = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, tree or uow[Places].tree())
        this = ReviewSnapshot(
            bulletin.id, call.actor.user_id, bulletin.version, call.now, shown_of(bulletin, DEVICE_RENDITION)
        )
        looks = uow[ReviewSnapshots].of(bulletin.id, call.actor.user_id)
        before = next((each for each in looks if each.shown != this.shown), None)
        if all(each.version != this.version for each in looks):
            uow[ReviewSnapshots].add(this)
            uow.commit()
    return this, before


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
        bulletin = places.follow(uow, old, bulletin, call.now)
        uow.commit()
    return bulletin

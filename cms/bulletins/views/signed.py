"""A bulletin's last approval with its digital signatures, as the bulletin's page shows it."""

from dataclasses import dataclass

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.model import BulletinId
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.service import approval_signatures
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.people import UserId


@dataclass(frozen=True)
class Approval:
    """The last approval of a bulletin: the document, its signatures, and whether the user may sign."""

    document: ApprovalDocument
    signatures: list[ApprovalSignature]
    is_own: bool
    waiting_in: tuple[AreaId, ...] = ()
    """Areas where it does not air before it is signed."""


def approval_of(uow: UnitOfWork, bulletin_id: BulletinId, user_id: UserId) -> Approval | None:
    """Return the last approval; None if it was never approved, or before approvals could be signed."""
    document = next(iter(uow[Approvals].documents(bulletin_id)), None)
    if document is None:
        return None
    made = [each for each in uow[Approvals].signatures(bulletin_id) if each.transmission_id == document.transmission_id]
    waiting = approval_signatures.waiting_of(uow, bulletin_id).get(document.transmission_id, ())
    return Approval(document, made, document.approved_by == user_id, waiting)

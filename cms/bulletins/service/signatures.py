"""Digital signatures of approvals: documents to sign, and what comes back."""

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature, SignatureCheck
from broadcast.bulletins.model import BulletinId, Targets
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from media.ports import ContentStore
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action

SIGNATURE_MAX_BYTES = 64 * 1024
PAPER_MAX_BYTES = 4 * 1024 * 1024
"""A signed PDF holds the paper and, as some programs sign, pictures of the signature."""


def attach(
    uow: UnitOfWork,
    content: ContentStore,
    check: SignatureCheck,
    bulletin_id: BulletinId,
    transmission_id: TransmissionId,
    *,
    signature: bytes,
    call: Call,
) -> ApprovalSignature:
    """Verify and store the signature; where the rules ask for one, planning follows. The same again changes nothing.

    The bytes are put into the content store before the commit; a rollback leaves an unused blob only.

    Raises:
        NotFoundError: no such bulletin, or no such approval of it.
        NotAllowedError: another person approved it (NOT_YOUR_APPROVAL), or no right to review there any more.
        InvalidError: with the reason for which the signature does not hold.
    """
    with uow:
        bulletin = uow[Bulletins].get(bulletin_id)
        document = document_in(uow, bulletin_id, transmission_id)
        call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, uow[Places].tree())
        if document.approved_by != call.actor.user_id:
            raise NotAllowedError(Action.BULLETIN_REVIEW, "NOT_YOUR_APPROVAL", bulletin.targets.areas)
        if not signature:
            raise InvalidError([Problem("signature", "MISSING")])
        most = PAPER_MAX_BYTES if signature.startswith(b"%PDF-") else SIGNATURE_MAX_BYTES
        if len(signature) > most:
            raise InvalidError([Problem("signature", "SIGNATURE_TOO_LARGE", {"max": most})])
        signer = check.check(document.text.encode(), signature, since_at=document.approved_at, now=call.now)
        made = ApprovalSignature(
            transmission_id=document.transmission_id,
            sha256=content.put_bytes(signature),
            signer=signer,
            attached_by=call.actor.user_id,
            attached_by_name=call.actor.name,
            attached_at=call.now,
        )
        if uow[Approvals].add_signature(made):
            detail = {"transmission": transmission_id, "title": bulletin.title, "document": document.sha256}
            detail |= {"signature": made.sha256, "subject": signer.subject, "certificate": signer.certificate_sha256}
            uow.record(call.event("bulletin.signed", bulletin_id, **detail))
            for area_id in signature_areas(uow, uow[Transmissions].get(transmission_id).targets):
                uow.outbox.add(OutboxKind.PLAN, area_id)
            uow.commit()
    return made


def signature_areas(uow: UnitOfWork, targets: Targets) -> tuple[AreaId, ...]:
    """Return the areas of the targets in which nothing airs without a signature; within a unit of work."""
    areas = reached(targets, uow[Places].tree(), uow[Devices].planning_areas())
    return tuple(area_id for area_id in areas if uow[Places].rules(area_id).needs_signature)


def waiting_of(uow: UnitOfWork, bulletin_id: BulletinId) -> dict[TransmissionId, tuple[AreaId, ...]]:
    """Return, by approval in force and not signed, the areas that do not air it before; within a unit of work."""
    live = [each for each in uow[Transmissions].of_bulletin(bulletin_id) if each.withdrawn_at is None]
    signed = uow[Approvals].signed([each.id for each in live])
    return {each.id: signature_areas(uow, each.targets) for each in live if each.id not in signed}


def document_in(uow: UnitOfWork, bulletin_id: BulletinId, transmission_id: TransmissionId) -> ApprovalDocument:
    """Return one approval's document. Raises NotFoundError."""
    for document in uow[Approvals].documents(bulletin_id):
        if document.transmission_id == transmission_id:
            return document
    raise NotFoundError("approval", transmission_id)

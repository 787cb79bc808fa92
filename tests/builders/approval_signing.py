"""Approvals signed through the real use case, for tests of screens and API."""

from __future__ import annotations

from broadcast.bulletins.approval_document import ApprovalSignature
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.service import signatures
from tests.builders.signers import Issuer
from tests.console import Console, post


def signature_for(console: Console, bulletin_id: str, transmission_id: str) -> bytes:
    """Sign the approval's document as a person whom the server trusts from now on."""
    issuer = Issuer()
    issuer.trusted_in(console.context.settings.root / "anchors")
    with console.context.uow() as uow:
        document = signatures.document_in(uow, BulletinId(bulletin_id), TransmissionId(transmission_id))
    return issuer.person().sign(document.text.encode(), console.clock.at)


def sign(console: Console, bulletin_id: str, transmission_id: str, *, by: str = "approver") -> ApprovalSignature:
    context = console.context
    return signatures.attach(
        context.uow(),
        context.content,
        context.signatures,
        BulletinId(bulletin_id),
        TransmissionId(transmission_id),
        signature=signature_for(console, bulletin_id, transmission_id),
        call=context.call(console.actor(by), console.clock.at),
    )


def order_remotely(console: Console, bulletin_id: BulletinId) -> str:
    """Set a remote signing service that nobody serves, order the last approval's signature there; return its page."""
    console.set(csc_url="https://csc.example", csc_name="Ký số Tỉnh")
    with console.context.uow.reading() as uow:
        document = uow[Approvals].documents(bulletin_id)[0]
    path = f"/bulletins/{bulletin_id}/approvals/{document.transmission_id}/remote-signing"
    post(console.client("approver"), path, {"account": "079"})
    return path

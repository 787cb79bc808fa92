"""Digital signatures of approvals: the document that an approver signs, and the signatures attached to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from province.people import UserId


@dataclass(frozen=True, slots=True)
class ApprovalDocument:
    """Content that one approval lets on air; ``text`` is signed as it is, ``sha256`` is that of its UTF-8 bytes."""

    transmission_id: TransmissionId
    bulletin_id: BulletinId
    approved_by: UserId
    approved_at: datetime
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SignatureSigner:
    """Signer by their certificate. ``signed_at`` is the time claimed in the signature, checked to be possible."""

    subject: str
    issuer: str
    serial: str
    certificate_sha256: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalSignature:
    """A detached CMS signature of an approval's document; ``sha256`` names it in the content store."""

    transmission_id: TransmissionId
    sha256: str
    signer: SignatureSigner
    attached_by: UserId
    attached_by_name: str
    attached_at: datetime


class SignatureCheck(Protocol):
    """Digital signatures, verified against what the operator trusts."""

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        """Return who signed this document between ``since_at`` and ``now``. Raises InvalidError with the reason."""

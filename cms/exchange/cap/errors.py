"""CAP errors, split by remedy.

CapError
├── UnreadableDocumentError  the sender has to correct the document: see ``code`` (a finding's) and ``detail``
├── UnverifiedError          no remedy: not signed by the pinned signer, or modified; see ``reason``
└── SignerFaultError         call an engineer: our own key or certificate, or a pinned one, cannot be used
"""

from dataclasses import dataclass
from typing import ClassVar

from broadcast.alerts.cap.findings import FindingCode


class CapError(Exception):
    """Base of CAP errors; ``code`` is stable."""


@dataclass
class UnreadableDocumentError(CapError):
    """The bytes are no acceptable document."""

    code: FindingCode
    detail: str = ""


@dataclass
class UnverifiedError(CapError):
    """The signature is missing, by another key, by an unsupported method, or does not match the content."""

    reason: str
    code: ClassVar[FindingCode] = FindingCode.SIGNATURE_INVALID


@dataclass
class SignerFaultError(CapError):
    """A key or certificate cannot be used."""

    reason: str
    code: ClassVar[str] = "SIGNER_FAULT"

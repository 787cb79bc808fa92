"""What can go wrong with CAP at the edge, split by remedy.

CapError
├── UnreadableError       the sender has to mend the document: see ``code`` (a finding's) and ``detail``
├── UnverifiedError       nobody's remedy: not signed by the pinned signer, or changed since; see ``reason``
└── SignerFaultError      call an engineer: our own key or certificate, or a pinned one, cannot be used
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broadcast.cap.findings import Code


class CapError(Exception):
    """Base of what this package raises; ``code`` is stable."""


@dataclass
class UnreadableError(CapError):
    """The bytes are no document that may be looked at."""

    code: Code
    detail: str = ""


@dataclass
class UnverifiedError(CapError):
    """The signature is missing, of another key, of a method not taken, or does not fit what it stands in."""

    reason: str
    code: ClassVar[Code] = Code.SIGNATURE_INVALID


@dataclass
class SignerFaultError(CapError):
    """A key or certificate cannot be used."""

    reason: str
    code: ClassVar[str] = "SIGNER_FAULT"

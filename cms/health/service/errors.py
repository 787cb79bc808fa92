"""Errors of sending notices.

NotPostedError   retry: not accepted
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass
class NotPostedError(Exception):
    """A notice was not accepted; ``reason`` says why, for the operators."""

    reason: str
    code: ClassVar[str] = "NOT_POSTED"

    def __str__(self) -> str:
        return self.reason

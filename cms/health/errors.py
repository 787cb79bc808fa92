"""What can go wrong with letters.

NotPostedError   retry: nobody took it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass
class NotPostedError(Exception):
    """A letter was not taken; ``reason`` says why, for whoever runs the server."""

    reason: str
    code: ClassVar[str] = "NOT_POSTED"

    def __str__(self) -> str:
        return self.reason

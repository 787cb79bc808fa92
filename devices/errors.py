"""Errors of the fleet, split by remedy.

DeviceError
└── LinkError          retry: the broker did not take the message
    └── TooBigError    fix the message: it exceeds a limit of the wire and must never be resent
"""

from dataclasses import dataclass
from typing import ClassVar


class DeviceError(Exception):
    """Base of every fleet error; ``code`` is stable."""

    code: ClassVar[str] = "DEVICE"


class LinkError(DeviceError):
    """The broker did not take a message; try again."""

    code: ClassVar[str] = "LINK"


@dataclass
class TooBigError(LinkError):
    """The message is larger than the wire allows (bytes)."""

    topic: str
    size: int
    limit: int
    code: ClassVar[str] = "TOO_BIG"

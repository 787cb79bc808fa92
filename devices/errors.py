"""Errors of the fleet, split by remedy.

DeviceError
└── LinkError          retry: the broker did not take the message
    └── TooBigError    fix the message: it exceeds a limit of the wire and must never be resent
"""

from dataclasses import dataclass

from province.errors import CodedError


class DeviceError(CodedError, code="DEVICE"):
    """Base of every fleet error; ``code`` is stable."""


class LinkError(DeviceError, code="LINK"):
    """The broker did not take a message; try again."""


@dataclass
class TooBigError(LinkError, code="TOO_BIG"):
    """The message is larger than the wire allows (bytes)."""

    topic: str
    size: int
    limit: int

"""Errors of the fleet, split by remedy.

DeviceError
├── UnknownAreaError   fix the input: no such area in the tree
├── AreaTreeError      call an engineer: the tree's data contradicts itself
└── LinkError          retry: the broker did not take the message
    └── TooBigError    fix the message: it exceeds a limit of the wire and must never be resent
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class DeviceError(Exception):
    """Base of every fleet error; ``code`` is stable."""

    code: ClassVar[str] = "DEVICE"


@dataclass
class UnknownAreaError(DeviceError):
    """No area of the tree has this id."""

    area_id: str
    code: ClassVar[str] = "UNKNOWN_AREA"


@dataclass
class AreaTreeError(DeviceError):
    """An area names a missing parent, or is its own ancestor."""

    area_id: str
    reason: str
    code: ClassVar[str] = "AREA_TREE"


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

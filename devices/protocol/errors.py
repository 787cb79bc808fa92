"""Errors in bytes from the wire, split by remedy; ``code`` is what the device answers or reports.

ProtocolError
├── MalformedError      drop it: not a body of this kind
├── OversizeError       drop it, and never send it: beyond a limit of the wire
├── BadSignatureError   report it as a security event: no key that we trust signed this
├── UnknownKeyError     fetch the keyset: no trusted key of that id is valid now
├── KeyRoleError        report it: a trusted key signed a kind of message that it may not
└── StaleError          keep what is held: an older version than one trusted before
"""

from dataclasses import dataclass
from typing import ClassVar

from devices.protocol.messages import Code


class ProtocolError(Exception):
    """Base of every refusal of bytes; ``code`` is a code of the wire."""

    code: ClassVar[Code] = Code.MALFORMED


@dataclass
class MalformedError(ProtocolError):
    """Not JSON of that kind, or a value out of bounds; ``detail`` is for the log."""

    kind: str
    detail: str
    code: ClassVar[Code] = Code.MALFORMED


@dataclass
class OversizeError(ProtocolError):
    """More bytes than a body of that kind may have."""

    kind: str
    size: int
    limit: int
    code: ClassVar[Code] = Code.TOO_BIG


@dataclass
class BadSignatureError(ProtocolError):
    """The envelope is not exactly ours, or the signature does not hold."""

    detail: str
    code: ClassVar[Code] = Code.BAD_SIGNATURE


@dataclass
class UnknownKeyError(ProtocolError):
    """No trusted key has this id, or it is not valid at this instant."""

    kid: str
    code: ClassVar[Code] = Code.UNKNOWN_KEY


@dataclass
class KeyRoleError(ProtocolError):
    """The key is trusted, but not for this kind of message."""

    kid: str
    role: str
    code: ClassVar[Code] = Code.KEY_ROLE


@dataclass
class StaleError(ProtocolError):
    """``version`` is below ``held``, which was trusted before."""

    kind: str
    version: int
    held: int
    code: ClassVar[Code] = Code.STALE

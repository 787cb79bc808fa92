"""Signing port: what a process asks of the signer, and how it may be refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from devices.errors import LinkError
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Code, KeyRole


class UnsignedReason(StrEnum):
    """Reason for which a message is not signed. All but ``REFUSED`` and ``UNAPPROVED`` may pass.

    AWAY: the signer does not answer · REFUSED: no key may sign it · UNAPPROVED: an alert without its people's own
    signatures · FENCE: a later instance signs meanwhile · LIMIT: too many alerts · CLOCK: it is dated beyond the
    signer's own clock · TOKEN: the PKCS#11 token with its keys cannot be used.
    """

    AWAY = "away"
    REFUSED = "refused"
    UNAPPROVED = "unapproved"
    FENCE = "fence"
    LIMIT = "limit"
    CLOCK = "clock"
    TOKEN = "token"  # noqa: S105 - a device, no secret


FINAL: Final = frozenset({UnsignedReason.REFUSED, UnsignedReason.UNAPPROVED})
"""Reasons that never pass."""
UNSIGNED_CODES: Final[Mapping[str, str]] = {
    UnsignedReason.AWAY: "SIGNER_AWAY",
    UnsignedReason.TOKEN: "TOKEN_AWAY",
    UnsignedReason.UNAPPROVED: "ALERT_UNSIGNED",
}
"""Codes of the readiness, by reason; the others are SIGNING_REFUSED."""


class Signer(Protocol):
    """Signer of one installation; safe to use from several threads."""

    def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
        """Return the payload, an encoded body of this kind, signed with the key of this role.

        Raises:
            OversizeError: the signed message would exceed the limit of the wire.
            SigningRefusedError: never to be signed with that key.
            NotSignedError: not now; try again.
        """
        ...

    def trouble(self) -> str:
        """Return the latest reason for which something was not signed, for a while; empty: none."""
        ...


@dataclass
class SigningRefusedError(ProtocolError):
    """The signer does not sign this message with this key, now or later."""

    detail: str
    reason: UnsignedReason = UnsignedReason.REFUSED
    code: ClassVar[Code] = Code.KEY_ROLE


@dataclass
class NotSignedError(LinkError, code="NOT_SIGNED"):
    """The signer did not sign a message; try again."""

    reason: str

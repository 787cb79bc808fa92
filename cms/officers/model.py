"""Keys with which people sign alerts: asked for by their owner, confirmed and revoked by two others."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from province.people import UserId

TWO: Final = 2
KID_PREFIX: Final = "officer-"


class OfficerKeyStatus(StrEnum):
    """State of a key. CONFIRMED: two others agreed; the root has still to sign it, as also REVOKED shows later."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IN_FORCE = "in_force"
    REVOKING = "revoking"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KeyDecision:
    """Decision of one other person about a key."""

    user_id: UserId
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """Public key of a person's passkey on ``device``. ``host`` and ``origin`` are of the pages where it was made."""

    id: str
    user_id: UserId
    user_name: str
    device: str
    x: str
    host: str
    origin: str
    asked_at: datetime
    confirmed: tuple[KeyDecision, ...] = ()
    revoked: tuple[KeyDecision, ...] = ()

    @property
    def is_agreed(self) -> bool:
        """Return whether it belongs in the next keyset."""
        return len(self.confirmed) >= TWO and not self.is_revoked

    @property
    def is_revoked(self) -> bool:
        return len(self.revoked) >= TWO

    @property
    def fingerprint(self) -> str:
        """Digest for people to compare, in groups of four."""
        digest = sha256(self.x.encode()).hexdigest()[:16]
        return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))

    def status(self, *, is_published: bool) -> OfficerKeyStatus:
        """Return the state; ``is_published``: the keyset in force names it."""
        if self.is_revoked:
            return OfficerKeyStatus.REVOKING if is_published else OfficerKeyStatus.REVOKED
        if is_published:
            return OfficerKeyStatus.IN_FORCE
        return OfficerKeyStatus.CONFIRMED if self.is_agreed else OfficerKeyStatus.ASKED

    def confirmed_by(self, decision: KeyDecision) -> "EnrolledKey":
        return replace(self, confirmed=(*self.confirmed, decision))

    def revoked_by(self, decision: KeyDecision) -> "EnrolledKey":
        return replace(self, revoked=(*self.revoked, decision))


def kid_of_point(x: str) -> str:
    """Return the id of the key of this point: two keys never share one."""
    return f"{KID_PREFIX}{sha256(x.encode()).hexdigest()[:12]}"

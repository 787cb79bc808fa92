"""Life cycle of an end point, from the register to scrapping, as one table (its diagram is in docs/lifecycle.md).

A life belongs to a piece of hardware and is known by the serial on its box. The device, its place in the fleet, is made
when the box is claimed at its pole, and outlives the hardware: a box that takes over has the same device.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from devices.model import DeviceId, DeviceKind
from devices.protocol.topics import ID_PATTERN
from province.areas import AreaId

_SERIAL: Final = re.compile(ID_PATTERN)


class LifecycleState(StrEnum):
    """State of a box.

    REGISTERED: in the register, nowhere · CLAIMED: at its pole, not heard yet · IN_SERVICE: was heard ·
    QUARANTINED: connected, and sounds nothing · REVOKED: no certificate of it is taken · RETIRED: over for good.
    """

    REGISTERED = "registered"
    CLAIMED = "claimed"
    IN_SERVICE = "in_service"
    QUARANTINED = "quarantined"
    REVOKED = "revoked"
    RETIRED = "retired"


class LifecycleAction(StrEnum):
    """Event in the life of a box.

    COME_IN is the device's own doing, with a certificate of its own; all others are a person's.

    RELABEL: a new claim code, as the old one was lost or seen · REVOKE: its certificates are taken no more ·
    UNCLAIM: the claim was a mistake · REPLACE: another box takes its place.
    """

    RELABEL = "relabel"
    CLAIM = "claim"
    UNCLAIM = "unclaim"
    COME_IN = "come_in"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    REVOKE = "revoke"
    REPLACE = "replace"
    RETIRE = "retire"


_S, _A = LifecycleState, LifecycleAction

TRANSITIONS: Final[Mapping[tuple[LifecycleState, LifecycleAction], LifecycleState]] = {
    (_S.REGISTERED, _A.RELABEL): _S.REGISTERED,
    (_S.REGISTERED, _A.CLAIM): _S.CLAIMED,
    (_S.REGISTERED, _A.RETIRE): _S.RETIRED,
    # Claimed again: the box lost its key before it was heard, or its code was locked.
    (_S.CLAIMED, _A.CLAIM): _S.CLAIMED,
    (_S.CLAIMED, _A.UNCLAIM): _S.REGISTERED,
    (_S.CLAIMED, _A.COME_IN): _S.IN_SERVICE,
    (_S.CLAIMED, _A.REVOKE): _S.REVOKED,
    (_S.CLAIMED, _A.REPLACE): _S.RETIRED,
    (_S.CLAIMED, _A.RETIRE): _S.RETIRED,
    (_S.IN_SERVICE, _A.QUARANTINE): _S.QUARANTINED,
    (_S.IN_SERVICE, _A.REVOKE): _S.REVOKED,
    (_S.IN_SERVICE, _A.REPLACE): _S.RETIRED,
    (_S.IN_SERVICE, _A.RETIRE): _S.RETIRED,
    (_S.QUARANTINED, _A.RELEASE): _S.IN_SERVICE,
    (_S.QUARANTINED, _A.REVOKE): _S.REVOKED,
    (_S.QUARANTINED, _A.REPLACE): _S.RETIRED,
    (_S.QUARANTINED, _A.RETIRE): _S.RETIRED,
    # The stolen box was found, or its memory was wiped: it makes a new key, at the pole, with its code.
    (_S.REVOKED, _A.RELABEL): _S.REVOKED,
    (_S.REVOKED, _A.CLAIM): _S.CLAIMED,
    (_S.REVOKED, _A.REPLACE): _S.RETIRED,
    (_S.REVOKED, _A.RETIRE): _S.RETIRED,
}
TAKES_CERTIFICATES: Final = frozenset({_S.CLAIMED, _S.IN_SERVICE, _S.QUARANTINED})
"""In these states a certificate of the device is good; in all others none is."""


@dataclass(frozen=True, slots=True)
class DeviceLifecycle:
    """Record of one box. ``area_id``: its owner's area; it may be claimed for any place at or below.

    ``claim_x`` is the public half of the key that its claim code makes (base64url; empty: it has no code). The code
    itself is kept nowhere. ``enrolled_csr`` is the SHA-256 of the request that the present claim was spent on; empty:
    it is open. ``failures`` counts wrong codes and proofs since the last claim.
    """

    serial: str
    kind: DeviceKind
    name: str
    area_id: AreaId
    claim_x: str
    registered_at: datetime
    registered_by: str
    registered_by_name: str
    state: LifecycleState
    since_at: datetime
    device_id: DeviceId | None = None
    claimed_at: datetime | None = None
    claimed_by_name: str = ""
    photo_sha256: str = ""
    enrolled_csr: str = ""
    failures: int = 0
    locked_until_at: datetime | None = None
    version: int = 1

    def is_locked(self, now: datetime) -> bool:
        """Return whether codes and proofs are still refused unread."""
        return self.locked_until_at is not None and now < self.locked_until_at


class CertificateState(StrEnum):
    """State of a certificate.

    ISSUED: handed out, not seen yet · IN_USE: the device connected with it · SUPERSEDED: the device has connected with
    a newer one · REVOKED: withdrawn. The last two are on the list that the broker refuses.
    """

    ISSUED = "issued"
    IN_USE = "in_use"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """One certificate of a device; ``number`` is its serial number in hexadecimal, ``pem`` its text.

    ``csr`` is the SHA-256 of the request it answers; empty for one that was made with its key by the server.
    """

    number: str
    device_id: DeviceId
    state: CertificateState
    issued_at: datetime
    ends_at: datetime
    pem: str
    csr: str = ""
    ended_at: datetime | None = None


def canonical_serial(typed: str) -> str | None:
    """Return the serial as it names a topic: lower case, digits and hyphens; None where it cannot be one."""
    found = typed.strip().lower().replace("/", "-").replace("_", "-").replace(" ", "-")
    return found if _SERIAL.fullmatch(found) else None

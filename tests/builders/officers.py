"""Officers with passkeys in software, and alerts that they signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives import serialization

from devices.protocol import approvals
from devices.protocol.authorisation import (
    Authorisation,
    AuthorisationKind,
    OfficerKey,
    OfficerKeyset,
    OfficerRight,
    OfficerSignature,
    Scope,
    SignaturePolicy,
)
from devices.protocol.commands import AlertContent, Command, CommandType, Speech, Target
from devices.protocol.officers import TrustedOfficers
from devices.protocol.verdict import ALERT_PRIO
from tests.builders.passkeys import ORIGIN, SoftAuthenticator
from tests.unit.protocol.trust import MINUTE_MS, NOW_MS, SHA

HOST = "localhost"
PARENTS = {"xa-1": "huyen-1", "huyen-1": "tinh", "xa-2": "huyen-2", "huyen-2": "tinh"}


@dataclass
class SigningOfficer:
    """Officer with a passkey. ``rights`` by area."""

    person: str
    rights: dict[str, int] = field(default_factory=lambda: {"tinh": 3})
    device: SoftAuthenticator = field(default_factory=SoftAuthenticator)

    @property
    def kid(self) -> str:
        return f"officer-{self.person}"

    @property
    def key(self) -> OfficerKey:
        encoding, shape = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        x = approvals.to_base64(self.device.key.public_key().public_bytes(encoding, shape))
        return OfficerKey(
            kid=self.kid,
            person=self.person,
            x=x,
            rights=[OfficerRight(area=area, level=level) for area, level in self.rights.items()],
            nbf=NOW_MS - 1000 * MINUTE_MS,
            exp=NOW_MS + 1000 * MINUTE_MS,
        )

    def sign(
        self, command: Command, kind: AuthorisationKind, *, at_ms: int, scope: Scope | None = None
    ) -> OfficerSignature:
        """Sign the statement of this alert, as a telephone does."""
        asked = approvals.challenge(approvals.statement_of(command, kind, scope), at_ms)
        return approval_of(self.kid, self.device.answer({"rpId": HOST, "challenge": approvals.to_base64(asked)}))


def approval_of(kid: str, answer: str) -> OfficerSignature:
    """Return the approval in an authenticator's answer."""
    parts = json.loads(answer)["response"]
    return OfficerSignature(
        key=kid, client=parts["clientDataJSON"], data=parts["authenticatorData"], sig=parts["signature"]
    )


def officers(*people: SigningOfficer, **changes: object) -> TrustedOfficers:
    whole: dict[str, object] = {
        "v": 1,
        "ver": 1,
        "iat": NOW_MS,
        "policy": SignaturePolicy.REQUIRED,
        "host": HOST,
        "origin": ORIGIN,
        "keys": [each.key for each in people],
        **changes,
    }
    return TrustedOfficers(OfficerKeyset(**whole))  # type: ignore[arg-type]


def an_alert(**changes: object) -> Command:
    """Return an alert that nobody has signed."""
    content = AlertContent(
        id="a1",
        level=2,
        hazard="flash_flood",
        issued_at=NOW_MS,
        head="Lũ quét",
        text="Lên chỗ cao ngay.",
        speech=[Speech(lang="vi", sha256=SHA, bytes=20_000, dur_ms=8_000)],
    )
    whole: dict[str, object] = {
        "v": 1,
        "cid": "order-1",
        "type": CommandType.PLAY,
        "prio": ALERT_PRIO,
        "iat": NOW_MS,
        "nbf": NOW_MS - 2 * MINUTE_MS,
        "exp": NOW_MS + 60 * MINUTE_MS,
        "target": Target(areas=["xa-1"]),
        "alert": content,
        "approved_by": ["an", "binh"],
        **changes,
    }
    return Command(**whole)  # type: ignore[arg-type]


def signed(
    command: Command,
    *people: SigningOfficer,
    kind: AuthorisationKind = AuthorisationKind.TWO_PEOPLE,
    scope: Scope | None = None,
    before_ms: int = MINUTE_MS,
) -> Command:
    """Return the alert with the signatures of these people, given so long before its issue, and the id they decide."""
    given = [each.sign(command, kind, at_ms=command.iat - before_ms, scope=scope) for each in people]
    return msgspec.structs.replace(
        command,
        cid=approvals.order_id(approvals.statement_of(command, kind, scope)),
        authorisation=Authorisation(kind=kind, approvals=given, scope=scope),
    )

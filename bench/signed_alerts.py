"""Alerts that two officers signed with passkeys in software, and the keyset of these officers, for benchmarks."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ulid import ULID

from cms.platform.settings import Settings
from devices.protocol import codec, jws
from devices.protocol.approvals import challenge, order_id, statement_of, to_base64
from devices.protocol.authorisation import (
    Authorisation,
    AuthorisationKind,
    OfficerKey,
    OfficerKeyset,
    OfficerRight,
    OfficerSignature,
    SignaturePolicy,
    Statement,
)
from devices.protocol.commands import AlertContent, Command, CommandType, Target
from devices.protocol.keyset import ROOT_KID
from devices.protocol.verdict import ALERT_PRIO
from province.machine_clock import unix_ms

HOST: Final = "loa.example"
ORIGIN: Final = f"https://{HOST}"
_DAY_MS: Final = 86_400_000
_LASTS_MS: Final = 600_000
_PRESENT_AND_VERIFIED: Final = b"\x05"


class SoftwareOfficers:
    """Two officers of one area, whose passkeys lie in this process."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._version = 0
        self._keys = {f"officer-{name}": ec.generate_private_key(ec.SECP256R1()) for name in ("an", "binh")}

    def keyset(self, policy: SignaturePolicy, *, ver: int = 1) -> OfficerKeyset:
        """Return the keyset, not signed yet."""
        now_ms = _now_ms()
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        keys = [
            OfficerKey(
                kid=kid,
                person=kid,
                x=to_base64(key.public_key().public_bytes(*form)),
                rights=[OfficerRight(area=self._area, level=3)],
                nbf=now_ms - _DAY_MS,
                exp=now_ms + _DAY_MS,
            )
            for kid, key in self._keys.items()
        ]
        return OfficerKeyset(v=codec.VERSION, ver=ver, iat=now_ms, policy=policy, host=HOST, origin=ORIGIN, keys=keys)

    def signed_keyset(self, settings: Settings, policy: SignaturePolicy) -> bytes:
        """Return the next version, signed by the root of this home, whose own keyset stays as it is."""
        self._version += 1
        root = jws.signing_key((settings.signing_dir / "root.key").read_bytes())
        return jws.sign(codec.encode(self.keyset(policy, ver=self._version)), ROOT_KID, root)

    def alert(self, jitter_ms: int) -> Command:
        """Return a silent alert that both have signed just now."""
        now_ms = _now_ms()
        name = str(ULID()).lower()
        bare = Command(
            v=codec.VERSION,
            cid=name,
            type=CommandType.PLAY,
            prio=ALERT_PRIO,
            iat=now_ms,
            nbf=now_ms - 1000,
            exp=now_ms + _LASTS_MS,
            target=Target(areas=[self._area]),
            jitter_ms=jitter_ms,
            alert=AlertContent(id=name, level=2, hazard="flash_flood", issued_at=now_ms, head="Lũ quét", silent=True),
        )
        statement = statement_of(bare, AuthorisationKind.TWO_PEOPLE)
        given = [self._signature(kid, statement, now_ms) for kid in self._keys]
        authorisation = Authorisation(kind=AuthorisationKind.TWO_PEOPLE, approvals=given)
        return msgspec.structs.replace(bare, cid=order_id(statement), authorisation=authorisation)

    def _signature(self, kid: str, statement: Statement, at_ms: int) -> OfficerSignature:
        asked = to_base64(challenge(statement, at_ms))
        client = json.dumps({"type": "webauthn.get", "challenge": asked, "origin": ORIGIN}).encode()
        data = hashlib.sha256(HOST.encode()).digest() + _PRESENT_AND_VERIFIED + bytes(4)
        signature = self._keys[kid].sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return OfficerSignature(key=kid, client=to_base64(client), data=to_base64(data), sig=to_base64(signature))


def processor_us(step: Callable[[], object], times: int) -> float:
    """Return the median processor time of a step, in µs: other programs of the machine do not count."""
    took = []
    for _ in range(times):
        began_ns = time.thread_time_ns()
        step()
        took.append(time.thread_time_ns() - began_ns)
    return round(sorted(took)[times // 2] / 1000, 1)


def _now_ms() -> int:
    return unix_ms()

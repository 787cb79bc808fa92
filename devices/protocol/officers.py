"""Officers whose signatures an alert needs: one keyset as signed by the root, never going back."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import OKPKey

from devices.protocol import codec, jws
from devices.protocol.authorisation import OfficerKey, OfficerKeyset, SignaturePolicy
from devices.protocol.commands import Command
from devices.protocol.errors import StaleError
from devices.protocol.keyset import ROOT_KID

CANARY: Final = "loa-canary"


@dataclass(frozen=True)
class TrustedOfficers:
    """Officers of one keyset, ready to judge by."""

    keyset: OfficerKeyset

    @classmethod
    def from_root(cls, root: OKPKey, source: bytes) -> Self:
        """Trust what the root signed.

        Raises:
            OversizeError, BadSignatureError, UnknownKeyError: the root did not sign this.
            MalformedError: it is no keyset of officers of version 1.
        """
        _, payload = jws.open_signed(source, {ROOT_KID: root})
        return cls(codec.decode(OfficerKeyset, payload))

    def after(self, held: TrustedOfficers | None) -> Self | None:
        """Return these officers where they are newer than those held; None: the very version. Raises StaleError."""
        version, before = self.keyset.ver, 0 if held is None else held.keyset.ver
        if version < before:
            raise StaleError("OfficerKeyset", version, before)
        return self if version > before else None

    @cached_property
    def keys(self) -> Mapping[str, OfficerKey]:
        return {key.kid: key for key in self.keyset.keys}

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset(key.person for key in self.keyset.keys)

    @cached_property
    def _public(self) -> dict[str, ec.EllipticCurvePublicKey]:
        return {}

    def verify(self, kid: str, signature: bytes, signed: bytes) -> None:
        """Verify a signature (ES256) by this key. Raises InvalidSignature; ValueError: it is no point of the curve."""
        found = self._public.get(kid)
        if found is None:
            found = self._public[kid] = public_key(self.keys[kid].x)
        found.verify(signature, signed, ec.ECDSA(hashes.SHA256()))

    def needs(self, command: Command, now_ms: int) -> bool:
        """Return whether this alert needs signatures of people at this instant."""
        if command.alert is None or is_canary(command):
            return False
        if command.drill and not self.needs_drill(is_silent=command.alert.silent):
            return False
        return self.needs_of(command.approved_by, now_ms)

    def needs_drill(self, *, is_silent: bool) -> bool:
        """Return whether a drill needs signatures where an alert does; a silent one only asks for answers."""
        return self.keyset.drills and not is_silent

    def needs_of(self, people: Collection[str], now_ms: int) -> bool:
        """Return whether an alert of these people needs their signatures at this instant."""
        if now_ms < self.keyset.open_until:
            return False
        if self.keyset.policy == SignaturePolicy.REQUIRED:
            return True
        named = frozenset(people)
        return self.keyset.policy == SignaturePolicy.BOTH_HAVE_KEYS and bool(named) and named <= self.people


def public_key(x: str) -> ec.EllipticCurvePublicKey:
    """Return the key of this point (base64url). Raises ValueError."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(x + "="))


def is_canary(command: Command) -> bool:
    """Return whether it is the canary's silent alert, which means no device but the server's own."""
    target = command.target
    is_alone = target.devices == [CANARY] and not (target.areas or target.groups)
    return is_alone and command.alert is not None and command.alert.silent

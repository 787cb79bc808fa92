"""Keys that a device trusts: set by the offline root, never going back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from joserfc.jwk import OKPKey

from devices.protocol import codec, jws
from devices.protocol.errors import KeyRoleError, StaleError, UnknownKeyError
from devices.protocol.messages import KeyRole, Keyset, PublicKey

ROOT_KID = "root"


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with the key that vouches for it."""

    key: PublicKey
    payload: bytes


@dataclass(frozen=True)
class TrustedKeys:
    """One keyset as signed by the root. Immutable: ``renewed`` makes the next one.

    ``source`` is the signed keyset itself, to be kept on flash.
    """

    root: OKPKey
    keyset: Keyset
    source: bytes
    keys: Mapping[str, PublicKey]
    verifiers: Mapping[str, OKPKey]

    @classmethod
    def from_root(cls, root_x: str, source: bytes) -> TrustedKeys:
        """Trust what the root (raw public key, base64url) signed.

        Raises:
            ValueError: ``root_x`` is no key.
            OversizeError, BadSignatureError, UnknownKeyError: the root did not sign this.
            MalformedError: it is no keyset of version 1.
        """
        return cls._opened(jws.verifying_key(root_x), source)

    def renewed(self, source: bytes) -> TrustedKeys:
        """Return the keys after ``source`` arrived; these very ones where it is of the version already held.

        Raises:
            StaleError: a lower version: refused with any signature.
            OversizeError, BadSignatureError, UnknownKeyError, MalformedError: as ``from_root``.
        """
        fresh = self._opened(self.root, source)
        if fresh.ver < self.ver:
            raise StaleError("Keyset", fresh.ver, self.ver)
        return fresh if fresh.ver > self.ver else self

    @property
    def ver(self) -> int:
        return self.keyset.ver

    def verify(
        self, data: bytes, role: KeyRole | Collection[KeyRole], now_ms: int | None, areas: Collection[str] | None = None
    ) -> Signed:
        """Return the payload of ``data`` and its key, which has one of these roles.

        ``now_ms`` None leaves the key's validity unchecked (only for what sets a clock). ``areas`` is the chain of the
        device that listens: a key bound to areas speaks only where one of them is in the chain.

        Raises:
            OversizeError, BadSignatureError: see ``jws.open_signed``.
            UnknownKeyError: no such key, or not valid at ``now_ms``.
            KeyRoleError: the key has another role, or is bound to other areas.
        """
        kid, payload = self.opened(data)
        key = self.keys[kid]
        if now_ms is not None and not key.nbf <= now_ms <= key.exp:
            raise UnknownKeyError(kid)
        roles = (role,) if isinstance(role, KeyRole) else role
        if key.role not in roles or not covers(key, areas):
            raise KeyRoleError(kid, key.role)
        return Signed(key, payload)

    def opened(self, data: bytes) -> tuple[str, bytes]:
        """Key id and payload, the signature verified; see ``jws.open_signed``.

        Apart from ``verify`` so that a process which stands for thousands of devices may check the same bytes once.
        """
        return jws.open_signed(data, self.verifiers)

    @classmethod
    def _opened(cls, root: OKPKey, source: bytes) -> TrustedKeys:
        _, payload = jws.open_signed(source, {ROOT_KID: root})
        keyset = codec.decode(Keyset, payload)
        verifiers = {key.kid: jws.verifying_key(key.x) for key in keyset.keys}
        return cls(root, keyset, source, {key.kid: key for key in keyset.keys}, verifiers)


def covers(key: PublicKey, areas: Collection[str] | None) -> bool:
    """Return whether ``key`` may sign for a device of this chain of areas (None: not checked)."""
    return areas is None or not key.areas or not set(key.areas).isdisjoint(areas)

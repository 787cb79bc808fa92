"""Key store port: private keys that sign without being seen, in files or, by ``token_keys``, in a PKCS#11 token."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from cms.platform.process.atomic_file import write_secret
from devices import enrolment
from devices.protocol import jws
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import KeyRole

ROLES: Final = (KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL)
KEY_NAMES: Final = (ROOT_KID, *ROLES)


class KeyStore(Protocol):
    """Store of Ed25519 keys by name, one of ``KEY_NAMES``; safe to use from several threads."""

    def public(self, name: str) -> str | None:
        """Return the public half in base64url; None: there is no such key. Raises TokenError."""
        ...

    def make(self, name: str) -> None:
        """Make this key, which is not there yet. Raises TokenError."""
        ...

    def remove(self, name: str) -> None:
        """Remove this key for good. Raises TokenError."""
        ...

    def sign(self, name: str, data: bytes) -> bytes:
        """Return the raw signature of 64 bytes. Raises TokenError, FileNotFoundError: there is no such key."""
        ...

    def require_ready(self) -> None:
        """Require that its keys can be used now. Raises TokenError."""
        ...

    def tend(self) -> None:
        """Open again what was lost, where that is due; it is called about every second."""
        ...


class FileKeys(KeyStore):
    """Keys in files ``NAME.key`` of a folder, each read when it is first needed; ``held``: keys already in memory."""

    def __init__(self, folder: Path, held: Mapping[str, OKPKey] | None = None) -> None:
        self._folder = folder
        self._held = dict(held or {})

    def path(self, name: str) -> Path:
        """Return the file of this key."""
        return self._folder / f"{name}.key"

    def public(self, name: str) -> str | None:
        """Return the public half as ``KeyStore``. Raises ValueError: the file is no key."""
        if name not in self._held and not self.path(name).exists():
            return None
        return jws.public_x(self._key(name))

    def make(self, name: str) -> None:
        write_secret(self.path(name), enrolment.make_signing_key())

    def remove(self, name: str) -> None:
        self._held.pop(name, None)
        self.path(name).unlink(missing_ok=True)

    def sign(self, name: str, data: bytes) -> bytes:
        return self.private_half(name).sign(data)

    def private_half(self, name: str) -> Ed25519PrivateKey:
        """Return the key itself, to bring it into a token. Raises FileNotFoundError, ValueError."""
        return jws.private_half(self._key(name))

    def require_ready(self) -> None:
        """Do nothing: files are read once."""

    def tend(self) -> None:
        """Do nothing."""

    def _key(self, name: str) -> OKPKey:
        if name not in self._held:
            self._held[name] = jws.signing_key(self.path(name).read_bytes())
        return self._held[name]

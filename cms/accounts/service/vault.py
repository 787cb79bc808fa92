"""Secrets: random ones stored as a hash, and the vault of those that have to be read again."""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cms.accounts.errors import UnreadableSecretError
from cms.platform.context import Context
from cms.platform.process.atomic_file import made_once

_KEY_BYTES = 32
_NONCE_BYTES = 12
TOKEN_PREFIX = "loa_"  # noqa: S105  lets scanners of leaked secrets know one


@dataclass(frozen=True)
class Vault:
    """Encryption by AES-256-GCM; a secret is bound to its owner, so that a row copied to another user opens nothing."""

    key: bytes = field(repr=False)

    @classmethod
    def at(cls, folder: Path) -> Self:
        """Open with the key in ``second-factor.key``, made at first use; processes that start together agree on one.

        Raises:
            ValueError: the file does not hold a key.
        """
        path = folder / "second-factor.key"
        key = made_once(path, lambda: secrets.token_bytes(_KEY_BYTES))
        if len(key) != _KEY_BYTES:
            raise ValueError(f"{path} does not hold a key of {_KEY_BYTES} bytes")
        return cls(key)

    def seal(self, secret: str, owner: str) -> str:
        """Encrypt; return base64 of nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return b64encode(nonce + AESGCM(self.key).encrypt(nonce, secret.encode(), owner.encode())).decode()

    def open(self, sealed: str, owner: str) -> str:
        """Decrypt a secret of this owner.

        Raises:
            UnreadableSecretError: encrypted with another key, for another owner, or modified.
        """
        try:
            raw = b64decode(sealed, validate=True)
            return AESGCM(self.key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise UnreadableSecretError from error


def vault_of(context: Context) -> Vault:
    """Return the vault of the installation; its key is made at the first use."""
    return Vault.at(context.settings.keys_dir)


def new_secret(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

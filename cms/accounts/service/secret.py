"""Random secrets, shown once and stored only as SHA-256: 256 random bits need no slow hash."""

import secrets
from hashlib import sha256

TOKEN_PREFIX = "loa_"  # noqa: S105  lets scanners of leaked secrets know one


def new_secret(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

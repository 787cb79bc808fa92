"""Passwords: argon2id, rehashed when the parameters rise."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cms.accounts.errors import WeakPasswordError
from cms.accounts.service.weak_passwords import is_trivial

MIN_LENGTH = 12  # NIST SP 800-63B-4 asks 15 of a lone factor, 8 with a second; lock-out stands between
MAX_LENGTH = 1024  # bounded, so that no sign-in costs unlimited work


@dataclass(frozen=True)
class Passwords:
    """Hash and check passwords; argon2-cffi's defaults are RFC 9106's second recommended set (64 MiB, 3 passes)."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    def hash(self, password: str) -> str:
        """Hash a password. Raises WeakPasswordError."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise WeakPasswordError(MIN_LENGTH, "SHORT")
        return self.hasher.hash(password)

    def chosen(self, password: str, own: Sequence[str]) -> str:
        """Hash a password chosen by a person. Raises WeakPasswordError: too short, or trivial to guess."""
        if is_trivial(password, own):
            raise WeakPasswordError(MIN_LENGTH, "SHORT" if len(password) < MIN_LENGTH else "TRIVIAL")
        return self.hash(password)

    @property
    def min_length(self) -> int:
        return MIN_LENGTH

    def matches(self, stored_hash: str | None, password: str) -> bool:
        """Return whether the password matches; without a hash (None) it does not, after the same work."""
        try:
            self.hasher.verify(stored_hash or self._nobodys, password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
        return stored_hash is not None

    def is_stale(self, stored_hash: str) -> bool:
        return self.hasher.check_needs_rehash(stored_hash)

    @cached_property
    def _nobodys(self) -> str:
        return self.hasher.hash(secrets.token_urlsafe(16))


def random_password() -> str:
    """Make a password of 20 characters, 120 bits."""
    return secrets.token_urlsafe(15)

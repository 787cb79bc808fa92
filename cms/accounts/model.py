"""The nouns of sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cms.accounts.scopes import READ_ONLY, Scope
from province.people import Actor, Grant, UserId


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. ``must_change_password``: it was given out, and opens only the page for another."""

    id: UserId
    login: str
    name: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    grants: tuple[Grant, ...] = ()
    password_set_at: datetime | None = None
    must_change_password: bool = False

    @property
    def actor(self) -> Actor:
        """The person as the rules see them."""
        return Actor(self.id, self.name, self.grants)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser's sign-in, without its secret.

    ``offered`` is the sealed TOTP secret shown in this sign-in and not yet confirmed: whoever else knew the password
    was shown another. ``source`` and ``agent`` are the address and browser it began in.
    """

    id: str
    user_id: UserId
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    second_factor_at: datetime | None = None
    offered: str | None = None
    last_seen_at: datetime | None = None
    source: str = ""
    agent: str = ""

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A confirmed authenticator. ``sealed`` is the TOTP secret, encrypted.

    No code of ``last_step`` (30 s steps since 1970) or before it is taken again. ``failures`` counts wrong codes since
    the last right one.
    """

    user_id: UserId
    sealed: str
    enrolled_at: datetime
    last_step: int
    failures: int = 0
    locked_until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its secret; it acts with its user's rights as far as its scopes go."""

    id: str
    user_id: UserId
    name: str
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    scopes: tuple[Scope, ...] = READ_ONLY

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

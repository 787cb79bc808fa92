"""Ports of sign-in: its repositories and unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from cms.accounts.model import SecondFactor, SignedIn, Token, User
from cms.accounts.service.throttle import Tallies
from province.events import Event
from province.people import Grant, UserId


class People(Protocol):
    """Repository of users with their grants, sessions and tokens."""

    def get(self, user_id: UserId) -> User:
        """Return the user. Raises NotFoundError."""

    def by_login(self, login: str) -> User | None: ...

    def add(self, user: User) -> None:
        """Add a user with its grants. Raises LoginTakenError."""

    def save(self, user: User) -> None:
        """Save everything but the grants."""

    def grant(self, user_id: UserId, grants: Sequence[Grant]) -> None:
        """Add these grants; existing ones stay."""

    def ungrant(self, user_id: UserId, grants: Sequence[Grant]) -> None: ...

    def add_session(self, session: SignedIn) -> None: ...

    def session(self, secret_hash: str) -> SignedIn | None: ...

    def revoke_sessions(self, user_id: UserId, at: datetime, *, only_id: str | None = None) -> None:
        """Revoke all sessions of the user, or only the one named."""

    def sessions_of(self, user_id: UserId, now: datetime) -> Sequence[SignedIn]:
        """Return the valid sessions, last used first."""

    def touch_session(self, session_id: str, seen_at: datetime, expires_at: datetime) -> None: ...

    def replace_recovery_codes(self, user_id: UserId, recovery_hashes: Sequence[str]) -> None: ...

    def offer(self, session_id: str, sealed: str) -> None:
        """Store the TOTP secret shown in this session."""

    def second_factor(self, user_id: UserId) -> SecondFactor | None:
        """Return it, locked against other transactions until this one ends, so that a code is used once."""

    def has_second_factor(self, user_id: UserId) -> bool:
        """Return whether there is one, without locking it."""

    def add_second_factor(self, factor: SecondFactor, recovery_hashes: Sequence[str]) -> bool:
        """Add the factor; return False if the user has one, which stays."""

    def save_second_factor(self, factor: SecondFactor) -> None: ...

    def remove_second_factor(self, user_id: UserId) -> None:
        """Remove it and its recovery codes."""

    def use_recovery_code(self, user_id: UserId, code_hash: str, at: datetime) -> bool:
        """Mark the code as used; return False if it does not exist or was used."""

    def recovery_codes_left(self, user_id: UserId) -> int: ...

    def add_token(self, token: Token) -> None: ...

    def token(self, secret_hash: str) -> Token | None: ...

    def revoke_token(self, token_id: str, at: datetime) -> Token:
        """Revoke the token. Raises NotFoundError."""

    def tokens(self, user_id: UserId | None = None) -> Sequence[Token]: ...


class AccountsUnit(Protocol):
    """Part of a unit of work that sign-in uses."""

    @property
    def people(self) -> People: ...

    @property
    def sign_in_tallies(self) -> Tallies: ...

    def record(self, event: Event) -> None: ...

    def commit(self) -> None: ...


class AccountsUnits(Protocol):
    """Factory of units of work."""

    def __call__(self) -> AbstractContextManager[AccountsUnit]: ...

    def reading(self) -> AbstractContextManager[AccountsUnit]:
        """Open a read-only unit of work."""

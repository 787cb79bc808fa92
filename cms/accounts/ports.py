"""What sign-in needs from the store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from cms.accounts.model import SecondFactor, SignedIn, Token, User
from cms.accounts.throttle import Tallies
from province.events import Event
from province.people import Grant, UserId


class People(Protocol):
    """Users with their grants, sign-ins and tokens."""

    def get(self, user_id: UserId) -> User:
        """Raises NotFoundError."""

    def by_login(self, login: str) -> User | None: ...

    def add(self, user: User) -> None:
        """With its grants. Raises LoginTakenError."""

    def save(self, user: User) -> None:
        """All but the grants."""

    def grant(self, user_id: UserId, grants: Sequence[Grant]) -> None:
        """Give these too; those already held are left alone."""

    def ungrant(self, user_id: UserId, grants: Sequence[Grant]) -> None: ...

    def add_session(self, session: SignedIn) -> None: ...

    def session(self, secret_hash: str) -> SignedIn | None: ...

    def revoke_sessions(self, user_id: UserId, at: datetime, *, only_id: str | None = None) -> None:
        """All of the user's, or the one named."""

    def sessions_of(self, user_id: UserId, now: datetime) -> Sequence[SignedIn]:
        """Those that are good, last used first."""

    def touch_session(self, session_id: str, seen_at: datetime, expires_at: datetime) -> None: ...

    def replace_recovery_codes(self, user_id: UserId, recovery_hashes: Sequence[str]) -> None: ...

    def offer(self, session_id: str, sealed: str) -> None:
        """The secret shown in this sign-in."""

    def second_factor(self, user_id: UserId) -> SecondFactor | None:
        """Held against other transactions until this one ends, so that a code is counted once."""

    def has_second_factor(self, user_id: UserId) -> bool:
        """Without holding it."""

    def add_second_factor(self, factor: SecondFactor, recovery_hashes: Sequence[str]) -> bool:
        """Whether it was added: one that is there stays."""

    def save_second_factor(self, factor: SecondFactor) -> None: ...

    def remove_second_factor(self, user_id: UserId) -> None:
        """With its recovery codes."""

    def use_recovery_code(self, user_id: UserId, code_hash: str, at: datetime) -> bool:
        """Whether it was there and unused; it is used now."""

    def recovery_codes_left(self, user_id: UserId) -> int: ...

    def add_token(self, token: Token) -> None: ...

    def token(self, secret_hash: str) -> Token | None: ...

    def revoke_token(self, token_id: str, at: datetime) -> Token:
        """Raises NotFoundError."""

    def tokens(self, user_id: UserId | None = None) -> Sequence[Token]: ...


class AccountsUnit(Protocol):
    """The part of a unit of work that sign-in uses."""

    @property
    def people(self) -> People: ...

    @property
    def sign_in_tallies(self) -> Tallies: ...

    def record(self, event: Event) -> None: ...

    def commit(self) -> None: ...


class AccountsUnits(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractContextManager[AccountsUnit]: ...

    def reading(self) -> AbstractContextManager[AccountsUnit]:
        """One that commits nothing."""

"""What accounts refuse, split by remedy.

AccountError
├── SignInFailedError  try again: login or password is wrong, and which is not told
├── LockedError        wait until ``until_at``: too many wrong passwords
├── WeakPasswordError  choose a longer one
└── LoginTakenError    choose another login
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class AccountError(Exception):
    """Base of every account error; ``code`` is stable."""

    code: ClassVar[str] = "ACCOUNT"


@dataclass
class SignInFailedError(AccountError):
    """The login is unknown, disabled, or the password is wrong."""

    code: ClassVar[str] = "SIGN_IN_FAILED"


@dataclass
class LockedError(AccountError):
    """Sign-in is held back after repeated failures."""

    until_at: datetime
    code: ClassVar[str] = "SIGN_IN_LOCKED"


@dataclass
class WeakPasswordError(AccountError):
    """The password is shorter than ``min_length``."""

    min_length: int
    code: ClassVar[str] = "PASSWORD_WEAK"


@dataclass
class LoginTakenError(AccountError):
    """Another user signs in under this login."""

    login: str
    code: ClassVar[str] = "LOGIN_TAKEN"

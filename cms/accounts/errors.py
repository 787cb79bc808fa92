"""Account errors, split by remedy.

AccountError
├── SignInFailedError      try again: login or password is wrong, and it does not say which
├── LockedError            wait until ``until_at``: too many wrong passwords
├── SignInBusyError        wait a few seconds: too many sign-ins at this moment
├── WeakPasswordError      choose a longer one
├── LoginTakenError        choose another login
├── NoCodeError            type the code that the authenticator shows
├── WrongCodeError         look at the authenticator and type its present code
├── CodeUsedError          wait for the next code
├── CodeLockedError        wait until ``until_at``: too many wrong codes
├── NotEnrolledError       enrol an authenticator first
└── UnreadableSecretError  have an administrator reset the second factor
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cms.platform.errors import FeatureError


class AccountError(FeatureError):
    """Base of every account error; ``code`` is stable."""

    code: ClassVar[str] = "ACCOUNT"


@dataclass
class SignInFailedError(AccountError):
    """The login is unknown or disabled, or the password is wrong. ``is_spray``: the whole site is under attack."""

    is_spray: bool = False
    code: ClassVar[str] = "SIGN_IN_FAILED"


@dataclass
class LockedError(AccountError):
    """Sign-in is locked after repeated failures from the same source."""

    until_at: datetime
    code: ClassVar[str] = "SIGN_IN_LOCKED"


@dataclass
class SignInBusyError(AccountError):
    """The maximum number of password checks is running."""

    code: ClassVar[str] = "SIGN_IN_BUSY"


@dataclass
class WeakPasswordError(AccountError):
    """Password that is too short (SHORT, ``min_length``), trivial to guess (TRIVIAL), or the previous one (SAME)."""

    min_length: int
    reason: str = "SHORT"
    code: ClassVar[str] = "PASSWORD_WEAK"


@dataclass
class LoginTakenError(AccountError):
    """Another user signs in under this login."""

    login: str
    code: ClassVar[str] = "LOGIN_TAKEN"


@dataclass
class NoCodeError(AccountError):
    """The field was left empty; nothing is counted."""

    code: ClassVar[str] = "CODE_MISSING"


@dataclass
class WrongCodeError(AccountError):
    """Neither a code of the authenticator at this time nor an unused recovery code."""

    code: ClassVar[str] = "WRONG_CODE"


@dataclass
class CodeClockError(WrongCodeError):
    """Not a code of this time, but one of another hour: server and telephone differ about the time."""

    code: ClassVar[str] = "CODE_CLOCK_OFF"


@dataclass
class CodeUsedError(AccountError):
    """The code was right, and has been used before: each is valid once."""

    code: ClassVar[str] = "CODE_USED"


@dataclass
class CodeLockedError(AccountError):
    """Codes are refused for a while after repeated wrong ones."""

    until_at: datetime
    code: ClassVar[str] = "CODE_LOCKED"


@dataclass
class NotEnrolledError(AccountError):
    """The user has no second factor."""

    code: ClassVar[str] = "NOT_ENROLLED"


@dataclass
class UnreadableSecretError(AccountError):
    """The second factor is encrypted with a key that this installation does not have."""

    code: ClassVar[str] = "SECOND_FACTOR_UNREADABLE"

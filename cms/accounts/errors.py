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
├── PasskeyRefusedError    try again, or sign in with the password
├── TooManyPasskeysError   remove one first
├── TooManyTokensError     revoke one first
├── InvitationOverError    ask an administrator for a new link
├── NotEnrolledError       enrol an authenticator first
└── UnreadableSecretError  have an administrator reset the second factor
"""

from dataclasses import dataclass
from datetime import datetime

from cms.platform.errors import FeatureError


class AccountError(FeatureError, code="ACCOUNT"):
    """Base of every account error; ``code`` is stable."""


@dataclass
class SignInFailedError(AccountError, code="SIGN_IN_FAILED"):
    """The login is unknown or disabled, or the password is wrong. ``is_spray``: the whole site is under attack."""

    is_spray: bool = False


@dataclass
class LockedError(AccountError, code="SIGN_IN_LOCKED"):
    """Sign-in is locked after repeated failures from the same source."""

    until_at: datetime


@dataclass
class SignInBusyError(AccountError, code="SIGN_IN_BUSY"):
    """The maximum number of password checks is running."""


@dataclass
class WeakPasswordError(AccountError, code="PASSWORD_WEAK"):
    """Password that is too short (SHORT, ``min_length``), trivial to guess (TRIVIAL), or the previous one (SAME)."""

    min_length: int
    reason: str = "SHORT"


@dataclass
class LoginTakenError(AccountError, code="LOGIN_TAKEN"):
    """Another user signs in under this login."""

    login: str


@dataclass
class NoCodeError(AccountError, code="CODE_MISSING"):
    """The field was left empty; nothing is counted."""


@dataclass
class WrongCodeError(AccountError, code="WRONG_CODE"):
    """Neither a code of the authenticator at this time nor an unused recovery code."""


@dataclass
class CodeClockError(WrongCodeError, code="CODE_CLOCK_OFF"):
    """Not a code of this time, but one of another hour: server and telephone differ about the time."""


@dataclass
class CodeUsedError(AccountError, code="CODE_USED"):
    """The code was right, and has been used before: each is valid once."""


@dataclass
class CodeLockedError(AccountError, code="CODE_LOCKED"):
    """Codes are refused for a while after repeated wrong ones."""

    until_at: datetime


@dataclass
class PasskeyRefusedError(AccountError, code="PASSKEY_REFUSED"):
    """Passkey that is unknown, or whose answer is wrong, was given before, or came too late."""


@dataclass
class TooManyPasskeysError(AccountError, code="PASSKEYS_TOO_MANY"):
    """The person has ``most`` passkeys."""

    most: int


@dataclass
class TooManyTokensError(AccountError, code="TOKENS_TOO_MANY"):
    """The person has ``most`` tokens that are valid."""

    most: int


@dataclass
class InvitationOverError(AccountError, code="INVITATION_OVER"):
    """The link of an invitation is wrong, used, replaced by a newer one, or too old: it does not say which."""


@dataclass
class NotEnrolledError(AccountError, code="NOT_ENROLLED"):
    """The user has no second factor."""


@dataclass
class UnreadableSecretError(AccountError, code="SECOND_FACTOR_UNREADABLE"):
    """The second factor is encrypted with a key that this installation does not have."""

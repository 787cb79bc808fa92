"""Codes of an authenticator (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and the recovery codes that stand in for one."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest

import pyotp

STEP_S = 30
WINDOW = 1  # RFC 6238, 5.2: at most one step for the time it takes to type, and clocks that differ
FAR = 130  # a clock set to another zone or to summer time is off by an hour: a wrong code within this is explained
AHEAD = 2  # a code accepted further ahead was accepted under a wrong clock
DIGITS = 6
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: too many to try, so SHA-256 is sufficient
_GROUP = 4


def new_totp_secret() -> str:
    """Make a secret of 160 bits, in base32 (RFC 4226, R6)."""
    return pyotp.random_base32()


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def code_at(secret: str, step: int) -> str:
    return pyotp.HOTP(secret, digits=DIGITS).at(step)


def matching_steps(secret: str, code: str, now: datetime) -> Sequence[int]:
    """Return the steps around now that have this code, earliest first; each is compared in constant time."""
    around = range(step_of(now) - WINDOW, step_of(now) + WINDOW + 1)
    return [step for step in around if compare_digest(code_at(secret, step), code)]


def is_of_another_hour(secret: str, code: str, now: datetime) -> bool:
    """Return whether the code would be right by a clock off by up to ``FAR`` steps. It is still refused."""
    here = step_of(now)
    return any(compare_digest(code_at(secret, step), code) for step in range(here - FAR, here + FAR + 1))


def provisioning_uri(secret: str, login: str) -> str:
    """Return the URI for the QR code of an enrolment."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=login, issuer_name="Loa")


def new_recovery_codes() -> tuple[str, ...]:
    """Make recovery codes, each in four groups of four, as they are printed."""
    secret = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
    return tuple(grouped(each.decode().lower()) for each in secret)


def grouped(text: str) -> str:
    """Split into groups of four, to be read and typed."""
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def plain(code: str) -> str:
    """Normalise a typed code: no separators, lower case; a longer text is no code and is cut."""
    return "".join(code[:64].split()).replace("-", "").lower()


def is_totp(code: str) -> bool:
    """Return whether a plain code can be the authenticator's."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()

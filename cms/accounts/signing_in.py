"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcast.events import Event
from broadcast.model.people import Actor
from cms.accounts.errors import LockedError, SignInFailedError
from cms.accounts.model import SignedIn, User
from cms.accounts.passwords import Passwords
from cms.accounts.ports import AccountsUnit, AccountsUnits
from cms.accounts.secret import new_secret, secret_hash

FREE_FAILURES = 5
FIRST_LOCK_S = 30
LOCK_MAX_S = 3600


@dataclass(frozen=True, slots=True)
class Welcome:
    """``secret`` goes into the browser's cookie and nowhere else."""

    actor: Actor
    secret: str
    expires_at: datetime


def sign_in(
    units: AccountsUnits,
    passwords: Passwords,
    *,
    login: str,
    password: str,
    now: datetime,
    new_id: str,
    lasts: timedelta,
    source: str = "",
) -> Welcome:
    """A new session for the right password.

    The failure is counted and logged before it is raised. ``source`` is where the request came from, for the log.

    Raises:
        LockedError: too many failures; the password was not looked at.
        SignInFailedError: anything else that is wrong.
    """
    with units() as unit:
        user = unit.people.by_login(login.strip().lower())
        if user is not None and user.locked_until_at is not None and now < user.locked_until_at:
            raise LockedError(user.locked_until_at)
        if not passwords.matches(user.password_hash if user else None, password) or user is None or user.disabled_at:
            _count_failure(unit, user, now, source)
            unit.commit()
            raise SignInFailedError
        renewed = passwords.hasher.hash(password) if passwords.is_stale(user.password_hash) else user.password_hash
        unit.people.save(replace(user, failures=0, locked_until_at=None, password_hash=renewed))
        secret = new_secret()
        unit.people.add_session(SignedIn(new_id, user.id, secret_hash(secret), now, now + lasts))
        unit.record(Event("user.signed_in", user.id, now, user.id, user.name, {"source": source}))
        unit.commit()
        return Welcome(user.actor, secret, now + lasts)


def lock_s(failures: int) -> int:
    """How long sign-in is held back after this many failures in a row: doubling from the sixth on, at most an hour."""
    if failures <= FREE_FAILURES:
        return 0
    return min(FIRST_LOCK_S << min(failures - FREE_FAILURES - 1, 10), LOCK_MAX_S)


def who_is_signed_in(unit: AccountsUnit, secret: str, now: datetime) -> Actor | None:
    """The person behind a cookie's secret, with their rights as they are now."""
    session = unit.people.session(secret_hash(secret))
    if session is None or not session.is_good(now):
        return None
    return _active(unit.people.get(session.user_id))


def whose_token(unit: AccountsUnit, secret: str, now: datetime) -> Actor | None:
    """The person an API token acts for, with their rights as they are now."""
    token = unit.people.token(secret_hash(secret))
    if token is None or not token.is_good(now):
        return None
    return _active(unit.people.get(token.user_id))


def sign_out(units: AccountsUnits, secret: str, now: datetime) -> None:
    """End this session; an unknown one is already over."""
    with units() as unit:
        session = unit.people.session(secret_hash(secret))
        if session is None or not session.is_good(now):
            return
        user = unit.people.get(session.user_id)
        unit.people.revoke_sessions(user.id, now, only_id=session.id)
        unit.record(Event("user.signed_out", user.id, now, user.id, user.name))
        unit.commit()


def _active(user: User) -> Actor | None:
    return None if user.disabled_at else user.actor


def _count_failure(unit: AccountsUnit, user: User | None, now: datetime, source: str) -> None:
    if user is None:
        # What was typed may be a password in the wrong field: it is not written down.
        unit.record(Event("user.sign_in_failed", "unknown", now, "unknown", "", {"source": source}))
        return
    failures = user.failures + 1
    held_s = lock_s(failures)
    until_at = now + timedelta(seconds=held_s) if held_s else None
    unit.people.save(replace(user, failures=failures, locked_until_at=until_at))
    detail: dict[str, object] = {"source": source, "failures": failures, "locked_s": held_s}
    unit.record(Event("user.sign_in_failed", user.id, now, "unknown", "", detail))

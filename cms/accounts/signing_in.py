"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from broadcast.events import Event
from broadcast.model.people import Actor
from cms.accounts import second_factor
from cms.accounts.errors import LockedError, SignInFailedError
from cms.accounts.lockout import lock_s
from cms.accounts.model import SignedIn, User
from cms.accounts.passwords import Passwords
from cms.accounts.policy import needs_second_factor
from cms.accounts.ports import AccountsUnit, AccountsUnits
from cms.accounts.scopes import actions_of
from cms.accounts.secret import new_secret, secret_hash
from cms.accounts.vault import Vault

# Between password and code; enrolling takes installing an app.
HALFWAY_LASTS = timedelta(minutes=20)


class Wanted(StrEnum):
    """What is still wanted of somebody whose password was right."""

    NOTHING = "nothing"
    CODE = "code"
    ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True)
class Welcome:
    """``secret`` goes into the browser's cookie and nowhere else; it opens nothing until ``wanted`` is nothing."""

    actor: Actor
    secret: str
    expires_at: datetime
    wanted: Wanted = Wanted.NOTHING


@dataclass(frozen=True, slots=True)
class Opening:
    """The session that the last step of a sign-in opens; ``source`` is where the request came from, for the log."""

    id: str
    now: datetime
    lasts: timedelta
    source: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a browser has come."""

    user: User
    session: SignedIn
    wanted: Wanted


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
    """A new session for the right password; a short one that opens nothing where a second factor is wanted as well.

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
        wanted = _wanted(unit, user)
        if wanted is not Wanted.NOTHING:
            lasts = min(lasts, HALFWAY_LASTS)
        secret = new_secret()
        unit.people.add_session(SignedIn(new_id, user.id, secret_hash(secret), now, now + lasts))
        name = "user.signed_in" if wanted is Wanted.NOTHING else "user.password_given"
        unit.record(Event(name, user.id, now, user.id, user.name, {"source": source}))
        unit.commit()
        return Welcome(user.actor, secret, now + lasts, wanted)


def give_code(units: AccountsUnits, vault: Vault, secret: str, code: str, opening: Opening) -> Welcome | None:
    """A whole session in place of the short one behind ``secret``; ``None`` if no code is wanted there.

    Raises:
        CodeLockedError, CodeUsedError, WrongCodeError, UnreadableError: as ``second_factor.confirm``.
    """
    with units() as unit:
        found = standing(unit, secret, opening.now)
        if found is None or found.wanted is not Wanted.CODE:
            return None
        user_id, source = found.user.id, opening.source
        second_factor.confirm(unit, user_id, code, opening.now, vault=vault, purpose="sign-in", source=source)
        welcome = _completed(unit, found, opening)
        unit.commit()
        return welcome


def give_first_code(
    units: AccountsUnits, vault: Vault, secret: str, code: str, opening: Opening
) -> tuple[Welcome, tuple[str, ...]] | None:
    """Enrolled: a whole session, and the recovery codes to show once; ``None`` if no enrolment is wanted there.

    Raises:
        WrongCodeError: not a code of the secret that this sign-in was offered.
        UnreadableError: the offered secret is sealed with a key that is gone.
    """
    with units() as unit:
        found = standing(unit, secret, opening.now)
        if found is None or found.wanted is not Wanted.ENROLMENT:
            return None
        recovery = second_factor.enrol(
            unit, found.user, found.session, code, opening.now, vault=vault, source=opening.source
        )
        if recovery is None:
            return None
        welcome = _completed(unit, found, opening)
        unit.commit()
        return welcome, recovery


def standing(unit: AccountsUnit, secret: str, now: datetime) -> Standing | None:
    """Who is behind a cookie's secret and what is still wanted of them; ``None`` for nobody."""
    session = unit.people.session(secret_hash(secret))
    if session is None or not session.is_good(now):
        return None
    user = unit.people.get(session.user_id)
    if user.disabled_at:
        return None
    return Standing(user, session, Wanted.NOTHING if session.second_factor_at else _wanted(unit, user))


def who_is_signed_in(unit: AccountsUnit, secret: str, now: datetime) -> Actor | None:
    """The person behind a cookie's secret, with their rights as they are now; nobody while a code is wanted."""
    found = standing(unit, secret, now)
    if found is None or found.wanted is not Wanted.NOTHING:
        return None
    return replace(found.user.actor, second_factor_at=found.session.second_factor_at)


def whose_token(unit: AccountsUnit, secret: str, now: datetime) -> Actor | None:
    """The person an API token acts for, with their rights as they are now as far as the token's scopes go.

    Never with a second factor.
    """
    token = unit.people.token(secret_hash(secret))
    if token is None or not token.is_good(now):
        return None
    user = unit.people.get(token.user_id)
    return None if user.disabled_at else replace(user.actor, token_actions=actions_of(token.scopes))


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


def _wanted(unit: AccountsUnit, user: User) -> Wanted:
    if unit.people.has_second_factor(user.id):
        return Wanted.CODE
    return Wanted.ENROLMENT if needs_second_factor(user.grants) else Wanted.NOTHING


def _completed(unit: AccountsUnit, found: Standing, opening: Opening) -> Welcome:
    """A session with a secret of its own: whoever saw the short one's holds nothing."""
    user, secret, now, until_at = found.user, new_secret(), opening.now, opening.now + opening.lasts
    unit.people.revoke_sessions(user.id, now, only_id=found.session.id)
    unit.people.add_session(SignedIn(opening.id, user.id, secret_hash(secret), now, until_at, second_factor_at=now))
    unit.record(Event("user.signed_in", user.id, now, user.id, user.name, {"source": opening.source}))
    return Welcome(replace(user.actor, second_factor_at=now), secret, until_at)


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

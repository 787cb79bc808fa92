"""User management: create users, grant rights, lock accounts. Callers check the permission; these write the log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cms.accounts.model import READ_ONLY, Token, TokenScope, User
from cms.accounts.repository import Passkeys, People, SignInTallies
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.throttle import mark_of
from cms.accounts.service.vault import TOKEN_PREFIX, new_secret, secret_hash
from cms.platform.store.uow import UnitOfWork
from province.errors import NotFoundError
from province.events import Event
from province.people import Actor, Grant, UserId


def add_user(
    unit: UnitOfWork,
    passwords: Passwords,
    *,
    new_id: str,
    login: str,
    name: str,
    password: str,
    grants: Sequence[Grant],
    now: datetime,
    by: Actor,
    must_change: bool = False,
) -> User:
    """Create a user who may sign in. The caller commits. ``must_change``: the password is valid for one sign-in.

    Raises:
        WeakPasswordError: too short.
        LoginTakenError: another user has the login (which is stored in lower case).
    """
    hashed = passwords.hash(password)
    user = User(
        UserId(new_id),
        login.strip().lower(),
        name.strip(),
        hashed,
        now,
        grants=tuple(dict.fromkeys(grants)),
        password_set_at=now,
        must_change_password=must_change,
    )
    unit[People].add(user)
    unit.record(Event.of(by, "user.added", user.id, now, login=user.login, grants=_said(user.grants)))
    return user


def set_password(
    unit: UnitOfWork,
    passwords: Passwords,
    login: str,
    password: str,
    *,
    now: datetime,
    by: Actor,
    must_change: bool = False,
) -> User:
    """Set the password; the old one, all its sessions and passkeys end now. The caller commits.

    ``must_change``: it is valid for one sign-in.

    Raises:
        WeakPasswordError: too short.
        NotFoundError: no user has the login.
    """
    hashed = passwords.hash(password)
    user = replace(user_of(unit, login), password_hash=hashed, password_set_at=now, must_change_password=must_change)
    unit[People].save(user)
    unit[SignInTallies].forget_login(mark_of(user.login))
    unit[People].revoke_sessions(user.id, now)
    unit[Passkeys].remove_all(user.id)
    unit.record(Event.of(by, "user.password_set", user.id, now, login=user.login))
    return user


def lock_user(unit: UnitOfWork, login: str, *, now: datetime, by: Actor) -> User:
    """Disable the account; all its sessions end now. The user is kept: the log refers to it. The caller commits."""
    user = user_of(unit, login)
    if user.disabled_at is None:
        unit[People].save(replace(user, disabled_at=now))
        unit[People].revoke_sessions(user.id, now)
        unit.record(Event.of(by, "user.locked", user.id, now, login=user.login))
    return user


def unlock_user(unit: UnitOfWork, login: str, *, now: datetime, by: Actor) -> User:
    """Enable the account, and clear its failures of passwords and codes. The caller commits."""
    user = user_of(unit, login)
    factor = unit[People].second_factor(user.id)
    was_held = unit[SignInTallies].forget_login(mark_of(user.login))
    if user.disabled_at is not None or was_held or (factor is not None and factor.failures):
        unit[People].save(replace(user, disabled_at=None))
        if factor is not None:
            unit[People].save_second_factor(replace(factor, failures=0, locked_until_at=None))
        unit.record(Event.of(by, "user.unlocked", user.id, now, login=user.login))
    return user


def give(unit: UnitOfWork, login: str, grants: Sequence[Grant], *, now: datetime, by: Actor) -> User:
    """Add these grants. The caller commits."""
    user = user_of(unit, login)
    new = [grant for grant in dict.fromkeys(grants) if grant not in user.grants]
    if new:
        unit[People].grant(user.id, new)
        unit.record(Event.of(by, "user.granted", user.id, now, grants=_said(new)))
    return user


def take(unit: UnitOfWork, login: str, grants: Sequence[Grant], *, now: datetime, by: Actor) -> User:
    """Remove these grants. The caller commits."""
    user = user_of(unit, login)
    gone = [grant for grant in dict.fromkeys(grants) if grant in user.grants]
    if gone:
        unit[People].ungrant(user.id, gone)
        unit.record(Event.of(by, "user.ungranted", user.id, now, grants=_said(gone)))
    return user


def create_token(
    unit: UnitOfWork,
    login: str,
    *,
    token_id: str,
    name: str,
    lasts: timedelta,
    now: datetime,
    by: Actor,
    scopes: Sequence[TokenScope] = READ_ONLY,
) -> tuple[Token, str]:
    """Create a token with the user's rights within ``scopes``, and its secret: shown once, stored as a hash.

    The caller commits.
    """
    user, secret = user_of(unit, login), new_secret(TOKEN_PREFIX)
    held = tuple(scope for scope in TokenScope if scope in scopes or scope is TokenScope.READ)
    token = Token(token_id, user.id, name, secret_hash(secret), now, now + lasts, scopes=held)
    unit[People].add_token(token)
    detail = {"token": token.id, "name": name, "expires_at": token.expires_at.isoformat()}
    scoped = [scope.value for scope in held]
    unit.record(Event.of(by, "token.created", user.id, now, **detail, scopes=scoped))
    return token, secret


def revoke_token(unit: UnitOfWork, token_id: str, *, now: datetime, by: Actor) -> Token:
    """Revoke the token now. The caller commits.

    Raises:
        NotFoundError: there is no such token.
    """
    token = unit[People].revoke_token(token_id, now)
    unit.record(Event.of(by, "token.revoked", token.user_id, now, token=token.id))
    return token


def user_of(unit: UnitOfWork, login: str) -> User:
    """Return the user with this login. Raises NotFoundError."""
    user = unit[People].by_login(login.strip().lower())
    if user is None:
        raise NotFoundError("user", login)
    return user


def _said(grants: Sequence[Grant]) -> list[str]:
    return [f"{grant.role}@{grant.area_id}" for grant in grants]

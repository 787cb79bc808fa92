"""Own account: change the password, end sessions, renew recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cms.accounts.errors import LockedError, NotEnrolledError, SignInFailedError, WeakPasswordError
from cms.accounts.model import Passkey, SignedIn, User
from cms.accounts.repository import Passkeys, People, SignInTallies
from cms.accounts.service import codes, second_factor, throttle
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.signing_in import Opening, SignInStep, Welcome, completed, standing
from cms.accounts.service.vault import Vault, secret_hash
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.events import Event
from province.people import UserId

SEEN_EVERY = timedelta(minutes=5)
"""Shortest time between two writes of a session's last use."""


@dataclass(frozen=True, slots=True)
class Account:
    """Account page of a person. ``here`` is the session that asks."""

    user: User
    here: SignedIn
    sessions: Sequence[SignedIn]
    has_second_factor: bool
    recovery_left: int
    passkeys: Sequence[Passkey] = ()


def account(unit: UnitOfWork, secret: str, now: datetime) -> Account | None:
    """Return the account of the session's user; ``None`` if not signed in. Within a unit of work."""
    found = standing(unit, secret, now)
    if found is None or found.wanted is not SignInStep.NOTHING:
        return None
    user_id = found.user.id
    return Account(
        found.user,
        found.session,
        unit[People].sessions_of(user_id, now),
        unit[People].has_second_factor(user_id),
        unit[People].recovery_codes_left(user_id),
        unit[Passkeys].of(user_id),
    )


def change_password(
    units: UowFactory,
    passwords: Passwords,
    vault: Vault,
    user_id: UserId,
    *,
    old: str,
    new: str,
    code: str,
    here: str,
    now: datetime,
    source: str = "",
) -> None:
    """Change the password; every other session of the person ends. ``here`` is the session that stays.

    Raises:
        SignInFailedError, LockedError: the old one is wrong, or was too often.
        WeakPasswordError: the new one is refused.
        WrongCodeError, CodeUsedError, CodeLockedError, UnreadableSecretError: as ``second_factor.confirm``.
    """
    with units.reading() as unit:
        user = unit[People].get(user_id)
        has_factor = unit[People].has_second_factor(user_id)
    require_password(units, passwords, user, old, here=here, now=now, source=source)
    if passwords.matches(user.password_hash, new):
        raise WeakPasswordError(passwords.min_length, "SAME")
    hashed = passwords.chosen(new, (user.login, user.name))
    with units() as unit:
        if has_factor:
            second_factor.confirm(unit, user_id, code, now, vault=vault, purpose="password", source=source)
        _set(unit, unit[People].get(user_id), hashed, now, source)
        _end_others(unit, user_id, here, now)
        unit.commit()


def require_password(
    units: UowFactory, passwords: Passwords, user: User, password: str, *, here: str, now: datetime, source: str
) -> None:
    """Check the person's password again, before what outlasts the session is made or changed.

    Raises:
        SignInFailedError, LockedError: it is wrong, or was too often.
    """
    keys = throttle.keys_of(user.id, source, f"own-{here}")
    with units.reading() as unit:
        until_at = throttle.locked_until(unit[SignInTallies].of(keys), now)
    if until_at is not None:
        raise LockedError(until_at)
    if passwords.matches(user.password_hash, password):
        return
    with units() as unit:
        after, _ = throttle.counted(unit[SignInTallies].of((*keys, throttle.SITE)), keys, now)
        unit[SignInTallies].put(after)
        unit.record(Event("user.password_change_failed", user.id, now, "unknown", "", {"source": source}))
        unit.commit()
    raise SignInFailedError


def set_first_password(
    units: UowFactory, passwords: Passwords, secret: str, new: str, opening: Opening
) -> Welcome | None:
    """Set the first own password and open a full session; ``None`` if this session does not wait for a password.

    Raises:
        WeakPasswordError: too weak, or the issued one.
    """
    with units.reading() as unit:
        found = standing(unit, secret, opening.now)
    if found is None or found.wanted is not SignInStep.PASSWORD:
        return None
    user = found.user
    if passwords.matches(user.password_hash, new):
        raise WeakPasswordError(passwords.min_length, "SAME")
    hashed = passwords.chosen(new, (user.login, user.name))
    with units() as unit:
        _set(unit, user, hashed, opening.now, opening.source)
        unit[People].revoke_sessions(user.id, opening.now)
        welcome = completed(unit, replace(found, user=replace(user, must_change_password=False)), opening)
        unit.commit()
    return welcome


def end_session(units: UowFactory, user_id: UserId, session_id: str, now: datetime) -> None:
    """End one of the person's own sessions; another person's, or an ended one, changes nothing."""
    with units() as unit:
        found = [each for each in unit[People].sessions_of(user_id, now) if each.id == session_id]
        if found:
            _end(unit, user_id, found, now)
            unit.commit()


def end_others(units: UowFactory, user_id: UserId, here: str, now: datetime) -> int:
    """End every session of the person but this one; return how many."""
    with units() as unit:
        count = _end_others(unit, user_id, here, now)
        unit.commit()
    return count


def renew_recovery_codes(
    units: UowFactory, vault: Vault, user_id: UserId, *, code: str, now: datetime, source: str = ""
) -> tuple[str, ...]:
    """Make ten new recovery codes, to be shown once; the previous ones are invalid.

    Raises:
        NotEnrolledError, WrongCodeError, CodeUsedError, CodeLockedError, UnreadableSecretError:
            as ``second_factor.confirm``.
    """
    fresh = codes.new_recovery_codes()
    with units() as unit:
        if not unit[People].has_second_factor(user_id):
            raise NotEnrolledError
        second_factor.confirm(unit, user_id, code, now, vault=vault, purpose="recovery codes", source=source)
        unit[People].replace_recovery_codes(user_id, [secret_hash(codes.plain(each)) for each in fresh])
        user = unit[People].get(user_id)
        unit.record(Event("user.recovery_codes_renewed", user_id, now, user_id, user.name, {"source": source}))
        unit.commit()
    return fresh


def seen(units: UowFactory, session: SignedIn, now: datetime, *, idle: timedelta, longest: timedelta) -> datetime:
    """Note the use of the session; return its end: ``idle`` from now, ``longest`` from its begin at most."""
    last_at = session.last_seen_at or session.created_at
    if now - last_at < SEEN_EVERY:
        return session.expires_at
    until_at = max(session.expires_at, min(now + idle, session.created_at + longest))
    with units().urgent() as unit:  # one row, and a part of any request: an approval must not wait for it
        unit[People].touch_session(session.id, now, until_at)
        unit.commit()
    return until_at


def _set(unit: UnitOfWork, user: User, hashed: str, now: datetime, source: str) -> None:
    unit[People].save(replace(user, password_hash=hashed, password_set_at=now, must_change_password=False))
    unit[SignInTallies].forget_login(throttle.mark_of(user.login))
    unit.record(Event("user.password_changed", user.id, now, user.id, user.name, {"source": source}))


def _end_others(unit: UnitOfWork, user_id: UserId, here: str, now: datetime) -> int:
    others = [each for each in unit[People].sessions_of(user_id, now) if each.id != here]
    if others:
        _end(unit, user_id, others, now)
    return len(others)


def _end(unit: UnitOfWork, user_id: UserId, sessions: Sequence[SignedIn], now: datetime) -> None:
    for each in sessions:
        unit[People].revoke_sessions(user_id, now, only_id=each.id)
    by, ended = unit[People].get(user_id).actor, [each.id for each in sessions]
    unit.record(Event.of(by, "user.sessions_ended", user_id, now, sessions=ended))

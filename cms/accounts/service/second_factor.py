"""Second factor: enrolment, confirmation by code, reset.

A code is accepted once. Wrong codes are counted apart from wrong passwords: knowing a login must not be enough to
keep its owner from approving an alert.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cms.accounts.errors import (
    CodeClockError,
    CodeLockedError,
    CodeUsedError,
    NotEnrolledError,
    UnreadableSecretError,
    WrongCodeError,
)
from cms.accounts.model import SecondFactor, SignedIn, User
from cms.accounts.repository import Passkeys, People
from cms.accounts.service import codes, throttle
from cms.accounts.service.users import user_of
from cms.accounts.service.vault import Vault, secret_hash
from cms.platform.store.uow import UnitOfWork
from province.events import Event
from province.people import Actor, UserId

# Codes before this step are never accepted: a new authenticator has used none.
NO_STEP = -1


@dataclass(frozen=True, slots=True)
class _Try:
    """One attempt with a code, as it is logged."""

    factor: SecondFactor
    now: datetime
    purpose: str
    source: str

    def failed(self, **more: object) -> Event:
        return _failure(self.factor.user_id, self.now, {"purpose": self.purpose, "source": self.source, **more})


def confirm(
    unit: UnitOfWork, user_id: UserId, code: str, now: datetime, *, vault: Vault, purpose: str, source: str = ""
) -> Actor:
    """Check a code; return the person with a fresh ``second_factor_at``. The caller commits, and the code is used up.

    ``code`` is the authenticator's or a recovery code, as typed. ``purpose`` is for the log. Call it before anything is
    changed in ``unit``: a wrong code is counted, logged and committed here before the error is raised.

    Raises:
        NotEnrolledError: they have no second factor.
        CodeLockedError: too many wrong codes; this one was not checked.
        CodeUsedError: right, but used before.
        WrongCodeError: neither a current code nor an unused recovery code; a CodeClockError if it would be right
            at another hour.
        UnreadableSecretError: encrypted with a key that is gone.
    """
    user, factor = unit[People].get(user_id), unit[People].second_factor(user_id)
    if factor is None:
        raise NotEnrolledError
    if factor.locked_until_at is not None and now < factor.locked_until_at:
        raise CodeLockedError(factor.locked_until_at)
    typed, this = codes.plain(code), _Try(factor, now, purpose, source)
    if codes.is_totp(typed):
        _take_totp(unit, this, vault.open(factor.sealed, user_id), typed)
        detail: dict[str, object] = {"kind": "totp"}
    elif unit[People].use_recovery_code(user_id, secret_hash(typed), now):
        unit[People].save_second_factor(replace(factor, failures=0, locked_until_at=None))
        detail = {"kind": "recovery", "left": unit[People].recovery_codes_left(user_id)}
    else:
        raise _counted(unit, this)
    given = {**detail, "purpose": purpose, "source": source}
    unit.record(Event.of(user.actor, "user.second_factor_given", user.id, now, **given))
    return replace(user.actor, second_factor_at=now)


def offer(unit: UnitOfWork, session: SignedIn, vault: Vault) -> str:
    """Return the secret that this session may enrol with, always the same. The caller commits."""
    if session.offered is not None:
        return vault.open(session.offered, session.user_id)
    secret = codes.new_totp_secret()
    unit[People].offer(session.id, vault.seal(secret, session.user_id))
    return secret


def enrol(
    unit: UnitOfWork, user: User, session: SignedIn, code: str, now: datetime, *, vault: Vault, source: str = ""
) -> tuple[str, ...] | None:
    """Confirm the authenticator; return recovery codes to show once; ``None`` if the user has one. The caller commits.

    Raises:
        WrongCodeError: not a code of the secret offered in this session. Logged and committed, but not counted: the
            person has the secret on the screen.
    """
    steps: Iterable[int] = ()
    typed = codes.plain(code)
    if session.offered is not None and codes.is_totp(typed):
        steps = codes.matching_steps(vault.open(session.offered, user.id), typed, now)
    step = max(steps, default=None)
    if session.offered is None or step is None:
        unit.record(_failure(user.id, now, {"purpose": "enrolment", "source": source}))
        unit.commit()
        raise WrongCodeError
    factor = SecondFactor(user.id, session.offered, now, step)
    return _add(unit, user, factor, user.actor, {"source": source})


def reset(unit: UnitOfWork, login: str, *, now: datetime, by: Actor) -> User:
    """Remove authenticator, recovery codes and passkeys, and end every session; the user enrols again.

    The caller commits.

    Raises:
        NotFoundError: no user has the login.
        NotEnrolledError: they have no second factor.
    """
    user = user_of(unit, login)
    if unit[People].second_factor(user.id) is None:
        raise NotEnrolledError
    unit[People].remove_second_factor(user.id)
    unit[Passkeys].remove_all(user.id)
    unit[People].revoke_sessions(user.id, now)
    unit.record(Event.of(by, "user.second_factor_reset", user.id, now, login=user.login))
    return user


def enrol_for_demo(unit: UnitOfWork, vault: Vault, login: str, *, now: datetime, by: Actor) -> str:
    """Enrol a demo user without a telephone; return the secret. An existing one is kept. The caller commits."""
    user = user_of(unit, login)
    held = unit[People].second_factor(user.id)
    if held is not None:
        try:
            return vault.open(held.sealed, user.id)
        except UnreadableSecretError:  # the installation's keys are new
            unit[People].remove_second_factor(user.id)
    secret = codes.new_totp_secret()
    _add(unit, user, SecondFactor(user.id, vault.seal(secret, user.id), now, NO_STEP), by, {"demo": True})
    return secret


def code_for_demo(unit: UnitOfWork, vault: Vault, login: str, *, now: datetime, by: Actor) -> tuple[str, timedelta]:
    """Return a valid unused code, and how long it is valid. The caller commits, and makes sure that it is a demo.

    Raises:
        NotFoundError: no user has the login.
        NotEnrolledError: they have no second factor.
        CodeUsedError: every code of these moments is used; wait a step.
    """
    user = user_of(unit, login)
    factor = unit[People].second_factor(user.id)
    if factor is None:
        raise NotEnrolledError
    last_step = factor.last_step if factor.last_step <= codes.step_of(now) + codes.AHEAD else NO_STEP
    step = max(codes.step_of(now), last_step + 1)
    if step > codes.step_of(now) + codes.WINDOW:
        raise CodeUsedError
    code = codes.code_at(vault.open(factor.sealed, user.id), step)
    unit.record(Event.of(by, "user.second_factor_shown", user.id, now, login=user.login))
    good_until = (step + codes.WINDOW + 1) * codes.STEP_S
    return code, timedelta(seconds=good_until - now.timestamp())


def _take_totp(unit: UnitOfWork, this: _Try, secret: str, code: str) -> None:
    steps = codes.matching_steps(secret, code, this.now)
    if not steps:
        wrong = _counted(unit, this)
        raise CodeClockError if codes.is_of_another_hour(secret, code, this.now) else wrong
    last_step = this.factor.last_step
    if last_step > codes.step_of(this.now) + codes.AHEAD:
        last_step = NO_STEP
    fresh = [step for step in steps if step > last_step]
    if not fresh:  # a form sent twice is no guess: not counted
        unit.record(this.failed(why="used"))
        unit.commit()
        raise CodeUsedError
    unit[People].save_second_factor(replace(this.factor, last_step=fresh[0], failures=0, locked_until_at=None))


def _counted(unit: UnitOfWork, this: _Try) -> WrongCodeError:
    failures = this.factor.failures + 1
    held_s = throttle.CODE.held_s(failures)
    until_at = this.now + timedelta(seconds=held_s) if held_s else None
    unit[People].save_second_factor(replace(this.factor, failures=failures, locked_until_at=until_at))
    unit.record(this.failed(failures=failures, locked_s=held_s))
    unit.commit()
    return WrongCodeError()


def _add(
    unit: UnitOfWork, user: User, factor: SecondFactor, by: Actor, detail: dict[str, object]
) -> tuple[str, ...] | None:
    recovery = codes.new_recovery_codes()
    if not unit[People].add_second_factor(factor, [secret_hash(codes.plain(each)) for each in recovery]):
        return None
    said = {"login": user.login, **detail}
    unit.record(Event.of(by, "user.second_factor_enrolled", user.id, factor.enrolled_at, **said))
    return recovery


def _failure(user_id: UserId, now: datetime, detail: dict[str, object]) -> Event:
    return Event("user.second_factor_failed", user_id, now, "unknown", "", detail)

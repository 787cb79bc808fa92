"""Sign-in, sessions, sign-out."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cms.accounts.errors import LockedError, SignInFailedError
from cms.accounts.model import SignedIn, Token, User, actions_of
from cms.accounts.repository import People, SignInTallies
from cms.accounts.service import second_factor, throttle
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.throttle import Gate
from cms.accounts.service.vault import Vault, new_secret, secret_hash
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.events import Event
from province.people import Actor
from province.policy import needs_second_factor

# Time between password and code; an enrolment includes installing an app.
HALFWAY_LASTS = timedelta(minutes=20)


class SignInStep(StrEnum):
    """Next step of a sign-in whose password was right."""

    NOTHING = "nothing"
    CODE = "code"
    ENROLMENT = "enrolment"
    PASSWORD = "new-password"  # noqa: S105  names a step


@dataclass(frozen=True, slots=True)
class Welcome:
    """Sign-in result. ``secret`` is for the browser's cookie only, and opens nothing until ``wanted`` is NOTHING."""

    actor: Actor
    secret: str
    expires_at: datetime
    wanted: SignInStep = SignInStep.NOTHING
    login: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """Parameters of the session that the last step opens; ``source`` is the address of the request, for the log."""

    id: str
    now: datetime
    lasts: timedelta
    source: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class SignInProgress:
    """Progress of a browser's sign-in: user, session, next step."""

    user: User
    session: SignedIn
    wanted: SignInStep


def sign_in(
    units: UowFactory,
    passwords: Passwords,
    *,
    login: str,
    password: str,
    now: datetime,
    new_id: str,
    lasts: timedelta,
    source: str = "",
    browser: str = "",
    agent: str = "",
    gate: Gate | None = None,
) -> Welcome:
    """Open a session for the right password; a short one that opens nothing if more steps follow.

    A failure is counted and logged before it is raised. ``source`` is the address of the request, ``agent`` its
    user agent; ``browser`` is its id if this login has signed in there before (``throttle.keys_of``).

    Raises:
        LockedError: too many failures from there; the password was not checked.
        SignInBusyError: too many passwords are being checked.
        SignInFailedError: any other failure.
    """
    name = login.strip().lower()
    keys = throttle.keys_of(name, source, browser)
    with units.reading() as unit:
        user = unit[People].by_login(name)
        until_at = throttle.locked_until(unit[SignInTallies].of(keys), now)
    if until_at is not None:
        raise LockedError(until_at)
    # No transaction is open during the check: it takes long.
    known_hash = user.password_hash if user else None
    with nullcontext() if gate is None else gate.lane(is_known=bool(browser)).entered():
        is_right = passwords.matches(known_hash, password)
        renewed = passwords.hasher.hash(password) if is_right and passwords.is_stale(known_hash or "") else known_hash
    with units() as unit:
        user = unit[People].by_login(name)
        if not is_right or user is None or user.disabled_at or user.password_hash != known_hash:
            is_spray = _count_failure(unit, user, keys, now, source)
            unit.commit()
            raise SignInFailedError(is_spray=is_spray)
        unit[SignInTallies].forget(keys[:1])
        if renewed != known_hash:
            unit[People].save(replace(user, password_hash=renewed or user.password_hash))
        welcome = opened(unit, user, Opening(new_id, now, lasts, source, agent))
        unit.commit()
        return welcome


def opened(unit: UnitOfWork, user: User, opening: Opening) -> Welcome:
    """Open the session of a person whose password is right: a short one if more steps follow. The caller commits."""
    wanted, secret, now = _wanted(unit, user), new_secret(), opening.now
    lasts = opening.lasts if wanted is SignInStep.NOTHING else min(opening.lasts, HALFWAY_LASTS)
    session = SignedIn(opening.id, user.id, secret_hash(secret), now, now + lasts, source=opening.source)
    unit[People].add_session(replace(session, agent=opening.agent[:200]))
    event = "user.signed_in" if wanted is SignInStep.NOTHING else "user.password_given"
    unit.record(Event(event, user.id, now, user.id, user.name, {"source": opening.source}))
    return Welcome(user.actor, secret, now + lasts, wanted, user.login)


def give_code(units: UowFactory, vault: Vault, secret: str, code: str, opening: Opening) -> Welcome | None:
    """Check the code and replace the short session by a full one; ``None`` if the session waits for no code.

    Raises:
        CodeLockedError, CodeUsedError, WrongCodeError, UnreadableSecretError: as ``second_factor.confirm``.
    """
    with units() as unit:
        found = standing(unit, secret, opening.now)
        if found is None or found.wanted is not SignInStep.CODE:
            return None
        user_id, source = found.user.id, opening.source
        second_factor.confirm(unit, user_id, code, opening.now, vault=vault, purpose="sign-in", source=source)
        welcome = completed(unit, found, opening)
        unit.commit()
        return welcome


def give_first_code(
    units: UowFactory, vault: Vault, secret: str, code: str, opening: Opening
) -> tuple[Welcome, tuple[str, ...]] | None:
    """Enrol and open a full session; return the recovery codes to show once. ``None`` if no enrolment is wanted.

    Raises:
        WrongCodeError: not a code of the secret offered in this session.
        UnreadableSecretError: the offered secret is encrypted with a key that is gone.
    """
    with units() as unit:
        found = standing(unit, secret, opening.now)
        if found is None or found.wanted is not SignInStep.ENROLMENT:
            return None
        recovery = second_factor.enrol(
            unit, found.user, found.session, code, opening.now, vault=vault, source=opening.source
        )
        if recovery is None:
            return None
        welcome = completed(unit, found, opening)
        unit.commit()
        return welcome, recovery


def standing(unit: UnitOfWork, secret: str, now: datetime) -> SignInProgress | None:
    """Return the user of a cookie's secret and the next step of the sign-in; ``None`` if it is not valid."""
    session = unit[People].session(secret_hash(secret))
    if session is None or not session.is_good(now):
        return None
    user = unit[People].get(session.user_id)
    if user.disabled_at:
        return None
    wanted = _after_codes(user) if session.second_factor_at else _wanted(unit, user)
    return SignInProgress(user, session, wanted)


def whose_token(unit: UnitOfWork, secret: str, now: datetime) -> Actor | None:
    """Return the person that an API token acts for, with their present rights limited to the token's scopes.

    Never with a second factor.
    """
    return holder_of(unit, unit[People].token(secret_hash(secret)), now)


def holder_of(unit: UnitOfWork, token: Token | None, now: datetime) -> Actor | None:
    """Return the same for a token that was read already; None: there is none of that secret."""
    if token is None or not token.is_good(now):
        return None
    user = unit[People].get(token.user_id)
    return None if user.disabled_at else replace(user.actor, token_actions=actions_of(token.scopes))


def sign_out(units: UowFactory, secret: str, now: datetime) -> None:
    """End this session; an unknown or ended one changes nothing."""
    with units() as unit:
        session = unit[People].session(secret_hash(secret))
        if session is None or not session.is_good(now):
            return
        user = unit[People].get(session.user_id)
        unit[People].revoke_sessions(user.id, now, only_id=session.id)
        unit.record(Event("user.signed_out", user.id, now, user.id, user.name))
        unit.commit()


def _wanted(unit: UnitOfWork, user: User) -> SignInStep:
    if unit[People].has_second_factor(user.id):
        return SignInStep.CODE
    return SignInStep.ENROLMENT if needs_second_factor(user.grants) else _after_codes(user)


def _after_codes(user: User) -> SignInStep:
    return SignInStep.PASSWORD if user.must_change_password else SignInStep.NOTHING


def completed(unit: UnitOfWork, found: SignInProgress, opening: Opening) -> Welcome:
    """Open the next session, with a new secret, so that one seen before is worthless. The caller commits."""
    user, secret, now, wanted = found.user, new_secret(), opening.now, _after_codes(found.user)
    lasts = opening.lasts if wanted is SignInStep.NOTHING else min(opening.lasts, HALFWAY_LASTS)
    has_code = found.wanted in {SignInStep.CODE, SignInStep.ENROLMENT}
    given_at = now if has_code else found.session.second_factor_at
    until_at = now + lasts
    unit[People].revoke_sessions(user.id, now, only_id=found.session.id)
    whole = SignedIn(opening.id, user.id, secret_hash(secret), now, until_at, second_factor_at=given_at)
    unit[People].add_session(replace(whole, source=opening.source, agent=opening.agent[:200]))
    unit.record(Event("user.signed_in", user.id, now, user.id, user.name, {"source": opening.source}))
    return Welcome(replace(user.actor, second_factor_at=given_at), secret, until_at, wanted, user.login)


def opened_by_passkey(unit: UnitOfWork, user: User, opening: Opening, passkey_id: str) -> Welcome:
    """Open the session of a person whose device has proved both factors. The caller commits.

    Where the role needs codes and no authenticator is enrolled, that is the next step: an approval asks for one.
    """
    if needs_second_factor(user.grants) and not unit[People].has_second_factor(user.id):
        return opened(unit, user, opening)
    wanted, secret, now = _after_codes(user), new_secret(), opening.now
    lasts = opening.lasts if wanted is SignInStep.NOTHING else min(opening.lasts, HALFWAY_LASTS)
    session = SignedIn(opening.id, user.id, secret_hash(secret), now, now + lasts, second_factor_at=now)
    unit[People].add_session(replace(session, source=opening.source, agent=opening.agent[:200]))
    detail: dict[str, object] = {"source": opening.source, "passkey": passkey_id}
    unit.record(Event("user.signed_in", user.id, now, user.id, user.name, detail))
    return Welcome(replace(user.actor, second_factor_at=now), secret, now + lasts, wanted, user.login)


def _count_failure(unit: UnitOfWork, user: User | None, keys: Sequence[str], now: datetime, source: str) -> bool:
    """Count and log a failure; return whether the whole site came under attack with it."""
    tallies = unit[SignInTallies]
    after, is_spray = throttle.counted(tallies.of((*keys, throttle.SITE)), keys, now)
    tallies.put(after)
    tallies.prune(now - throttle.FORGOTTEN_AFTER, throttle.KEPT_MOST)
    until_at = throttle.locked_until({each.key: each for each in after}, now)
    detail: dict[str, object] = {
        "source": source,
        "failures": max(each.failures for each in after if each.key != throttle.SITE),
        "locked_s": 0 if until_at is None else round((until_at - now).total_seconds()),
    }
    # The typed login may be a password in the wrong field: it is not stored.
    unit.record(Event("user.sign_in_failed", user.id if user else "unknown", now, "unknown", "", detail))
    if is_spray:
        told: dict[str, object] = {"failures": throttle.SPRAY_FAILURES, "source": source}
        unit.record(Event("site.sign_ins_sprayed", throttle.SITE, now, "unknown", "", told))
    return is_spray

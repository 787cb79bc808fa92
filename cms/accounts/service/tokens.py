"""Tokens of a person's own programs: made on the account's page, within their rights; and their last use."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from cms.accounts.errors import TooManyTokensError
from cms.accounts.model import ACTIONS, Token, TokenScope, User
from cms.accounts.repository import People
from cms.accounts.service import users
from cms.accounts.service.signing_in import holder_of
from cms.accounts.service.vault import secret_hash
from cms.platform.store.uow import UowFactory
from province.errors import problem_if, refuse
from province.people import Actor, Grant
from province.policy import ROLE_ACTIONS

DAYS: Final = (30, 90, 180, 365, 730)
MOST: Final = 20
NAME_MOST: Final = 200
USED_EVERY: Final = timedelta(hours=1)
"""Shortest time between two writes of a token's last use."""


def scopes_of(grants: Iterable[Grant]) -> Sequence[TokenScope]:
    """Return the scopes of which the holder of these rights may do anything; reading is always among them."""
    held = frozenset[object]().union(*(ROLE_ACTIONS[grant.role] for grant in grants))
    return [scope for scope in TokenScope if scope is TokenScope.READ or not ACTIONS[scope].isdisjoint(held)]


def make_own(
    units: UowFactory, user: User, *, name: str, scopes: Collection[str], days: str, token_id: str, now: datetime
) -> tuple[Token, str]:
    """Make a token for a program of the person; return it with its secret, to be shown once.

    Raises:
        InvalidError: no name, an unknown time, or a scope beyond the person's rights.
        TooManyTokensError: one has to be revoked before.
    """
    problems = problem_if(not name, "token", "MISSING")
    problems += problem_if(len(name) > NAME_MOST, "token", "TOO_LONG", length=len(name), max=NAME_MOST)
    problems += problem_if(days not in {str(each) for each in DAYS}, "days", "MISSING")
    allowed = {scope.value for scope in scopes_of(user.grants)}
    problems += problem_if(not allowed.issuperset(scopes), "scopes", "SCOPE_TOO_WIDE")
    refuse(problems)
    with units() as unit:
        if sum(each.is_good(now) for each in unit[People].tokens(user.id)) >= MOST:
            raise TooManyTokensError(MOST)
        made = users.create_token(
            unit,
            user.login,
            token_id=token_id,
            name=name,
            lasts=timedelta(days=int(days)),
            now=now,
            by=user.actor,
            scopes=[TokenScope(each) for each in scopes],
        )
        unit.commit()
    return made


def revoke_own(units: UowFactory, user: User, token_id: str, now: datetime) -> None:
    """Revoke one of the person's own tokens; another person's changes nothing."""
    with units() as unit:
        if any(each.id == token_id and each.is_good(now) for each in unit[People].tokens(user.id)):
            users.revoke_token(unit, token_id, now=now, by=user.actor)
            unit.commit()


def caller_of(units: UowFactory, secret: str, now: datetime) -> Actor | None:
    """Return the person that the token acts for, as ``whose_token``, and note its use."""
    with units.reading() as unit:
        token = unit[People].token(secret_hash(secret))
        found = holder_of(unit, token, now)
    if token is None or found is None:
        return None
    if token.last_used_at is None or now - token.last_used_at >= USED_EVERY:
        # Where the database is busy, or takes nothing, the next call notes it.
        with suppress(SQLAlchemyError), units().at_once() as unit:
            unit[People].touch_token(token.id, now)
            unit.commit()
    return found

"""People for all tests that need some: a second administrator, somebody invited, and a request that waits."""

from __future__ import annotations

import itertools
from dataclasses import replace

from broadcast.notifications.model import NotificationChannel
from cms.accounts.model import AccessRequest, SecondFactor, User
from cms.accounts.repository import AccessRequests, People
from cms.accounts.service import people, tokens
from cms.accounts.service.people import Invited
from cms.accounts.service.person_drafts import PersonDraft
from cms.accounts.service.second_factor import NO_STEP
from cms.accounts.service.vault import vault_of
from cms.notifications.service.writer import NotificationWriter
from province.areas import AreaId
from province.call import Call
from province.people import Grant, Role, UserId
from tests.console import COMMUNE, PROVINCE, TOTP_SECRET, Console, cheap_hash, post

SECOND_ADMIN = "second-admin"
_NUMBERS = itertools.count(1)


def call_by(console: Console, login: str) -> Call:
    return console.context.call(console.actor(login))


def writer(console: Console) -> NotificationWriter:
    return NotificationWriter(frozenset(NotificationChannel), console.context.new_id)


def second_admin(console: Console, area_id: AreaId = PROVINCE, login: str = SECOND_ADMIN) -> str:
    """Add another administrator with password and second factor, once; return the login."""
    with console.context.uow() as unit:
        if unit[People].by_login(login) is None:
            user_id, now = UserId(f"u-{login}"), console.clock()
            grants = (Grant(Role.ADMIN, area_id),)
            unit[People].add(User(user_id, login, "Lê Văn Hai", cheap_hash(), now, grants=grants))
            sealed = vault_of(console.context).seal(TOTP_SECRET, user_id)
            unit[People].add_second_factor(SecondFactor(user_id, sealed, now, NO_STEP), [])
            unit.commit()
    return login


def draft(login: str = "", role: Role = Role.COMMUNE_OPERATOR, area_id: AreaId = COMMUNE) -> PersonDraft:
    return PersonDraft(login or f"lan.{next(_NUMBERS)}", "Nguyễn Thị Lan", grants=(Grant(role, area_id),))


def invite(console: Console, wanted: PersonDraft | None = None, by: str = "admin") -> Invited:
    """Invite a person."""
    (made,) = people.invite(
        console.context.uow(),
        [wanted or draft()],
        vault=vault_of(console.context),
        call=call_by(console, by),
        writer=writer(console),
    )
    return made


def joined(console: Console, login: str = "") -> User:
    """Add a commune operator who has a password."""
    user = invite(console, draft(login)).user
    known = replace(user, password_hash=cheap_hash(), password_set_at=console.clock())
    with console.context.uow() as unit:
        unit[People].save(known)
        unit.commit()
    return known


def ask_reset(console: Console, by: str = "") -> AccessRequest:
    """Have a second administrator ask for the reset of a commune operator."""
    user = joined(console)
    call = call_by(console, by or second_admin(console))
    return people.ask_reset(console.context.uow(), user.id, call=call, writer=writer(console))


def requests(console: Console) -> list[AccessRequest]:
    with console.context.uow() as unit:
        return list(unit[AccessRequests].open(console.clock()))


def with_token(console: Console) -> str:
    """Make a token of a commune operator; return the path of it below the people's."""
    user, context = joined(console), console.context
    token, _secret = tokens.make_own(
        context.uow, user, name="Máy phát", scopes=["read"], days="30", token_id=context.new_id(), now=context.now()
    )
    return f"{user.id}/tokens/{token.id}"


def lock(console: Console, login: str) -> None:
    """Enter wrong passwords until sign-in from there is locked for two minutes."""
    for _ in range(8):
        console.clock.pass_by(minutes=1, seconds=1)
        post(console.client(), "/sign-in", {"login": login, "password": "sai mật khẩu"})

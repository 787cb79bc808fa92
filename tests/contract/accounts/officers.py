"""An officer who needs a second factor and an operator who does not, with their passwords and codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from cms.accounts.service import codes, second_factor, users
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.signing_in import Opening, SignInStep, Welcome, sign_in, standing
from cms.accounts.service.vault import Vault
from cms.areas.repository import Places
from cms.audit.queries import latest_events
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory, new_ulid
from province.areas import Area, AreaId
from province.people import Actor, Grant, Role, UserId

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
STEP = timedelta(seconds=codes.STEP_S)
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "một hai ba bốn năm"
HERE = AreaId("c-1")
OFFICER, OFFICER_ID = "truc", UserId("u-truc")
BY = Actor(UserId("command-line"), "root", ())
LASTS = timedelta(hours=12)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.at(tmp_path)


@pytest.fixture
def people(units: UowFactory) -> UowFactory:
    """An officer, who needs a second factor, and an operator, who does not; neither has one."""
    with units() as unit:
        unit[Places].add([Area(HERE, HERE, "commune", None, date(2000, 1, 1))])
        for login, role in ((OFFICER, Role.EMERGENCY_OFFICER), ("lan", Role.STATION)):
            users.add_user(
                unit,
                CHEAP,
                new_id=f"u-{login}",
                login=login,
                name=login.title(),
                password=PASSWORD,
                grants=[Grant(role, HERE)],
                now=NOW,
                by=BY,
            )
        unit.commit()
    return units


@pytest.fixture
def secret(people: UowFactory, vault: Vault) -> str:
    """TOTP secret of the enrolled officer; none of its codes has been used."""
    with people() as unit:
        made = second_factor.enrol_for_demo(unit, vault, OFFICER, now=NOW - timedelta(days=1), by=BY)
        unit.commit()
    return made


def enter(units: UowFactory, login: str = OFFICER, at: datetime = NOW) -> Welcome:
    return sign_in(units, CHEAP, login=login, password=PASSWORD, now=at, new_id=new_ulid(), lasts=LASTS)


def opening(at: datetime = NOW) -> Opening:
    return Opening(new_ulid(), at, LASTS, "10.0.0.9")


def offered(units: UowFactory, vault: Vault, welcome: Welcome) -> str:
    with units() as unit:
        found = standing(unit, welcome.secret, NOW)
        assert found is not None
        made = second_factor.offer(unit, found.session, vault)
        unit.commit()
    return made


def code_of(secret: str, at: datetime = NOW) -> str:
    return codes.code_at(secret, codes.step_of(at))


def wrong(secret: str, at: datetime = NOW) -> str:
    """Return six digits that are not a code of these hours."""
    good = {codes.code_at(secret, codes.step_of(at) + away) for away in range(-codes.FAR - 2, codes.FAR + 3)}
    return next(code for code in map("{:06d}".format, range(10)) if code not in good)


def confirm(units: UowFactory, vault: Vault, code: str, at: datetime = NOW) -> Actor:
    with units() as unit:
        actor = second_factor.confirm(unit, OFFICER_ID, code, at, vault=vault, purpose="alert.approve")
        unit.commit()
    return actor


def events(units: UowFactory) -> list[str]:
    with reading(units.engine) as session:
        return [line.name for line in latest_events(session)]


def who_is_signed_in(unit: UnitOfWork, secret: str, now: datetime) -> Actor | None:
    """Return the person of a cookie's secret, with their present rights; None while a step is missing."""
    found = standing(unit, secret, now)
    if found is None or found.wanted is not SignInStep.NOTHING:
        return None
    return replace(found.user.actor, second_factor_at=found.session.second_factor_at)

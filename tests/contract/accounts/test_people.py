"""``cms.accounts.ports.People`` and the use cases built on it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from cms.accounts.errors import LockedError, LoginTakenError, SignInFailedError
from cms.accounts.model import FailureTally, User
from cms.accounts.repository import People, SignInTallies
from cms.accounts.service import users
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.signing_in import Welcome, sign_in, sign_out, whose_token
from cms.accounts.service.throttle import PAIR, keys_of, mark_of
from cms.areas.repository import Places
from cms.audit.queries import latest_events
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory, new_ulid
from province.areas import Area, AreaId
from province.errors import NotFoundError
from province.people import Actor, Grant, Role, UserId
from tests.contract.accounts.officers import who_is_signed_in

NOW = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "một hai ba bốn năm"
HERE, THERE = AreaId("c-1"), AreaId("c-2")
BY = Actor(UserId("command-line"), "root", ())


@pytest.fixture
def people(units: UowFactory) -> UowFactory:
    with units() as unit:
        unit[Places].add(Area(each, each, "commune", None, date(2000, 1, 1)) for each in (HERE, THERE))
        add(unit)
        unit.commit()
    return units


def add(unit: UnitOfWork, login: str = "lan") -> User:
    return users.add_user(
        unit,
        CHEAP,
        new_id=f"u-{login.strip().lower()}",
        login=login,
        name="Nguyễn Thị Lan",
        password=PASSWORD,
        grants=[Grant(Role.STATION, HERE)],
        now=NOW,
        by=BY,
    )


def enter(
    units: UowFactory,
    password: str = PASSWORD,
    login: str = "lan",
    at: datetime = NOW,
    *,
    source: str = "10.0.0.9",
    browser: str = "",
) -> Welcome:
    return sign_in(
        units,
        CHEAP,
        login=login,
        password=password,
        now=at,
        new_id=new_ulid(),
        lasts=timedelta(hours=12),
        source=source,
        browser=browser,
    )


def names_of_events(units: UowFactory) -> list[str]:
    with reading(units.engine) as session:
        return [line.name for line in latest_events(session)]


def test_the_right_password_opens_a_session_with_the_users_rights(people: UowFactory) -> None:
    welcome = enter(people, login=" LAN ")
    with people() as unit:
        actor = who_is_signed_in(unit, welcome.secret, NOW + timedelta(hours=11))
    assert actor is not None
    assert (actor.user_id, actor.name, actor.grants) == (
        "u-lan",
        "Nguyễn Thị Lan",
        (Grant(Role.STATION, HERE),),
    )
    assert names_of_events(people)[0] == "user.signed_in"


def test_a_session_ends_with_its_time(people: UowFactory) -> None:
    welcome = enter(people)
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW + timedelta(hours=12)) is None


def test_an_unknown_secret_is_nobody(people: UowFactory) -> None:
    with people() as unit:
        assert who_is_signed_in(unit, "x", NOW) is None
        assert whose_token(unit, "x", NOW) is None


def test_signing_out_ends_that_session_only(people: UowFactory) -> None:
    one, other = enter(people), enter(people)
    sign_out(people, one.secret, NOW)
    sign_out(people, one.secret, NOW)
    with people() as unit:
        assert who_is_signed_in(unit, one.secret, NOW) is None
        assert who_is_signed_in(unit, other.secret, NOW) is not None
    assert names_of_events(people).count("user.signed_out") == 1


def test_a_wrong_password_is_counted_and_logged(people: UowFactory) -> None:
    with pytest.raises(SignInFailedError):
        enter(people, "sai")
    with people() as unit:
        tallies = unit[SignInTallies].of(keys_of("lan", "10.0.0.9", ""))
    assert [each.failures for each in tallies.values()] == [1, 1]
    assert names_of_events(people)[0] == "user.sign_in_failed"


def test_an_unknown_login_fails_the_same_way_and_is_not_written_down(people: UowFactory) -> None:
    with pytest.raises(SignInFailedError):
        enter(people, login="mật khẩu gõ nhầm ô")
    with reading(people.engine) as session:
        line = latest_events(session)[0]
    assert (line.name, line.subject_id) == ("user.sign_in_failed", "unknown")
    assert "nhầm" not in str(line)


@pytest.mark.parametrize("login", ["lan", "nobody"])
def test_after_many_failures_a_stranger_waits_whether_the_login_is_known_or_not(people: UowFactory, login: str) -> None:
    for _ in range(PAIR.free + 1):
        with pytest.raises(SignInFailedError):
            enter(people, "sai", login=login)
    with pytest.raises(LockedError) as caught:
        enter(people, login=login)
    assert caught.value.until_at == NOW + timedelta(seconds=30)


def test_after_the_wait_the_right_password_opens_and_its_count_is_forgotten(people: UowFactory) -> None:
    for _ in range(PAIR.free + 1):
        with pytest.raises(SignInFailedError):
            enter(people, "sai")
    assert enter(people, at=NOW + timedelta(seconds=30)).actor.user_id == "u-lan"
    with people() as unit:
        assert list(unit[SignInTallies].of(keys_of("lan", "10.0.0.9", ""))) == ["address:10.0.0.9"]


def test_nobody_elses_failures_keep_the_owner_out(people: UowFactory) -> None:
    for _ in range(PAIR.free + 1):
        with pytest.raises(SignInFailedError):
            enter(people, "sai")
    assert enter(people, source="10.0.0.7").actor.user_id == "u-lan"
    assert enter(people, browser="b-1").actor.user_id == "u-lan"


def test_tallies_are_bounded_and_those_of_a_login_are_forgotten_together(people: UowFactory) -> None:
    old = [FailureTally(f"address:10.0.0.{n}", 1, NOW, NOW + timedelta(seconds=n)) for n in range(10)]
    with people() as unit:
        unit[SignInTallies].put(old)
        unit[SignInTallies].put([FailureTally(key, 3, NOW, NOW) for key in keys_of("lan", "10.0.0.9", "b-1")])
        unit[SignInTallies].prune(NOW - timedelta(hours=1), 4)
        kept = unit[SignInTallies].of([each.key for each in old])
        assert sorted(kept) == [f"address:10.0.0.{n}" for n in (6, 7, 8, 9)]
        unit[SignInTallies].prune(NOW + timedelta(seconds=8), 100)
        assert sorted(unit[SignInTallies].of([each.key for each in old])) == ["address:10.0.0.8", "address:10.0.0.9"]
        mine = [*keys_of("lan", "10.0.0.9", ""), *keys_of("lan", "10.0.0.9", "b-1")]
        unit[SignInTallies].put([FailureTally(key, 3, NOW, NOW) for key in mine])
        unit[SignInTallies].forget_login(mark_of(" LAN"))
        assert list(unit[SignInTallies].of(mine)) == ["address:10.0.0.9"]


def test_a_stale_hash_is_renewed_at_sign_in(people: UowFactory) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    with people() as unit:
        before = unit[People].get(UserId("u-lan")).password_hash
    sign_in(people, stronger, login="lan", password=PASSWORD, now=NOW, new_id=new_ulid(), lasts=timedelta(hours=1))
    with people() as unit:
        after = unit[People].get(UserId("u-lan")).password_hash
    assert stronger.is_stale(before)
    assert not stronger.is_stale(after)


def test_locking_a_user_ends_sessions_and_tokens(people: UowFactory) -> None:
    welcome = enter(people)
    with people() as unit:
        _, secret = users.create_token(unit, "lan", token_id="t1", name="máy", lasts=timedelta(days=1), now=NOW, by=BY)
        users.lock_user(unit, "lan", now=NOW, by=BY)
        users.lock_user(unit, "lan", now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is None
        assert whose_token(unit, secret, NOW) is None
    with pytest.raises(SignInFailedError):
        enter(people)
    assert names_of_events(people).count("user.locked") == 1


def test_an_unlocked_user_may_sign_in_again(people: UowFactory) -> None:
    with people() as unit:
        users.lock_user(unit, "lan", now=NOW, by=BY)
        users.unlock_user(unit, "lan", now=NOW, by=BY)
        users.unlock_user(unit, "lan", now=NOW, by=BY)
        unit.commit()
    assert enter(people).actor.user_id == "u-lan"
    assert names_of_events(people).count("user.unlocked") == 1


def test_a_login_is_given_once_whatever_its_case(people: UowFactory) -> None:
    with people() as unit, pytest.raises(LoginTakenError):
        add(unit, " Lan")


def test_rights_are_given_and_taken_once_each(people: UowFactory) -> None:
    more = Grant(Role.AUDITOR, THERE)
    with people() as unit:
        users.give(unit, "lan", [more, more, Grant(Role.STATION, HERE)], now=NOW, by=BY)
        users.give(unit, "lan", [more], now=NOW, by=BY)
        assert unit[People].get(UserId("u-lan")).grants == (more, Grant(Role.STATION, HERE))
        assert unit[People].granted_at([THERE]) == [("u-lan", more)]
        users.take(unit, "lan", [more], now=NOW, by=BY)
        users.take(unit, "lan", [more], now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert unit[People].get(UserId("u-lan")).grants == (Grant(Role.STATION, HERE),)
    assert names_of_events(people)[:2] == ["user.ungranted", "user.granted"]


def test_a_token_acts_for_its_user_until_it_expires_or_is_revoked(people: UowFactory) -> None:
    with people() as unit:
        token, secret = users.create_token(
            unit, "lan", token_id="t1", name="máy", lasts=timedelta(days=1), now=NOW, by=BY
        )
        unit.commit()
    assert secret.startswith("loa_")
    assert secret not in str(token)
    with people() as unit:
        actor = whose_token(unit, secret, NOW)
        assert actor is not None
        assert actor.user_id == "u-lan"
        assert whose_token(unit, secret, NOW + timedelta(days=1)) is None
        assert unit[People].tokens() == unit[People].tokens(UserId("u-lan")) == [token]
        assert unit[People].tokens(UserId("u-x")) == []
        users.revoke_token(unit, "t1", now=NOW, by=BY)
        assert whose_token(unit, secret, NOW) is None


def test_who_is_not_there_is_not_found(people: UowFactory) -> None:
    with people() as unit:
        with pytest.raises(NotFoundError):
            unit[People].get(UserId("u-x"))
        with pytest.raises(NotFoundError):
            users.lock_user(unit, "x", now=NOW, by=BY)
        with pytest.raises(NotFoundError):
            users.revoke_token(unit, "x", now=NOW, by=BY)
        with pytest.raises(NotFoundError):
            unit[People].save(replace(unit[People].get(UserId("u-lan")), id=UserId("u-x"), login="x"))


def test_everybody_is_listed_by_login(people: UowFactory) -> None:
    with people() as unit:
        add(unit, "an")
        assert [user.login for user in unit[People].all()] == ["an", "lan"]

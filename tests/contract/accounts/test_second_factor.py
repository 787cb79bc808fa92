"""The second factor on both databases: each code once, in the transaction it serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from argon2 import PasswordHasher

from broadcast.model.people import Actor, Grant, Role, UserId
from cms.accounts import codes, managing, second_factor
from cms.accounts.errors import CodeLockedError, CodeUsedError, NotEnrolledError, UnreadableError, WrongCodeError
from cms.accounts.lockout import FREE_FAILURES
from cms.accounts.managing import By
from cms.accounts.passwords import Passwords
from cms.accounts.signing_in import (
    HALFWAY_LASTS,
    Opening,
    Wanted,
    Welcome,
    give_code,
    give_first_code,
    sign_in,
    standing,
    who_is_signed_in,
    whose_token,
)
from cms.accounts.vault import Vault
from cms.store.engine import reading
from cms.store.queries.log import latest_events
from cms.store.uow import UowFactory, new_ulid
from devices.areas import Area, AreaId

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
STEP = timedelta(seconds=codes.STEP_S)
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "một hai ba bốn năm"
HERE = AreaId("c-1")
OFFICER, OFFICER_ID = "truc", UserId("u-truc")
BY = By("command-line", "root")
LASTS = timedelta(hours=12)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.at(tmp_path)


@pytest.fixture
def people(units: UowFactory) -> UowFactory:
    """An officer, who needs a second factor, and an operator, who does not; neither has one."""
    with units() as unit:
        unit.places.add([Area(HERE, HERE, "commune", None, date(2000, 1, 1))])
        for login, role in ((OFFICER, Role.EMERGENCY_OFFICER), ("lan", Role.COMMUNE_OPERATOR)):
            managing.add_user(
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
    """The officer's, enrolled; no code of it has been used."""
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
    """Six digits that are no code of these moments."""
    good = {codes.code_at(secret, codes.step_of(at) + away) for away in range(-2, 3)}
    return next(code for code in map("{:06d}".format, range(10)) if code not in good)


def confirm(units: UowFactory, vault: Vault, code: str, at: datetime = NOW) -> Actor:
    with units() as unit:
        actor = second_factor.confirm(unit, OFFICER_ID, code, at, vault=vault, purpose="alert.approve")
        unit.commit()
    return actor


def events(units: UowFactory) -> list[str]:
    with reading(units.engine) as session:
        return [line.name for line in latest_events(session)]


def test_who_needs_no_second_factor_is_in_with_the_password(people: UowFactory) -> None:
    welcome = enter(people, "lan")
    assert welcome.wanted is Wanted.NOTHING
    with people() as unit:
        actor = who_is_signed_in(unit, welcome.secret, NOW)
    assert actor is not None
    assert actor.second_factor_at is None


def test_a_password_alone_makes_nobody_of_an_officer_and_does_not_last(people: UowFactory, secret: str) -> None:
    welcome = enter(people)
    assert welcome.wanted is Wanted.CODE
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is None
        assert standing(unit, welcome.secret, NOW + HALFWAY_LASTS) is None
    assert events(people)[0] == "user.password_given"
    assert secret not in str(events(people))


def test_password_and_code_open_a_session_whose_secret_the_first_step_never_saw(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    halfway = enter(people)
    welcome = give_code(people, vault, halfway.secret, code_of(secret), opening())
    assert welcome is not None
    with people() as unit:
        actor = who_is_signed_in(unit, welcome.secret, NOW + timedelta(hours=11))
        assert standing(unit, halfway.secret, NOW) is None
    assert actor == welcome.actor
    assert actor is not None
    assert actor.second_factor_at == NOW
    assert events(people)[:2] == ["user.signed_in", "user.second_factor_given"]


def test_whoever_has_not_enrolled_enrols_with_a_first_code_and_gets_ten_recovery_codes(
    people: UowFactory, vault: Vault
) -> None:
    halfway = enter(people)
    assert halfway.wanted is Wanted.ENROLMENT
    made = offered(people, vault, halfway)
    assert offered(people, vault, halfway) == made
    done = give_first_code(people, vault, halfway.secret, code_of(made), opening())
    assert done is not None
    welcome, recovery = done
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is not None
        assert unit.people.recovery_codes_left(OFFICER_ID) == len(recovery) == 10
    assert events(people)[:2] == ["user.signed_in", "user.second_factor_enrolled"]
    with pytest.raises(CodeUsedError):
        confirm(people, vault, code_of(made))


def test_a_wrong_first_code_enrols_nobody_and_is_logged(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    for typed in ("000000", wrong(offered(people, vault, halfway)), "abc"):
        with pytest.raises(WrongCodeError):
            give_first_code(people, vault, halfway.secret, typed, opening())
    with people() as unit:
        assert not unit.people.has_second_factor(OFFICER_ID)
    assert events(people).count("user.second_factor_failed") == 3


def test_a_secret_shown_to_another_sign_in_is_not_the_one_that_is_enrolled(people: UowFactory, vault: Vault) -> None:
    thief, owner = enter(people), enter(people)
    seen, own = offered(people, vault, thief), offered(people, vault, owner)
    assert seen != own
    with pytest.raises(WrongCodeError):
        give_first_code(people, vault, owner.secret, code_of(seen), opening())
    assert give_first_code(people, vault, owner.secret, code_of(own), opening()) is not None
    assert give_first_code(people, vault, thief.secret, code_of(seen), opening()) is None
    with people() as unit:
        found = standing(unit, thief.secret, NOW)
    assert found is not None
    assert found.wanted is Wanted.CODE


def test_who_enrols_at_the_same_moment_as_another_does_not_replace_it(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    made = offered(people, vault, halfway)
    with people() as unit:
        found = standing(unit, halfway.secret, NOW)
        assert found is not None
        second_factor.enrol_for_demo(unit, vault, OFFICER, now=NOW, by=BY)
        assert second_factor.enrol(unit, found.user, found.session, code_of(made), NOW, vault=vault) is None


@pytest.mark.parametrize("give", [give_code, give_first_code])
def test_where_no_code_is_wanted_none_is_taken(
    people: UowFactory, vault: Vault, give: Callable[[UowFactory, Vault, str, str, Opening], object]
) -> None:
    assert give(people, vault, enter(people, "lan").secret, "123456", opening()) is None
    assert give(people, vault, "nobody's", "123456", opening()) is None


def test_a_right_given_during_a_session_asks_for_a_second_factor_at_once(people: UowFactory) -> None:
    welcome = enter(people, "lan")
    with people() as unit:
        managing.give(unit, "lan", [Grant(Role.ADMIN, HERE)], now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is None
        found = standing(unit, welcome.secret, NOW)
    assert found is not None
    assert found.wanted is Wanted.ENROLMENT


def test_a_confirmed_code_makes_the_actor_fresh_and_is_taken_once(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    actor = confirm(people, vault, code_of(secret))
    assert (actor.user_id, actor.second_factor_at) == (OFFICER_ID, NOW)
    assert events(people)[0] == "user.second_factor_given"
    for at in (NOW, NOW + STEP):
        with pytest.raises(CodeUsedError):
            confirm(people, vault, code_of(secret), at)
    assert confirm(people, vault, code_of(secret, NOW + STEP), NOW + STEP).second_factor_at == NOW + STEP


def test_a_code_of_a_step_before_the_last_one_taken_is_used_up(people: UowFactory, vault: Vault, secret: str) -> None:
    confirm(people, vault, code_of(secret, NOW + STEP))
    with pytest.raises(CodeUsedError):
        confirm(people, vault, code_of(secret))


def test_a_code_given_in_a_transaction_that_is_not_committed_stays_good(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    with people() as unit:
        second_factor.confirm(unit, OFFICER_ID, code_of(secret), NOW, vault=vault, purpose="alert.approve")
    assert confirm(people, vault, code_of(secret)).user_id == OFFICER_ID


def test_a_wrong_code_is_counted_even_though_what_it_was_for_is_not_done(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    with people() as unit, pytest.raises(WrongCodeError):
        second_factor.confirm(unit, OFFICER_ID, wrong(secret), NOW, vault=vault, purpose="alert.approve")
    with people() as unit:
        factor = unit.people.second_factor(OFFICER_ID)
    assert factor is not None
    assert factor.failures == 1
    assert events(people)[0] == "user.second_factor_failed"


def test_after_many_wrong_codes_even_the_right_one_waits(people: UowFactory, vault: Vault, secret: str) -> None:
    for _ in range(FREE_FAILURES + 1):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    with pytest.raises(CodeLockedError) as caught:
        confirm(people, vault, code_of(secret))
    assert caught.value.until_at == NOW + timedelta(seconds=30)
    later = caught.value.until_at
    assert confirm(people, vault, code_of(secret, later), later).user_id == OFFICER_ID
    with people() as unit:
        factor = unit.people.second_factor(OFFICER_ID)
    assert factor is not None
    assert (factor.failures, factor.locked_until_at) == (0, None)


def test_a_right_password_does_not_forgive_wrong_codes_and_wrong_passwords_do_not_lock_codes(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    for _ in range(FREE_FAILURES):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    enter(people)
    with pytest.raises(WrongCodeError):
        confirm(people, vault, wrong(secret))
    with pytest.raises(CodeLockedError):
        confirm(people, vault, code_of(secret))


def test_unlocking_a_user_forgives_wrong_codes(people: UowFactory, vault: Vault, secret: str) -> None:
    for _ in range(FREE_FAILURES + 1):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    with people() as unit:
        managing.unlock_user(unit, OFFICER, now=NOW, by=BY)
        unit.commit()
    assert confirm(people, vault, code_of(secret)).user_id == OFFICER_ID


def test_a_recovery_code_stands_in_once(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    done = give_first_code(people, vault, halfway.secret, code_of(offered(people, vault, halfway)), opening())
    assert done is not None
    spare = done[1][3]
    assert confirm(people, vault, f" {spare.upper()} ").second_factor_at == NOW
    with people() as unit:
        assert unit.people.recovery_codes_left(OFFICER_ID) == 9
    with pytest.raises(WrongCodeError):
        confirm(people, vault, spare)


@pytest.mark.usefixtures("secret")
def test_another_persons_recovery_code_is_wrong(people: UowFactory, vault: Vault) -> None:
    with people() as unit:
        managing.give(unit, "lan", [Grant(Role.ADMIN, HERE)], now=NOW, by=BY)
        unit.commit()
    halfway = enter(people, "lan")
    done = give_first_code(people, vault, halfway.secret, code_of(offered(people, vault, halfway)), opening())
    assert done is not None
    with pytest.raises(WrongCodeError):
        confirm(people, vault, done[1][0])


def test_without_a_second_factor_nothing_is_confirmed(people: UowFactory, vault: Vault) -> None:
    with pytest.raises(NotEnrolledError):
        confirm(people, vault, "123456")
    with people() as unit, pytest.raises(NotEnrolledError):
        second_factor.reset(unit, OFFICER, now=NOW, by=BY)
    with people() as unit, pytest.raises(NotEnrolledError):
        second_factor.code_for_demo(unit, vault, OFFICER, now=NOW, by=BY)


def test_a_reset_ends_the_sessions_and_leads_to_enrolling_anew(people: UowFactory, vault: Vault, secret: str) -> None:
    welcome = give_code(people, vault, enter(people).secret, code_of(secret), opening())
    assert welcome is not None
    with people() as unit:
        second_factor.reset(unit, OFFICER, now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert standing(unit, welcome.secret, NOW) is None
    assert events(people)[0] == "user.second_factor_reset"
    assert enter(people).wanted is Wanted.ENROLMENT


def test_a_token_never_has_a_second_factor(people: UowFactory, vault: Vault, secret: str) -> None:
    confirm(people, vault, code_of(secret))
    with people() as unit:
        _, token = managing.create_token(unit, OFFICER, token_id="t", name="máy", lasts=LASTS, now=NOW, by=BY)
        actor = whose_token(unit, token, NOW)
    assert actor is not None
    assert actor.second_factor_at is None


def test_with_another_key_the_second_factor_is_unreadable_and_a_demos_is_made_anew(
    people: UowFactory, vault: Vault, secret: str, tmp_path: Path
) -> None:
    other = Vault.at(tmp_path / "other")
    with pytest.raises(UnreadableError):
        confirm(people, other, "123456")
    with people() as unit:
        assert second_factor.enrol_for_demo(unit, vault, OFFICER, now=NOW, by=BY) == secret
        anew = second_factor.enrol_for_demo(unit, other, OFFICER, now=NOW, by=BY)
        unit.commit()
    assert confirm(people, other, code_of(anew)).user_id == OFFICER_ID


@pytest.mark.usefixtures("secret")
def test_a_demos_codes_are_shown_unused_until_those_of_the_moment_are_used_up(people: UowFactory, vault: Vault) -> None:
    shown = []
    for _ in range(2):
        with people() as unit:
            code, good_for = second_factor.code_for_demo(unit, vault, OFFICER, now=NOW, by=BY)
            unit.commit()
        assert timedelta() < good_for <= 3 * STEP
        confirm(people, vault, code)
        shown.append(code)
    assert len(set(shown)) == 2
    assert events(people).count("user.second_factor_shown") == 2
    with people() as unit, pytest.raises(CodeUsedError):
        second_factor.code_for_demo(unit, vault, OFFICER, now=NOW, by=BY)


def test_the_log_holds_neither_secrets_nor_codes(people: UowFactory, vault: Vault, secret: str) -> None:
    confirm(people, vault, code_of(secret))
    with pytest.raises(WrongCodeError):
        confirm(people, vault, wrong(secret))
    with reading(people.engine) as session:
        said = str(latest_events(session))
    assert "alert.approve" in said
    assert not [word for word in (secret, code_of(secret), wrong(secret)) if word in said]


def test_of_two_who_give_the_same_code_at_once_one_is_taken(people: UowFactory, vault: Vault, secret: str) -> None:
    barrier, outcomes = Barrier(2), list[str]()

    def give() -> None:
        barrier.wait(10)
        try:
            outcomes.append(confirm(people, vault, code_of(secret)).user_id)
        except CodeUsedError as error:
            outcomes.append(error.code)

    givers = [Thread(target=give) for _ in range(2)]
    for one in givers:
        one.start()
    for one in givers:
        one.join(30)
    assert sorted(outcomes) == ["CODE_USED", OFFICER_ID]

"""The second factor on both databases: each code once, in the transaction it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from cms.accounts.errors import CodeClockError, CodeLockedError, CodeUsedError, NotEnrolledError, WrongCodeError
from cms.accounts.repository import People
from cms.accounts.service import second_factor, users
from cms.accounts.service.codes import step_of
from cms.accounts.service.signing_in import (
    HALFWAY_LASTS,
    Opening,
    SignInStep,
    give_code,
    give_first_code,
    standing,
    whose_token,
)
from cms.accounts.service.throttle import CODE
from cms.accounts.service.vault import Vault
from cms.audit.queries import latest_events
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from province.people import Grant, Role
from tests.contract.accounts.officers import (
    BY,
    HERE,
    LASTS,
    NOW,
    OFFICER,
    OFFICER_ID,
    STEP,
    code_of,
    confirm,
    enter,
    events,
    offered,
    opening,
    who_is_signed_in,
    wrong,
)


def test_who_needs_no_second_factor_is_in_with_the_password(people: UowFactory) -> None:
    welcome = enter(people, "lan")
    assert welcome.wanted is SignInStep.NOTHING
    with people() as unit:
        actor = who_is_signed_in(unit, welcome.secret, NOW)
    assert actor is not None
    assert actor.second_factor_at is None


def test_a_password_alone_makes_nobody_of_an_officer_and_does_not_last(people: UowFactory, secret: str) -> None:
    welcome = enter(people)
    assert welcome.wanted is SignInStep.CODE
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


@pytest.mark.parametrize("give", [give_code, give_first_code])
def test_where_no_code_is_wanted_none_is_taken(
    people: UowFactory, vault: Vault, give: Callable[[UowFactory, Vault, str, str, Opening], object]
) -> None:
    assert give(people, vault, enter(people, "lan").secret, "123456", opening()) is None
    assert give(people, vault, "nobody's", "123456", opening()) is None


def test_a_right_given_during_a_session_asks_for_a_second_factor_at_once(people: UowFactory) -> None:
    welcome = enter(people, "lan")
    with people() as unit:
        users.give(unit, "lan", [Grant(Role.ADMIN, HERE)], now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is None
        found = standing(unit, welcome.secret, NOW)
    assert found is not None
    assert found.wanted is SignInStep.ENROLMENT


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


def test_a_code_taken_by_a_clock_that_was_ahead_keeps_no_officer_out(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    with people() as unit:
        factor = unit[People].second_factor(OFFICER_ID)
        assert factor is not None
        unit[People].save_second_factor(replace(factor, last_step=step_of(NOW) + 120))
        unit.commit()
    confirm(people, vault, code_of(secret))
    with pytest.raises(CodeUsedError):
        confirm(people, vault, code_of(secret))


def test_a_code_of_another_hour_is_refused_and_says_that_a_clock_may_be_off(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    with pytest.raises(CodeClockError):
        confirm(people, vault, code_of(secret, NOW + timedelta(hours=1)))
    with pytest.raises(WrongCodeError) as refused:
        confirm(people, vault, wrong(secret))
    assert refused.value.code == "WRONG_CODE"


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
        factor = unit[People].second_factor(OFFICER_ID)
    assert factor is not None
    assert factor.failures == 1
    assert events(people)[0] == "user.second_factor_failed"


def test_after_many_wrong_codes_even_the_right_one_waits(people: UowFactory, vault: Vault, secret: str) -> None:
    for _ in range(CODE.free + 1):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    with pytest.raises(CodeLockedError) as caught:
        confirm(people, vault, code_of(secret))
    assert caught.value.until_at == NOW + timedelta(seconds=30)
    later = caught.value.until_at
    assert confirm(people, vault, code_of(secret, later), later).user_id == OFFICER_ID
    with people() as unit:
        factor = unit[People].second_factor(OFFICER_ID)
    assert factor is not None
    assert (factor.failures, factor.locked_until_at) == (0, None)


def test_a_right_password_does_not_forgive_wrong_codes_and_wrong_passwords_do_not_lock_codes(
    people: UowFactory, vault: Vault, secret: str
) -> None:
    for _ in range(CODE.free):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    enter(people)
    with pytest.raises(WrongCodeError):
        confirm(people, vault, wrong(secret))
    with pytest.raises(CodeLockedError):
        confirm(people, vault, code_of(secret))


def test_unlocking_a_user_forgives_wrong_codes(people: UowFactory, vault: Vault, secret: str) -> None:
    for _ in range(CODE.free + 1):
        with pytest.raises(WrongCodeError):
            confirm(people, vault, wrong(secret))
    with people() as unit:
        users.unlock_user(unit, OFFICER, now=NOW, by=BY)
        unit.commit()
    assert confirm(people, vault, code_of(secret)).user_id == OFFICER_ID


def test_a_recovery_code_stands_in_once(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    done = give_first_code(people, vault, halfway.secret, code_of(offered(people, vault, halfway)), opening())
    assert done is not None
    spare = done[1][3]
    assert confirm(people, vault, f" {spare.upper()} ").second_factor_at == NOW
    with people() as unit:
        assert unit[People].recovery_codes_left(OFFICER_ID) == 9
    with pytest.raises(WrongCodeError):
        confirm(people, vault, spare)


@pytest.mark.usefixtures("secret")
def test_another_persons_recovery_code_is_wrong(people: UowFactory, vault: Vault) -> None:
    with people() as unit:
        users.give(unit, "lan", [Grant(Role.ADMIN, HERE)], now=NOW, by=BY)
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


def test_a_token_never_has_a_second_factor(people: UowFactory, vault: Vault, secret: str) -> None:
    confirm(people, vault, code_of(secret))
    with people() as unit:
        _, token = users.create_token(unit, OFFICER, token_id="t", name="máy", lasts=LASTS, now=NOW, by=BY)
        actor = whose_token(unit, token, NOW)
    assert actor is not None
    assert actor.second_factor_at is None


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

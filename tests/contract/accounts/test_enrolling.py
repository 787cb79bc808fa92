"""Enrolling a second factor, starting again, and the demo's people, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cms.accounts.errors import CodeUsedError, UnreadableSecretError, WrongCodeError
from cms.accounts.repository import People
from cms.accounts.service import second_factor
from cms.accounts.service.signing_in import SignInStep, give_code, give_first_code, standing
from cms.accounts.service.vault import Vault
from cms.platform.store.uow import UowFactory
from tests.contract.accounts.officers import (
    BY,
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


def test_whoever_has_not_enrolled_enrols_with_a_first_code_and_gets_ten_recovery_codes(
    people: UowFactory, vault: Vault
) -> None:
    halfway = enter(people)
    assert halfway.wanted is SignInStep.ENROLMENT
    made = offered(people, vault, halfway)
    assert offered(people, vault, halfway) == made
    done = give_first_code(people, vault, halfway.secret, code_of(made), opening())
    assert done is not None
    welcome, recovery = done
    with people() as unit:
        assert who_is_signed_in(unit, welcome.secret, NOW) is not None
        assert unit[People].recovery_codes_left(OFFICER_ID) == len(recovery) == 10
    assert events(people)[:2] == ["user.signed_in", "user.second_factor_enrolled"]
    with pytest.raises(CodeUsedError):
        confirm(people, vault, code_of(made))


def test_a_wrong_first_code_enrols_nobody_and_is_logged(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    for typed in ("000000", wrong(offered(people, vault, halfway)), "abc"):
        with pytest.raises(WrongCodeError):
            give_first_code(people, vault, halfway.secret, typed, opening())
    with people() as unit:
        assert not unit[People].has_second_factor(OFFICER_ID)
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
    assert found.wanted is SignInStep.CODE


def test_who_enrols_at_the_same_moment_as_another_does_not_replace_it(people: UowFactory, vault: Vault) -> None:
    halfway = enter(people)
    made = offered(people, vault, halfway)
    with people() as unit:
        found = standing(unit, halfway.secret, NOW)
        assert found is not None
        second_factor.enrol_for_demo(unit, vault, OFFICER, now=NOW, by=BY)
        assert second_factor.enrol(unit, found.user, found.session, code_of(made), NOW, vault=vault) is None


def test_a_reset_ends_the_sessions_and_leads_to_enrolling_anew(people: UowFactory, vault: Vault, secret: str) -> None:
    welcome = give_code(people, vault, enter(people).secret, code_of(secret), opening())
    assert welcome is not None
    with people() as unit:
        second_factor.reset(unit, OFFICER, now=NOW, by=BY)
        unit.commit()
    with people() as unit:
        assert standing(unit, welcome.secret, NOW) is None
    assert events(people)[0] == "user.second_factor_reset"
    assert enter(people).wanted is SignInStep.ENROLMENT


def test_with_another_key_the_second_factor_is_unreadable_and_a_demos_is_made_anew(
    people: UowFactory, vault: Vault, secret: str, tmp_path: Path
) -> None:
    other = Vault.at(tmp_path / "other")
    with pytest.raises(UnreadableSecretError):
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

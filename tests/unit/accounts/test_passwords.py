from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from cms.accounts.errors import WeakPasswordError
from cms.accounts.service.passwords import MAX_LENGTH, MIN_LENGTH, Passwords, random_password
from cms.accounts.service.throttle import CODE
from cms.accounts.service.vault import TOKEN_PREFIX, new_secret, secret_hash

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_the_right_password_matches_and_others_do_not() -> None:
    stored = CHEAP.hash("mật khẩu dài đủ")
    assert stored.startswith("$argon2id$")
    assert CHEAP.matches(stored, "mật khẩu dài đủ")
    assert not CHEAP.matches(stored, "mật khẩu dài đủ ")


def test_without_a_user_or_with_a_spoilt_hash_nothing_matches() -> None:
    assert not CHEAP.matches(None, "mật khẩu dài đủ")
    assert not CHEAP.matches("spoilt", "mật khẩu dài đủ")


@pytest.mark.parametrize("password", ["", "x" * (MIN_LENGTH - 1), "x" * (MAX_LENGTH + 1)])
def test_a_password_too_short_or_absurdly_long_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        CHEAP.hash(password)


def test_a_hash_of_weaker_parameters_is_stale() -> None:
    assert Passwords().is_stale(CHEAP.hash("mật khẩu dài đủ"))
    assert not CHEAP.is_stale(CHEAP.hash("mật khẩu dài đủ"))


def test_random_passwords_are_good_and_differ() -> None:
    one, other = random_password(), random_password()
    assert one != other
    assert len(one) >= MIN_LENGTH


def test_secrets_differ_and_are_stored_as_sha_256() -> None:
    assert new_secret() != new_secret()
    assert new_secret(TOKEN_PREFIX).startswith("loa_")
    assert secret_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sign_in_is_held_back_longer_each_time_but_never_beyond_an_hour() -> None:
    held = [CODE.held_s(failures) for failures in range(40)]
    assert held[: CODE.free + 1] == [0] * (CODE.free + 1)
    assert held[CODE.free + 1 : CODE.free + 4] == [30, 60, 120]
    assert held == sorted(held)
    assert held[-1] == CODE.most_s == 3600

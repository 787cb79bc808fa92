"""Weak passwords: those an attacker guesses first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.accounts.errors import WeakPasswordError
from cms.accounts.service.passwords import is_trivial, random_password
from tests.console import CHEAP

OWN = ("nguyen.van.a", "Nguyễn Văn A")


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "123456789012", "matkhau12345", "aaaaaaaaaaaa", "loaloaloaloa", "qwertyuiop123"),
        *("Matkhau@2026", "mật khẩu 12345", "abcabcabcabc", "P@ssw0rd1234", "nguyenvana1990", "1q2w3e4r5t6y"),
        *("098765432109", "zxcvbnmasdfg", "LoaLamDong2026", "truyenthanh123", "!@#$%^&*()12", "xinchaovietnam"),
    ],
)
def test_what_is_guessed_among_the_first_is_refused(password: str) -> None:
    assert is_trivial(password, OWN)
    with pytest.raises(WeakPasswordError, match="TRIVIAL"):
        CHEAP.chosen(password, OWN)


@pytest.mark.parametrize(
    "password",
    ["kẹo dừa bến tre xanh", "correct horse battery", "Tr0ub4dor&3xyz", "mưa rơi trên mái tôn cũ", "9f!kWq2&zLp0"],
)
def test_what_is_long_and_ones_own_is_taken(password: str) -> None:
    assert CHEAP.chosen(password, OWN)


def test_a_short_one_is_refused_as_short() -> None:
    with pytest.raises(WeakPasswordError, match="SHORT"):
        CHEAP.chosen("9f!kWq2", OWN)


def test_made_ones_are_never_trivial() -> None:
    assert not any(is_trivial(random_password()) for _ in range(300))


@given(st.text(min_size=1, max_size=6), st.integers(2, 40))
def test_repeating_makes_nothing_strong(unit: str, times: int) -> None:
    assert is_trivial(unit[:4] * times)


@given(st.text(max_size=200), st.text(max_size=30))
def test_whatever_is_typed_is_judged(password: str, own: str) -> None:
    assert is_trivial(password, (own,)) in {True, False}

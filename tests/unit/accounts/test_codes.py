from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from cms.accounts.service import codes

RFC_6238 = b32encode(b"12345678901234567890").decode()  # appendix B, SHA-1
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standards_vectors(unix_s: int, code: str) -> None:
    assert codes.code_at(RFC_6238, codes.step_of(datetime.fromtimestamp(unix_s, UTC))) == code


@pytest.mark.parametrize(("steps_away", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after_its_own(steps_away: int, is_taken: bool) -> None:
    step = codes.step_of(NOW) + steps_away
    found = codes.matching_steps(RFC_6238, codes.code_at(RFC_6238, step), NOW)
    assert (step in found) is is_taken


def test_a_step_lasts_thirty_seconds() -> None:
    assert codes.step_of(NOW + timedelta(seconds=29.9)) == codes.step_of(NOW)
    assert codes.step_of(NOW + timedelta(seconds=30)) == codes.step_of(NOW) + 1


def test_an_authenticator_is_told_issuer_person_and_secret() -> None:
    uri = codes.provisioning_uri(RFC_6238, "truc-ban")
    assert uri.startswith("otpauth://totp/Loa:truc-ban?")
    assert f"secret={RFC_6238}" in uri
    assert "issuer=Loa" in uri


def test_secrets_and_recovery_codes_are_never_the_same() -> None:
    assert codes.new_totp_secret() != codes.new_totp_secret()
    assert len({*codes.new_recovery_codes(), *codes.new_recovery_codes()}) == 2 * codes.RECOVERY_CODES


@pytest.mark.parametrize("typed", ["abcd-efgh-ijkl-mnop", " ABCD EFGH\tIJKL MNOP\n", "abcdefghijklmnop"])
def test_a_recovery_code_may_be_typed_as_people_type(typed: str) -> None:
    assert codes.plain(typed) == codes.plain("abcd-efgh-ijkl-mnop")


@pytest.mark.parametrize(
    ("typed", "is_totp"), [("123 456", True), ("12345", False), ("1234567", False), ("१२३४५६", False)]
)
def test_six_plain_digits_are_an_authenticators_code(typed: str, is_totp: bool) -> None:
    assert codes.is_totp(codes.plain(typed)) is is_totp

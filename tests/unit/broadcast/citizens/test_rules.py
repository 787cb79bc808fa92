"""Rules of messages to citizens: the hash of an address, the hour of the digest, addresses that refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcast.citizens.rules import REFUSALS_MOST, digest_window, is_given_up, recipient_of
from broadcast.notifications.model import NotificationChannel

C = NotificationChannel
DUE = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # 19:00 in Vietnam


def test_an_address_is_known_by_a_hash_that_does_not_hold_it() -> None:
    assert recipient_of(C.EMAIL, "Lan@X.vn") == recipient_of(C.EMAIL, "lan@x.vn")
    assert recipient_of(C.PUSH, "https://push.example/Ab") != recipient_of(C.PUSH, "https://push.example/ab")
    assert recipient_of(C.EMAIL, "a") != recipient_of(C.PUSH, "a")
    assert "lan" not in recipient_of(C.EMAIL, "lan@x.vn")


@pytest.mark.parametrize("minutes", [0, 90, 179])
def test_a_digest_covers_the_day_up_to_its_hour(minutes: int) -> None:
    assert digest_window(DUE + timedelta(minutes=minutes)) == (DUE - timedelta(days=1), DUE)


@pytest.mark.parametrize("minutes", [-1, 180])
def test_no_digest_comes_before_its_hour_or_at_night(minutes: int) -> None:
    assert digest_window(DUE + timedelta(minutes=minutes)) is None


def test_a_browser_is_given_up_at_once_and_a_mail_address_after_some_refusals() -> None:
    assert is_given_up(1, C.PUSH)
    assert not is_given_up(REFUSALS_MOST - 1, C.EMAIL)
    assert is_given_up(REFUSALS_MOST, C.EMAIL)

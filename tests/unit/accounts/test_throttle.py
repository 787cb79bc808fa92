"""Throttle of wrong passwords: who is delayed, and who is not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.accounts.errors import SignInBusyError
from cms.accounts.model import FailureTally
from cms.accounts.service import throttle
from cms.accounts.service.throttle import Gate, Lane, keys_of, locked_until

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class WrongPasswords:
    """Wrong passwords in sequence, with their tallies as the store would keep them."""

    def __init__(self) -> None:
        self.held: dict[str, FailureTally] = {}
        self.sprays = 0

    def fail(self, *keys: str, at: datetime = NOW, times: int = 1) -> None:
        for _ in range(times):
            after, is_spray = throttle.counted(self.held, keys, at)
            self.sprays += is_spray
            self.held |= {each.key: each for each in after}

    def locked(self, *keys: str, at: datetime = NOW) -> datetime | None:
        return locked_until({key: self.held[key] for key in keys if key in self.held}, at)


def test_failures_at_one_address_hold_back_that_address_and_no_other() -> None:
    world, attacker, owner = WrongPasswords(), keys_of("truc", "203.0.113.9", ""), keys_of("truc", "198.51.100.7", "")
    world.fail(*attacker, times=40)
    assert world.locked(*attacker) is not None
    assert world.locked(*owner) is None


def test_a_known_browser_is_counted_by_itself_and_waits_a_minute_at_most() -> None:
    world, stranger, known = WrongPasswords(), keys_of("truc", "203.0.113.9", ""), keys_of("truc", "203.0.113.9", "b1")
    world.fail(*stranger, times=200)
    assert world.locked(*known) is None
    world.fail(*known, times=50)
    assert world.locked(*known) == NOW + timedelta(seconds=60)


def test_the_wait_doubles_to_a_quarter_of_an_hour_and_an_hour_of_quiet_forgets_it() -> None:
    world, keys = WrongPasswords(), keys_of("truc", "203.0.113.9", "")
    waits = []
    for _ in range(12):
        world.fail(*keys[:1])
        until_at = world.locked(*keys[:1])
        waits.append(0 if until_at is None else (until_at - NOW).total_seconds())
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    world.fail(*keys[:1], at=NOW + timedelta(hours=2))
    assert world.held[keys[0]].failures == 1


def test_many_logins_from_one_address_hold_that_address_back() -> None:
    world = WrongPasswords()
    for number in range(21):
        world.fail(*keys_of(f"login-{number}", "203.0.113.9", ""))
    assert world.locked(*keys_of("anybody", "203.0.113.9", "")) is not None


def test_guesses_from_everywhere_are_an_attack_told_once_and_strangers_get_fewer_tries() -> None:
    world = WrongPasswords()
    for number in range(200):
        world.fail(*keys_of("truc", f"203.0.113.{number}", ""))
    assert world.sprays == 1
    keys = keys_of("truc", "198.51.100.7", "")
    world.fail(*keys, times=3)
    assert world.locked(*keys) is not None
    later = NOW + timedelta(minutes=11)
    world.fail(*keys_of("lan", "192.0.2.1", ""), at=later, times=3)
    assert world.locked(*keys_of("lan", "192.0.2.1", ""), at=later) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_known_and_unknown_logins_are_counted_alike(one: str, other: str) -> None:
    kinds = [[key.partition(":")[0] for key in keys_of(login, "203.0.113.9", "")] for login in (one, other)]
    assert kinds == [["pair", "address"]] * 2
    assert keys_of(one, "", "") == keys_of(f" {one} ", "", "")


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_is_counted_as_its_subscribers(source: str, network: str) -> None:
    assert throttle.network_of(source) == network


def test_so_many_passwords_are_checked_at_once_and_further_ones_are_sent_away() -> None:
    lane, inside, leave = Lane(at_once=1, waiting_most=1, wait_s=30), threading.Event(), threading.Event()
    done: list[str] = []

    def check(name: str) -> None:
        with lane.entered():
            inside.set()
            leave.wait(30)
            done.append(name)

    threads = [threading.Thread(target=check, args=(name,)) for name in ("first", "second")]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    while lane._inside < 2:
        threading.Event().wait(0.01)
    with pytest.raises(SignInBusyError), lane.entered():
        pass
    leave.set()
    for each in threads:
        each.join()
    assert sorted(done) == ["first", "second"]
    with lane.entered():
        done.append("third")


def test_who_waits_too_long_is_sent_away_and_leaves_room() -> None:
    lane = Lane(at_once=1, waiting_most=1, wait_s=0.0)
    with lane.entered():
        for _ in range(3):
            with pytest.raises(SignInBusyError), lane.entered():
                pass


def test_strangers_do_not_fill_the_lane_of_known_browsers() -> None:
    gate = Gate(strangers=Lane(at_once=1, waiting_most=0))
    with gate.lane(is_known=False).entered():
        with pytest.raises(SignInBusyError), gate.lane(is_known=False).entered():
            pass
        with gate.lane(is_known=True).entered():
            assert gate.known._inside == 1

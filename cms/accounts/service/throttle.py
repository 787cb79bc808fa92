"""Throttling of sign-ins: tallies of failures, lock-out, and the gate before passwords are checked."""

import ipaddress
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cms.accounts.errors import SignInBusyError
from cms.accounts.model import FailureTally

AT_ONCE: Final = 2
WAITING_MOST: Final = 2
WAIT_S: Final = 2.0
SITE: Final = "site"
SITE_SPAN: Final = timedelta(minutes=10)
SPRAY_FAILURES: Final = 60
"""This many wrong passwords within ``SITE_SPAN`` are an attack on the whole site: administrators are notified."""
ASKED_FROM: Final = timedelta(minutes=2)
"""A lock of at least this length is told to administrators: a shorter one is over before anybody has acted."""
FORGOTTEN_AFTER: Final = timedelta(hours=1)
KEPT_MOST: Final = 20_000
_MARK: Final = 16


@dataclass(frozen=True, slots=True)
class LockoutRule:
    """Rule: ``free`` failures cost nothing, the next locks for ``first_s``, each further one twice as long."""

    free: int
    first_s: int
    most_s: int

    def held_s(self, failures: int) -> int:
        """Return the lock in seconds after this many failures in a row; 0: none."""
        over = failures - self.free
        return 0 if over <= 0 else min(self.first_s << min(over - 1, 10), self.most_s)


CODE: Final = LockoutRule(free=5, first_s=30, most_s=3600)
"""For second factors and for the claim codes of boxes: their count is of one person or box, and has no other end."""
PAIR: Final = LockoutRule(free=5, first_s=30, most_s=900)
ADDRESS: Final = LockoutRule(free=20, first_s=30, most_s=900)
BROWSER: Final = LockoutRule(free=5, first_s=15, most_s=60)
SPRAYED: Final = LockoutRule(free=2, first_s=60, most_s=900)
"""For address and login while the whole site is attacked."""


@dataclass
class Lane:
    """Lane with ``at_once`` concurrent checks, and as many that wait a moment; any further one is refused at once."""

    at_once: int = AT_ONCE
    waiting_most: int = WAITING_MOST
    wait_s: float = WAIT_S
    _inside: int = 0
    _turn: threading.Semaphore = field(init=False)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn = threading.Semaphore(self.at_once)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a place in the lane. Raises SignInBusyError."""
        with self._guard:
            if self._inside >= self.at_once + self.waiting_most:
                raise SignInBusyError
            self._inside += 1
        try:
            if not self._turn.acquire(timeout=self.wait_s):
                raise SignInBusyError
            try:
                yield
            finally:
                self._turn.release()
        finally:
            with self._guard:
                self._inside -= 1


@dataclass
class Gate:
    """Lanes of one process: for known and for unknown browsers."""

    known: Lane = field(default_factory=Lane)
    strangers: Lane = field(default_factory=Lane)

    def lane(self, *, is_known: bool) -> Lane:
        return self.known if is_known else self.strangers


def mark_of(login: str) -> str:
    """Return the hash by which keys and cookies name a login."""
    return sha256(login.strip().lower().encode()).hexdigest()[:_MARK]


def network_of(source: str) -> str:
    """Return the address to count by: for IPv6 the network of one subscriber (/64)."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source[:40]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def keys_of(login: str, source: str, browser: str) -> tuple[str, ...]:
    """Return the keys that count this sign-in, besides the site. ``browser``: its id, if this login is known there."""
    mark = mark_of(login)
    if browser:
        return (f"browser:{mark}:{browser[:40]}",)
    network = network_of(source)
    return (f"pair:{mark}:{network}", f"address:{network}")


def locked_until(known: Mapping[str, FailureTally], now: datetime) -> datetime | None:
    """Return the end of the longest lock; ``None`` if there is none, and the password is checked."""
    ends = [each.locked_until_at for each in known.values() if each.locked_until_at and now < each.locked_until_at]
    return max(ends, default=None)


def counted(known: Mapping[str, FailureTally], keys: Sequence[str], now: datetime) -> tuple[list[FailureTally], bool]:
    """Return the tallies after one more failure, and whether the site has just come under attack."""
    site = _more(known.get(SITE), SITE, now, SITE_SPAN)
    is_sprayed = site.failures >= SPRAY_FAILURES
    after = [site]
    for key in keys:
        tally = _more(known.get(key), key, now, FORGOTTEN_AFTER)
        held_s = _limit(key, is_sprayed=is_sprayed).held_s(tally.failures)
        after.append(replace(tally, locked_until_at=now + timedelta(seconds=held_s) if held_s else None))
    return after, site.failures == SPRAY_FAILURES


def _more(tally: FailureTally | None, key: str, now: datetime, span: timedelta) -> FailureTally:
    since = None if tally is None else tally.began_at if key == SITE else tally.last_at
    if tally is None or since is None or not timedelta(0) <= now - since < span:
        return FailureTally(key, 1, now, now)
    return replace(tally, failures=tally.failures + 1, last_at=now)


def _limit(key: str, *, is_sprayed: bool) -> LockoutRule:
    match key.partition(":")[0]:
        case "browser":
            return BROWSER
        case "address" | "link" | "passkey":
            return ADDRESS
        case _:
            return SPRAYED if is_sprayed else PAIR

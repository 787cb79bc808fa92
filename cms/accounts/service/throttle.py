"""Rate limit of sign-ins: wrong passwords are counted by address and login, by address, by known browser, and per site.

Nobody can lock another person out: failures at one address lock that address. A browser with an earlier sign-in of
this person is counted by itself, so the right password from it is checked whatever happens elsewhere. Known and
unknown logins are counted alike.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cms.accounts.model import FailureTally
from cms.accounts.service.lockout import ADDRESS, BROWSER, PAIR, SPRAYED, LockoutRule

SITE: Final = "site"
SITE_SPAN: Final = timedelta(minutes=10)
SPRAY_FAILURES: Final = 60
"""This many wrong passwords within ``SITE_SPAN`` are an attack on the whole site: administrators are notified."""
FORGOTTEN_AFTER: Final = timedelta(hours=1)
KEPT_MOST: Final = 20_000
_MARK: Final = 16


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
        case "address":
            return ADDRESS
        case _:
            return SPRAYED if is_sprayed else PAIR

"""Rules for a key turned at a device: the PIN, the tries that are left, and whether an alert begins."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from msgspec.structs import replace

from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.local_orders import HolderPin, LocalOrder, LocalOrders
from devices.protocol.messages import Code, Command, CommandType, Target
from devices.protocol.verdict import ALERT_PRIO

PIN_DIGITS: Final = 6
PAUSES_MS: Final = (0, 5_000, 30_000, 120_000, 600_000)
"""Pause after the first wrong PIN in a row, the second and so on: one slip costs a frightened person nothing."""
TRIES_MAX: Final = len(PAUSES_MS) + 1
LOCKED_MS: Final = 86_400_000
"""After ``TRIES_MAX`` wrong PINs the keypad is locked so long: of a million PINs 180 can be tried in 30 days."""
_SCRYPT_N: Final = 2**13
"""8 MB and some 20 ms on a small computer for each holder."""


@dataclass(frozen=True, slots=True)
class PinTries:
    """Wrong PINs in a row, and the instant (ms) before which no PIN is taken."""

    wrong: int = 0
    blocked_until: int = 0

    @property
    def left(self) -> int:
        return max(0, TRIES_MAX - self.wrong)

    def begun(self, now: int) -> Self:
        """Count a try as wrong until it has proved right: a power cut gives no free one."""
        wrong = 1 if self.wrong >= TRIES_MAX else self.wrong + 1
        pause_ms = LOCKED_MS if wrong >= TRIES_MAX else PAUSES_MS[wrong - 1]
        return type(self)(wrong, now + pause_ms)

    def wait_ms(self, now: int) -> int:
        """Return how long to wait before the next try. A clock that was set back makes none wait longer than a lock."""
        return min(max(0, self.blocked_until - now), LOCKED_MS)


def pin_hash(pin: str, salt: str) -> str:
    """Return the slow hash of a PIN, in hexadecimal; ``salt`` too."""
    return hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=_SCRYPT_N, r=8, p=1, dklen=32).hex()


def holder_of(pin: str, holders: Collection[HolderPin]) -> HolderPin | None:
    """Return the holder whose PIN this is. All are compared, so that the time tells nothing."""
    found = [each for each in holders if hmac.compare_digest(pin_hash(pin, each.salt), each.pin_hash)]
    return found[0] if found else None


def refusal_of(
    orders: LocalOrders | None, *, device_id: str, areas: Collection[str], now: int | None, server_now: int | None
) -> Code | None:
    """Return why nothing may be raised with these orders, whose signature holds; None: something may.

    ``now`` is the time that the device trusts, ``server_now`` the server's where that was proved to be another: an
    order has to hold by both. Without a trusted time nothing is raised: else orders of any age would be valid for ever
    on a box whose battery is taken out.
    """
    if orders is None or not orders.orders or not orders.holders:
        return Code.NO_ORDER
    if orders.device != device_id or orders.area not in areas:
        return Code.NOT_TARGET
    if now is None:
        return Code.NO_CLOCK
    for at in (now, now if server_now is None else server_now):
        if at < orders.nbf:
            return Code.NOT_YET
        if at > orders.exp:
            return Code.EXPIRED
    return None


def raised_id(device_id: str, order_id: str, at_ms: int) -> str:
    """Return the command id of an alert raised at a device: the same at both ends, another for each press."""
    return f"box-{hashlib.sha256(f'{device_id} {order_id} {at_ms}'.encode()).hexdigest()[:32]}"


def raised_command(orders: LocalOrders, order: LocalOrder, now: int) -> Command:
    """Return the command by which the device sounds the order now: for itself alone, and no longer than it holds."""
    cid = raised_id(orders.device, order.id, now)
    return Command(
        v=orders.v,
        cid=cid,
        type=CommandType.PLAY,
        prio=ALERT_PRIO,
        iat=now,
        nbf=now - IAT_AHEAD_MAX_MS,
        exp=min(now + order.lasts_ms, orders.exp),
        target=Target(devices=[orders.device]),
        jitter_ms=0,
        alert=replace(order.alert, issued_at=now),
    )

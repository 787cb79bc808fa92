"""Rules for a key turned at a device."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from devices.protocol import key_presses
from devices.protocol.key_presses import LOCKED_MS, PAUSES_MS, TRIES_MAX, PinTries
from devices.protocol.messages import AlertContent, Code, HolderPin, LocalOrder, LocalOrders
from devices.protocol.verdict import ALERT_PRIO, judge
from tests.unit.protocol.trust import ALERT_PUBLIC, NOW_MS

DAY_MS = 86_400_000
SALT = "0f" * 16
HOLDER = HolderPin(id="h1", salt=SALT, pin_hash=key_presses.pin_hash("246810", SALT))
ORDER = LocalOrder(
    id="o1", lasts_ms=1_800_000, alert=AlertContent(id="o1", level=3, hazard="flash_flood", issued_at=0, head="Lũ quét")
)
ORDERS = LocalOrders(
    v=1,
    device="x-1",
    area="xa",
    ver=1,
    iat=NOW_MS,
    nbf=NOW_MS,
    exp=NOW_MS + 30 * DAY_MS,
    holders=[HOLDER],
    orders=[ORDER],
)


def refusal(orders: LocalOrders | None = ORDERS, **there: object) -> Code | None:
    usual = {"device_id": "x-1", "areas": ["xa", "tinh"], "now": NOW_MS + DAY_MS, "server_now": None, **there}
    return key_presses.refusal_of(orders, **usual)  # type: ignore[arg-type]


def changed(**changes: object) -> LocalOrders:
    return replace(ORDERS, **changes)


@pytest.mark.parametrize(
    ("orders", "there", "code"),
    [
        (ORDERS, {}, None),
        (ORDERS, {"server_now": NOW_MS + 2 * DAY_MS}, None),
        (None, {}, Code.NO_ORDER),
        (changed(orders=[]), {}, Code.NO_ORDER),
        (changed(holders=[]), {}, Code.NO_ORDER),
        (ORDERS, {"device_id": "x-2"}, Code.NOT_TARGET),
        (ORDERS, {"areas": ["xa-2", "tinh"]}, Code.NOT_TARGET),
        (ORDERS, {"areas": []}, Code.NOT_TARGET),
        (ORDERS, {"now": None}, Code.NO_CLOCK),
        (ORDERS, {"now": NOW_MS - 1}, Code.NOT_YET),
        (ORDERS, {"now": NOW_MS + 30 * DAY_MS + 1}, Code.EXPIRED),
        (ORDERS, {"server_now": NOW_MS - 1}, Code.NOT_YET),
        (ORDERS, {"server_now": NOW_MS + 31 * DAY_MS}, Code.EXPIRED),
    ],
)
def test_an_order_is_raised_only_at_its_device_place_and_time(
    orders: LocalOrders | None, there: dict[str, object], code: Code | None
) -> None:
    assert refusal(orders, **there) is code


def test_a_pin_is_that_of_one_holder_or_of_none() -> None:
    other = HolderPin(id="h2", salt="aa" * 16, pin_hash=key_presses.pin_hash("135790", "aa" * 16))
    assert key_presses.holder_of("246810", [other, HOLDER]) is HOLDER
    assert key_presses.holder_of("135790", [other, HOLDER]) is other
    assert key_presses.holder_of("246811", [other, HOLDER]) is None
    assert key_presses.holder_of("", []) is None


def test_the_pause_grows_with_each_wrong_pin_and_ends_in_a_lock() -> None:
    tries, now, waits = PinTries(), NOW_MS, []
    for left in range(TRIES_MAX - 1, -1, -1):
        tries = tries.begun(now)
        assert tries.left == left
        waits.append(tries.wait_ms(now))
        now += waits[-1]
        assert not tries.wait_ms(now)
    assert waits == [*PAUSES_MS, LOCKED_MS]
    assert tries.begun(now) == PinTries(1, now), "a day later it counts from one"


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_lock() -> None:
    assert PinTries(2, NOW_MS + 400 * DAY_MS).wait_ms(NOW_MS) == LOCKED_MS


def test_a_raised_alert_is_for_the_device_alone_and_ends_with_its_orders() -> None:
    now = ORDERS.exp - 60_000
    command = key_presses.raised_command(ORDERS, ORDER, now)
    assert (command.iat, command.exp, command.prio) == (now, ORDERS.exp, ALERT_PRIO)
    assert command.target.devices == ["x-1"]
    assert not command.target.areas
    assert command.alert is not None
    assert command.alert.issued_at == now
    digest = hashlib.sha256(f"x-1 o1 {now}".encode()).hexdigest()
    assert command.cid == f"box-{digest[:32]}"


def test_no_other_device_obeys_what_was_raised_at_one() -> None:
    command = key_presses.raised_command(ORDERS, ORDER, NOW_MS)
    assert (
        judge(command, key=ALERT_PUBLIC, device_id="x-2", areas=["xa"], groups=["xa"], now_ms=NOW_MS, seen=())
        is Code.NOT_TARGET
    )

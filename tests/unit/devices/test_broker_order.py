"""Order of the brokers of each device, and the window of a fleet."""

from __future__ import annotations

from collections import Counter

from devices.broker_order import HANDSHAKE_MS, order_of, spread_ms
from devices.model import DeviceId
from devices.protocol.limits import RECONNECT_SPREAD_MAX_MS

BROKERS = [("a.example.vn", 8883), ("b.example.vn", 8883), ("c.example.vn", 8883)]
FLEET = [DeviceId(f"xa-{number}") for number in range(3_000)]


def test_devices_are_spread_evenly_over_the_first_and_the_second_places() -> None:
    orders = [order_of(each, BROKERS) for each in FLEET]
    firsts = Counter(order[0] for order in orders)
    assert all(900 < count < 1_100 for count in firsts.values()), firsts
    moved = Counter(order[1] for order in orders if order[0] == BROKERS[0])
    assert all(430 < count < 570 for count in moved.values()), moved


def test_an_order_does_not_depend_on_that_of_the_list_and_holds_it_all() -> None:
    for each in FLEET[:50]:
        assert order_of(each, BROKERS) == order_of(each, BROKERS[::-1])
        assert set(order_of(each, BROKERS)) == set(BROKERS)


def test_a_further_broker_moves_only_those_that_prefer_it() -> None:
    more = [*BROKERS, ("d.example.vn", 8883)]
    before, after = (
        {each: order_of(each, BROKERS)[0] for each in FLEET},
        {each: order_of(each, more)[0] for each in FLEET},
    )
    moved = {each for each in FLEET if before[each] != after[each]}
    assert {after[each] for each in moved} == {more[-1]}
    assert 600 < len(moved) < 900


def test_the_window_fits_the_devices_of_one_broker() -> None:
    assert spread_ms(12_000, 3) == 4_000 * HANDSHAKE_MS
    assert spread_ms(100, 0) == 100 * HANDSHAKE_MS
    assert spread_ms(1_000_000, 1) == RECONNECT_SPREAD_MAX_MS

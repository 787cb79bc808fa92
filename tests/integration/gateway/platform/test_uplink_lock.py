"""Write lock of the inbound handler: the queries made while it is held, and the size of a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

from cms.alerts.messages.alerts import END_SUFFIX
from cms.platform.gateway import uplink
from cms.platform.gateway.uplink import Uplink
from devices.protocol import topics
from devices.protocol.limits import ITEMS_MAX
from devices.protocol.messages import Ack, ExecutionState, SyncRequest
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.platform.test_uplink import (
    ack,
    asrun,
    count,
    event_names,
    hears,
    said,
    sounded,
    state,
    sync,
)
from tests.integration.gateway.platform.test_uplink_running import Counting, Running
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, Station, approved

__all__ = ["hears"]


@contextmanager
def writing(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements of transactions that hold the write lock."""
    asked: list[str] = []

    def note(connection: Connection, *words: object) -> None:
        if not connection.get_execution_options().get("loa_reads"):
            asked.append(str(words[1]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def strangers(number: int) -> list[str]:
    return [f"made-up-{number}-{each}-s1-202603021630" for each in range(ITEMS_MAX)]


def test_made_up_items_are_looked_up_before_the_write_lock_is_taken(station: Station, hears: Uplink) -> None:
    with writing(station.context.engine) as few:
        hears.store([said(topics.device_ack(LOA_1), ack(ExecutionState.READY, *strangers(0)))])
    with writing(station.context.engine) as many:
        hears.store([said(topics.device_ack(LOA_1), ack(ExecutionState.READY, *strangers(n))) for n in range(1, 30)])
    assert len(many) == len(few)
    assert not [each for each in many if "transmissions" in each or "orders" in each]


def test_made_up_records_are_looked_up_before_the_write_lock_is_taken_and_are_one_line_each(
    station: Station, hears: Uplink
) -> None:
    odd = [[sounded(f"b{n}-{k}", item=item) for k, item in enumerate(strangers(n))] for n in range(20)]
    with writing(station.context.engine) as asked:
        hears.store([said(topics.device_event(LOA_1), asrun(*records)) for records in odd])
    assert event_names(station) == ["device.invalid_record"] * len(odd)
    assert not [each for each in asked if "FROM transmissions" in each]


def test_what_is_known_is_not_asked_for_again(station: Station, hears: Uplink) -> None:
    transmission = approved(station)
    word = said(topics.device_ack(LOA_1), ack(ExecutionState.READY, f"{transmission.id}-s1-202603021630"))
    hears.store([word])
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(station.context.engine, "before_cursor_execute", note)
    hears.store([word])
    event.remove(station.context.engine, "before_cursor_execute", note)
    assert not [each for each in asked if "FROM transmissions" in each]
    assert count(station, "deliveries") == 1


def test_an_alert_that_returning_devices_hold_is_looked_up_once_for_all(station: Station, hears: Uplink) -> None:
    order = issued(station)
    until = int(order.expires_at.timestamp() * 1000)
    request = SyncRequest(v=1, ts=0, boot="b1", desired_ver=1, keyset=10**9, orders={order.id: until})
    with writing(station.context.engine) as asked:
        hears.store([said(topics.device_request(each, "sync"), request) for each in (LOA_1, LOA_2, LOA_3)])
    assert not [each for each in asked if each.startswith("SELECT stops.id \nFROM stops")]


def sizes(station: Station, messages: Sequence[tuple[str, object]]) -> list[int]:
    hearing = Counting(station)
    incoming = [said(topic, body, mid=mid) for mid, (topic, body) in enumerate(messages, 1)]  # type: ignore[arg-type] # bodies
    with Running(station, hearing) as running:
        running.uplink.receive(incoming)
        assert running.next_acknowledged(incoming) == incoming
    return hearing.sizes


def test_a_transaction_stores_a_bounded_number_of_items(station: Station) -> None:
    found = [(topics.device_ack(LOA_1), ack(ExecutionState.READY, *strangers(n))) for n in range(25)]
    each = uplink.ITEMS_MAX // ITEMS_MAX
    assert sizes(station, found) == [each, each, 25 - 2 * each]


def test_answers_to_an_alert_are_stored_first_and_all_at_once(station: Station) -> None:
    heavy = [(topics.device_ack(LOA_1), ack(ExecutionState.READY, *strangers(n))) for n in range(12)]
    answers = [
        (topics.device_ack(device), Ack(v=1, st=ExecutionState.STARTED, ts=1, n=1, boot="b", cid=f"o1{END_SUFFIX}"))
        for device in (LOA_2, LOA_3)
    ]
    others = [(topics.device_state(LOA_2), state()), (topics.device_request(LOA_2, "sync"), sync())]
    assert sizes(station, [*heavy, *answers, *others]) == [2, 10, 4]

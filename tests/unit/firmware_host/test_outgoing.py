from __future__ import annotations

import pytest

from firmware_sim.core.effects import Publish
from firmware_sim.network.outgoing import REFUSED_MAX, RETRY_S, TRIES_MAX, Outgoing

NOT_AUTHORIZED, QUOTA_EXCEEDED, NO_SUBSCRIBERS = 0x87, 0x97, 0x10
EVENT = Publish("loa/1/evt", b"played")


def outgoing(*messages: Publish) -> Outgoing:
    made = Outgoing()
    made.room = 10
    for message in messages:
        made.add(message)
    return made


def sent(made: Outgoing) -> tuple[int, Publish]:
    taken = made.take_next()
    assert taken is not None
    return taken


@pytest.mark.parametrize("reason", [NOT_AUTHORIZED, QUOTA_EXCEEDED, 0x80])
def test_a_refused_message_does_not_count_as_delivered(reason: int) -> None:
    made = outgoing(EVENT)
    packet_id, _message = sent(made)
    assert made.answered(packet_id, reason, 0.0) is None
    assert (made.refused, made.in_flight) == (1, {})
    made.retry(RETRY_S - 1)
    assert made.take_next() is None
    made.retry(RETRY_S)
    assert sent(made)[1] is EVENT


@pytest.mark.parametrize("reason", [0, NO_SUBSCRIBERS])
def test_an_acknowledged_message_is_not_sent_again(reason: int) -> None:
    made = outgoing(EVENT)
    packet_id, _message = sent(made)
    made.answered(packet_id, reason, 0.0)
    made.retry(1e9)
    assert (made.refused, made.take_next()) == (0, None)
    assert made.answered(packet_id, 0, 0.0) is None, "a second word about it"


def test_the_pauses_grow_and_the_tries_end() -> None:
    made, now_s, pauses = outgoing(EVENT), 0.0, list[float]()
    while True:
        packet_id, _message = sent(made)
        if made.answered(packet_id, QUOTA_EXCEEDED, now_s) is not None:
            break
        pause_s = RETRY_S * 2 ** len(pauses)
        made.retry(now_s + pause_s - 1)
        assert made.take_next() is None
        now_s += pause_s
        made.retry(now_s)
        pauses.append(pause_s)
    assert len(pauses) == TRIES_MAX - 1
    made.retry(1e9)
    assert made.take_next() is None


def test_what_is_not_allowed_is_sent_once_more_and_then_given_up() -> None:
    """A device that repeats it looks like a thief, and a refused message is not accepted later."""
    made = outgoing(EVENT)
    assert made.answered(sent(made)[0], NOT_AUTHORIZED, 0.0) is None
    made.retry(RETRY_S)
    assert made.answered(sent(made)[0], NOT_AUTHORIZED, RETRY_S) is EVENT


def test_an_older_state_never_comes_after_a_newer_one() -> None:
    old, new = (Publish("loa/1/state", body, retain=True) for body in (b"old", b"new"))
    made = outgoing(old)
    made.answered(sent(made)[0], QUOTA_EXCEEDED, 0.0)
    made.add(new)
    made.answered(sent(made)[0], 0, 1.0)
    made.retry(1e9)
    assert made.take_next() is None


def test_what_waits_is_bounded_and_the_oldest_makes_room() -> None:
    messages = [Publish("loa/1/evt", str(number).encode()) for number in range(REFUSED_MAX + 1)]
    made = outgoing(*messages)
    for _message in messages:
        made.answered(sent(made)[0], QUOTA_EXCEEDED, 0.0)
    assert made.refused == REFUSED_MAX
    made.retry(RETRY_S)
    assert sent(made)[1] is messages[1]


def test_no_more_are_in_flight_than_the_broker_takes() -> None:
    made = outgoing(EVENT, EVENT)
    made.room = 1
    packet_id, _message = sent(made)
    assert made.take_next() is None
    made.answered(packet_id, 0, 0.0)
    assert sent(made)[0] != packet_id

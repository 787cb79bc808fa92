"""Fan-out to several brokers: who has to confirm, who is not waited for, and what a broker gets that was away."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from devices.errors import LinkError, TooBigError
from devices.mqtt import fan_out
from devices.mqtt.fan_out import GRACE_S, FanOutLink
from devices.protocol.limits import MESSAGE_MAX_BYTES

ALERT, CMD = "loa/v1/a/xa-1/alert", "loa/v1/a/xa-1/cmd"


@dataclass
class Member:
    """Link to one broker, whose answers the test gives."""

    is_ready: bool = True
    connections: int = 1
    threads: Sequence[str] = ("link",)
    breaks: bool = False
    sent: list[tuple[str, bytes, int | None]] = field(default_factory=list)
    open: list[Future[None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.calls.append("start")

    def close(self) -> None:
        self.calls.append("close")

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]:
        del retain
        if self.breaks:
            raise LinkError("broken")
        self.sent.append((topic, payload, expiry_s))
        part: Future[None] = Future()
        if qos:
            self.open.append(part)
        return part

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _, payload, _ in self.sent]

    def confirm(self) -> None:
        done, self.open = self.open, []
        for each in done:
            each.set_result(None)

    def lose(self, error: str = "connection lost", *, stays: bool = False) -> None:
        self.is_ready = stays
        done, self.open = self.open, []
        for each in done:
            each.set_exception(LinkError(error))


class Harness:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.a, self.b = Member(), Member()
        self.link = FanOutLink([("a:1", self.a), ("b:2", self.b)], lambda: self.now_s)
        self.link.step()


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_a_message_is_confirmed_when_every_connected_broker_has_it(harness: Harness) -> None:
    done = harness.link.publish(CMD, b"1", expiry_s=60)
    harness.a.confirm()
    assert not done.done()
    harness.b.confirm()
    assert done.result(0) is None
    assert harness.a.sent == harness.b.sent == [(CMD, b"1", 60)]
    assert harness.link.away == []


def test_a_silent_broker_is_not_waited_for_but_still_gets_all_messages(harness: Harness) -> None:
    first = harness.link.publish(CMD, b"1")
    harness.a.confirm()
    harness.now_s = GRACE_S
    harness.link.step()
    assert not first.done()
    harness.now_s += 0.1
    harness.link.step()
    assert first.result(0) is None
    assert harness.link.away == ["b:2"]
    harness.link.publish(CMD, b"2")
    assert harness.b.payloads == [b"1", b"2"]
    harness.b.confirm()
    harness.link.step()
    assert harness.link.away == []


def test_a_broker_known_to_be_silent_delays_no_further_message(harness: Harness) -> None:
    harness.link.publish(CMD, b"1")
    harness.a.confirm()
    harness.now_s = GRACE_S + 0.1
    harness.link.step()
    second = harness.link.publish(CMD, b"2")
    assert not second.done()
    harness.a.confirm()
    assert second.result(0) is None
    harness.a.is_ready = False
    third = harness.link.publish(CMD, b"3")
    assert not third.done()
    harness.b.confirm()
    assert third.result(0) is None


def test_nothing_is_confirmed_while_no_broker_has_it(harness: Harness) -> None:
    done = harness.link.publish(CMD, b"1")
    harness.now_s = 10 * GRACE_S
    harness.link.step()
    assert not done.done()
    harness.a.lose()
    assert not done.done()
    harness.b.lose()
    with pytest.raises(LinkError):
        done.result(0)
    with pytest.raises(LinkError):
        harness.link.publish(CMD, b"2")
    assert not harness.link.is_ready


def test_a_broker_that_comes_back_gets_what_it_missed_in_order(harness: Harness) -> None:
    harness.link.publish(CMD, b"lost on the way")
    harness.a.confirm()
    harness.b.lose()
    harness.link.publish(ALERT, b"alert", retain=True)
    harness.link.publish(CMD, b"expires", expiry_s=5)
    harness.link.publish(CMD, b"end", expiry_s=60)
    harness.link.publish(ALERT, b"", retain=True)
    harness.link.publish(CMD, b"not kept", qos=0)
    harness.a.confirm()
    assert harness.link.away == ["b:2"]
    harness.b.sent.clear()
    harness.now_s, harness.b.is_ready = 10.0, True
    assert harness.link.away == ["b:2"]
    harness.link.step()
    assert harness.b.sent == [(CMD, b"lost on the way", None), (CMD, b"end", 50), (ALERT, b"", None)]
    harness.link.step()
    assert harness.link.away == []
    harness.link.publish(CMD, b"next")
    assert harness.b.payloads[-1] == b"next"


def test_what_comes_while_a_broker_catches_up_queues_behind(harness: Harness) -> None:
    harness.b.is_ready = False
    for number in range(fan_out._AT_ONCE + 1):
        harness.link.publish(CMD, b"%d" % number)
    harness.b.is_ready = True
    harness.link.step()
    assert len(harness.b.sent) == fan_out._AT_ONCE
    harness.link.publish(CMD, b"new")
    assert b"new" not in harness.b.payloads
    harness.link.step()
    harness.link.step()
    assert harness.b.payloads[-2:] == [b"%d" % fan_out._AT_ONCE, b"new"]
    harness.b.confirm()
    harness.link.step()
    assert harness.link.away == []


def test_a_broker_that_confirms_nothing_of_what_it_missed_is_given_no_more(harness: Harness) -> None:
    harness.b.is_ready = False
    for number in range(3 * fan_out._AT_ONCE):
        harness.link.publish(CMD, b"%d" % number)
    harness.b.is_ready = True
    for _ in range(4):
        harness.link.step()
    assert len(harness.b.sent) == 2 * fan_out._AT_ONCE
    harness.b.confirm()
    harness.link.step()
    assert len(harness.b.sent) == 3 * fan_out._AT_ONCE


def test_a_broker_lost_again_while_it_catches_up_gets_the_rest_later(harness: Harness) -> None:
    harness.b.is_ready = False
    harness.link.publish(ALERT, b"1", retain=True)
    harness.b.is_ready = harness.b.breaks = True
    harness.link.step()
    assert harness.b.sent == []
    harness.b.breaks = False
    harness.b.is_ready = True
    harness.link.step()
    harness.b.lose()
    harness.link.publish(ALERT, b"2", retain=True)
    harness.b.is_ready = True
    harness.link.step()
    harness.link.step()
    assert harness.b.payloads in ([b"1", b"2"], [b"2"])


def test_of_a_retained_topic_an_older_message_never_follows_a_newer(harness: Harness) -> None:
    harness.link.publish(ALERT, b"old", retain=True)
    harness.b.is_ready = False
    harness.link.publish(ALERT, b"new", retain=True)
    harness.b.lose()  # the loss of the older one is reported after the newer was kept
    harness.b.sent.clear()
    harness.b.is_ready = True
    harness.link.step()
    assert harness.b.payloads == [b"new"]


def test_a_refusal_of_one_broker_is_no_loss(harness: Harness) -> None:
    done = harness.link.publish(CMD, b"1")
    harness.a.confirm()
    harness.b.lose("not authorized", stays=True)
    assert done.result(0) is None
    assert harness.link.away == []
    refused = harness.link.publish(CMD, b"2")
    harness.a.lose("not authorized", stays=True)
    harness.b.lose("not authorized", stays=True)
    with pytest.raises(LinkError):
        refused.result(0)
    harness.link.step()
    assert harness.b.payloads == [b"1", b"2"]


def test_a_connection_that_breaks_while_sending_counts_as_lost(harness: Harness) -> None:
    harness.a.breaks = harness.b.breaks = True
    harness.a.is_ready = True
    done = harness.link.publish(CMD, b"1")
    with pytest.raises(LinkError):
        done.result(0)
    assert harness.link.publish(CMD, b"2", qos=0).done()


def test_what_a_broker_missed_is_bounded(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "MISSED_MAX", 3)
    harness.b.is_ready = False
    for number in range(5):
        harness.link.publish(CMD, b"%d" % number)
        harness.a.confirm()
    harness.b.is_ready = True
    harness.link.step()
    assert harness.b.payloads == [b"2", b"3", b"4"]


def test_a_frozen_broker_is_given_a_bounded_number(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "MISSED_MAX", 3)
    for number in range(5):
        harness.link.publish(CMD, b"%d" % number)
        harness.a.confirm()
    assert harness.b.payloads == [b"0", b"1", b"2"]
    harness.b.confirm()
    harness.link.step()
    assert harness.b.payloads == [b"0", b"1", b"2", b"3", b"4"]


def test_where_every_broker_is_frozen_a_message_is_not_taken(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "MISSED_MAX", 1)
    harness.link.publish(CMD, b"1")
    refused = harness.link.publish(CMD, b"2")
    with pytest.raises(LinkError):
        refused.result(0)


def test_what_is_too_big_for_the_wire_goes_nowhere(harness: Harness) -> None:
    with pytest.raises(TooBigError):
        harness.link.publish(CMD, b"x" * (MESSAGE_MAX_BYTES + 1))
    assert harness.a.sent == harness.b.sent == []


def test_threads_are_watched_while_all_brokers_are_connected(harness: Harness) -> None:
    assert harness.link.threads == {"link"}
    harness.b.is_ready = False
    assert not harness.link.threads


def test_links_are_started_counted_and_closed_together(harness: Harness) -> None:
    assert harness.link.connections == 1
    harness.b.connections = 3
    assert harness.link.connections == 3
    stopping = threading.Event()
    thread = threading.Thread(target=harness.link.run, args=(stopping,))
    harness.b.is_ready = False
    harness.link.publish(CMD, b"1")
    harness.b.is_ready = True
    thread.start()
    while not harness.b.sent:
        stopping.wait(0.01)
    stopping.set()
    thread.join()
    harness.link.start()
    harness.link.close()
    assert harness.a.calls == harness.b.calls == ["start", "close"]

"""Client that takes in the devices' answers to alerts and forgets them: the way back, without a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.speed.alert_field import AlertField
from bench.speed.field import DEADLINE_S, BenchError
from cms.platform.gateway import broker_links
from devices.enrolment import SUBSCRIBER_NAME
from devices.mqtt.link import Incoming
from devices.protocol import topics


class AnswerCounter:
    """Counter of answers since the last ``begin``."""

    def __init__(self) -> None:
        self._count = 0
        self._wanted = 0
        self._has_all = threading.Event()

    def begin(self, wanted: int) -> None:
        """Count from now on, up to this many."""
        self._count, self._wanted = 0, wanted
        self._has_all.clear()

    def add(self, count: int) -> None:
        self._count += count
        if self._count >= self._wanted:
            self._has_all.set()

    def all_ns(self) -> int:
        """Wait until all wanted are here; return that instant in monotonic nanoseconds. Raises BenchError."""
        if not self._has_all.wait(DEADLINE_S):
            raise BenchError(f"{self._count} bare answers, not {self._wanted}")
        return time.monotonic_ns()


@contextmanager
def answers_counted(field: AlertField) -> Iterator[AnswerCounter]:
    """Take in the answers as the gateway's client does, and only count them.

    Raises:
        BenchError: the broker does not take the client.
    """
    counter = AnswerCounter()

    def take(messages: Sequence[Incoming]) -> None:
        counter.add(len(messages))
        ear.acknowledge(messages)

    ear = broker_links.SubscriberSet(field.context, SUBSCRIBER_NAME, {topics.device_ack("+"): 1}, take)
    ear.start()
    try:
        if not all(each.wait_ready(DEADLINE_S) for each in ear.subscribers):
            raise BenchError("the broker did not take the subscriber")
        yield counter
    finally:
        ear.close()

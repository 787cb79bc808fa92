"""Link with an inbox: it keeps the received messages for a test to wait on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink

DEADLINE_S = 120


class Inbox:
    def __init__(
        self, endpoint: Endpoint, subscriptions: Mapping[str, int] | None = None, *, acknowledges: bool = True
    ) -> None:
        self._arrived: queue.Queue[Incoming] = queue.Queue()
        self._acknowledges = acknowledges
        self._connections = threading.Semaphore(0)
        self.link = MqttDeviceLink(
            endpoint, subscriptions=subscriptions or {}, on_message=self._keep, on_ready=self._connections.release
        )

    def wait_connection(self) -> None:
        """Wait for the next connection: "ready" alone may still mean one that a killed broker has left behind."""
        assert self._connections.acquire(timeout=DEADLINE_S)

    def next(self) -> Incoming:
        return self._arrived.get(timeout=DEADLINE_S)

    def next_within(self, seconds: float) -> Incoming | None:
        try:
            return self._arrived.get(timeout=seconds)
        except queue.Empty:
            return None

    def rest(self) -> Iterator[Incoming]:
        """Yield the messages that have arrived and were not taken yet."""
        while not self._arrived.empty():
            yield self._arrived.get()

    def _keep(self, message: Incoming) -> None:
        self._arrived.put(message)
        if self._acknowledges:
            self.link.acknowledge(message)


@contextmanager
def connected(
    endpoint: Endpoint, subscriptions: Mapping[str, int] | None = None, *, acknowledges: bool = True
) -> Iterator[Inbox]:
    inbox = Inbox(endpoint, subscriptions, acknowledges=acknowledges)
    inbox.link.start()
    try:
        inbox.wait_connection()
        yield inbox
    finally:
        inbox.link.close()

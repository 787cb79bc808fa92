"""Links to the broker: the one place that makes connections of the settings, for the gateway and in a device's name."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.store.heartbeats import BrokerState, ProcessDetail
from devices.enrolment import GATEWAY_NAME
from devices.mqtt.fan_out import FanOutLink
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink
from devices.mqtt.subscriber import MqttSubscriber

RECENT_S: Final = 300.0
BEACON_EVERY_S = 60.0


def sender(context: Context, on_ready: Callable[[], None]) -> MqttDeviceLink | FanOutLink:
    """Build the link that publishes, to every broker; ``on_ready`` is called at each connection."""
    links = [
        (
            f"{where.host}:{where.port}",
            MqttDeviceLink(
                where, subscriptions={}, on_message=lambda _: None, on_ready=on_ready, may_send=context.may_send
            ),
        )
        for where in _own(context, GATEWAY_NAME)
    ]
    return FanOutLink(links) if len(links) > 1 else links[0][1]


class SubscriberSet:
    """Subscribers under one name of ours, one at each broker."""

    def __init__(
        self,
        context: Context,
        name: str,
        subscriptions: Mapping[str, int],
        on_messages: Callable[[Sequence[Incoming]], object],
    ) -> None:
        self.subscribers = [
            MqttSubscriber(where, subscriptions=subscriptions, on_messages=on_messages, may_connect=context.may_send)
            for where in _own(context, name)
        ]

    def start(self) -> None:
        for each in self.subscribers:
            each.start()

    def close(self) -> None:
        for each in self.subscribers:
            each.close()

    @property
    def is_ready(self) -> bool:
        """Return whether one of them is connected and subscribed."""
        return any(each.is_ready for each in self.subscribers)

    def acknowledge(self, messages: Sequence[Incoming]) -> None:
        """Confirm these to the brokers that they came from."""
        for each in self.subscribers:
            each.acknowledge(messages)


def endpoints(context: Context, client_id: str, certificate: Path, key: Path) -> Sequence[Endpoint]:
    """Return the address of each broker at which this client may have a session."""
    settings = context.settings
    ca = context.keyring.folder / "ca.pem"
    return [
        Endpoint(settings.local_address(host), port, client_id, ca, certificate, key)
        for host, port in settings.broker_list
    ]


def _own(context: Context, name: str) -> Sequence[Endpoint]:
    keys = context.keyring.folder
    return endpoints(context, name, keys / f"{name}.pem", keys / f"{name}.key")


class Connection(Protocol):
    """Connection to the broker; ``connections`` counts how often it was made."""

    @property
    def connections(self) -> int: ...


class BrokerWatcher:
    """Counter of reconnections. The first connection of each link is none. Seconds are monotonic."""

    def __init__(
        self,
        links: Sequence[Connection],
        is_connected: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
        away: Callable[[], Sequence[str]] = lambda: (),
    ) -> None:
        self._away = away
        self._links = links
        self._is_connected = is_connected
        self._monotonic = monotonic
        self._known = 0
        self._recent: deque[tuple[float, int]] = deque()

    def look(self) -> BrokerState:
        """Return the connection state now, with the total and the recent reconnections."""
        now_s = self._monotonic()
        count = sum(max(0, link.connections - 1) for link in self._links)
        if count > self._known:
            self._recent.append((now_s, count - self._known))
            self._known = count
        while self._recent and now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        return BrokerState(self._is_connected(), count, sum(times for _, times in self._recent), tuple(self._away()))

    def add(self, detail: ProcessDetail) -> ProcessDetail:
        """Add the broker connections to the gateway's heartbeat detail."""
        return replace(detail, broker=self.look())


class BeaconPublisher:
    """Publisher of the beacon. ``monotonic_s`` counts seconds that no clock setting moves."""

    def __init__(self, letters: MessageBuilder, now: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._letters = letters
        self._now = now
        self._monotonic_s = monotonic_s
        self._due_s = 0.0
        self._has_keys_to_tell = True
        self._officers: OutgoingMessage | None = None

    def connected(self) -> None:
        """Publish everything again: the broker may have lost its retained messages."""
        self._has_keys_to_tell = True

    def step(self, link: BrokerLink) -> None:
        """Publish what is due: beacon, keys, and the officers' keyset as soon as it has changed. Raises LinkError."""
        if not link.is_ready:
            return
        officers = self._letters.officers()
        if self._has_keys_to_tell:
            self._has_keys_to_tell, self._officers = False, None
            self._due_s = 0.0
            post(link, self._letters.keys())
        if officers is not None and officers != self._officers:
            post(link, officers)
            self._officers = officers
        if self._monotonic_s() >= self._due_s:
            post(link, self._letters.beacon(self._now()))
            self._due_s = self._monotonic_s() + BEACON_EVERY_S

"""Order in which a device tries the brokers, and the window over which a fleet reconnects to one."""

import hashlib
from collections.abc import Sequence
from typing import Final

from devices.model import DeviceId
from devices.protocol.limits import RECONNECT_SPREAD_MAX_MS

HANDSHAKE_MS: Final = 2.5
"""Processor time of a broker for one device that connects: TLS with a certificate, subscriptions, retained messages."""


def order_of(device_id: DeviceId, brokers: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Return the brokers in the order of this device, by rendezvous hashing.

    Devices are spread evenly over the first places, and those of a broker that is away over all others. A broker that
    is added or removed moves no device that does not have to move.
    """

    def weight(broker: tuple[str, int]) -> bytes:
        return hashlib.sha256(f"{device_id} {broker[0]}:{broker[1]}".encode()).digest()

    return sorted(brokers, key=weight)


def spread_ms(devices: int, brokers: int) -> int:
    """Return the window for the devices of one broker, so long that a broker can just take them all within it."""
    return min(RECONNECT_SPREAD_MAX_MS, round(devices / max(1, brokers) * HANDSHAKE_MS))

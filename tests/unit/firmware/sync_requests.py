"""Sync requests of a simulated device, and the server's answers."""

from __future__ import annotations

import msgspec

from devices.protocol import codec, topics
from devices.protocol.messages import SyncRequest, Target
from firmware_sim.core.clock.clock import SPREAD_MS
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import DEVICE, DeviceHarness


def asks(device: DeviceHarness) -> list[SyncRequest]:
    """Return the device's sync requests, oldest first."""
    return [codec.decode(SyncRequest, sent.body) for sent in device.sent(topics.device_request(DEVICE, "sync"))]


def answer(device: DeviceHarness, server_ms: int | None = None, nonce: str = "", **fields: object) -> None:
    """Answer the last sync request, at this time by the server's clock."""
    now = device.now if server_ms is None else server_ms
    synced = device.command(type="synced", iat=now, nbf=now, exp=now, refs=[nonce or asks(device)[-1].nonce])
    synced = msgspec.structs.replace(synced, **{"target": Target(devices=[DEVICE]), **fields})
    device.deliver(topics.device_command(DEVICE), signing.signed(synced))


def round_trip(device: DeviceHarness, off_ms: int) -> None:
    """Send a beacon of a server whose clock is ahead by so much, wait for the device's request, and answer it."""
    asked = len(asks(device))
    device.beacon(device.now + off_ms)
    until = device.now + SPREAD_MS
    while len(asks(device)) == asked and device.now < until:
        device.run(SPREAD_MS // 100)
    answer(device, device.now + off_ms)

"""Messages of faulty firmware and attackers: garbage, floods, replays, other versions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.messages import DeviceEvent
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.fault_injection.targets import FleetClock

Say = Callable[[Publish], object]
Ask = Callable[[Subscribe], object]
ASKS: Final = 0.3
"""Share of trespasses that subscribe; the others publish."""
GARBAGE: Final = (
    b"",
    b"\xff\xfe\x00",
    b"{",
    b"[]",
    b"null",
    b'{"v":1}',
    b'{"v":1,"st":"online","conn":-1,"boot":"","ts":"now"}',
    b'{"v":1,"type":"asrun","ts":1,"boot":"x","records":[{"rid":"r"}]}',
    b'{"v":1,"type":"fault","ts":1e400,"boot":"x"}',
    b'{"v":1,"st":"online","conn":99999999999999999999,"boot":"x","ts":1}',
    b"[" * 5_000,
    b'"' + b"a" * 15_000 + b'"',
)


def crying(device_id: str, clock: FleetClock, say: Say) -> Callable[[], object]:
    """Return a call that reports the same fault once more."""
    topic = topics.device_event(device_id)

    def cry() -> None:
        event = DeviceEvent(v=1, type="fault", ts=clock.now_ms, boot="cry", code="AMP_FAULT", detail="again")
        say(Publish(topic, codec.encode(event)))

    return cry


def garbage(device_id: str, dice: random.Random, say: Say) -> Callable[[], object]:
    """Return a call that publishes something that is no message, on one of the device's own topics."""
    names = (topics.device_state, topics.device_ack, topics.device_event, topics.device_telemetry)

    def noise() -> None:
        topic = dice.choice((*(name(device_id) for name in names), topics.device_request(device_id, "sync")))
        body = dice.choice((*GARBAGE, dice.randbytes(dice.randrange(1, 200))))
        say(Publish(topic, body))

    return noise


def replay(
    dice: random.Random, overheard: Sequence[tuple[str, bytes]], hear: Callable[[str, bytes], object]
) -> Callable[[], object]:
    """Return a call that repeats to this device one of the server's last messages to any device."""

    def again() -> None:
        if overheard:
            hear(*dice.choice(overheard))

    return again


def trespass(dice: random.Random, others: Sequence[str], say: Say, ask: Ask) -> Callable[[], object]:
    """Return a call that publishes in the name of another device or of the server, or subscribes beyond its own."""

    def beyond() -> None:
        other = dice.choice(others)
        if dice.random() < ASKS:
            ask(Subscribe(((dice.choice(("#", topics.device_command(other))), 1),)))
        else:
            forged = (
                topics.device_state(other),
                topics.device_command(other),
                topics.area_alert("tinh-1"),
                topics.keys(),
            )
            say(Publish(dice.choice(forged), b"forged"))

    return beyond


def in_seconds(message: Publish) -> Publish:
    """Change telemetry to a time stamp in seconds."""
    return _changed(message, lambda body: body | {"ts": int(body["ts"]) // 1000})


def of_old(message: Publish) -> Publish:
    """Change telemetry to a version before 1."""
    return _changed(message, lambda body: body | {"v": 0})


def _changed(message: Publish, change: Callable[[dict[str, int]], dict[str, int]]) -> Publish:
    if not message.topic.endswith("/tel"):
        return message
    body = msgspec.json.encode(change(msgspec.json.decode(message.body)))
    return msgspec.structs.replace(message, body=body)

"""Faults of firmware and identity, and attackers: crashes, wrong clocks, clones, garbage, floods, replays."""

from collections.abc import Callable
from typing import Annotated, Final

import msgspec

from bench.scenarios.fault import End, FaultTarget, PerMinute, ScenarioFault, repeated, switched, to_ms
from devices.protocol import codec, topics
from devices.protocol.messages import DeviceEvent
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.physics.dice import dice

TIME_HEARD_MS: Final = 65_000
"""A device that begins to listen has received a beacon after this."""
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


class ClockSkew(ScenarioFault, frozen=True, tag="clock_skew"):
    """The hardware's clock is wrong by ``by``: ahead, or with ``is_behind`` behind."""

    by: str = "45s"
    is_behind: bool = False

    def begin(self, target: FaultTarget) -> End:
        """Skew the clock at a restart: timers set by the clock would else be due at another instant."""
        device, by_ms = target.device, to_ms(self.by)

        def skew(off_ms: int) -> None:
            device.clock_off_ms = off_ms
            device.restart("watchdog")

        skew(-by_ms if self.is_behind else by_ms)
        return lambda: skew(0)


class BadFirmware(ScenarioFault, frozen=True, tag="bad_firmware"):
    """The firmware crashes ``lives`` after each start."""

    lives: str = "40s"

    def begin(self, target: FaultTarget) -> End:
        device = target.device

        def crash() -> None:
            if device.is_on:
                device.restart("crash")

        mended = switched(device, "failing_firmware", usual=False, now=True)
        stop = repeated(target.fleet.clock, to_ms(self.lives), crash)
        return lambda: (mended(), stop())


class ClonedCertificate(ScenarioFault, frozen=True, tag="cloned_certificate"):
    """Another device with the same identity is switched on."""

    def begin(self, target: FaultTarget) -> End:
        clone = target.fleet.clone(target.device.name)
        clone.power_on()
        return clone.power_off


class CryingBaby(ScenarioFault, frozen=True, tag="crying_baby"):
    """The device reports the same fault ``per_s`` times a second."""

    per_s: Annotated[float, msgspec.Meta(gt=0, le=200)] = 5.0

    def begin(self, target: FaultTarget) -> End:
        device, clock = target.device, target.fleet.clock
        topic = topics.device_event(device.identity.id)

        def cry() -> None:
            event = DeviceEvent(v=1, type="fault", ts=clock.now_ms, boot="cry", code="AMP_FAULT", detail="again")
            device.say(Publish(topic, codec.encode(event)))

        return repeated(clock, 1000 / self.per_s, cry)


class Malformed(ScenarioFault, frozen=True, tag="malformed"):
    """The device also sends garbage on its own topics, ``per_min`` times a minute."""

    per_min: PerMinute = 6.0

    def begin(self, target: FaultTarget) -> End:
        device, name = target.device, target.device.identity.id
        chance = dice(target.fleet.seed, device.name, "garbage")
        own = (topics.device_state, topics.device_ack, topics.device_event, topics.device_telemetry)

        def noise() -> None:
            topic = chance.choice((*(named(name) for named in own), topics.device_request(name, "sync")))
            body = chance.choice((*GARBAGE, chance.randbytes(chance.randrange(1, 200))))
            device.say(Publish(topic, body))

        return repeated(target.fleet.clock, 60_000 / self.per_min, noise)


class Seconds(ScenarioFault, frozen=True, tag="seconds"):
    """Telemetry is stamped in seconds where milliseconds are meant."""

    def begin(self, target: FaultTarget) -> End:
        return _rewritten(target, lambda body: body | {"ts": int(body["ts"]) // 1000})


class OldProtocol(ScenarioFault, frozen=True, tag="old_protocol"):
    """Telemetry has ``v`` 0, as before version 1."""

    def begin(self, target: FaultTarget) -> End:
        return _rewritten(target, lambda body: body | {"v": 0})


class Replay(ScenarioFault, frozen=True, tag="replay"):
    """An attacker who reads the broker repeats the server's messages, ``per_min`` times a minute."""

    per_min: PerMinute = 6.0

    def begin(self, target: FaultTarget) -> End:
        device, fleet = target
        chance, clock = dice(fleet.seed, device.name, "replay"), fleet.clock
        # Every device gets the time each minute, and refuses an older one; in virtual time only if ``hears_all``.
        unheard = switched(device, "hears_all", usual=False, now=True)
        heard_ms = clock.now_ms + TIME_HEARD_MS

        def again() -> None:
            if clock.now_ms > heard_ms and fleet.overheard:
                device.message(*chance.choice(fleet.overheard))

        stop = repeated(clock, 60_000 / self.per_min, again)
        return lambda: (stop(), unheard())


class Trespass(ScenarioFault, frozen=True, tag="trespass"):
    """An attacker with its certificate subscribes and publishes beyond its rights, ``per_min`` times a minute."""

    per_min: PerMinute = 1.0

    def begin(self, target: FaultTarget) -> End:
        device, fleet = target
        chance = dice(fleet.seed, device.name, "trespass")
        others = [name for name in fleet.devices if name != device.name] or ["nobody"]

        def beyond() -> None:
            other = chance.choice(others)
            if chance.random() < ASKS:
                device.ask(Subscribe(((chance.choice(("#", topics.device_command(other))), 1),)))
                return
            named = (topics.device_state(other), topics.device_command(other))
            forged = (*named, topics.area_alert("tinh-1"), topics.keys())
            device.say(Publish(chance.choice(forged), b"forged"))

        return repeated(fleet.clock, 60_000 / self.per_min, beyond)


def _rewritten(target: FaultTarget, change: Callable[[dict[str, int]], dict[str, int]]) -> End:
    """Change the telemetry of a device before it is sent."""

    def changed(message: Publish) -> Publish:
        if not message.topic.endswith("/tel"):
            return message
        body = msgspec.json.encode(change(msgspec.json.decode(message.body)))
        return msgspec.structs.replace(message, body=body)

    return switched(target.device, "rewrite", usual=None, now=changed)

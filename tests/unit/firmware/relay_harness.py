"""Simulated device whose plan relays a stream: the test is the stream, the card reports what it sounds."""

from __future__ import annotations

import msgspec

from devices.protocol.messages import PlanItem, Relay, RelayPart
from firmware_sim.core.effects import CloseStream, Effect, FeedRelay, OpenStream
from firmware_sim.core.events import FeedTurned, StreamCame, StreamDry, StreamLost
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, DeviceHarness

AT = NOON_MS + 5 * MINUTE_MS
URLS = ["http://one.example/live.mp3", "http://two.example/live.mp3"]
LOUD_DB, QUIET_DB = -18.0, -90.0


class RelayHarness(DeviceHarness):
    """Device that relays: ``what`` the relay ``r`` sounds; ``opened`` are the addresses that were asked for."""

    what = "nothing"
    was_on = False

    @property
    def opened(self) -> list[str]:
        return [effect.url for effect in self.done if isinstance(effect, OpenStream)]

    @property
    def closed(self) -> int:
        return sum(isinstance(effect, CloseStream) for effect in self.done)

    @property
    def feeds(self) -> list[tuple[str, bool]]:
        return [(effect.what, effect.gathers) for effect in self.done if isinstance(effect, FeedRelay)]

    def relay(self, *, length_ms: int = MINUTE_MS, after: str = "resume", **changes: object) -> PlanItem:
        plain = self.item("r", AT, dur_ms=3_000, prio=5, after=after)
        relay = msgspec.structs.replace(Relay(source="vov1", form="stream", urls=URLS[:1], name="VOV1"), **changes)
        return msgspec.structs.replace(plain, end_at=AT + length_ms, relay=relay)

    def hear(self, for_ms: int, *, db: float = LOUD_DB) -> None:
        """Feed the stream for so long, in real-time pieces."""
        for _ in range(0, for_ms, 500):
            self.run(500)
            self.feed(StreamCame("r", 500, 1_500, db))

    def lose(self) -> None:
        self.feed(StreamLost("r"))

    def run_dry(self) -> None:
        """Let the card run dry, so that it takes the stand-in by itself."""
        self.turn("fallback")
        self.feed(StreamDry("r"))

    def turn(self, what: str) -> None:
        self.what = what
        if self.card.sounding is not None and self.card.sounding.item == "r":
            self.feed(FeedTurned("r", what, self.now))

    def parts(self) -> list[tuple[str, int, int]]:
        """Return the parts of its record: source, start and end, in ms from the beginning."""
        relayed = next(record for record in self.records() if record.item == "r").relayed
        return [] if relayed is None else [_told(part) for part in relayed.parts]

    def _tick(self) -> None:
        super()._tick()
        is_on = self.card.sounding is not None and self.card.sounding.item == "r"
        if is_on and not self.was_on:
            self.turn(self.what)
        self.was_on = is_on

    def _do(self, effect: Effect) -> None:
        super()._do(effect)
        if isinstance(effect, FeedRelay) and effect.what != self.what:
            self.what = effect.what
            if self.card.sounding is not None and self.card.sounding.item == "r":
                self._events.append(FeedTurned("r", effect.what, self.now))
        if isinstance(effect, CloseStream):
            self.what = "nothing"


def _told(part: RelayPart) -> tuple[str, int, int]:
    return part.what, part.started_at - AT, part.ended_at - AT


def relay_device() -> RelayHarness:
    """Return a relaying device that is powered, connected, and has its desired state."""
    device = RelayHarness()
    device.power_on()
    device.connect()
    device.desire()
    return device

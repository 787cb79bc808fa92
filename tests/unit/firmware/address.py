"""Live address to a simulated device: its commands and its frames."""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devices.protocol import topics
from devices.protocol.live import LiveFrame, SessionKey
from devices.protocol.messages import Command, Live
from tests.unit.firmware.device_harness import AREA, MINUTE_MS, DeviceHarness

FRAME_MS = 100
LENGTH_MS = 5 * MINUTE_MS


def session_key(seed: int) -> SessionKey:
    return SessionKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


class Address:
    """One session; ``say`` sends the next frame, whose packet is its number in letters."""

    def __init__(self, device: DeviceHarness, session: str = "live-1", seed: int = 20, prio: int = 7) -> None:
        self._device = device
        self.session = session
        self.prio = prio
        self.key = session_key(seed)
        self.until = device.now + LENGTH_MS
        self.seq = 0
        self._orders = 0

    def start(self, **changes: object) -> Command:
        return self._order("live_start", self.session, **changes)

    def renew(self, **changes: object) -> Command:
        self._orders += 1
        return self._order("live_renew", f"{self.session}-r{self._orders}", **changes)

    def stop(self, prio: int = 7) -> None:
        command = self._device.command(f"{self.session}-stop", type="live_stop", prio=prio, refs=[self.session])
        self._device.order(command)

    def frame(self, seq: int) -> bytes:
        frame = LiveFrame(seq, self._device.now - FRAME_MS, (f"f{seq}".encode(),))
        return self.key.seal(self.session, frame)

    def send(self, frame: bytes, area: str = AREA) -> None:
        self._device.deliver(topics.area_live(area, self.session), frame)

    def say(self, frames: int = 1, *, lost: tuple[int, ...] = ()) -> None:
        """Send so many frames, each when it has been spoken."""
        for _ in range(frames):
            self._device.run(FRAME_MS)
            if self.seq not in lost:
                self.send(self.frame(self.seq))
            self.seq += 1

    def _order(self, kind: str, cid: str, **changes: object) -> Command:
        live = Live(session=self.session, key=self.key.x, until=self.until, warm_ms=0, frame_ms=FRAME_MS)
        live = msgspec.structs.replace(live, **changes)
        command = self._device.command(cid, type=kind, prio=self.prio, live=live)
        self._device.order(command)
        return command


def said(device: DeviceHarness) -> list[str]:
    return [name for name, _ in device.card.said]

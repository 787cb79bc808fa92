"""Thousands of devices in one process, for measuring: real links, real cores, flash in memory, no sound.

Driven by JSON lines on standard input, answered by JSON lines on standard output:

* ``{"arm": K, "bare": false}`` → ``{"event": "armed", "round": K}``; then every message on the area's command topic is
  counted, and ``{"event": "round", "round": K, "count": N, "last_ns": …}`` tells when the last device had accepted its
  command (bare: had received it), on the machine's monotonic clock.
* end of input: stop.
"""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devices.protocol import codec
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Desired
from firmware_sim.core.device import DeviceCore, Identity
from firmware_sim.core.effects import Connect, Publish, Save, Subscribe, WakeAt
from firmware_sim.core.events import Connected, Connecting, Delivered, Disconnected, Event, PowerOn, Woken
from firmware_sim.flash import Entry, MemoryFlash
from firmware_sim.fleet import allow_open_files
from firmware_sim.link import Broker, Crowd, Link
from firmware_sim.player import now_ms

REMEMBERED: Final = 256
EARLY_MS: Final = 5
"""The loop's clock and the hardware's are not the same; a core that is woken early asks again."""
_opened: dict[tuple[bytes, bytes], tuple[str, bytes]] = {}


class SharedKeys(TrustedKeys):
    """Identical bytes are checked once a process, which here stands for thousands of processors."""

    def opened(self, data: bytes) -> tuple[str, bytes]:
        name = (self.source, data)
        found = _opened.get(name)
        if found is None:
            found = super().opened(data)
            if len(_opened) >= REMEMBERED:
                _opened.clear()
            _opened[name] = found
        return found


@dataclass(frozen=True)
class SwarmFolder:
    """``swarm.json``, ``ca.pem``, ``keyset.jws`` and ``devices/{id}.pem`` (certificate and key)."""

    folder: Path
    mqtt_host: str
    mqtt_port: int
    root_x: str
    areas: list[str]
    ids: list[str]

    @classmethod
    def read(cls, folder: Path, first: int, limit: int) -> SwarmFolder:
        about = json.loads((folder / "swarm.json").read_text())
        ids = sorted(path.stem for path in (folder / "devices").glob("*.pem"))[first : first + limit]
        return cls(folder, about["mqtt_host"], int(about["mqtt_port"]), about["root_key"], list(about["areas"]), ids)

    def context(self, device_id: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "devices" / f"{device_id}.pem")
        return context


class Swarm:
    """The round's counter, and its devices."""

    def __init__(self, place: SwarmFolder) -> None:
        self._place = place
        self._total = len(place.ids)
        self._round = 0
        self._count = 0
        self.is_bare = False
        self._connected = 0
        self._all_connected = asyncio.Event()

    async def run(self) -> None:
        allow_open_files(self._total * 2 + 200)
        keys = SharedKeys.from_root(self._place.root_x, (self._place.folder / "keyset.jws").read_bytes())
        crowd = Crowd()
        began_s = time.monotonic()
        tasks = [
            asyncio.create_task(SwarmDevice(self, self._place, name, keys, crowd).run()) for name in self._place.ids
        ]
        await self._all_connected.wait()
        gc.collect()
        gc.freeze()
        gc.disable()  # one process stands for thousands, none of which would ever collect this much: between rounds
        tell(event="connected", devices=self._total, seconds=round(time.monotonic() - began_s, 1))
        await self._obey_input()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def connected(self) -> None:
        self._connected += 1
        if self._connected == self._total:
            self._all_connected.set()

    def count(self) -> None:
        """One more device has it."""
        self._count += 1
        if self._count == self._total:
            tell(event="round", round=self._round, count=self._count, last_ns=time.monotonic_ns())

    async def _obey_input(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            gc.collect()
            self._round, self.is_bare, self._count = order["arm"], order["bare"], 0
            tell(event="armed", round=self._round)


class SwarmDevice:
    """A core on a link, with nothing else."""

    def __init__(self, swarm: Swarm, place: SwarmFolder, device_id: str, keys: TrustedKeys, crowd: Crowd) -> None:
        self._swarm = swarm
        self._flash = MemoryFlash()
        desired = Desired(v=1, device=device_id, ver=1, iat=0, areas=place.areas, report_s=86_400)
        self._flash.save([Entry("doc", "desired", codec.encode(desired).decode())])
        identity = Identity(device_id, place.root_x, keys.source)
        power = PowerOn(nonce="swarm")
        self._core = DeviceCore(identity, self._flash.load(), power, now_ms(), trust=lambda _root, _keyset: keys)
        self._link = Link(device_id, Broker(place.mqtt_host, place.mqtt_port, place.context(device_id)), self, crowd)
        self._alarms = crowd.alarms
        self._wake_at = 0
        self._will: Publish | None = None
        self._obeyed = 0
        self._feed(power)

    async def run(self) -> None:
        await self._link.run()

    def will(self) -> Publish:
        self._feed(Connecting())
        assert self._will is not None
        return self._will

    def connected(self) -> None:
        self._feed(Connected())
        self._swarm.connected()

    def disconnected(self) -> None:
        self._feed(Disconnected())

    def message(self, topic: str, payload: bytes) -> None:
        if self._swarm.is_bare:
            self._swarm.count()
            return
        self._feed(Delivered(topic, payload))
        if self._core.obeyed > self._obeyed:
            self._obeyed = self._core.obeyed
            self._swarm.count()

    def _alarm(self) -> None:
        """One of those that were set: it counts if the last one asked for is due."""
        if 0 < self._wake_at <= now_ms() + EARLY_MS:
            self._wake_at = 0
            self._feed(Woken())

    def _feed(self, event: Event) -> None:
        for effect in self._core.handle(event, now_ms()):
            match effect:
                case Publish():
                    self._link.publish(effect)
                case Save():
                    self._flash.save(effect.entries)
                case WakeAt():
                    self._wake_at = effect.at_ms
                    self._alarms.after(max(0, effect.at_ms - now_ms()) / 1000, self._alarm)
                case Subscribe():
                    self._link.subscribe(effect.topics)
                case Connect():
                    self._will = effect.will
                case _:
                    pass  # nothing to fetch and nothing to sound


def tell(**line: object) -> None:
    print(json.dumps(line), flush=True)

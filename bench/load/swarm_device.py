"""Device of a swarm: a real core on a real link, flash in memory, a card that only keeps time."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from bench.fault_injection.flash import MemoryFlash
from bench.load.alarm import Alarm
from bench.load.shared_approvals import REMEMBERED, shared_officers, shared_unapproved
from bench.load.shared_timer import SharedTimer
from bench.load.swarm_hardware import SwarmCard, SwarmContent, SwarmInbox
from devices.broker_order import order_of
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.live import LiveFrame, SessionDoor
from devices.protocol.messages import Ack, BrokerAddress, Command, Desired, ExecutionState, Proof
from firmware_sim.core.alerts.speech_store import sha256_of
from firmware_sim.core.commands.command_handler import read_command
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import (
    ExtendTrack,
    PlayLive,
    Publish,
    SoundEffect,
    StartLive,
    StartTrack,
    StopSound,
)
from firmware_sim.core.events import (
    Connected,
    Disconnected,
    Event,
    MessageDelivered,
    PowerOn,
    SoundEnded,
    SoundStarted,
    Woken,
)
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.hardware_clock import now_ms
from firmware_sim.host.device_host import DeviceHost, Hardware
from firmware_sim.network.link import Broker, Crowd, Link
from firmware_sim.physics import amplifier
from firmware_sim.storage.flash import JournalEntry

COMMAND_TOPICS: Final = ("/cmd", "/alert", "/drill")
ALERT_TOPICS: Final = ("/alert", "/drill")
SETTLE_WITHIN_S: Final = 0.1
"""One process stands for thousands of processors: the rest of a device's work, after it obeyed, waits until the others
have their message too, this long at most unless another event comes before.
"""
LIVE_TOPICS: Final = "/live/"
LIVE_SETTLE_S: Final = 1.0
ANSWERS_S: Final = 0.3
"""Jitter of bare answers: that of an alert's."""
BARE_ANSWER: Final = codec.encode(
    Ack(v=1, st=ExecutionState.STARTED, ts=1_772_438_400_000, n=1, boot="b", cid="x" * 26, clk_ms=0, round=1, turn=1)
)
_JITTER: Final = random.SystemRandom()
_frames: dict[bytes, LiveFrame] = {}
_opened: dict[tuple[bytes, bytes], tuple[str, bytes]] = {}


class SharedKeys(TrustedKeys):
    """Keys that check identical bytes once a process, which here stands for thousands of processors."""

    def opened(self, data: bytes) -> tuple[str, bytes]:
        name = (self.source, data)
        found = _opened.get(name)
        if found is None:
            found = super().opened(data)
            if len(_opened) >= REMEMBERED:
                _opened.clear()
            _opened[name] = found
        return found


@lru_cache(maxsize=REMEMBERED)
def shared_digest(data: bytes) -> str:
    """Return the SHA-256; identical bytes are hashed once a process."""
    return sha256_of(data)


@lru_cache(maxsize=REMEMBERED)
def shared_command(payload: bytes) -> Command:
    """Decode a signed command; identical bytes are read once a process, but each device judges them by itself."""
    return read_command(payload)


@dataclass(frozen=True)
class SwarmFolder:
    """Folder of a swarm: ``swarm.json``, ``ca.pem``, ``keyset.jws``, ``devices/{id}.pem`` (certificate and key).

    ``brokers`` and ``spread_ms`` are those of the devices' settings; ``is_bare``: clients without a device behind them.
    """

    folder: Path
    mqtt_host: str
    mqtt_port: int
    root_x: str
    areas: list[str]
    ids: list[str]
    content_url: str = ""
    brokers: Sequence[tuple[str, int]] = ()
    spread_ms: int = 0
    is_bare: bool = False
    communes: int = 0

    @classmethod
    def read(cls, folder: Path, first: int, limit: int) -> SwarmFolder:
        about = json.loads((folder / "swarm.json").read_text())
        ids = sorted(path.stem for path in (folder / "devices").glob("*.pem"))[first : first + limit]
        return cls(
            folder,
            about["mqtt_host"],
            int(about["mqtt_port"]),
            about["root_key"],
            list(about["areas"]),
            ids,
            content_url=about.get("content_url", ""),
            brokers=[(host, int(port)) for host, port in about.get("brokers", ())],
            spread_ms=int(about.get("spread_ms", 0)),
            is_bare=bool(about.get("is_bare")),
            communes=int(about.get("communes", 0)),
        )

    def areas_of(self, device_id: str) -> list[str]:
        """Return the device's chain: the areas of all, below them a commune of its own where there are communes."""
        if not self.communes:
            return self.areas
        return [commune_of(int(device_id.rpartition("-")[2]), self.communes), *self.areas]

    def context(self, device_id: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "devices" / f"{device_id}.pem")
        return context


def commune_of(number: int, communes: int) -> str:
    """Return the commune of the device of this number, in a province of so many."""
    return f"bench-xa-{number % communes:03}"


class Watch(Protocol):
    """Counter of the devices' actions."""

    is_bare: bool
    is_answering: bool

    def connected(self) -> None: ...

    def count(self) -> None: ...

    def siren(self, after_ns: int) -> None: ...

    def silenced(self) -> None: ...

    def words(self, at_ns: int) -> None: ...

    def frame(self, delay_ms: int) -> None: ...

    def verified(self, topic: str) -> None: ...


class SharedDoor(SessionDoor):
    """Opener of frames that opens identical bytes once a process."""

    def open(self, data: bytes) -> LiveFrame:
        found = _frames.get(data)
        if found is None:
            found = super().open(data)
            if len(_frames) >= REMEMBERED:
                _frames.clear()
            _frames[data] = found
        return found


class SwarmDevice:
    """Device of a swarm: a core on a link, with nothing else."""

    def __init__(
        self,
        device_id: str,
        place: SwarmFolder,
        watch: Watch,
        keys: TrustedKeys,
        crowd: Crowd,
        *,
        timer: SharedTimer,
        inbox: SwarmInbox,
    ) -> None:
        self._watch = watch
        self._device_id = device_id
        self._inbox = inbox
        self._flash = MemoryFlash()
        desired = Desired(
            v=1,
            device=device_id,
            ver=1,
            iat=0,
            areas=place.areas_of(device_id),
            report_s=86_400,
            brokers=[
                BrokerAddress(host=host, port=port) for host, port in order_of(DeviceId(device_id), place.brokers)
            ],
            reconnect_spread_ms=place.spread_ms,
        )
        self._flash.save([JournalEntry("doc", "desired", codec.encode(desired).decode())])
        identity = ProvisionedIdentity(device_id, place.root_x, keys.source, place.content_url)
        power = PowerOn(nonce="swarm")
        core = DeviceCore(
            identity,
            self._flash.load(),
            power,
            now_ms(),
            trust=lambda _root, _keyset: keys,
            trust_officers=shared_officers,
            approve=shared_unapproved,
            digest=shared_digest,
            make_door=SharedDoor,
            read=shared_command,
        )
        self._core = core
        broker = Broker(place.mqtt_host, place.mqtt_port, place.context(device_id))
        self._link = Link(device_id, broker, self, crowd, desired=lambda: core.config.desired)
        self._timer = timer
        self._card = SwarmCard(timer, self._feed, self._words)
        self._host = DeviceHost(
            Hardware(
                clock=self,
                flash=self._flash,
                link=self._link,
                content=SwarmContent(timer, self._feed, shared_digest, is_served=bool(place.content_url)),
                sound=self,
                restart=lambda _reason: None,
            ),
            on_fault=lambda _: None,
            faults=(),
            settles_each=False,
        )
        self._received_ns = 0
        self._live = ""
        self._owes_rest = False
        self._card_will_tell = False
        self._alarm = Alarm(timer.after, now_ms, lambda: self._feed(Woken()))
        self._obeyed = 0
        self._host.boot(core, power)
        self._settle()

    @property
    def is_online(self) -> bool:
        return self._link.is_online

    @property
    def obeyed(self) -> int:
        """Return the number of commands that it has obeyed."""
        return self._core.obeyed

    async def run(self) -> None:
        await self._link.run()

    def will(self) -> Publish:
        will = self._host.will()
        self._settle()
        assert will is not None
        return will

    def connected(self) -> None:
        self._feed(Connected())
        self._watch.connected()

    def disconnected(self) -> None:
        self._feed(Disconnected())

    def message(self, topic: str, payload: bytes) -> None:
        if self._watch.is_bare:
            if payload and topic.endswith(COMMAND_TOPICS):
                self._watch.count()
                if self._watch.is_answering:
                    self._timer.after(_JITTER.uniform(0, ANSWERS_S), self._answer)
            return
        self._inbox.put(self._take, topic, payload)

    def _answer(self) -> None:
        self._link.publish(Publish(topics.device_ack(self._device_id), BARE_ANSWER))

    def _take(self, topic: str, payload: bytes, came_ns: int) -> None:
        self._timer.message_came()
        self._received_ns = came_ns
        self._card_will_tell = False
        self._host.feed(MessageDelivered(topic, payload))
        if payload and topic.endswith(ALERT_TOPICS):
            self._watch.verified(topic)
        if not self._owes_rest:
            self._owes_rest = True
            if LIVE_TOPICS in topic:
                self._timer.after(LIVE_SETTLE_S, self._rest)  # its card has the frames already
            elif not self._card_will_tell:  # else the card's event settles it
                self._timer.after(SETTLE_WITHIN_S, self._rest)
        if self._core.obeyed > self._obeyed:
            self._obeyed = self._core.obeyed
            self._watch.count()

    def _words(self, at_ms: int) -> None:
        self._watch.words(time.monotonic_ns() + (at_ms - now_ms()) * 1_000_000)

    def _feed(self, event: Event) -> None:
        self._host.feed(event)
        self._settle()

    def _rest(self) -> None:
        if self._owes_rest:
            self._settle()

    def _settle(self) -> None:
        if not self._host.is_busy:
            self._owes_rest = False
            self._host.settle()

    # Clock of the hardware.

    def local_ms(self) -> int:
        return now_ms()

    def wake_at(self, local_ms: int) -> None:
        self._alarm.set(local_ms)

    # Sound card.

    def do(self, effect: SoundEffect) -> None:
        """Carry out what concerns an alert or a live address; nothing is planned here."""
        match effect:
            case StartTrack():
                self._card_will_tell = True
                self._watch.siren(time.monotonic_ns() - self._received_ns)
                self._card.start(effect)
            case ExtendTrack():
                self._card.extend(effect)
            case StartLive():
                self._live = effect.item
                self._feed(SoundStarted(effect.item, now_ms()))
            case PlayLive():
                self._watch.frame(effect.delay_ms)
            case StopSound() if effect.item == self._live:
                self._live = ""
                self._feed(SoundEnded(effect.item, now_ms(), whole=False))
            case StopSound():
                self._card.stop(effect.item)
                self._watch.silenced()
            case _:
                pass  # nothing planned

    def idle_proof(self) -> Proof:
        return amplifier.IDLE

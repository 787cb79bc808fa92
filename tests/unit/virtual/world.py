"""Small fleet in virtual time, with a minimal server: signed messages, content, and a record of the uplink.

It answers every ``req/sync`` with its time, which is wrong by ``server_off_ms``.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from bench.scenarios import reader
from bench.scenarios.injection import ScenarioStage
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_fleet.fleet import DeliveredDevice, VirtualFleet
from bench.virtual_fleet.timeline import Timeline
from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import (
    Ack,
    AlertContent,
    AsRunRecord,
    Audio,
    Beacon,
    Blasts,
    Command,
    Desired,
    DeviceEvent,
    Manifest,
    Plan,
    PlanItem,
    PlanRef,
    State,
    SyncRequest,
    Target,
    Wire,
)
from devices.protocol.shapes import LatLon
from firmware_sim.physics.ambient_noise import AmbientNoise
from tests.unit.firmware import signing

START_MS = 1_795_453_200_000
"""2026-11-24 00:00 in Việt Nam."""
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
AREA = "xa-1"
SOUND = b"sound" * 2_000
SHA = hashlib.sha256(SOUND).hexdigest()
ITEM_MS = 60_000


@dataclass
class World:
    """``heard``: every uplink message, with its time; ``server_was``: when the server came and went.

    ``points``: places of the devices, where they hear each other.
    """

    devices: int = 1
    seed: int = 1
    points: Sequence[LatLon] = ()
    noise: AmbientNoise = field(default_factory=AmbientNoise)
    heard: list[tuple[int, str, bytes]] = field(default_factory=list)
    server_was: list[tuple[int, bool]] = field(default_factory=list)
    server_off_ms: int = 0
    answers_syncs: bool = True

    def __post_init__(self) -> None:
        self.timeline = Timeline(START_MS)
        self.broker = VirtualBroker(self.timeline, self._hear)
        self.held: dict[str, bytes] = {SHA: SOUND}
        self.content = ContentServer(self.held.get)
        names = [f"{AREA}-l{number:02d}" for number in range(1, self.devices + 1)]
        self.fleet = VirtualFleet(
            [DeliveredDevice(name, AREA, point=point) for name, point in zip_longest(names, self.points)],
            timeline=self.timeline,
            broker=self.broker,
            content=self.content,
            root_x=signing.ROOT_X,
            keyset=signing.keyset(),
            seed=self.seed,
            noise=self.noise,
        )
        for name in names:
            self._send(topics.device_desired(name), Desired(v=1, device=name, ver=1, iat=START_MS, areas=[AREA]))
        self.fleet.power_on()

    @property
    def device(self) -> VirtualDevice:
        return next(iter(self.fleet.devices.values()))

    def run(self, ms: int) -> None:
        self.timeline.run_until(self.timeline.now_ms + ms)

    def run_to(self, since_start_ms: int) -> None:
        self.timeline.run_until(START_MS + since_start_ms)

    def air(self, *since_start_ms: int, length_ms: int = ITEM_MS) -> list[str]:
        """Publish a plan for the day, with a sound of this length at each of these."""
        items = [
            PlanItem(
                item=f"t-s-{at_ms}",
                start_at=START_MS + at_ms,
                end_at=START_MS + at_ms + length_ms,
                prio=4,
                after="drop",
                audio=Audio(sha256=SHA, bytes=len(SOUND), dur_ms=length_ms),
            )
            for at_ms in since_start_ms
        ]
        body = codec.encode(Plan(v=1, area=AREA, day="2026-11-24", items=items))
        sha256 = hashlib.sha256(body).hexdigest()
        self.held[sha256] = body
        day = {"2026-11-24": PlanRef(sha256=sha256, bytes=len(body))}
        manifest = Manifest(v=1, area=AREA, ver=len(self.held), iat=self.timeline.now_ms, days=day)
        self._send(topics.area_plan(AREA), manifest)
        return [item.item for item in items]

    def tell_time(self) -> None:
        """Publish a beacon."""
        self.broker.publish(
            topics.time_beacon(),
            signing.signed(Beacon(v=1, now=self.server_ms, keyset=1)),
            qos=0,
            retain=False,
            expiry_s=90,
        )

    @property
    def server_ms(self) -> int:
        """Server's clock."""
        return self.timeline.now_ms + self.server_off_ms

    def tell_time_for(self, minutes: int) -> None:
        """Publish a beacon a minute, as the gateway does."""
        for _ in range(minutes):
            self.tell_time()
            self.run(MINUTE)

    def alert(
        self, cid: str, *, lasts_ms: int = 45 * MINUTE, issued_ms: int | None = None, blasts: Blasts | None = None
    ) -> Command:
        """Build a live alert by the server's clock, with a siren and no words."""
        now = self.server_ms if issued_ms is None else issued_ms
        body = AlertContent(id=cid, level=2, hazard="flood", issued_at=now, times=1, blasts=blasts)
        target = Target(areas=[AREA])
        command = Command(
            v=1,
            cid=cid,
            type="play",
            prio=9,
            iat=now,
            nbf=now - 120_000,
            exp=now + lasts_ms,
            target=target,
            jitter_ms=0,
            alert=body,
        )
        self.order(command)
        return command

    def order(self, command: Command) -> None:
        """Publish the command to the whole area, signed with the alert key."""
        payload = signing.signed(command, "alert", signing.ALERT)
        self.broker.publish(topics.area_alert(AREA), payload, qos=1, retain=False, expiry_s=None)

    def sounded(self, cid: str) -> set[str]:
        """Return the devices that reported the start of this alert."""
        acks = [(topic, codec.decode(Ack, body)) for _, topic, body in self.heard if topic.endswith("/ack")]
        return {topic.split("/")[3] for topic, ack in acks if ack.cid == cid and ack.st in {"started", "done"}}

    def play(self, *faults: str, lasts: str = "1d") -> ScenarioStage:
        """Play a scenario of these lines of YAML, from now on."""
        lines = "\n".join(f"  - {fault}" for fault in faults)
        scenario = reader.read(f"name: try\nlasts: {lasts}\nfaults:\n{lines}\n")
        stage = ScenarioStage(
            scenario, self.fleet, lambda fault: fault.begin_for_all(self.fleet.around, self._server_is)
        )
        stage.set_up()
        return stage

    def states(self) -> list[tuple[int, str]]:
        """Return the presence reports, each with its time in ms since the start."""
        found = [(at_ms, body) for at_ms, topic, body in self.heard if topic.endswith("/state")]
        return [(at_ms - START_MS, codec.decode(State, body).st) for at_ms, body in found]

    def records(self) -> list[AsRunRecord]:
        """Return every reported record, once."""
        events = [codec.decode(DeviceEvent, body) for _, topic, body in self.heard if topic.endswith("/evt")]
        return list({record.rid: record for event in events for record in event.records}.values())

    def results(self) -> list[tuple[str, str | None]]:
        return [(record.result, record.code) for record in self.records()]

    def _send(self, topic: str, body: Wire) -> None:
        self.broker.publish(topic, signing.signed(body), qos=1, retain=True, expiry_s=None)

    def _server_is(self, is_there: bool) -> None:
        self.server_was.append((self.timeline.now_ms - START_MS, is_there))

    def _hear(self, topic: str, body: bytes) -> None:
        self.heard.append((self.timeline.now_ms, topic, body))
        if topic.endswith("/req/sync") and self.answers_syncs:
            with contextlib.suppress(ProtocolError):
                request = codec.decode(SyncRequest, body)
                self.timeline.after(200, lambda: self._answer(topic.split("/")[3], request))

    def _answer(self, device_id: str, request: SyncRequest) -> None:
        now = self.server_ms
        synced = Command(
            v=1,
            cid=f"sync-{request.nonce}",
            type="synced",
            prio=6,
            iat=now,
            nbf=now,
            exp=now,
            target=Target(devices=[device_id]),
            refs=[request.nonce],
        )
        payload = signing.signed(synced)
        self.broker.publish(topics.device_command(device_id), payload, qos=1, retain=False, expiry_s=60)

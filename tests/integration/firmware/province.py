"""Simulated province of one area: messages that the server would send to its devices, and their answers."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import msgspec

from bench.demo.run import truth_in
from bench.signing import unchecked_keyring
from cms.platform.signer.port import Signer
from devices.mqtt.link import Incoming, MqttDeviceLink
from devices.protocol import codec, topics
from devices.protocol.messages import (
    Ack,
    AsRunRecord,
    Audio,
    Command,
    Desired,
    DeviceEvent,
    ExecutionState,
    KeyRole,
    Manifest,
    Plan,
    PlanItem,
    PlanRef,
    State,
    SyncRequest,
    Target,
)
from firmware_sim.hardware_clock import now_ms
from tests.integration.firmware.content_server import ContentServer
from tests.integration.real_broker import RealBroker
from tests.programs import PythonProgram, start_server

AREA = "xa-1"
DEADLINE_S = 120
POWER_ON_S = 0.25
"""Start time of a fleet on a free machine, and a little."""
PACE_MOST = 4.0


class Province:
    """Gateway and fleet. ``heard`` holds every message of the devices, ``said`` those but telemetry, decoded.

    ``pace``: factor on every duration, for a machine on which the fleet was that much slower to start.
    """

    def __init__(self, broker: RealBroker, content: ContentServer, folder: Path) -> None:
        self.broker = broker
        self.content = content
        self.folder = folder
        self.heard: list[tuple[str, bytes]] = []
        self.said: list[Ack | DeviceEvent | State] = []
        self._changed = threading.Condition()
        self._versions = 0
        self._fleet: PythonProgram | None = None
        self.syncs: list[SyncRequest] = []
        self._devices: list[str] = []
        self._listening: set[str] = set()
        self.pace = 1.0
        wanted = tuple(of("+") for of in (topics.device_ack, topics.device_event, topics.device_state))
        wanted += (topics.device_telemetry("+"), topics.device_request("+", "sync"))
        self.gateway = MqttDeviceLink(
            broker.gateway_endpoint(), subscriptions=dict.fromkeys(wanted, 1), on_message=self._hear
        )
        start_server()  # a fleet's start is timed
        self.gateway.start()
        assert self.gateway.wait_ready(DEADLINE_S)

    def close(self) -> None:
        if self._fleet is not None:
            self._fleet.terminate()
            try:
                self._fleet.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._fleet.kill()
        self._forget_fleet()
        self.gateway.close()

    # The fleet.

    def provision(self, device_id: str, *areas: str) -> None:
        """Provision a device. ``areas`` is its chain of areas, by default the province's one area."""
        self._devices.append(device_id)
        keyring, leaf = self.broker.keyring, areas[0] if areas else AREA
        folder = keyring.provision(device_id, f"sn-{device_id}", leaf, self.broker.settings)
        about = json.loads((folder / "device.json").read_text())
        (folder / "device.json").write_text(json.dumps({**about, "content_url": self.content.url}))
        self._publish(
            topics.device_desired(device_id),
            codec.encode(
                Desired(
                    v=1,
                    device=device_id,
                    ver=self._next(),
                    iat=now_ms(),
                    areas=list(areas) or [AREA, "tinh-1"],
                    report_s=3600,
                )
            ),
        )

    def power_on(self, *options: str, program: str = "firmware_sim") -> None:
        """Start the fleet; ``program`` is the module that runs it."""
        command = ["--log-level", "INFO", "fleet", "--bundles", str(self.broker.settings.devices_dir)]
        command += ["--flash", str(self.folder / "flash"), "--out", str(self.out)]
        command += ["--reconnect-s", "0.05", "0.5", *options]
        self._listening.clear()
        began_s = time.monotonic()
        with (self.folder / "fleet.log").open("a") as log:
            self._fleet = PythonProgram(program, *command, stdout=subprocess.PIPE, stderr=log)
        assert self.status()["event"] == "connected"
        # Telemetry comes after the subscriptions that the desired state causes: from then on no command is lost.
        self.wait_for("every device listens", lambda: self._listening >= set(self._devices))
        self.pace = min(PACE_MOST, max(1.0, (time.monotonic() - began_s) / POWER_ON_S))

    def soon(self, ms: int) -> int:
        """Return the instant so many ms from now, stretched where this machine is slow."""
        return now_ms() + round(ms * self.pace)

    def status(self) -> dict[str, object]:
        """Return the fleet's next status line."""
        assert self._fleet is not None
        assert self._fleet.stdout is not None
        line = self._fleet.stdout.readline()
        assert line, (self.folder / "fleet.log").read_text()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    def press_stop(self) -> None:
        """Press the stop key of every device."""
        assert self._fleet is not None
        self._fleet.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """Cut the fleet's power: kill its process."""
        assert self._fleet is not None
        self._fleet.kill()
        self._forget_fleet()

    def power_off(self) -> dict[str, object]:
        assert self._fleet is not None
        self._fleet.terminate()
        status = self.status()
        assert self._fleet.wait(DEADLINE_S) == 0
        self._forget_fleet()
        return status

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def truth(self, device_id: str) -> list[dict[str, object]]:
        path = self.out / device_id / "truth.jsonl"
        return truth_in(path) if path.exists() else []

    def _forget_fleet(self) -> None:
        fleet, self._fleet = self._fleet, None
        if fleet is not None and fleet.stdout is not None:
            fleet.wait()
            fleet.stdout.close()

    # Messages of the server.

    def plan(self, *items: PlanItem) -> None:
        """Publish one day's plan with these items, in force from now on."""
        self.publish_plan(AREA, codec.encode(Plan(v=1, area=AREA, day="2026-11-24", items=list(items))))

    def publish_plan(self, area: str, data: bytes) -> None:
        """Publish a day's plan as the planner encoded it, in force from now on."""
        day = codec.decode(Plan, data).day
        ref = PlanRef(sha256=self.content.put(data), bytes=len(data))
        manifest = Manifest(v=1, area=area, ver=self._next(), iat=now_ms(), days={day: ref})
        self._publish(topics.area_plan(area), codec.encode(manifest))

    def item(self, name: str, audio: bytes, dur_ms: int, *, start_at: int) -> PlanItem:
        sha256 = self.content.put(audio)
        return PlanItem(
            item=name,
            start_at=start_at,
            end_at=start_at + dur_ms,
            prio=4,
            audio=Audio(sha256=sha256, bytes=len(audio), dur_ms=dur_ms),
            after="drop",
        )

    def command(self, **fields: object) -> Command:
        cid = str(fields.pop("cid", f"cid-{self._next()}"))
        base = Command(
            v=1,
            cid=cid,
            type="selftest",
            prio=4,
            iat=now_ms(),
            nbf=now_ms() - 1000,
            exp=now_ms() + 600_000,
            target=Target(areas=[AREA]),
            jitter_ms=0,
        )
        return Command(**{**{name: getattr(base, name) for name in base.__struct_fields__}, **fields})

    def order(self, command: Command, topic: str = topics.area_command(AREA)) -> None:
        self._publish(topic, codec.encode(command), retain=False)

    def receipt(self, device_id: str, rids: list[str]) -> None:
        order = self.command(type="receipt", refs=rids, target=Target(devices=[device_id]))
        self.order(order, topics.device_command(device_id))

    def send_signed(self, topic: str, body: bytes, kid: str, *, retain: bool = False) -> None:
        """Publish the body, signed with the key of this role."""
        self.gateway.publish(topic, self.signed(body, kid), retain=retain).result(DEADLINE_S)

    def signed(self, body: bytes, kid: str) -> bytes:
        """Return the body signed with the key of this role, whatever it is."""
        return self._signer.sign(KeyRole(kid), "", body)

    def resumed(self, item: PlanItem) -> PlanItem:
        return msgspec.structs.replace(item, after="resume")

    def send_raw(self, topic: str, payload: bytes) -> None:
        self.gateway.publish(topic, payload).result(DEADLINE_S)

    # Messages of the devices.

    def wait_for(self, what: str, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        with self._changed:
            while not holds():
                left_s = deadline - time.monotonic()
                assert left_s > 0, f"{what}: not in {self.said}\n{self._last_words()}"
                self._changed.wait(min(left_s, 0.1))

    def _last_words(self) -> str:
        """Abort the fleet; return its log, with where each of its threads was, and what its devices sounded."""
        if self._fleet is not None:
            self._fleet.send_signal(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                self._fleet.wait(POWER_ON_S * PACE_MOST)
        sounded = (f"{path.parent.name}: {path.read_text()}" for path in self.out.glob("*/truth.jsonl"))
        return "\n".join([(self.folder / "fleet.log").read_text(), *sounded])

    def acks(self, standing: ExecutionState) -> list[Ack]:
        return [said for said in self.said if isinstance(said, Ack) and said.st is standing]

    def told(self, standing: ExecutionState, name: str) -> bool:
        return any(name in (ack.cid, *ack.items) for ack in self.acks(standing))

    def facts(self) -> list[DeviceEvent]:
        return [said for said in self.said if isinstance(said, DeviceEvent)]

    def records(self) -> list[AsRunRecord]:
        """Return the as-run records, each once: a device repeats a record until it has the receipt."""
        found = [record for said in self.said if isinstance(said, DeviceEvent) for record in said.records]
        return list({record.rid: record for record in found}.values())

    def _hear(self, message: Incoming) -> None:
        topic = topics.parse(message.topic)
        assert topic is not None
        with self._changed:
            self.heard.append((message.topic, message.payload))
            if topic.kind is topics.TopicKind.DEVICE_TELEMETRY:
                self._listening.add(topic.id)
            elif topic.kind is topics.TopicKind.DEVICE_REQUEST:
                self.syncs.append(codec.decode(SyncRequest, message.payload))
            else:
                self.said.append(_decoded(topic.kind, message.payload))
            self._changed.notify_all()
        self.gateway.acknowledge(message)

    def _publish(self, topic: str, body: bytes, *, retain: bool = True) -> None:
        self.send_signed(topic, body, "plan", retain=retain)

    @cached_property
    def _signer(self) -> Signer:
        return unchecked_keyring(self.broker.settings).signer

    def _next(self) -> int:
        self._versions += 1
        return self._versions


def _decoded(kind: topics.TopicKind, payload: bytes) -> Ack | DeviceEvent | State:
    if kind is topics.TopicKind.DEVICE_ACK:
        return codec.decode(Ack, payload)
    if kind is topics.TopicKind.DEVICE_EVENT:
        return codec.decode(DeviceEvent, payload)
    return codec.decode(State, payload)

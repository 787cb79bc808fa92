"""Device cores on the gateway's own path: its outbox signs, they obey in virtual time, its subscriber receives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.signing import local_signer
from cms.features import FEATURES
from cms.firmware.jobs import RolloutDriver
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import packages, rollouts
from cms.firmware.service.rollouts import RolloutDraft
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.keyring import Keyring
from cms.platform.signer.keys import trust_firmware
from cms.platform.store.kinds import OutboxKind
from devices import enrolment
from devices.firmware.model import FirmwareImage, Member, MemberState, Rollout, RolloutId, RolloutState
from devices.model import Device, DeviceId, DeviceKind
from devices.mqtt.link import Incoming
from devices.protocol import codec, jws, topics
from devices.protocol.messages import Image
from firmware_sim.storage import firmware_image as sim
from firmware_sim.storage.firmware_image import Behaviour, SimImage
from province.areas import AreaId
from province.people import Actor, UserId
from tests.builders.calls import call_of
from tests.integration.gateway.station import TINH, XA_1, XA_2, Station
from tests.unit.firmware.updatable_device import UpdatableDevice

AN, BINH = (Actor(UserId(name), name.title(), ()) for name in ("an", "binh"))
STEP_MS = 60_000
HEARD = {"state", "ack", "evt", "req"}


class Fleet:
    """``count`` connected devices in two communes, every tenth of another model."""

    def __init__(self, station: Station, count: int = 40) -> None:
        self.pem = enrolment.make_signing_key()
        settings = station.context.settings
        trust_firmware(settings, jws.public_x(jws.signing_key(self.pem)), station.now)
        context = replace(station.context, keyring=Keyring.load(settings, local_signer(settings)))
        self.context = context
        self.station = station
        self.link = station.link
        letters = MessageBuilder(context.keyring, settings.effective_public_url)
        self.hears = Uplink(context, InboundHandler(context, letters, station.alerts))
        self.relay = OutboxDispatcher(context, station.link, letters, lambda _: None, FEATURES)
        self.desk = RolloutDriver(context)
        self.boxes = dict(self._boxes(count))
        self._content: dict[str, bytes] = {}
        for box in self.boxes.values():
            box._content = self._content
            box.power_on()
        self._listen()

    def _boxes(self, count: int) -> Iterator[tuple[str, UpdatableDevice]]:
        keyring = self.context.keyring
        now_ms = int(self.station.now.timestamp() * 1000)
        with self.context.uow() as unit:
            for number in range(count):
                name = f"box-{number:03}"
                area_id = XA_1 if number % 2 else XA_2
                unit[Devices].add(
                    Device(DeviceId(name), f"sn-{name}", name, DeviceKind.CLUSTER, area_id, self.station.now)
                )
                model = "m2" if number % 10 == 0 else "m1"
                keys = {"root_x": keyring.root_x, "keyset": keyring.keyset_jws}
                yield name, UpdatableDevice(now=now_ms, name=name, model=model, **keys)  # type: ignore[arg-type] # two fields
            unit.commit()

    def upload(self, model: str = "m1", number: int = 2, behaviour: Behaviour = Behaviour.GOOD) -> FirmwareImage:
        """Sign a package as on a machine without a server, and import it."""
        data = sim.made(SimImage(model, number, f"{model}-{number}", behaviour))
        body = Image(
            v=codec.VERSION,
            model=model,
            number=number,
            version=f"{model}-{number}",
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
        )
        self._content[body.sha256] = data
        return packages.take(
            self.context.uow(),
            packages.packed(body, data, self.pem),
            keyring=self.context.keyring,
            content=self.context.content,
            call=call_of(AN, self.station.now),
        )

    def plan(self, *images: FirmwareImage, name: str = "r1", area_id: AreaId = TINH) -> Rollout:
        return rollouts.plan(
            self.context.uow(),
            RolloutId(name),
            draft=RolloutDraft(area_id, tuple(image.id for image in images), f"Bản {name}"),
            call=call_of(AN, self.station.now),
        )

    def who(self, rollout: Rollout, actor: Actor = AN) -> dict[str, Any]:
        """Return the arguments common to every roll-out use case."""
        found = self.rollout(rollout.id)
        return {"expected_version": found.version, "call": call_of(actor, self.station.now)}

    def start(self, rollout: Rollout) -> Rollout:
        return rollouts.start(self.context.uow(), rollout.id, **self.who(rollout))

    def release(self, rollout: Rollout) -> Rollout:
        return rollouts.release(self.context.uow(), rollout.id, **self.who(rollout, BINH))

    def run(self, minutes: int) -> None:
        """Run minute by minute: the roll-out worker decides, the outbox is sent, devices act, answers are handled."""
        for _ in range(minutes):
            self.station.pass_by(minutes=1)
            self.desk.step()
            self.relay.send_letters()
            self._deliver()
            for box in self.boxes.values():
                box.live_through(STEP_MS)
            self._listen()

    def run_until(self, rollout: Rollout, *states: RolloutState, minutes: int = 600) -> RolloutState:
        for _ in range(minutes // 5):
            if (state := self.rollout(rollout.id).state) in states:
                return state
            self.run(5)
        return self.rollout(rollout.id).state

    def rollout(self, rollout_id: RolloutId) -> Rollout:
        with self.context.uow() as unit:
            return unit[FirmwareRecords].get(rollout_id)

    def members(self, rollout: Rollout) -> dict[str, Member]:
        with self.context.uow() as unit:
            return {each.device_id: each for each in unit[FirmwareRecords].members(rollout.id)}

    def standing(self, rollout: Rollout) -> dict[MemberState, int]:
        found: dict[MemberState, int] = {}
        for each in self.members(rollout).values():
            found[each.state] = found.get(each.state, 0) + 1
        return found

    def events(self) -> list[str]:
        with self.context.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name FROM events WHERE name LIKE 'rollout.%' ORDER BY seq")
            return [name for (name,) in rows]

    def due(self) -> list[str]:
        return [subject for kind, subject in self.station.due() if kind is OutboxKind.INSTALL]

    def _deliver(self) -> None:
        for letter in self.link.published:
            found = topics.parse(letter.topic)
            if found is not None and found.id in self.boxes:
                self.boxes[found.id].deliver(letter.topic, letter.payload)
        self.link.published.clear()

    def _listen(self) -> None:
        said = [
            Incoming(each.topic, each.body, each.retain, 1, 1, 1)
            for box in self.boxes.values()
            for each in box.published
            if each.topic.split("/")[4] in HEARD
        ]
        for box in self.boxes.values():
            box.published.clear()
        if said:
            self.hears.store(said)

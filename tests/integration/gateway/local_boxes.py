"""Province with two officers behind a gateway, and boxes in the field with the firmware's own core."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime

from bench.fault_injection.flash import MemoryFlash
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.local_alerts import (
    KeyHolder,
    LocalAlert,
    LocalIssueState,
)
from broadcast.alerts.model import Alert, AlertPolicy
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
from cms.alerts.service.expiry import expire_due
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.local_alerts.jobs import LocalOrderRenewal
from cms.local_alerts.queries import expired_count
from cms.local_alerts.repository import KeyPresses, LocalIssues
from cms.local_alerts.service import agreement, holders
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import topics
from devices.protocol.messages import Code, Desired
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import Effect, Publish, Save, ShowKeypad, StartTrack, StopSound
from firmware_sim.core.events import (
    Connected,
    Connecting,
    Event,
    KeyTurned,
    MessageDelivered,
    PowerOn,
    SoundEnded,
    SoundStarted,
)
from firmware_sim.core.session.device_config import ProvisionedIdentity
from province.areas import AreaId, Point
from province.call import Call
from province.people import Actor, Grant, Role, UserId
from tests.integration.gateway.station import LOA_1, LOA_3, TINH, XA_1, XA_2, Station

_GRANTS = (Grant(Role.EMERGENCY_OFFICER, TINH),)
LAN, BINH = UserId("u-lan"), UserId("u-binh")
HEAD = "Bản Vẽ: lên chỗ cao ngay. Lũ quét."


@dataclass
class Box:
    """Box in the field: the firmware's core on a flash, with the station's clock."""

    station: Station
    id: DeviceId = LOA_1
    flash: MemoryFlash = field(default_factory=MemoryFlash)
    outbox: list[Publish] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    boots: int = 0

    def power_on(self) -> None:
        self.boots += 1
        keyring = self.station.context.keyring
        identity = ProvisionedIdentity(self.id, keyring.root_x, keyring.keyset_jws, "http://content")
        power = PowerOn(nonce=f"boot{self.boots}")
        self.core = DeviceCore(identity, self.flash.load(), power, self.now_ms)
        self.feed(power)

    @property
    def now_ms(self) -> int:
        return ms(self.station.now)

    def feed(self, event: Event) -> None:
        events = deque([event])
        while events:
            for effect in self.core.handle(events.popleft(), self.now_ms):
                self.effects.append(effect)
                match effect:
                    case Save():
                        self.flash.save(effect.entries)
                    case Publish():
                        self.outbox.append(effect)
                    case StartTrack():
                        events.append(SoundStarted(effect.item, self.now_ms))
                    case StopSound():
                        events.append(SoundEnded(effect.item, self.now_ms, whole=False))
                    case _:
                        pass

    def connect(self) -> None:
        self.feed(Connecting())
        self.feed(Connected())

    def turn(self, pin: str, choice: int = 1) -> Code | None:
        self.effects.clear()
        self.feed(KeyTurned(choice, pin))
        return next(each.refusal for each in self.effects if isinstance(each, ShowKeypad))

    @property
    def sounds(self) -> int:
        return sum(isinstance(each, StartTrack) for each in self.effects)


@dataclass
class Province:
    """Station with two officers, its gateway's inbound side and dispatcher, and boxes."""

    station: Station

    def __post_init__(self) -> None:
        station = self.station
        self.uplink = Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))
        with station.context.uow() as unit:
            for user_id, name in ((LAN, "Nguyễn Thị Lan"), (BINH, "Trần Văn Bình")):
                unit[People].add(User(user_id, user_id, name, "", station.now, grants=_GRANTS))
                unit[Declarations].give(DeclarationRight(user_id, TINH, AlertLevel.THREE))
            device = unit[Devices].get(LOA_1)
            unit[Devices].save(replace(device, point=Point(19.2, 104.4)))
            unit.commit()
        self.allow()

    def allow(self, *, is_allowed: bool = True) -> None:
        with self.station.context.uow() as unit:
            unit[AlertPolicies].set(AlertPolicy(allows_local_alerts=is_allowed))
            unit.commit()

    def call(self, user_id: UserId = LAN, *, has_code: bool = True) -> Call:
        context, now = self.station.context, self.station.now
        actor = Actor(user_id, f"Tên {user_id}", _GRANTS, second_factor_at=now if has_code else None)
        return Call(actor, context.authority, now, context.new_id)

    def propose(self, area_id: AreaId = XA_1, user_id: UserId = LAN, **more: object) -> LocalAlert:
        fields: dict[str, object] = {
            "area_id": area_id,
            "hazard": Hazard.FLASH_FLOOD,
            "level": AlertLevel.TWO,
            "headline": HEAD,
            "text": "Bà con lên chỗ cao ngay, không qua suối.",
            "minutes": 30,
            **more,
        }
        return agreement.propose(self.station.context.uow(), call=self.call(user_id), **fields)  # type: ignore[arg-type]

    def agreed(self, area_id: AreaId = XA_1, **more: object) -> LocalAlert:
        made = self.propose(area_id, LAN, **more)
        return self.approve(made, self.call(BINH))

    def approve(self, made: LocalAlert, call: Call) -> LocalAlert:
        context = self.station.context
        return agreement.approve(context.uow(), made.id, call=call, voices=context.voices)

    def issue(self, *device_ids: DeviceId, name: str = "Lò Văn Pọng") -> tuple[KeyHolder, str]:
        return holders.issue(
            self.station.context.uow(), person_name=name, phone="0912", device_ids=device_ids, call=self.call()
        )

    def dispatch(self) -> None:
        station = self.station
        OutboxDispatcher(station.context, station.link, station.letters, lambda _: None, FEATURES).step()

    def renew(self) -> int:
        return LocalOrderRenewal(self.station.context).step()

    def publish_alerts(self) -> None:
        station = self.station
        publisher = AlertPublisher(
            station.context,
            station.link,
            station.alerts,
            lambda now: expire_due(station.context, now),
        )
        publisher.step()

    def deliver(self, box: Box) -> None:
        """Hand the box what was published for it and its area since the last time."""
        desired = Desired(
            v=1, device=box.id, ver=1, iat=0, areas=[XA_1 if box.id != LOA_3 else XA_2, TINH], amp_wake_ms=0
        )
        box.feed(MessageDelivered(topics.device_desired(box.id), self.station.context.keyring.sign_plan(desired)))
        heard = {
            *(name(box.id) for name in (topics.device_local, topics.device_command)),
            *(topics.area_command(area) for area in (XA_1, TINH)),
        }
        for sent in self.station.link.published:
            if sent.topic in heard:
                box.feed(MessageDelivered(sent.topic, sent.payload))

    def hear(self, box: Box, *, again: bool = False) -> None:
        """Store what the box has published; ``again``: the broker delivers it once more."""
        sent = [Incoming(each.topic, each.body, retain=False, qos=1, mid=1, connection=1) for each in box.outbox]
        letters = self.uplink.store([each for each in sent if "/tel" not in each.topic])
        del letters
        if not again:
            box.outbox.clear()

    def box(self, device_id: DeviceId = LOA_1) -> Box:
        """Return a box that holds what it was issued."""
        box = Box(self.station, device_id)
        box.power_on()
        self.dispatch()
        self.deliver(box)
        return box

    def alerts(self) -> list[Alert]:
        with self.station.context.uow() as unit:
            return [unit[Alerts].get(press.alert_id) for press in unit[KeyPresses].latest(10)]

    def state(self, device_id: DeviceId = LOA_1) -> LocalIssueState:
        with self.station.context.uow() as unit:
            return unit[LocalIssues].get(device_id).state(self.station.now)

    def expired(self) -> int:
        with reading(self.station.context.engine) as session:
            return session.scalars(expired_count(None, self.station.now)).one()


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)

"""Comparison of devices with the server after a restore: orders, silence, settings and plans, one by one."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from bench.virtual_fleet.device import VirtualDevice
from broadcast.alerts.model import OrderId
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrders
from cms.areas.repository import Places
from cms.fleet.messages import DesiredMessages
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import OutboxMessage
from cms.schedule.messages import PlanMessages
from devices.model import DeviceId
from devices.protocol.messages import Desired, Manifest
from firmware_sim.storage.flash import Facts

DESIRED_KEYS: Final = tuple(name for name in Desired.__struct_fields__ if name not in {"iat", "ver"})


@dataclass(frozen=True, slots=True)
class RestoreDifference:
    """One difference: a device holds something that the server does not, or the other way round."""

    device_id: DeviceId
    what: str


class Comparer:
    """Comparison of a device's flash with the database as the gateway reads it."""

    def __init__(self, context: Context, letters: MessageBuilder) -> None:
        self._context = context
        self._letters = letters

    def gaps(self, devices: Collection[VirtualDevice]) -> Sequence[RestoreDifference]:
        """List the differences of these devices now."""
        now = self._context.now()
        with reading(self._context.engine) as session:
            seen = _Server(session, self._letters, self._context.settings.plan_days, now)
            return [
                RestoreDifference(DeviceId(device.identity.id), what)
                for device in devices
                for what in seen.differences(DeviceId(device.identity.id), device.flash.load())
            ]

    def held(self, device: VirtualDevice) -> Mapping[str, int]:
        return _held(device.flash.load(), round(self._context.now().timestamp() * 1000))


class _Server:
    """Snapshot of the database."""

    def __init__(self, session: Session, letters: MessageBuilder, plan_days: int, now: datetime) -> None:
        self._now = now
        self._desired = DesiredMessages(session, letters)
        self._plans = PlanMessages(session, letters, plan_days)
        self._devices = Devices(session, Places(session))
        self._orders = Orders(session)
        self._unknown = {(each.id, device_id) for each in UnknownOrders(session).open(now) for device_id in each.places}

    def differences(self, device_id: DeviceId, facts: Facts) -> list[str]:
        return [*self._of_orders(device_id, facts), *self._of_settings(device_id, facts), *self._of_plan(facts)]

    def _of_orders(self, device_id: DeviceId, facts: Facts) -> list[str]:
        """List held orders that the server neither knows as in force nor shows to people as unknown."""
        found = []
        held = _held(facts, round(self._now.timestamp() * 1000))
        known = self._orders.known(list(held))
        for name in held:
            if name not in known and (name, device_id) not in self._unknown:
                found.append(f"order {name}: nobody knows it")
            elif name in known and name in (facts.get("alert") or {}):
                order = self._orders.get(OrderId(name))
                found += [] if order.may_be_sent(self._now) else [f"order {name}: over, by the server's word"]
        return found

    def _of_settings(self, device_id: DeviceId, facts: Facts) -> list[str]:
        kept = facts.get("doc", {}).get("desired")
        if not isinstance(kept, str):
            return ["no settings"]
        (letter,) = self._desired.desired(_row(OutboxKind.DESIRED, device_id, self._now), self._now).letters
        ours = msgspec.json.decode(_body(letter.payload), type=Desired)
        theirs = msgspec.json.decode(kept, type=Desired)
        found = [(key, getattr(theirs, key), getattr(ours, key)) for key in DESIRED_KEYS]
        apart = [f"setting {key}: {held}, not {said}" for key, held, said in found if held != said]
        return apart + (["setting volume_pct: by a command"] if "volume_pct" in facts.get("setting", {}) else [])

    def _of_plan(self, facts: Facts) -> list[str]:
        kept, desired = facts.get("doc", {}).get("manifest"), facts.get("doc", {}).get("desired")
        if not isinstance(kept, str) or not isinstance(desired, str):
            return ["no plan"]
        area_id = msgspec.json.decode(desired, type=Desired).areas[0]
        (letter,) = self._plans.manifest(_row(OutboxKind.MANIFEST, area_id, self._now), self._now).letters
        ours = msgspec.json.decode(_body(letter.payload), type=Manifest)
        theirs = msgspec.json.decode(kept, type=Manifest)
        if (ours.area, ours.epoch, ours.ver, ours.days) != (theirs.area, theirs.epoch, theirs.ver, theirs.days):
            return [f"plan {theirs.area} {theirs.epoch}/{theirs.ver}, not {ours.area} {ours.epoch}/{ours.ver}"]
        wanted = {day: ref.sha256 for day, ref in ours.days.items()}
        return [] if facts.get("plan", {}) == wanted else ["plan: a day was not fetched"]


def _held(facts: Facts, now_ms: int) -> Mapping[str, int]:
    """Map ids in force on the device to their ends: orders, and the stop whose silence holds."""
    found: dict[str, int] = {}
    for cid, kept in facts.get("alert", {}).items():
        found[cid] = int(json.loads(str(kept))["exp"])
    for cid, play in facts.get("play", {}).items():
        found[cid] = int(str(play["exp"])) if isinstance(play, dict) else now_ms
    for cid, hush in facts.get("hush", {}).items():
        found[cid] = int(str(hush["until"])) if isinstance(hush, dict) else now_ms
    return {cid: until for cid, until in found.items() if until > now_ms}


def _row(kind: OutboxKind, subject_id: str, now: datetime) -> OutboxMessage:
    return OutboxMessage((0,), kind, subject_id, {}, ({},), now, 0)


def _body(payload: bytes) -> bytes:
    """Decode the body of a signed message, without checking the signature: it is our own."""
    part = payload.split(b".")[1]
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))

"""Reconciliation at sync: what a device lacks, and what it holds beyond what the server knows.

A server that was restored from a back-up knows less than its devices: they refuse its Desired and its plans as old, and
keep versions that it does not know. So what they hold tells what has to be issued again, with a higher number.
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from broadcast.bulletins.transmissions import TransmissionId
from cms.alerts.messages.alerts import END_SUFFIX, AlertMessages
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrders
from cms.bulletins.repository.bulletins import existing_transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.epoch import Epoch
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.messages import PlanMessages
from cms.schedule.service.as_run import LATEST_MS, transmission_id_of
from devices.model import Device, DeviceId
from devices.protocol.messages import Ack, DeviceEvent, ExecutionState, SyncRequest, Wire
from province.events import Event
from province.wall_clock import instant_of

KNOWN_MAX: Final = 50_000
"""Ids of each kind kept in memory; beyond it the set is cleared and built again."""
RISE_EVERY: Final = timedelta(minutes=10)
"""A device that lies about what it holds costs no more than one rise of the epoch in this time."""
ASK_EVERY: Final = timedelta(minutes=1)
"""Per order; the number of orders that a device makes up is bounded by its rate limit."""
ASKED_MAX: Final = 5_000
_TAKEN_UP: Final = frozenset({ExecutionState.RECEIVED, ExecutionState.STARTED, ExecutionState.DONE})
"""A stop is done at once, and its silence continues."""
_MAY_BE_ORDER: Final = re.compile(r"[0-9a-z]{26}\Z")
AHEAD_MAX: Final = 1_000_000
"""No device's settings are changed so often between two back-ups."""

log = logging.getLogger(__name__)


class KnownIds:
    """Cache of ids, owned by the thread that stores messages; ``look_up`` reads without holding the write lock."""

    def __init__(self) -> None:
        self.orders: dict[str, datetime | None] = {}
        """Orders with the instant of issue, which never changes; stops and live addresses have none."""
        self.transmissions: set[TransmissionId] = set()

    def look_up(self, engine: Engine, bodies: Iterable[Wire]) -> int:
        """Learn which ids in these bodies exist, in a few queries or none; return the number of ids queried."""
        orders: set[str] = set()
        items: set[str] = set()
        for body in bodies:
            if isinstance(body, Ack):
                if body.cid:
                    orders.add(body.cid.removesuffix(END_SUFFIX))
                if body.items:
                    items.update(body.items)
            elif isinstance(body, DeviceEvent) and body.records:
                named = {record.item for record in body.records}
                orders |= named
                items |= named
            elif isinstance(body, SyncRequest):
                orders |= body.orders.keys()
        orders -= self.orders.keys()
        transmissions = {transmission_id_of(item) for item in items} - self.transmissions
        if orders or transmissions:
            self._forget_if_full()
            with reading(engine) as session:
                self.orders.update(Orders(session).known(orders))
                self.transmissions |= existing_transmissions(session, transmissions)
        return len(orders) + len(transmissions)

    def _forget_if_full(self) -> None:
        if len(self.orders) > KNOWN_MAX:
            self.orders.clear()
        if len(self.transmissions) > KNOWN_MAX:
            self.transmissions.clear()


class Reconciler:
    """Reconciler of one gateway; ``lacking`` is called within the transaction that stores the request.

    ``on_behind`` is called if a device holds something unknown to the server: others may as well.
    """

    def __init__(
        self, epoch: Epoch, on_behind: Callable[[], object] = lambda: None, known: Collection[str] = frozenset()
    ) -> None:
        """Make it. ``known``: orders that are known to exist, so that they need no query."""
        self._epoch = epoch
        self._known = known
        self._on_behind = on_behind
        self._risen_at: datetime | None = None
        self._asked: OrderedDict[tuple[DeviceId, str], datetime] = OrderedDict()

    def lacking(
        self, unit: UnitOfWork, desk: PlanMessages, device: Device, request: SyncRequest, now: datetime
    ) -> set[tuple[OutboxKind, str]]:
        """Return the messages to publish again: this device lacks them, or holds newer ones than the server."""
        self._note_unknown(unit, device, request, now)
        held_desired = (request.epochs[0], request.desired_ver)
        held_manifest = (request.epochs[1], request.manifests.get(device.area_id, -1))
        our_manifest = desk.manifest_version(device.area_id, now)
        epoch = self._epoch.value
        is_ahead = max(request.epochs) > epoch or held_manifest > (epoch, our_manifest)
        if is_ahead and self._rise(unit, device, request, now):
            epoch = self._epoch.value
        elif held_desired > (epoch, device.desired_version):
            self._overtake(unit, device, request, now)
            return {(OutboxKind.DESIRED, device.id)}
        lacking: set[tuple[OutboxKind, str]] = set()
        if held_desired < (epoch, device.desired_version):
            lacking.add((OutboxKind.DESIRED, device.id))
        if held_manifest < (epoch, our_manifest):
            lacking.add((OutboxKind.MANIFEST, device.area_id))
        return lacking

    def asks(self, device: Device, ack: Ack, now: datetime) -> bool:
        """Return whether to ask the device what it holds: it took up an order that is unknown since its last request.

        The broker kept an alert that is older than the server's data; or another gateway sent it a moment ago. Called
        for acks that are about no known order.
        """
        if ack.st not in _TAKEN_UP or not _MAY_BE_ORDER.match(ack.cid):
            return False
        about = device.id, ack.cid
        asked_at = self._asked.pop(about, None)
        is_due = asked_at is None or not timedelta(0) <= now - asked_at < ASK_EVERY
        self._asked[about] = now if is_due or asked_at is None else asked_at
        while len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return is_due

    def unknown_ends(
        self, unit: UnitOfWork, devices: Collection[DeviceId], letters: AlertMessages, now: datetime
    ) -> Sequence[OutgoingMessage]:
        """Build the ends of orders that only devices know, for those that have just reconnected, after ``lacking``."""
        ends = unit[UnknownOrders].missed(devices, now)
        return [letter for end in ends for letter in letters.unknown_end(end, now)]

    def _note_unknown(self, unit: UnitOfWork, device: Device, request: SyncRequest, now: datetime) -> None:
        """Record the orders that the device holds and the server does not know: people see and end them."""
        in_force = {name: at for name, at in request.orders.items() if to_ms(now) < at <= LATEST_MS}
        new = in_force.keys() - self._known
        held = {name: instant_of(in_force[name]) for name in sorted(new - unit[Orders].known(new).keys())}
        for order_id in unit[UnknownOrders].note(device.id, held, now) if held else ():
            log.error("device %s holds the unknown order %s", device.id, order_id)
            detail = {"order": order_id, "until": held[order_id].isoformat()}
            unit.record(_event("device.unknown_order", device, now, detail))
            self._on_behind()

    def _rise(self, unit: UnitOfWork, device: Device, request: SyncRequest, now: datetime) -> bool:
        """Raise the epoch, so that everything the server sends is newer than anything a device holds."""
        told = max(request.epochs)
        is_due = self._risen_at is None or not timedelta(0) <= now - self._risen_at < RISE_EVERY
        newest = max(request.manifests.values(), default=0)
        if not is_due or not self._epoch.is_plausible(max(told, newest), now):
            return False
        self._risen_at = now
        epoch = self._epoch.rise(now, told)
        log.error("device %s holds more than the server knows: the data are from a back-up. Epoch %d", device.id, epoch)
        unit.record(_event("server.restored", device, now, {"epoch": epoch, "held_epoch": told}))
        return True

    def _overtake(self, unit: UnitOfWork, device: Device, request: SyncRequest, now: datetime) -> None:
        """Number this device's settings above what it holds."""
        if request.desired_ver - device.desired_version > AHEAD_MAX:
            return
        unit[Devices].save(replace(device, desired_version=request.desired_ver + 1))
        detail = {"held": request.desired_ver, "ours": device.desired_version}
        unit.record(_event("device.settings_reissued", device, now, detail))
        self._on_behind()


def _event(name: str, device: Device, now: datetime, detail: Mapping[str, object]) -> Event:
    return Event(name, device.id, now, device.id, device.name, dict(detail))

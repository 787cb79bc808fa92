"""Officers of a virtual province: each second or so one of them sends, ends, silences, moves or shuts off something."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Final

from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, Settlement, VirtualEditors
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.model import AlertKind, OrderId
from broadcast.alerts.orders import Order, StopId
from broadcast.bulletins.model import BulletinId
from broadcast.scheduling.area_rules import QuietWindow
from cms.alerts.repository.orders import Orders
from cms.alerts.service import ends, stop_orders
from cms.areas.service import rules
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import review
from cms.fleet.repository.devices import Devices
from cms.fleet.service import changes
from cms.platform.cli.command_context import EveryRight
from cms.platform.context import Context
from devices.lifecycle import LifecycleAction
from devices.model import Device, DeviceId
from province.areas import Point
from province.call import Call
from province.errors import DomainError
from province.people import Actor, Grant, Role, UserId

REASON: Final = "Diễn tập phục hồi"
_ROLES: Final = (Role.EMERGENCY_OFFICER, Role.TECHNICIAN, Role.APPROVER, Role.PROVINCE_EDITOR)
OFFICER: Final = Actor(UserId("u-truc"), "Trực ban", tuple(Grant(role, PROVINCE) for role in _ROLES))


class Officers:
    """Officers at random: ``act`` does one thing that is possible now; ``done`` counts the actions."""

    def __init__(self, context: Context, settlement: Settlement, dice: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._settlement = settlement
        self._dice = dice
        self._bulletins: list[BulletinId] = []
        self._stops: list[StopId] = []
        self.move_to(context)

    def move_to(self, context: Context) -> None:
        """Switch the officers to this server."""
        self._context = context
        self._editors = VirtualEditors(context)

    def act(self) -> None:
        """Do one thing at random. A refusal by the rules at this moment is ignored."""
        deeds: tuple[tuple[str, Callable[[], object]], ...] = (
            ("alert", self.alert),
            ("alert", self.alert),
            ("cancel", self._cancel_one),
            ("stop", self._stop),
            ("lift", lambda: self.lift(self._stops.pop())),
            ("bulletin", self._bulletin),
            ("withdraw", self._withdraw),
            ("rules", self._rule),
            ("describe", self._describe),
            ("move", self._move),
            ("quarantine", lambda: self._step(LifecycleAction.QUARANTINE)),
            ("release", lambda: self._step(LifecycleAction.RELEASE)),
        )
        name, deed = self._dice.choice(deeds)
        try:
            deed()
        except (DomainError, IndexError):
            return
        self.done[name] += 1

    def alert(self) -> Order:
        """Send an alert or, one in four, a drill, to a commune or to all; it is approved."""
        is_drill = self._dice.random() < 0.25  # noqa: PLR2004 - one in four
        level = self._dice.choice(list(AlertLevel))
        return send_alert(
            self._context,
            OFFICER,
            self._dice.choice([PROVINCE, *self._settlement.areas]),
            kind=AlertKind.DRILL if is_drill else AlertKind.LIVE,
            level=level,
            rounds=Rounds((120_000,), 300_000),
            lasts=timedelta(minutes=self._dice.randrange(20, 120)),
        )

    def cancel(self, order_id: OrderId) -> None:
        """Cancel an alert, as on its page."""
        context = self._context
        with context.uow.reading() as unit:
            alert_id = unit[Orders].get(order_id).alert_id
        ends.cancel(context.uow(), alert_id, reason=REASON, call=context.call(OFFICER), voices=context.voices)

    def _cancel_one(self) -> None:
        with self._context.uow.reading() as unit:
            orders = unit[Orders].open()
        self.cancel(self._dice.choice(orders).id)

    def _stop(self) -> None:
        context = self._context
        stop = stop_orders.stop_everything(
            context.uow(),
            areas=(self._dice.choice(self._settlement.areas),),
            reason=REASON,
            call=context.call(OFFICER),
            hush_for=timedelta(minutes=self._dice.choice([0, 20, 60])),
            spares_alerts=self._dice.random() < 0.7,  # noqa: PLR2004 - most do
            mutes_alerts=True,
        )
        self._stops.append(stop.id)

    def lift(self, stop_id: StopId) -> None:
        """Lift a stop, as on its page."""
        context = self._context
        stop_orders.lift(context.uow(), stop_id, call=context.call(OFFICER))

    def _bulletin(self) -> None:
        at = self._context.now() + timedelta(hours=7, minutes=self._dice.randrange(20, 90))
        areas = (self._dice.choice([PROVINCE, *self._settlement.areas]),)
        made = self._editors.air(
            f"Bản tin {len(self._bulletins)}", areas, at.replace(tzinfo=None, second=0, microsecond=0), 60_000
        )
        self._bulletins.append(made.id)

    def _withdraw(self) -> None:
        context = self._context
        with context.uow.reading() as unit:
            held = unit[Bulletins].get(self._bulletins.pop())
        review.withdraw(context.uow(), held.id, expected_version=held.version, call=context.call(OFFICER))

    def _rule(self) -> None:
        """Change the rules of an area: another start of the quiet hours, and another volume."""
        context, area_id = self._context, self._dice.choice([PROVINCE, *self._settlement.areas])
        with context.uow() as unit:
            quiet = (QuietWindow(time(self._dice.choice([21, 22, 23])), time(5)),)
            fresh = replace(rules.present(unit, area_id), volume_pct=self._dice.randrange(30, 100), quiet=quiet)
            call = Call(OFFICER, EveryRight(), context.now(), context.new_id)
            rules.set_rules(unit, area_id, fresh, call=call)
            unit.commit()

    def _describe(self) -> None:
        device, context = self._device(), self._context
        changes.describe(
            context.uow(),
            device.id,
            name=f"Cụm loa số {self._dice.randrange(1000)}",
            point=Point(10 + self._dice.random(), 108 + self._dice.random()),
            call=context.call(OFFICER),
        )

    def _move(self) -> None:
        device, context = self._device(), self._context
        changes.move(
            context.uow(), device.id, self._dice.choice(self._settlement.areas), point=None, call=context.call(OFFICER)
        )

    def _step(self, action: LifecycleAction) -> None:
        """Take a step of the device life cycle, as if two people had agreed to it."""
        context, chosen = self._context, self._device()
        with context.uow() as unit:
            device = unit[Devices].get(chosen.id)
            life = changes.life_of(unit, device)
            details: dict[str, object] = {"reason": REASON}
            changes.step(unit, device, life, action, told=details, by=OFFICER, now=context.now())
            unit.commit()

    def _device(self) -> Device:
        names: list[DeviceId] = [device_id for device_id, _ in self._settlement.ids()]
        with self._context.uow.reading() as unit:
            return unit[Devices].get(self._dice.choice(names))

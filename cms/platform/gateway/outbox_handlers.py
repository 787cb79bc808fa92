"""Outbox handlers: the messages for an outbox row, built from what the store holds at this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.boards.repository import BoardPlans, StoredBoardPlan
from cms.bulletins.repository.bulletins import Plans, StoredPlan
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import (
    CANCEL_LASTS,
    REFS_MAX,
    Cancellation,
    MessageBuilder,
    OutgoingMessage,
    command_id,
    manifest_version,
    refs_of,
)
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from devices.model import Device, DeviceId
from province.areas import AreaId

# An item that runs past midnight belongs to the day it began: that day's plan stays in the manifest.
DAYS_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """Messages that settle a row; ``plans`` and ``boards`` are those that a manifest among them names."""

    letters: Sequence[OutgoingMessage]
    plans: Sequence[StoredPlan] = ()
    boards: StoredBoardPlan | None = None


OutboxHandler = Callable[[OutboxMessage, datetime], Reply]
"""Builds the messages for a row; none if it is too late for it. Raises NotFoundError, UnknownAreaError."""
BySubject = Callable[[str, datetime], Sequence[OutgoingMessage]]
"""Builds the messages about a subject, by what the store holds now."""


def of_subject(build: BySubject) -> OutboxHandler:
    """Return the handler of rows that name a subject and nothing more."""
    return lambda message, now: Reply(build(message.subject_id, now))


class OutboxHandlers:
    """Handlers over one session, which sees one moment: what many devices of an area need is looked up once."""

    def __init__(self, session: Session, letters: MessageBuilder, plan_days: int) -> None:
        self._places = Places(session)
        self._devices = Devices(session, self._places)
        self._plans = Plans(session)
        self._boards = BoardPlans(session)
        self._outbox = Outbox(session)
        self._letters = letters
        self._plan_days = plan_days
        self._versions: dict[AreaId, int] = {}
        self._cancelled: dict[AreaId, Sequence[Cancellation]] = {}

    @property
    def by_kind(self) -> Mapping[OutboxKind, OutboxHandler]:
        """Handlers of the rows about areas' plans and devices' settings and records."""
        return {
            OutboxKind.MANIFEST: self.manifest,
            OutboxKind.DESIRED: self.desired,
            OutboxKind.CANCEL: self._cancel,
            OutboxKind.RECEIPT: self._receipts,
        }

    def manifest(self, message: OutboxMessage, now: datetime) -> Reply:
        """Build the manifest of an area. Raises UnknownAreaError."""
        area_id = AreaId(message.subject_id)
        self._places.tree().get(area_id)
        plans, boards = self._horizon(area_id, now), self._boards.get(area_id)
        return Reply([self._letters.manifest(area_id, plans, now, boards)], plans, boards)

    def desired(self, message: OutboxMessage, now: datetime) -> Reply:
        """Build the desired state of a device. Raises NotFoundError."""
        device = self._devices.get(DeviceId(message.subject_id))
        chain = self._places.tree().chain(device.area_id)
        return Reply([self._letters.desired(device, chain, self._places.rules(device.area_id), now)])

    def missed_cancels(self, device: Device, now: datetime) -> Sequence[OutgoingMessage]:
        """Build every cancel still valid that concerns this device, addressed to it alone."""
        if device.area_id not in self._cancelled:
            chain = self._places.tree().chain(device.area_id)
            rows = self._outbox.cancels_since(now - CANCEL_LASTS, chain)
            self._cancelled[device.area_id] = [Cancellation.of(row) for row in rows]
        return [self._letters.cancel(missed, now, to=device.id) for missed in self._cancelled[device.area_id]]

    def manifest_version(self, area_id: AreaId, now: datetime) -> int:
        """Return the version of the manifest that this area's devices should hold."""
        if area_id not in self._versions:
            self._versions[area_id] = manifest_version(self._horizon(area_id, now), self._boards.get(area_id))
        return self._versions[area_id]

    def _cancel(self, message: OutboxMessage, now: datetime) -> Reply:
        cancellation = Cancellation.of(message)
        self._places.tree().get(cancellation.area_id)
        return Reply([self._letters.cancel(cancellation, now)] if now < cancellation.until_at else [])

    def _receipts(self, message: OutboxMessage, now: datetime) -> Reply:
        refs, cid, device_id = refs_of(message.payload), command_id(message), DeviceId(message.subject_id)
        firsts = range(0, len(refs), REFS_MAX)
        return Reply([self._letters.receipt(f"{cid}-{n}", refs[n : n + REFS_MAX], device_id, now) for n in firsts])

    def _horizon(self, area_id: AreaId, now: datetime) -> Sequence[StoredPlan]:
        today = now.astimezone(ZoneInfo(self._places.rules(area_id).zone)).date()
        return self._plans.of_area(area_id, today - DAYS_BACK, today + timedelta(days=self._plan_days))

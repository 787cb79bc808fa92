"""Outbox handlers: the messages for an outbox row, built from what the store holds at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from broadcast.ports.unit_of_work import OutboxKind, StoredBoardPlan, StoredPlan
from cms.areas.repository import SqlPlaces
from cms.boards.repository import SqlBoardPlans
from cms.bulletins.repository.bulletins import SqlPlans
from cms.fleet.repository.devices import SqlDevices
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
from cms.platform.store.outbox import OutboxMessage, SqlOutbox
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


class OutboxHandlers:
    """Handlers over one session, which sees one moment: what many devices of an area need is looked up once."""

    def __init__(self, session: Session, letters: MessageBuilder, plan_days: int) -> None:
        self._places = SqlPlaces(session)
        self._devices = SqlDevices(session, self._places)
        self._plans = SqlPlans(session)
        self._boards = SqlBoardPlans(session)
        self._outbox = SqlOutbox(session)
        self._letters = letters
        self._plan_days = plan_days
        self._versions: dict[AreaId, int] = {}
        self._cancelled: dict[AreaId, Sequence[Cancellation]] = {}

    def reply(self, message: OutboxMessage, now: datetime) -> Reply:
        """Build the messages for this row; none if it is too late for it.

        Raises:
            NotFoundError: no such device.
            UnknownAreaError: no such area.
            ValueError: it is an area's plan, which is not sent, or of a kind that the alert publisher, the station
                publisher or the live publisher sends.
        """
        match message.kind:
            case OutboxKind.MANIFEST:
                return self._manifest(AreaId(message.subject_id), now)
            case OutboxKind.DESIRED:
                return Reply([self._desired(self._devices.get(DeviceId(message.subject_id)), now)])
            case OutboxKind.CANCEL:
                cancellation = Cancellation.of(message)
                self._places.tree().get(cancellation.area_id)
                return Reply([self._letters.cancel(cancellation, now)] if now < cancellation.until_at else [])
            case OutboxKind.RECEIPT:
                return Reply(self._receipts(message, now))
            case OutboxKind.PLAN | OutboxKind.ALERT | OutboxKind.ALERT_END | OutboxKind.STOP:
                raise ValueError(message.kind)
            case OutboxKind.STATIONS | OutboxKind.LIVE | OutboxKind.REVOCATION:
                raise ValueError(message.kind)
            case OutboxKind.PROGRAMME | OutboxKind.RECEIVER | OutboxKind.INSTALL | OutboxKind.UNKNOWN_END:
                raise ValueError(message.kind)
            case _:
                assert_never(message.kind)

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

    def _manifest(self, area_id: AreaId, now: datetime) -> Reply:
        self._places.tree().get(area_id)
        plans, boards = self._horizon(area_id, now), self._boards.get(area_id)
        return Reply([self._letters.manifest(area_id, plans, now, boards)], plans, boards)

    def _desired(self, device: Device, now: datetime) -> OutgoingMessage:
        chain = self._places.tree().chain(device.area_id)
        return self._letters.desired(device, chain, self._places.rules(device.area_id), now)

    def _receipts(self, message: OutboxMessage, now: datetime) -> Sequence[OutgoingMessage]:
        refs = refs_of(message.payload)
        cid = command_id(message)
        return [
            self._letters.receipt(f"{cid}-{first}", refs[first : first + REFS_MAX], DeviceId(message.subject_id), now)
            for first in range(0, len(refs), REFS_MAX)
        ]

    def _horizon(self, area_id: AreaId, now: datetime) -> Sequence[StoredPlan]:
        today = now.astimezone(ZoneInfo(self._places.rules(area_id).zone)).date()
        return self._plans.of_area(area_id, today - DAYS_BACK, today + timedelta(days=self._plan_days))

"""Messages about plans: manifests, cancels and receipts of as-run records, by what the store holds now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.boards.repository import BoardPlans
from cms.bulletins.repository.bulletins import Plans, StoredPlan
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
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, Reply
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId
from province.areas import AreaId

# An item that runs past midnight belongs to the day it began: that day's plan stays in the manifest.
DAYS_BACK = timedelta(days=1)


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handlers of rows about plans."""
    return PlanMessages(means.session, means.letters, means.context.settings.plan_days).by_kind


class PlanMessages:
    """Messages about plans over one session: what many devices of an area need is looked up once."""

    def __init__(self, session: Session, letters: MessageBuilder, plan_days: int) -> None:
        self._places = Places(session)
        self._plans = Plans(session)
        self._boards = BoardPlans(session)
        self._outbox = Outbox(session)
        self._letters = letters
        self._plan_days = plan_days
        self._versions: dict[AreaId, int] = {}
        self._cancelled: dict[AreaId, Sequence[Cancellation]] = {}

    @property
    def by_kind(self) -> Mapping[OutboxKind, OutboxHandler]:
        """Handlers of the rows about areas' plans and devices' records."""
        return {
            OutboxKind.MANIFEST: self.manifest,
            OutboxKind.CANCEL: self._cancel,
            OutboxKind.RECEIPT: self._receipts,
        }

    def manifest(self, message: OutboxMessage, now: datetime) -> Reply:
        """Build the manifest of an area. Raises UnknownAreaError."""
        area_id = AreaId(message.subject_id)
        self._places.tree().get(area_id)
        plans, boards = self._horizon(area_id, now), self._boards.get(area_id)
        days = [(plan.plan.on, plan.sha256) for plan in plans]

        def note_sent(unit: UnitOfWork, sent_at: datetime) -> None:
            unit[Plans].mark_sent(area_id, days, sent_at)
            if boards is not None:
                unit[BoardPlans].mark_sent(boards.area_id, boards.sha256, sent_at)

        return Reply([self._letters.manifest(area_id, plans, now, boards)], note_sent)

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

"""Every table of the store. Only ``cms.store`` and the migrations import from here."""

from __future__ import annotations

from cms.store.tables.alerts import (
    AlertAreaRow,
    AlertPolicyRow,
    AlertRow,
    DeclarationRightRow,
    DrillPlanRow,
    OrderRow,
    ReachRow,
    StopRow,
)
from cms.store.tables.calendar import CalendarFeedRow, DateSetRow
from cms.store.tables.columns import Base, Choice, Frozen, Grade, Utc
from cms.store.tables.exchange import (
    CapDocumentRow,
    CapFeedEntryRow,
    CapFeedRow,
    CapMessageRow,
    CapReferenceRow,
    CapSenderRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from cms.store.tables.fleet import DeviceRow, DeviceStatusRow
from cms.store.tables.people import GrantRow, RecoveryCodeRow, SecondFactorRow, SessionRow, TokenRow, UserRow
from cms.store.tables.phrases import PhraseRow
from cms.store.tables.places import AreaContactsRow, AreaRow, AreaRulesRow
from cms.store.tables.programme import (
    ApprovalDocumentRow,
    ApprovalSignatureRow,
    BoardPlanRow,
    BulletinAreaRow,
    BulletinLookRow,
    BulletinRow,
    DayPlanRow,
    PlanItemRow,
    SlotRow,
    TransmissionAreaRow,
    TransmissionRow,
)
from cms.store.tables.proof import AsRunRow, DeliveryRow
from cms.store.tables.words import WordRow
from cms.store.tables.work import EventRow, IdempotencyRow, JobRow, OutboxRow

__all__ = [
    "AlertAreaRow",
    "AlertPolicyRow",
    "AlertRow",
    "ApprovalDocumentRow",
    "ApprovalSignatureRow",
    "AreaContactsRow",
    "AreaRow",
    "AreaRulesRow",
    "AsRunRow",
    "Base",
    "BoardPlanRow",
    "BulletinAreaRow",
    "BulletinLookRow",
    "BulletinRow",
    "CalendarFeedRow",
    "CapDocumentRow",
    "CapFeedEntryRow",
    "CapFeedRow",
    "CapMessageRow",
    "CapReferenceRow",
    "CapSenderRow",
    "Choice",
    "DateSetRow",
    "DayPlanRow",
    "DeclarationRightRow",
    "DeliveryRow",
    "DeviceRow",
    "DeviceStatusRow",
    "DrillPlanRow",
    "EventRow",
    "Frozen",
    "Grade",
    "GrantRow",
    "IdempotencyRow",
    "JobRow",
    "OrderRow",
    "OutboxRow",
    "PhraseRow",
    "PlanItemRow",
    "ReachRow",
    "RecoveryCodeRow",
    "SecondFactorRow",
    "SessionRow",
    "SlotRow",
    "StopRow",
    "TokenRow",
    "TransmissionAreaRow",
    "TransmissionRow",
    "UserRow",
    "Utc",
    "WebhookDeliveryRow",
    "WebhookRow",
    "WordRow",
]

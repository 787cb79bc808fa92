"""Every table of the store. Only ``cms.store`` and the migrations import from here."""

from __future__ import annotations

from cms.store.tables.columns import Base, Choice, Frozen, Utc
from cms.store.tables.fleet import DeviceRow, DeviceStatusRow
from cms.store.tables.people import GrantRow, RecoveryCodeRow, SecondFactorRow, SessionRow, TokenRow, UserRow
from cms.store.tables.places import AreaRow, AreaRulesRow
from cms.store.tables.programme import (
    BulletinAreaRow,
    BulletinRow,
    DayPlanRow,
    PlanItemRow,
    TransmissionAreaRow,
    TransmissionRow,
)
from cms.store.tables.proof import AsRunRow, DeliveryRow
from cms.store.tables.work import EventRow, IdempotencyRow, JobRow, OutboxRow

__all__ = [
    "AreaRow",
    "AreaRulesRow",
    "AsRunRow",
    "Base",
    "BulletinAreaRow",
    "BulletinRow",
    "Choice",
    "DayPlanRow",
    "DeliveryRow",
    "DeviceRow",
    "DeviceStatusRow",
    "EventRow",
    "Frozen",
    "GrantRow",
    "IdempotencyRow",
    "JobRow",
    "OutboxRow",
    "PlanItemRow",
    "RecoveryCodeRow",
    "SecondFactorRow",
    "SessionRow",
    "TokenRow",
    "TransmissionAreaRow",
    "TransmissionRow",
    "UserRow",
    "Utc",
]

"""Schemas of airings' outcomes: deliveries, as-run records, explanations."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from broadcast.bulletins.deliveries import DeliveryState
from cms.relays.api.schemas import RelayedOut


class DeliveryLine(BaseModel):
    occurrence_id: str
    start_at: datetime
    device_id: str
    device_name: str
    area_id: str | None
    state: DeliveryState
    changed_at: datetime | None
    reason: str


class DeliveryLines(BaseModel):
    items: list[DeliveryLine]
    next: str


class AsRunLine(BaseModel):
    device_id: str
    device_name: str
    record_id: str
    occurrence_id: str
    transmission_id: str
    title: str
    sha256: str
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: str
    reason: str
    volume_pct: int
    received_at: datetime
    area_id: str
    area_name: str
    skew_ms: float | None
    relayed: RelayedOut | None = None
    round: int = Field(0, description="Of an alert: which round of its schedule; 0: of a bulletin")


class AsRunLines(BaseModel):
    items: list[AsRunLine]
    next: str


class WhyOut(BaseModel):
    device: dict[str, Any]
    status: dict[str, Any] | None
    at: datetime
    on: date
    area_id: str
    is_quiet: bool
    plan_version: int
    plan_sha256: str
    built_at: datetime | None
    sent_at: datetime | None
    played: dict[str, Any] | None
    standing: dict[str, Any] | None
    lost: list[dict[str, Any]]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    heard: list[dict[str, Any]]
    missed: dict[str, Any] | None
    alerts: list[dict[str, Any]]

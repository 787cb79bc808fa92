"""Schemas of people, areas and their contacts, devices and jobs."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from cms.platform.api.strict import Strict


class GrantOut(BaseModel):
    role: str
    area_id: str


class MeOut(BaseModel):
    user_id: str
    name: str
    grants: list[GrantOut]


class AreaOut(BaseModel):
    id: str
    name: str
    kind: str
    parent_id: str | None
    valid_to: date | None
    devices: int
    online: int


class AreaLines(BaseModel):
    items: list[AreaOut]
    next: str


class ContactBody(Strict):
    """``phone`` as people write it: digits, spaces, dots, dashes, a plus before the country."""

    name: str = Field(max_length=300)
    duty: str = Field(default="", max_length=300)
    phone: str = Field(max_length=300)


class ContactsBody(Strict):
    """Contacts of an area, in the order of calling; none: those of the area above."""

    people: list[ContactBody] = Field(max_length=50)


class ContactOut(BaseModel):
    name: str
    duty: str
    phone: str


class ContactsOut(BaseModel):
    """``area_id`` is where they are entered: the area asked for, one above it, or null where nobody is."""

    area_id: str | None
    people: list[ContactOut]


class ScreenOut(BaseModel):
    """Picture elements across and down, and what colours they have."""

    w: int
    h: int
    colours: str


class DevicePath(BaseModel):
    device_id: str = Field(max_length=80)


class DeviceOut(BaseModel):
    id: str
    serial: str
    name: str
    kind: str
    area_id: str
    enrolled_at: datetime
    point: dict[str, float] | None
    groups: list[str]
    volume_pct: int
    desired_version: int
    retired_at: datetime | None
    screen: ScreenOut | None = Field(description="A board's; null: nobody told")
    quarantined: bool = Field(description="It sounds and shows nothing, or nothing but alerts")
    alerts_pass: bool = Field(description="In quarantine it goes on to sound alerts")
    status: dict[str, Any] | None


class DeviceLines(BaseModel):
    items: list[DeviceOut]
    next: str


class JobOut(BaseModel):
    id: str
    kind: str
    subject_id: str
    state: str
    progress_pct: int
    step: str
    error: str
    created_at: datetime
    finished_at: datetime | None

"""Missed airings: not sounded by one device, or not to their end, with the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from devices.model import DeviceId
from province.areas import AreaId


class Remedy(StrEnum):
    """ASKED: a person decides · PLANNED: it airs again, once · LEFT: it does not, see ``left_because``."""

    ASKED = "asked"
    PLANNED = "planned"
    LEFT = "left"


class Left(StrEnum):
    """Reason for not making a missed airing good."""

    POLICY = "policy"
    PERSON = "person"
    TOO_LATE = "too_late"
    AIRS_AGAIN = "airs_again"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Missed:
    """``(occurrence_id, device_id)`` is unique: an airing is made good once on a device, or not at all.

    Names are frozen. ``result`` is missed or cut, ``reason`` the device's code. ``item_id`` is what the plan calls the
    airing that makes it good; it begins at or after ``not_before_at`` and ends by ``not_after_at``.
    """

    occurrence_id: OccurrenceId
    device_id: DeviceId
    device_name: str
    area_id: AreaId
    transmission_id: TransmissionId
    bulletin_id: BulletinId
    title: str
    missed_at: datetime
    result: str
    reason: str
    mode: MakeGoodMode
    remedy: Remedy
    item_id: OccurrenceId
    not_before_at: datetime
    not_after_at: datetime
    reported_at: datetime
    left_because: Left | None = None
    decided_by_name: str = ""
    decided_at: datetime | None = None

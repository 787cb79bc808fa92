"""Delivery ladder of one airing on one device; only a report of the device moves it past SENT."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.relays.model import RelayRun
from devices.model import DeviceId
from province.areas import AreaId

# Of records from before places were kept with them, where the device was gone.
_NOWHERE = AreaId("")


class DeliveryState(StrEnum):
    """In rank order up to DONE; CUT and MISSED end it as well."""

    PLANNED = "planned"
    SENT = "sent"
    RECEIVED = "received"
    READY = "ready"
    STARTED = "started"
    DONE = "done"
    CUT = "cut"
    MISSED = "missed"


UNTOLD: Final = frozenset({DeliveryState.PLANNED, DeliveryState.SENT})
"""States that the server sets by itself; devices report the others."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Progress of one airing on one device. ``reason`` is a code of the wire for CUT and MISSED.

    ``area_id`` is where the device stood then: it may move, but the airing stays counted where it was heard.
    """

    device_id: DeviceId
    device_name: str
    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    state: DeliveryState
    changed_at: datetime
    reason: str = ""
    area_id: AreaId = _NOWHERE


@dataclass(frozen=True, slots=True)
class AsRun:
    """One sounding as the device recorded it, names frozen when it was received. ``(device_id, record_id)`` is unique.

    ``area_id`` is where the device stood then. ``skew_ms`` = started minus planned. ``result`` is done, cut or missed.
    ``relayed``: how a relay went. ``round``: of an alert, whose order's id stands for the occurrence's and the
    transmission's; 0: of a bulletin.
    """

    device_id: DeviceId
    device_name: str
    record_id: str
    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    title: str
    sha256: str
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: str
    reason: str
    volume_pct: int
    received_at: datetime
    area_id: AreaId = _NOWHERE
    area_name: str = ""
    relayed: RelayRun | None = None
    round: int = 0

    @property
    def skew_ms(self) -> float | None:
        """Start delay in ms: positive late, negative early."""
        return None if self.started_at is None else (self.started_at - self.planned_at).total_seconds() * 1000

"""Codec of telemetry and hourly roll-ups: MessagePack arrays, a third of the size of JSON.

A record's values are in the order of ``Telemetry``: new fields of the protocol come last, and records packed earlier
read as not having measured them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from devices.hourly_rollup import HourlyRollup
from devices.model import DeviceId
from devices.protocol.messages import Telemetry
from devices.telemetry import TelemetrySnapshot
from province.wall_clock import instant_of

FIELDS: Final = Telemetry.__struct_fields__

_pack = msgspec.msgpack.Encoder().encode
_read_list = msgspec.msgpack.Decoder(list[Any]).decode
_read_hour = msgspec.msgpack.Decoder(HourlyRollup).decode


def pack(told: Telemetry) -> bytes:
    return _pack(msgspec.structs.astuple(told))


def unpack(body: bytes) -> list[Any]:
    """Unpack the values in the order of ``FIELDS``; an old record may have fewer."""
    return _read_list(body)


def vital_of(device_id: DeviceId, heard_ms: int, body: bytes) -> TelemetrySnapshot:
    told = dict(zip(FIELDS, unpack(body), strict=False))
    return TelemetrySnapshot(device_id=device_id, heard_at=instant_of(heard_ms), **told)


def pack_hour(hour: HourlyRollup) -> bytes:
    return _pack(hour)


def unpack_hour(body: bytes) -> HourlyRollup:
    return _read_hour(body)

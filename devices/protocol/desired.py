"""Settings that a device holds: its Desired and what it consists of."""

from typing import Annotated

from msgspec import Meta

from devices.protocol.boards import Screen
from devices.protocol.fields import Count, Id, Instant, Latitude, Line, Longitude, Percent, WallTime, Wire
from devices.protocol.limits import BROKERS_MAX, RECONNECT_SPREAD_MAX_MS


class QuietHours(Wire, frozen=True):
    """Quiet hours in local wall times HH:MM; past midnight where ``until`` is not after ``start``."""

    start: WallTime
    until: WallTime


class VolumeHours(Wire, frozen=True):
    """Volume between local wall times HH:MM; past midnight where ``until`` is not after ``start``."""

    start: WallTime
    until: WallTime
    volume_pct: Percent


class BrokerAddress(Wire, frozen=True):
    """Host and port of a broker, as a device reaches it."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)]


class Desired(Wire, frozen=True):
    """Signed, retained on ``d/{id}/desired``. ``areas`` is the chain, leaf first; the leaf's manifest is followed.

    ``utc_offset_min`` is the zone's offset (Việt Nam has no summer time). ``point`` is its place (lat, lon).
    ``amp_wake_ms``: time in which the amplifier wakes. Where several ``volumes`` hold, the softest does; where none
    does, ``volume_pct``. ``screen`` is a board's screen; None: unknown. ``quarantined``: it sounds and shows nothing,
    with ``alerts_pass`` nothing but alerts, until lifted. ``epoch`` as in a Manifest. ``brokers`` in the order in
    which this device tries them; empty: only the one it was delivered with. After a broker closed the connection the
    first pause is a random part of ``reconnect_spread_ms``.
    """

    v: int
    device: Id
    ver: Count
    iat: Instant
    areas: list[Id]
    groups: list[Id] = []
    quiet: list[QuietHours] = []
    utc_offset_min: Annotated[int, Meta(ge=-840, le=840)] = 420
    volume_pct: Percent = 80
    volumes: list[VolumeHours] = []
    report_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    content_url: Line = ""
    point: tuple[Latitude, Longitude] | None = None
    amp_wake_ms: Annotated[int, Meta(ge=0, le=10_000)] = 1_000
    screen: Screen | None = None
    quarantined: bool = False
    epoch: Count = 0
    alerts_pass: bool = False
    brokers: Annotated[list[BrokerAddress], Meta(max_length=BROKERS_MAX)] = []
    reconnect_spread_ms: Annotated[int, Meta(ge=0, le=RECONNECT_SPREAD_MAX_MS)] = 0

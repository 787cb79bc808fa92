"""Bodies of version 1. Times are integer milliseconds UTC; unknown fields are ignored.

Signed bodies (Command, Manifest, Desired, Beacon, Keyset) travel as JWS compact; the rest as plain JSON.
Bounds are checked when a body is decoded. What an older peer must survive (roles, codes, results and
interruption rules it does not know) is a plain string here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

# Instants and lengths fit a double, so that a peer written in any language reads them exactly.
Instant = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
# Ids and hashes become file names on a device: nothing but these characters, ever.
Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
LongId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,80}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
LocalDate = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
WallTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Word = Annotated[str, Meta(max_length=40)]
Line = Annotated[str, Meta(max_length=300)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Common shape: ``v`` is written always."""


class CommandType(StrEnum):
    """What a command may ask. RECEIPT: the records named in ``refs`` are stored, forget them."""

    PLAY = "play"
    STOP = "stop"
    CANCEL = "cancel"
    RESYNC = "resync"
    RECEIPT = "receipt"
    VOLUME = "volume"
    SELFTEST = "selftest"
    REBOOT = "reboot"


class Code(StrEnum):
    """Why a device did not do as told, or an item was not heard."""

    EXPIRED = "EXPIRED"
    NOT_YET = "NOT_YET"
    FUTURE_IAT = "FUTURE_IAT"
    DUPLICATE = "DUPLICATE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_ROLE = "KEY_ROLE"
    NOT_TARGET = "NOT_TARGET"
    UNSUPPORTED = "UNSUPPORTED"
    MALFORMED = "MALFORMED"
    BUSY_HIGHER = "BUSY_HIGHER"
    HASH_MISMATCH = "HASH_MISMATCH"
    FETCH_FAILED = "FETCH_FAILED"
    NO_SPACE = "NO_SPACE"
    NO_CLOCK = "NO_CLOCK"
    AMP_FAULT = "AMP_FAULT"
    QUIET_HOURS = "QUIET_HOURS"
    QUARANTINED = "QUARANTINED"
    TOO_BIG = "TOO_BIG"
    POWER_LOST = "POWER_LOST"
    CANCELLED = "CANCELLED"
    STALE = "STALE"


class Standing(StrEnum):
    """Where a command or a planned item stands on a device; ranks in ``codec.RANK``."""

    RECEIVED = "received"
    READY = "ready"
    STARTED = "started"
    DONE = "done"
    CUT = "cut"
    CANCELLED = "cancelled"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Target(Wire, frozen=True):
    """A device is meant if named, or in a group, or if an area is in its chain and no excluded one is."""

    areas: list[Id] = []
    exclude: list[Id] = []
    groups: list[Id] = []
    devices: list[Id] = []


class Audio(Wire, frozen=True):
    """What to sound: content by hash, ``bytes`` long, ``dur_ms`` long."""

    sha256: Sha256
    bytes: Count
    dur_ms: Count


class Play(Wire, frozen=True):
    """How: ``start_at`` 0 means at once; ``max_ms`` 0 means the length of the content."""

    start_at: Instant = 0
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1
    gap_ms: Count = 0
    volume_pct: Percent = 80
    interrupt: Word = "now"
    max_ms: Count = 0
    after: Word = "drop"


class Command(Wire, frozen=True):
    """A signed order. ``type`` stays a string: an unknown one is answered UNSUPPORTED, not dropped."""

    v: int
    cid: LongId
    type: Word
    prio: Annotated[int, Meta(ge=0, le=9)]
    iat: Instant
    nbf: Instant
    exp: Instant
    target: Target
    content: Audio | None = None
    play: Play | None = None
    refs: list[LongId] = []
    jitter_ms: Annotated[int, Meta(ge=0, le=60_000)] = 2000
    drill: bool = False
    approved_by: list[Line] = []
    volume_pct: Percent | None = None


class PlanRef(Wire, frozen=True):
    """One day's plan in the content store."""

    sha256: Sha256
    bytes: Count


class Manifest(Wire, frozen=True):
    """Signed, retained on ``a/{area}/plan``; ``ver`` rises with every change; days are local dates (ISO)."""

    v: int
    area: Id
    ver: Count
    iat: Instant
    days: dict[LocalDate, PlanRef]


class PlanItem(Wire, frozen=True):
    """One item of a day's plan. ``item`` is the occurrence id."""

    item: LongId
    start_at: Instant
    end_at: Instant
    prio: Annotated[int, Meta(ge=0, le=9)]
    audio: Audio
    after: Word
    title: Line = ""


class Plan(Wire, frozen=True):
    """The content a manifest's hash names: items in time order, disjoint."""

    v: int
    area: Id
    day: LocalDate
    items: list[PlanItem]


class QuietHours(Wire, frozen=True):
    """Local wall times HH:MM; past midnight where ``until`` is not after ``start``."""

    start: WallTime
    until: WallTime


class Desired(Wire, frozen=True):
    """Signed, retained on ``d/{id}/desired``. ``areas`` is the chain, leaf first; the leaf's manifest is followed.

    ``utc_offset_min`` is the zone's offset (Việt Nam has no summer time).
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
    report_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    content_url: Line = ""


class Beacon(Wire, frozen=True):
    """Signed time beacon, every 60 s; ``keyset`` is the current keyset version."""

    v: int
    now: Instant
    keyset: Count


class KeyRole(StrEnum):
    """What a key may sign."""

    PLAN = "plan"
    ALERT = "alert"
    FIRMWARE = "firmware"


class PublicKey(Wire, frozen=True):
    """``x``: raw Ed25519 public key, base64url without padding. Empty ``areas`` means everywhere."""

    kid: Id
    role: Word
    x: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    nbf: Instant
    exp: Instant
    areas: list[Id] = []


class Keyset(Wire, frozen=True):
    """Signed by the offline root; a device never goes back to a lower ``ver``."""

    v: int
    ver: Count
    iat: Instant
    keys: list[PublicKey]


class State(Wire, frozen=True):
    """Birth, and as the will, death; ``conn`` counts this device's connections."""

    v: int
    st: Word
    conn: Count
    boot: Word
    ts: Instant
    fw: Word = ""
    clk_ms: int | None = None


class Proof(Wire, frozen=True):
    """Proof of sound: amplifier current and microphone level."""

    amp_ma: int | None = None
    mic_db: float | None = None


class Ack(Wire, frozen=True):
    """Where a command (``cid``) or planned items (``items`` of plan ``plan``) stand."""

    v: int
    st: Standing
    ts: Instant
    n: Count
    boot: Word
    cid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,80}\Z")] = ""
    items: list[LongId] = []
    plan: Line = ""
    code: Word | None = None
    clk_ms: int | None = None
    fw: Word = ""
    pos_ms: Count | None = None


class AsRunRecord(Wire, frozen=True):
    """One sounding; ``rid`` is unique on the device for ever. ``result``: done, cut or missed."""

    rid: LongId
    item: LongId
    sha256: Sha256
    planned_at: Instant
    result: Word
    started_at: Instant | None = None
    ended_at: Instant | None = None
    code: Word | None = None
    volume_pct: Percent = 0
    proof: Proof | None = None


class DeviceEvent(Wire, frozen=True):
    """Facts on ``evt``: ``type`` asrun carries ``records``; security and fault carry ``code`` and ``detail``."""

    v: int
    type: Word
    ts: Instant
    boot: Word
    records: list[AsRunRecord] = []
    code: Word = ""
    detail: Line = ""


class SyncRequest(Wire, frozen=True):
    """On every connect: what the device holds. Answered on ``d/{id}/cmd`` and by the retained messages."""

    v: int
    ts: Instant
    boot: Word
    desired_ver: Count
    manifests: dict[Id, Count] = {}
    keyset: Count = 0
    pending_records: Count = 0


class Telemetry(Wire, frozen=True):
    """Health, one wide record (thin in this version: grows with the fleet issue)."""

    v: int
    ts: Instant
    boot: Word
    up_s: Count
    st: Word
    volume_pct: Percent
    disk_pct: Percent
    fw: Word = ""
    clk_ms: int | None = None

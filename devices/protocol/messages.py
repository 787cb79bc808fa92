"""Bodies of version 1. Times are integer milliseconds UTC; unknown fields are ignored.

Signed bodies (Command, Manifest, Desired, Beacon, Keyset) travel as JWS compact; the rest as plain JSON.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


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

    areas: list[str] = []
    exclude: list[str] = []
    groups: list[str] = []
    devices: list[str] = []


class Audio(Wire, frozen=True):
    """What to sound: content by hash, ``bytes`` long, ``dur_ms`` long."""

    sha256: str
    bytes: int
    dur_ms: int


class Play(Wire, frozen=True):
    """How: ``start_at`` 0 means at once; ``max_ms`` 0 means the length of the content."""

    start_at: int = 0
    repeat: int = 1
    gap_ms: int = 0
    volume_pct: int = 80
    interrupt: str = "now"
    max_ms: int = 0
    after: str = "drop"


class Command(Wire, frozen=True):
    """A signed order. ``type`` stays a string: an unknown one is answered UNSUPPORTED, not dropped."""

    v: int
    cid: str
    type: str
    prio: int
    iat: int
    nbf: int
    exp: int
    target: Target
    content: Audio | None = None
    play: Play | None = None
    refs: list[str] = []
    jitter_ms: int = 2000
    drill: bool = False
    approved_by: list[str] = []
    volume_pct: int | None = None


class PlanRef(Wire, frozen=True):
    """One day's plan in the content store."""

    sha256: str
    bytes: int


class Manifest(Wire, frozen=True):
    """Signed, retained on ``a/{area}/plan``; ``ver`` rises with every change; days are local dates (ISO)."""

    v: int
    area: str
    ver: int
    iat: int
    days: dict[str, PlanRef]


class PlanItem(Wire, frozen=True):
    """One item of a day's plan. ``item`` is the occurrence id."""

    item: str
    start_at: int
    end_at: int
    prio: int
    audio: Audio
    after: str
    title: str = ""


class Plan(Wire, frozen=True):
    """The content a manifest's hash names: items in time order, disjoint."""

    v: int
    area: str
    day: str
    items: list[PlanItem]


class QuietHours(Wire, frozen=True):
    """Local wall times HH:MM; past midnight where ``until`` is not after ``start``."""

    start: str
    until: str


class Desired(Wire, frozen=True):
    """Signed, retained on ``d/{id}/desired``. ``areas`` is the chain, leaf first; the leaf's manifest is followed.

    ``utc_offset_min`` is the zone's offset (Việt Nam has no summer time).
    """

    v: int
    device: str
    ver: int
    iat: int
    areas: list[str]
    groups: list[str] = []
    quiet: list[QuietHours] = []
    utc_offset_min: int = 420
    volume_pct: int = 80
    report_s: int = 300
    content_url: str = ""


class Beacon(Wire, frozen=True):
    """Signed time beacon, every 60 s; ``keyset`` is the current keyset version."""

    v: int
    now: int
    keyset: int


class KeyRole(StrEnum):
    """What a key may sign."""

    PLAN = "plan"
    ALERT = "alert"
    FIRMWARE = "firmware"


class PublicKey(Wire, frozen=True):
    """``x``: raw Ed25519 public key, base64url without padding. Empty ``areas`` means everywhere."""

    kid: str
    role: KeyRole
    x: str
    nbf: int
    exp: int
    areas: list[str] = []


class Keyset(Wire, frozen=True):
    """Signed by the offline root; a device never goes back to a lower ``ver``."""

    v: int
    ver: int
    iat: int
    keys: list[PublicKey]


class State(Wire, frozen=True):
    """Birth, and as the will, death; ``conn`` counts this device's connections."""

    v: int
    st: str
    conn: int
    boot: str
    ts: int
    fw: str = ""
    clk_ms: int | None = None


class Proof(Wire, frozen=True):
    """Proof of sound: amplifier current and microphone level."""

    amp_ma: int | None = None
    mic_db: float | None = None


class Ack(Wire, frozen=True):
    """Where a command (``cid``) or planned items (``items`` of plan ``plan``) stand."""

    v: int
    st: Standing
    ts: int
    n: int
    boot: str
    cid: str = ""
    items: list[str] = []
    plan: str = ""
    code: Code | None = None
    clk_ms: int | None = None
    fw: str = ""
    pos_ms: int | None = None


class AsRunRecord(Wire, frozen=True):
    """One sounding; ``rid`` is unique on the device for ever. ``result``: done, cut or missed."""

    rid: str
    item: str
    sha256: str
    planned_at: int
    result: str
    started_at: int | None = None
    ended_at: int | None = None
    code: Code | None = None
    volume_pct: int = 0
    proof: Proof | None = None


class DeviceEvent(Wire, frozen=True):
    """Facts on ``evt``: ``type`` asrun carries ``records``; security and fault carry ``code`` and ``detail``."""

    v: int
    type: str
    ts: int
    boot: str
    records: list[AsRunRecord] = []
    code: str = ""
    detail: str = ""


class SyncRequest(Wire, frozen=True):
    """On every connect: what the device holds. Answered on ``d/{id}/cmd`` and by the retained messages."""

    v: int
    ts: int
    boot: str
    desired_ver: int
    manifests: dict[str, int] = {}
    keyset: int = 0
    pending_records: int = 0


class Telemetry(Wire, frozen=True):
    """Health, one wide record (thin in this version: grows with the fleet issue)."""

    v: int
    ts: int
    boot: str
    up_s: int
    st: str
    volume_pct: int
    disk_pct: int
    fw: str = ""
    clk_ms: int | None = None

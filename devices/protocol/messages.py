"""Bodies of version 1. Times are integer milliseconds UTC; unknown fields are ignored.

Signed bodies (Command, CapNotice, ProgrammeNotice, Manifest, Desired, Beacon, Keyset, OfficerKeyset) travel as JWS
compact, the rest as plain JSON. Bounds are checked when a body is decoded. What an older peer must survive (roles,
codes, results and interruption rules it does not know) is a plain string here.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.protocol.authorisation import (
    Authorisation,
    OfficerKey,
    OfficerKeyset,
    OfficerRight,
    OfficerSignature,
    Scope,
)
from devices.protocol.boards import BoardItem, BoardLook, BoardPicture, BoardPlan, Screen
from devices.protocol.commands import (
    AlertContent,
    Audio,
    Blasts,
    Circle,
    Command,
    CommandType,
    Image,
    Install,
    Live,
    Play,
    Shape,
    Speech,
    Target,
)
from devices.protocol.desired import BrokerAddress, Desired, QuietHours, VolumeHours
from devices.protocol.enrolment import CertificateAnswer, CertificateRequest, EnrolRequest
from devices.protocol.fields import (
    Count,
    Id,
    Instant,
    Line,
    LocalDate,
    LongId,
    PublicX,
    Sha256,
    Wire,
    Word,
)
from devices.protocol.limits import HELD_ORDERS_MAX, ITEMS_MAX
from devices.protocol.local_orders import HolderPin, LocalOrder, LocalOrderReport, LocalOrders, RaisedAlert
from devices.protocol.notices import CapNotice, NoticeType, ProgrammeNotice, ProgrammeStageReport, ProgrammeType
from devices.protocol.records import AsRunRecord, Proof, Relay, Relayed, RelayPart, RoundLevels
from devices.protocol.telemetry import LogPart, Telemetry, TestResult

__all__ = [
    "Ack",
    "AlertContent",
    "AsRunRecord",
    "Audio",
    "Authorisation",
    "Beacon",
    "Blasts",
    "BoardItem",
    "BoardLook",
    "BoardPicture",
    "BoardPlan",
    "BrokerAddress",
    "CapNotice",
    "CertificateAnswer",
    "CertificateRequest",
    "Circle",
    "Code",
    "Command",
    "CommandType",
    "Desired",
    "DeviceEvent",
    "EnrolRequest",
    "ExecutionState",
    "HolderPin",
    "Image",
    "Install",
    "KeyRole",
    "Keyset",
    "Live",
    "LocalOrder",
    "LocalOrderReport",
    "LocalOrders",
    "LogPart",
    "Manifest",
    "NoticeType",
    "OfficerKey",
    "OfficerKeyset",
    "OfficerRight",
    "OfficerSignature",
    "Plan",
    "PlanExtra",
    "PlanItem",
    "PlanRef",
    "Play",
    "ProgrammeNotice",
    "ProgrammeStageReport",
    "ProgrammeType",
    "Proof",
    "PublicKey",
    "QuietHours",
    "RaisedAlert",
    "Relay",
    "RelayPart",
    "Relayed",
    "RoundLevels",
    "Scope",
    "Screen",
    "Shape",
    "Speech",
    "State",
    "SyncRequest",
    "Target",
    "Telemetry",
    "TestResult",
    "VolumeHours",
    "Wire",
]


class Code(StrEnum):
    """Reason for which a device refused a command, or an item was not heard."""

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
    OUTSIDE = "OUTSIDE"
    WRONG_TOPIC = "WRONG_TOPIC"
    FENCED = "FENCED"
    UNAPPROVED = "UNAPPROVED"
    HASH_MISMATCH = "HASH_MISMATCH"
    FETCH_FAILED = "FETCH_FAILED"
    NO_SPACE = "NO_SPACE"
    NO_CLOCK = "NO_CLOCK"
    AMP_FAULT = "AMP_FAULT"
    QUIET_HOURS = "QUIET_HOURS"
    HUSHED = "HUSHED"
    LOCAL_STOP = "LOCAL_STOP"
    QUARANTINED = "QUARANTINED"
    TOO_BIG = "TOO_BIG"
    POWER_LOST = "POWER_LOST"
    CANCELLED = "CANCELLED"
    STALE = "STALE"
    WATCHDOG = "WATCHDOG"
    TIME_LIMIT = "TIME_LIMIT"
    FOREIGN_INPUT = "FOREIGN_INPUT"
    FOREIGN_OUTPUT = "FOREIGN_OUTPUT"
    NOT_CLAIMED = "NOT_CLAIMED"
    ALREADY_ISSUED = "ALREADY_ISSUED"
    LOCKED = "LOCKED"
    BAD_REQUEST = "BAD_REQUEST"
    BUSY = "BUSY"
    WRONG_MODEL = "WRONG_MODEL"
    INSTALLING = "INSTALLING"
    WEAK_BATTERY = "WEAK_BATTERY"
    NEAR_ITEM = "NEAR_ITEM"
    IN_ALERT = "IN_ALERT"
    BOOT_FAILED = "BOOT_FAILED"
    NO_LINK = "NO_LINK"
    NO_ORDER = "NO_ORDER"
    WRONG_PIN = "WRONG_PIN"


class ExecutionState(StrEnum):
    """Progress of a command or a planned item on a device; ranks in ``codec.RANK``."""

    RECEIVED = "received"
    READY = "ready"
    STARTED = "started"
    DONE = "done"
    CUT = "cut"
    CANCELLED = "cancelled"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class PlanRef(Wire, frozen=True):
    """One day's plan in the content store."""

    sha256: Sha256
    bytes: Count


class Manifest(Wire, frozen=True):
    """Signed, retained on ``a/{area}/plan``; ``ver`` rises with every change; days are local dates (ISO).

    ``boards`` names what the area's boards show; a device that is no board, or older than boards, reads past it.
    ``epoch`` rises when the server was restored from a back-up: a higher one is newer with any ``ver``.
    """

    v: int
    area: Id
    ver: Count
    iat: Instant
    days: dict[LocalDate, PlanRef]
    boards: PlanRef | None = None
    epoch: Count = 0


class PlanItem(Wire, frozen=True):
    """One item of a day's plan. ``item`` is the occurrence id.

    ``opening`` sounds before ``audio`` and ``closing`` after it, at once one after the other; ``skip_ms`` of the
    beginning of ``audio`` are left out. From ``start_at`` to ``end_at`` it is all of them together. With ``relay`` a
    stream sounds, and ``audio`` in its place where it fails; a device older than relays sounds ``audio`` alone, once.
    """

    item: LongId
    start_at: Instant
    end_at: Instant
    prio: Annotated[int, Meta(ge=0, le=9)]
    audio: Audio
    after: Word
    title: Line = ""
    opening: Audio | None = None
    closing: Audio | None = None
    skip_ms: Count = 0
    relay: Relay | None = None


class PlanExtra(Wire, frozen=True):
    """An item for the devices named and for no other. A reader that does not know of it sounds nothing more."""

    item: PlanItem
    devices: list[Id]


class Plan(Wire, frozen=True):
    """The content a manifest's hash names: items in time order, disjoint from each other and from the extras."""

    v: int
    area: Id
    day: LocalDate
    items: list[PlanItem]
    extras: list[PlanExtra] = []


class Beacon(Wire, frozen=True):
    """Signed time beacon, every 60 s; ``keyset`` is the current keyset version, ``fence`` as in a Command."""

    v: int
    now: Instant
    keyset: Count
    fence: Count = 0


class KeyRole(StrEnum):
    """Kind of message that a key may sign."""

    PLAN = "plan"
    ALERT = "alert"
    DRILL = "drill"
    FIRMWARE = "firmware"


class PublicKey(Wire, frozen=True):
    """``x``: raw Ed25519 public key, base64url without padding. Empty ``areas`` means everywhere."""

    kid: Id
    role: Word
    x: PublicX
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
    """Birth message, and as the will, death message; ``conn`` counts this device's connections.

    ``cert`` is the serial number of the certificate it connected with, in hexadecimal. ``fwn`` is the number of the
    image that runs, 0: unknown.
    """

    v: int
    st: Word
    conn: Count
    boot: Word
    ts: Instant
    fw: Word = ""
    clk_ms: int | None = None
    cert: Word = ""
    model: Word = ""
    fwn: Count = 0


class Ack(Wire, frozen=True):
    """Progress of a command (``cid``) or of planned items (``items`` of plan ``plan``).

    ``delay_ms``: of a live address, from mouth to loudspeaker. ``test``: the results of a self-test. ``round`` and
    ``turn``, of an alert that sounds or has sounded: the number of the round in its schedule, and of the start on this
    device; 0: unknown.
    """

    v: int
    st: ExecutionState
    ts: Instant
    n: Count
    boot: Word
    cid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,80}\Z")] = ""
    items: Annotated[list[LongId], Meta(max_length=ITEMS_MAX)] = []
    plan: Line = ""
    code: Word | None = None
    clk_ms: int | None = None
    fw: Word = ""
    pos_ms: Count | None = None
    proof: Proof | None = None
    delay_ms: Count | None = None
    test: TestResult | None = None
    round: Count = 0
    turn: Count = 0


class DeviceEvent(Wire, frozen=True):
    """Events on ``evt``: ``type`` asrun has ``records``, programme ``words``, local ``local``, others ``code``."""

    v: int
    type: Word
    ts: Instant
    boot: Word
    records: Annotated[list[AsRunRecord], Meta(max_length=ITEMS_MAX)] = []
    words: Annotated[list[ProgrammeStageReport], Meta(max_length=ITEMS_MAX)] = []
    code: Word = ""
    detail: Line = ""
    local: LocalOrderReport | None = None


class SyncRequest(Wire, frozen=True):
    """State that the device holds, sent on every connect. Answered on ``d/{id}/cmd`` and by the retained messages.

    ``cid`` names the ``resync`` that asked for it; empty: none did. ``nonce`` was never used before: the ``synced``
    that answers it proves the server's time. ``epochs``: of the Desired held, and of the manifest. ``orders``: alerts,
    drills, a silencing stop and other plays in force, with their ends. ``knows_time``: ``ts`` is by a clock of its own.
    ``officers``: version of the keyset of officers held, 0: none; None: a device that checks no people's signatures.
    """

    v: int
    ts: Instant
    boot: Word
    desired_ver: Count
    manifests: Annotated[dict[Id, Count], Meta(max_length=ITEMS_MAX)] = {}
    keyset: Count = 0
    pending_records: Count = 0
    cid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,80}\Z")] = ""
    nonce: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}\Z")] = ""
    epochs: tuple[Count, Count] = (0, 0)
    orders: Annotated[dict[LongId, Instant], Meta(max_length=HELD_ORDERS_MAX)] = {}
    knows_time: bool = False
    officers: Count | None = None

"""Signed command: its type, its target, the sound and text of an alert, and the firmware image to install."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.protocol.authorisation import Authorisation
from devices.protocol.fields import (
    Count,
    Id,
    Instant,
    Latitude,
    Line,
    LongId,
    Longitude,
    Percent,
    PublicX,
    Ring,
    Sha256,
    Wire,
    Word,
)
from devices.protocol.limits import IMAGE_MANIFEST_MAX, IMAGE_MAX_BYTES


class Image(Wire, frozen=True):
    """One image for one model, signed with a key of role ``firmware`` where no server is.

    ``number`` rises with every image of a model. Once this one is confirmed, nothing numbered below ``floor`` boots any
    more: so a hole that was mended stays mended.
    """

    v: int
    model: Id
    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    version: Word
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1, le=IMAGE_MAX_BYTES)]
    floor: Count = 0
    notes: Line = ""


class Install(Wire, frozen=True):
    """Take this image: ``image`` is an Image as it was signed."""

    image: Annotated[str, Meta(max_length=IMAGE_MANIFEST_MAX)]


class CommandType(StrEnum):
    """Type of a command. RECEIPT: the records named in ``refs`` are stored, forget them.

    SYNCED: the sync request with this nonce is answered, at ``iat``.
    """

    PLAY = "play"
    STOP = "stop"
    CANCEL = "cancel"
    RESYNC = "resync"
    RECEIPT = "receipt"
    VOLUME = "volume"
    SELFTEST = "selftest"
    REBOOT = "reboot"
    LIVE_START = "live_start"
    LIVE_RENEW = "live_renew"
    LIVE_STOP = "live_stop"
    LOG = "log"
    INSTALL = "install"
    SYNCED = "synced"


class Circle(Wire, frozen=True):
    """Everything within ``radius_m`` of a point."""

    lat: Latitude
    lon: Longitude
    radius_m: Annotated[int, Meta(ge=0, le=1_000_000)]


class Shape(Wire, frozen=True):
    """The union of rings and circles. A ring is a list of (lat, lon), closed by its first point repeated."""

    rings: Annotated[list[Ring], Meta(max_length=20)] = []
    circles: Annotated[list[Circle], Meta(max_length=20)] = []


class Target(Wire, frozen=True):
    """Target: a device is meant if named, or in a group, or if an area is in its chain and no excluded one is.

    Of those meant by area, one that knows its position must lie inside ``shape`` too, where there is one.
    """

    areas: list[Id] = []
    exclude: list[Id] = []
    groups: list[Id] = []
    devices: list[Id] = []
    shape: Shape | None = None


class Audio(Wire, frozen=True):
    """Sound to play: content by hash, ``bytes`` long, ``dur_ms`` long."""

    sha256: Sha256
    bytes: Count
    dur_ms: Count


class Play(Wire, frozen=True):
    """Playback. ``start_at`` 0 means at once; ``max_ms`` 0 means the length of the content."""

    start_at: Instant = 0
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1
    gap_ms: Count = 0
    volume_pct: Percent = 80
    interrupt: Word = "now"
    max_ms: Count = 0
    after: Word = "drop"


class Speech(Wire, frozen=True):
    """Speech in one language: content by hash, as Audio."""

    lang: Word
    sha256: Sha256
    bytes: Count
    dur_ms: Count


class Blasts(Wire, frozen=True):
    """Pattern of a siren: ``count`` blasts of ``on_ms`` with ``off_ms`` between are one series.

    One series goes before each of the first ``series`` sayings of the words.
    """

    count: Annotated[int, Meta(ge=1, le=20)]
    on_ms: Annotated[int, Meta(ge=500, le=60_000)]
    off_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    series: Annotated[int, Meta(ge=1, le=5)] = 1


class AlertContent(Wire, frozen=True):
    """Content of a ``play`` of priority 9: once received, it needs no server.

    One round is: the tone, then every speech in order, ``times`` over with ``gap_ms`` between. Rounds begin at once,
    then ``rounds_ms`` after ``issued_at``, then every ``every_ms`` (0: never again), until ``exp``. Later rounds say
    ``again`` in place of ``speech``, where it is there. ``replaces`` names the commands that this one ends; a ``minor``
    one takes over text and expiry, and does not sound again. ``silent``: all is done but the sound. ``blasts``: the
    tone sounds in this pattern, instead of once for ``tone_ms``.
    """

    id: Id
    level: Annotated[int, Meta(ge=1, le=3)]
    hazard: Word
    issued_at: Instant
    tone: Word = "siren-a"
    tone_ms: Annotated[int, Meta(ge=0, le=30_000)] = 10_000
    speech: Annotated[list[Speech], Meta(max_length=8)] = []
    again: Annotated[list[Speech], Meta(max_length=8)] = []
    times: Annotated[int, Meta(ge=1, le=5)] = 3
    gap_ms: Annotated[int, Meta(ge=0, le=60_000)] = 2_000
    rounds_ms: Annotated[list[Count], Meta(max_length=50)] = []
    every_ms: Count = 0
    head: Line = ""
    text: Annotated[str, Meta(max_length=3000)] = ""
    replaces: list[LongId] = []
    minor: bool = False
    silent: bool = False
    calm: bool = False
    blasts: Blasts | None = None


class Live(Wire, frozen=True):
    """A live address: the key of its frames, their format, and when the device falls silent by itself.

    ``key`` is the public half of a key made for this session and never used again (raw Ed25519, base64url).
    """

    session: Id
    key: PublicX
    until: Instant
    codec: Word = "opus"
    rate_hz: Annotated[int, Meta(ge=8_000, le=48_000)] = 48_000
    frame_ms: Annotated[int, Meta(ge=20, le=200)] = 100
    warm_ms: Annotated[int, Meta(ge=0, le=10_000)] = 1_000
    chime_ms: Annotated[int, Meta(ge=0, le=10_000)] = 0
    wait_ms: Annotated[int, Meta(ge=1_000, le=300_000)] = 60_000
    watchdog_ms: Annotated[int, Meta(ge=500, le=30_000)] = 3_000


class Command(Wire, frozen=True):
    """A signed command. ``type`` stays a string: an unknown one is answered UNSUPPORTED, not dropped.

    ``hush_until`` belongs to ``stop``: nothing below an alert begins before that instant. ``audible`` belongs to
    ``selftest``: a short tone is sounded, and measured. ``fence`` rises with each gateway that takes over; 0: not told.
    ``authorisation`` belongs to an alert: the signatures of the people who let it out.
    """

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
    alert: AlertContent | None = None
    hush_until: Instant = 0
    live: Live | None = None
    audible: bool = False
    install: Install | None = None
    fence: Count = 0
    authorisation: Authorisation | None = None

"""As-run records of sound and text on a device, the proof of sound, and relayed programmes."""

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Decibel, Id, Instant, Line, LongId, Percent, Sha256, Wire, Word
from devices.protocol.limits import RELAY_PARTS_MAX, RELAY_URLS_MAX, ROUND_PAUSES_MAX

Url = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,490}\Z")]


class Relay(Wire, frozen=True):
    """A stream that an item sounds from its ``start_at`` to its ``end_at``; the item's ``audio`` stands in for it.

    ``urls`` hold the same programme and are tried in turn. ``form``: ``stream`` (one unbroken answer, as of Icecast) or
    ``hls``. It sounds once ``buffer_ms`` of it are held; softer than ``silence_db`` (dB below full scale) for
    ``silence_ms`` counts as lost. The stand-in comes again ``gap_ms`` after its end.
    """

    source: Id
    form: Word
    urls: Annotated[list[Url], Meta(min_length=1, max_length=RELAY_URLS_MAX)]
    name: Line = ""
    buffer_ms: Annotated[int, Meta(ge=200, le=3_000)] = 1_500
    silence_ms: Annotated[int, Meta(ge=1_000, le=60_000)] = 4_000
    silence_db: Annotated[int, Meta(ge=-90, le=-20)] = -55
    gap_ms: Annotated[int, Meta(ge=0, le=600_000)] = 10_000


class RelayPart(Wire, frozen=True):
    """Span of time in which the ``stream`` sounded, or the ``fallback``."""

    what: Word
    started_at: Instant
    ended_at: Instant


class Relayed(Wire, frozen=True):
    """Report on a relay: how long each sounded, and the first parts in order of time."""

    source: Id
    stream_ms: Count
    fallback_ms: Count
    parts: Annotated[list[RelayPart], Meta(max_length=RELAY_PARTS_MAX)] = []


class RoundLevels(Wire, frozen=True):
    """Levels at the microphone over one round of an alert, between its pauses and in them, and what the amplifier drew.

    Frames of 500 ms, those of the first 1,200 ms of each stretch and pause left out: neighbours up to 400 m away are
    late by that. ``sounding_db``: reached in nine of ten frames that sounded. ``pause_db``: the loudest frame of the
    ``pauses``. ``amp_ma``: the highest current of the round.
    """

    sounding_db: Decibel
    pause_db: Decibel
    pauses: Annotated[int, Meta(ge=1, le=ROUND_PAUSES_MAX)]
    amp_ma: Count


class Proof(Wire, frozen=True):
    """Proof of sound: amplifier current and microphone level. ``levels``: of a round of an alert that has pauses."""

    amp_ma: int | None = None
    mic_db: float | None = None
    levels: RoundLevels | None = None


class AsRunRecord(Wire, frozen=True):
    """One sounding, or one showing on a board; ``rid`` is never used twice on the device.

    ``result``: done, cut or missed. ``relayed``: the course of a relay, if anything of it sounded. ``round`` and
    ``turn`` as in an Ack.
    """

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
    relayed: Relayed | None = None
    round: Count = 0
    turn: Count = 0

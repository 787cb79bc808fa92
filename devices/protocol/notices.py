"""Station notices: signed messages on CAP documents and programmes, and a station's receipts for programmes."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Id, Instant, Line, LongId, Sha256, Wire, Word


class NoticeType(StrEnum):
    """Effect of the document. CANCEL and ALL_CLEAR: what ``replaces`` names has ended."""

    ALERT = "alert"
    UPDATE = "update"
    ALL_CLEAR = "all_clear"
    CANCEL = "cancel"


class CapNotice(Wire, frozen=True):
    """Signed, retained on ``d/{id}/cap/{document}``, an exercise on ``d/{id}/drill/{document}``.

    ``cap`` is the document as text: its UTF-8 bytes have the hash ``sha256``. Empty where it does not fit a message:
    then it is fetched by hash. ``replaces`` names the documents that it ends, the last of which would have expired at
    ``keep``: until then it is retained, though it holds no longer than ``exp``. ``type`` stays a string: a station
    shows what it does not know.
    """

    v: int
    device: Id
    document: Id
    alert: Id
    type: Word
    iat: Instant
    exp: Instant
    sha256: Sha256
    bytes: Count
    level: Annotated[int, Meta(ge=1, le=3)] = 3
    drill: bool = False
    replaces: list[LongId] = []
    keep: Instant = 0
    head: Line = ""
    cap: Annotated[str, Meta(max_length=16_384)] = ""


class ProgrammeType(StrEnum):
    """Kind of notice. READY: it may be fetched, and aired from ``start`` to ``end``. KILLED: withdrawn and deleted."""

    READY = "ready"
    KILLED = "killed"


class ProgrammeNotice(Wire, frozen=True):
    """Signed, retained on ``d/{id}/programme/{document}``: a programme for a station, or its withdrawal.

    ``ver`` rises with each change: a station takes no older one. ``sha256`` is its WAV, ``mp3`` the same as MP3: both
    are content. ``end`` 0: no end. It is to be gone at ``exp``, with or without a further notice. ``type`` stays a
    string: a station leaves alone what it does not know.
    """

    v: int
    device: Id
    programme: Id
    type: Word
    ver: Count
    iat: Instant
    exp: Instant
    sha256: Sha256
    bytes: Count
    mp3: Sha256
    mp3_bytes: Count
    start: Instant = 0
    end: Instant = 0
    head: Line = ""


class ProgrammeStageReport(Wire, frozen=True):
    """Progress of a programme at a station, in an ``evt`` of type programme; the server's receipt names ``rid``.

    ``rung``: downloaded, verified, scheduled (``at``: when it will be aired) or aired (``at``: when it began).
    ``sha256`` names the file; it is required for verified. The same programme, ``rung`` and ``at`` is the same receipt.
    """

    rid: LongId
    programme: Id
    rung: Word
    at: Instant
    sha256: Sha256 | None = None
    dur_ms: Count | None = None

"""The body of a signed notice: one of our CAP documents, for a station that gives it to people by means of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Id, Instant, Line, LongId, Sha256, Wire, Word


class NoticeType(StrEnum):
    """What the document does. CANCEL and ALL_CLEAR: what ``replaces`` names is over."""

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

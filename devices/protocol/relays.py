"""Relayed programme: the stream that a device fetches by itself, and its report on the relay."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Id, Instant, Line, Wire, Word
from devices.protocol.limits import RELAY_PARTS_MAX, RELAY_URLS_MAX

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

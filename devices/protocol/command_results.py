"""Answers to remote commands: the result of a self-test, and the device's log in parts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Instant, LongId, Sha256, Wire, Word
from devices.protocol.limits import LOG_PART_BYTES, LOG_PARTS_MAX
from devices.protocol.telemetry import Decibel, Ohm

PartData = Annotated[bytes, Meta(min_length=1, max_length=LOG_PART_BYTES)]
PartCount = Annotated[int, Meta(ge=1, le=LOG_PARTS_MAX)]


class TestResult(Wire, frozen=True):
    """Result of a self-test. None, or an empty word: not measured there.

    ``spk`` is the loudspeaker line: ok, open, short or earth. Where it was not ``audible`` nothing was sounded, and
    current and level are those of silence.
    """

    __test__ = False  # pytest takes it for tests otherwise

    audible: bool = False
    amp_ma: Count | None = None
    mic_db: Decibel | None = None
    spk: Word = ""
    line_ohm: Ohm | None = None


class LogPart(Wire, frozen=True):
    """On ``req/log``: part ``n`` (from 0) of ``of`` of what ``sha256`` names, asked for by the command ``cid``.

    All parts together are gzip of UTF-8 text, a line an entry.
    """

    v: int
    ts: Instant
    cid: LongId
    sha256: Sha256
    n: Annotated[int, Meta(ge=0, lt=LOG_PARTS_MAX)]
    of: PartCount
    data: PartData

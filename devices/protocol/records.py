"""As-run records of sound and text on a device, and the proof of sound."""

from __future__ import annotations

from devices.protocol.fields import Count, Instant, LongId, Percent, Sha256, Wire, Word
from devices.protocol.relays import Relayed


class Proof(Wire, frozen=True):
    """Proof of sound: amplifier current and microphone level."""

    amp_ma: int | None = None
    mic_db: float | None = None


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

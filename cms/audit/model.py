"""Anchors of the logs, and checks of the event log against its chain and its anchors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec

from cms.platform.store.chain import GENESIS


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a chain: the number of its lines, and the hash of the last."""

    count: int
    head: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Heads of both chains at one instant."""

    at: str
    events: Head
    as_run: Head

    def encoded(self) -> bytes:
        return msgspec.json.encode(asdict(self), order="deterministic")

    @classmethod
    def decoded(cls, payload: bytes) -> Anchor:
        """Decode an anchor. Raises msgspec.MsgspecError."""
        return msgspec.json.decode(payload, type=Anchor)


@dataclass(frozen=True, slots=True)
class LostAnchor:
    """Anchored line that a log no longer holds. ``log``: ``events`` or ``as_run``.

    ``is_cut``: the log ends before that line; else the line was written again.
    """

    log: str
    seq: int
    at: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Check of the whole event log, and how far it is: ``seq`` and ``hash`` are of the last line that holds.

    ``broken_seq``: the first line that does not follow from the one before; None: none. ``anchors``: how many were
    compared at its end.
    """

    id: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    seq: int = 0
    hash: str = GENESIS
    finished_at: datetime | None = None
    broken_seq: int | None = None
    anchors: int = 0
    lost: tuple[LostAnchor, ...] = ()

    @property
    def holds(self) -> bool:
        return self.broken_seq is None and not self.lost

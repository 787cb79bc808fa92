"""Restore watch: notice that the database is older than it was, and ask every device for what it holds.

``anchors/head.json`` names the newest event that this installation saw, and the epoch that its devices were sent. A
database that does not hold that event is another one, or an older one: somebody brought it back without
``loa restore``. Then the epoch rises. Whenever it has risen, all devices are asked to sync, so that those
which never lost their connection are reconciled too.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.process.atomic_file import write_whole
from cms.platform.settings import Settings
from cms.platform.store.chain import hash_at, head
from cms.platform.store.engine import reading
from province.areas import AreaId
from province.events import Event

LOOK_EVERY_S: Final = 5.0
SPREAD_S: Final = 40.0
"""A province's answers are spread over this time, one area after the other."""
ASK_EVERY: Final = timedelta(minutes=10)
"""A device that lies about what it holds causes no more requests than this."""
UNKNOWN_EPOCH: Final = -1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeadMark:
    """Newest event that was seen (``seq`` 0: none is known), and the epoch under which devices were asked to sync."""

    seq: int
    hash: str
    epoch: int

    @classmethod
    def read(cls, path: Path) -> HeadMark | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_text(encoding="ascii"))
            return cls(int(kept["seq"]), str(kept["hash"]), int(kept["epoch"]))
        return None

    def write(self, path: Path) -> None:
        """Write the mark to the file. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        write_whole(path, json.dumps({"seq": self.seq, "hash": self.hash, "epoch": self.epoch}) + "\n")


def mark_path(settings: Settings) -> Path:
    return settings.root / "anchors" / "head.json"


class RestoreWatch:
    """Watch of one gateway. ``monotonic_s`` counts seconds that no clock setting moves."""

    def __init__(self, context: Context, letters: MessageBuilder, monotonic_s: Callable[[], float]) -> None:
        self._context = context
        self._letters = letters
        self._monotonic_s = monotonic_s
        self._path = mark_path(context.settings)
        self._look_due_s = float("-inf")
        self._next_s = 0.0
        self._apart_s = 0.0
        self._waiting: deque[AreaId] = deque()
        self._wanted = threading.Event()
        self._asked_at: datetime | None = None

    @property
    def is_asking(self) -> bool:
        """Return whether there is more to do before the next look."""
        return bool(self._waiting) or self._wanted.is_set()

    def ask_all(self) -> None:
        """Ask every device what it holds, since one holds something unknown to the server. From any thread."""
        self._wanted.set()

    def step(self, link: BrokerLink) -> None:
        """Compare the database with the mark, and ask the next areas. Raises LinkError."""
        now_s = self._monotonic_s()
        if now_s >= self._look_due_s:
            self._look_due_s = now_s + LOOK_EVERY_S
            self._look()
        if self._wanted.is_set():
            self._wanted.clear()
            now = self._context.now()
            if self._asked_at is None or not timedelta(0) <= now - self._asked_at < ASK_EVERY:
                self._begin(now)
        while self._waiting and link.is_ready and now_s >= self._next_s:
            post(link, self._letters.resync(self._waiting[0], self._context.now()))
            self._waiting.popleft()
            self._next_s += self._apart_s

    def _look(self) -> None:
        mark = HeadMark.read(self._path)
        with reading(self._context.engine) as session:
            seq, digest = head(session)
            is_ours = mark is None or not mark.seq or hash_at(session, mark.seq) == mark.hash
        if mark is not None and not is_ours:
            seq, digest = self._restored(mark, seq)
        epoch = self._letters.epoch.value
        if mark is not None and mark.epoch != epoch:
            self._begin(self._context.now())
        fresh = HeadMark(seq, digest, epoch)
        if fresh != mark:
            # A disk that takes no writes must not stop the gateway; the next look tries again.
            with suppress(OSError):
                fresh.write(self._path)

    def _restored(self, mark: HeadMark, seq: int) -> tuple[int, str]:
        now = self._context.now()
        epoch = self._letters.epoch.rise(now)
        log.error("event %d, seen before, is not in the database: it is from a back-up. Epoch %d", mark.seq, epoch)
        detail: dict[str, object] = {"epoch": epoch, "seen_events": mark.seq, "held_events": seq}
        with self._context.uow() as unit:
            unit.record(Event("server.restored", "server", now, "gateway", "gateway", detail))
            unit.commit()
        with reading(self._context.engine) as session:
            return head(session)

    def _begin(self, now: datetime) -> None:
        self._asked_at = now
        with self._context.uow.reading() as unit:
            areas = unit[Devices].planning_areas()
        log.warning("every device is asked to sync, in %d areas", len(areas))
        self._waiting = deque(areas)
        self._apart_s = SPREAD_S / max(1, len(areas))
        self._next_s = self._monotonic_s()

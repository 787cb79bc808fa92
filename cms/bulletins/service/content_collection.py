"""Collection of content that nothing names: set aside first, deleted a week later if nothing asked for it meanwhile.

Two looks, days apart, find no row that names the bytes. Whoever asks for them in between, a device or a form that was
open for long, brings them back. So no lock is held against the sender of the same bytes, and a look that is
ended half-way has done no harm: what is aside is known to the content store alone.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cms.bulletins.queries import CONTENT, CONTENT_COLLECTED
from cms.bulletins.repository.content_names import strike_named
from cms.bulletins.repository.sharing import SentRecordings
from cms.bulletins.service.recordings import UNUSED_KEPT
from cms.platform.context import Context
from media.model import ShelvedContent
from province.events import Event
from province.people import Actor

KEPT_DAYS: Final = 14
"""Since it was put, and at least as long as plans reach: a draft's older sound, a plan that a device still follows."""
ASIDE: Final = timedelta(days=7)
AT_ONCE: Final = 50_000
"""Blobs of one look at the rows: 12 MB of names."""
_SHELVES: Final = 256
_REST: Final = 9
"""A page that took a second is followed by a rest of so many: the look takes one part in ten of its time."""


@dataclass(frozen=True, slots=True)
class CollectedContent:
    """Figures of a collection: files and bytes set aside, files brought back, files and bytes deleted."""

    set_aside: int = 0
    set_aside_bytes: int = 0
    brought_back: int = 0
    freed: int = 0
    freed_bytes: int = 0

    def __add__(self, other: "CollectedContent") -> "CollectedContent":
        return CollectedContent(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


def collect(
    context: Context,
    by: Actor,
    wait: Callable[[float], object] = lambda _s: False,
    *,
    only_look: bool = False,
) -> CollectedContent:
    """Collect in all of the store, a group of blobs at a time; ``wait`` is called in between and says whether to stop.

    ``only_look`` counts what would be done.
    """
    now = context.now()
    with context.uow.reading() as unit:
        due = unit[SentRecordings].waiting_before(now - UNUSED_KEPT)
    collection = _Collection(context, by, wait, now, frozenset(each.sha256 for each in due), only_look)
    # Each night begins elsewhere: where a night is too short for all, no shelf is always the last.
    shelves = [(now.toordinal() * 37 + n) % _SHELVES for n in range(_SHELVES)]
    total = CollectedContent()
    while shelves and not collection.is_stopped:
        total += collection.collect_from(shelves)
    if due and not only_look and not collection.is_stopped:
        with context.uow() as unit:
            # Until it is deleted, its room is counted, and only signed-in people may fetch it.
            unit[SentRecordings].settle([each.id for each in due if each.sha256 not in collection.waiting])
            unit.commit()
    return total


@dataclass(slots=True)
class _Collection:
    """One collection. ``overdue``: unused recordings that are three days old; ``waiting``: those that are aside."""

    context: Context
    by: Actor
    wait: Callable[[float], object]
    now: datetime
    overdue: frozenset[str]
    only_look: bool
    is_stopped: bool = False
    waiting: set[str] = field(default_factory=set)

    def collect_from(self, shelves: list[int]) -> CollectedContent:
        """Collect in the last of these shelves, and take them from the list."""
        group: list[ShelvedContent] = []
        while shelves and len(group) < AT_ONCE:
            group += filter(self._is_due, self.context.content.shelf(shelves.pop()))
        unnamed = {each.sha256 for each in group}
        done, began_s = CollectedContent(), time.monotonic()
        for _ in strike_named(self.context.uow.reading, unnamed):
            if self._stops(_REST * (time.monotonic() - began_s)):
                return done
            began_s = time.monotonic()
        for each in group:
            done += self._settle(each, is_named=each.sha256 not in unnamed)
            if self._stops(0.0):
                break
        if done != CollectedContent() and not self.only_look:
            with self.context.uow() as unit:
                unit.record(Event.of(self.by, CONTENT_COLLECTED, CONTENT, self.now, **asdict(done)))
                unit.commit()
        return done

    def _is_due(self, each: ShelvedContent) -> bool:
        kept = ASIDE if each.is_aside else timedelta(days=max(KEPT_DAYS, self.context.settings.plan_days))
        is_overdue = each.sha256 in self.overdue and not each.is_aside
        if each.is_aside:
            self.waiting |= self.overdue & {each.sha256}
        return is_overdue or each.since_s < (self.now - kept).timestamp()

    def _settle(self, each: ShelvedContent, *, is_named: bool) -> CollectedContent:
        """Do to one blob what the look at the rows says."""
        store, sha256 = self.context.content, each.sha256
        self.waiting.discard(sha256)
        if each.is_aside and is_named:
            return CollectedContent(brought_back=int(self.only_look or store.has(sha256)))
        if each.is_aside:
            if not self.only_look:
                store.discard(sha256)
            return CollectedContent(freed=1, freed_bytes=each.bytes)
        if not is_named and (self.only_look or store.set_aside(sha256)):
            self.waiting |= self.overdue & {sha256}
            return CollectedContent(set_aside=1, set_aside_bytes=each.bytes)
        return CollectedContent()

    def _stops(self, wait_s: float) -> bool:
        self.is_stopped = bool(self.wait(wait_s))
        return self.is_stopped

"""Texts of the plan on an electronic board: the texts in force, the page on screen, and the reports.

A showing begins with its first page and ends at its end, when it is withdrawn, or when the power comes back after
its end. Its record so far is on flash, so a power cut divides nothing: there is one record for each showing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

import msgspec

from devices.protocol import codec
from devices.protocol.boards import USUAL, BoardLook, BoardPicture, Screen, cells_of, pages_shown, text_sha256
from devices.protocol.errors import MalformedError, ProtocolError
from devices.protocol.messages import AsRunRecord, BoardItem, BoardPlan, Code, Manifest, Standing
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.commands.command_handler import CommandHandler
from firmware_sim.core.effects import ClearText, Fetch, ShowPage, UseScreen
from firmware_sim.core.reports.report_queue import NEVER_MS, ReportQueue
from firmware_sim.core.schedule.item_player import SETTLED_KEEP_MS
from firmware_sim.core.schedule.plan_follower import ANNOUNCED_MS, PlanFollower
from firmware_sim.core.step import Step

_SHOWN: Final = "shown"
"""Kind of facts: the showings that have begun, with their record so far."""


class TextBoard:
    """Texts of one board. ``manifest`` returns the manifest in force; ``base_url`` is where content is fetched."""

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._plan: BoardPlan | None = None
        self._on_since = 0
        self._stands: ShowPage | None = None
        self._turns_at = NEVER_MS
        self._screen = USUAL
        self._pictures_here: set[str] = set()
        self._announced: set[str] = set()
        self.manifest: Callable[[], Manifest | None] = lambda: None
        self.base_url: Callable[[], str] = lambda: ""
        self.is_off = False
        """In quarantine it shows nothing."""

    def beside(self, programme: PlanFollower, orders: CommandHandler) -> None:
        """Connect it with the parts that every device has."""
        self.manifest = lambda: programme.manifest
        self.base_url = lambda: programme.base_url
        besides = programme.kept_besides
        programme.kept_besides = lambda: besides() | self.hashes()
        orders.on_cancel = self.cancel
        orders.on_shut_off = self.shut_off

    def power_on(self, now: int) -> None:
        self._on_since = now

    def shut_off(self, now: int) -> None:
        """Enter quarantine: texts on screen end, and are not shown again."""
        for item in [item for item in self._open() if self._has_begun(item.item)]:
            self._settle(item, now, "cut", Code.QUARANTINED)

    def use(self, screen: Screen | None) -> None:
        """Lay everything out for these picture elements; None: the usual ones, as they are not known."""
        self._screen = screen or USUAL
        self._stands = None
        self._step.do(UseScreen(self._screen))

    def fetch(self) -> None:
        """Fetch the plan in force, the one that will replace it, and the pictures that they name."""
        for sha256, size in self._wanted():
            self._step.do(Fetch(sha256, size, 0, self.base_url(), is_plan=True))
        self._fetch_pictures()

    def hashes(self) -> set[str]:
        """Return the hashes of content that it needs on flash."""
        named = self._named()
        held = self._step.text("doc", "boards")
        # The plan may not be read from flash yet: its pictures are known by name.
        pictures = self._step.text("doc", "board_pictures").split()
        return {sha256 for sha256 in (named[0], held, *pictures) if sha256}

    def held(self, sha256: str, data: bytes | None, now: int | None, told_at: int) -> None:
        """Take content that is on flash: a plan, with its ``data``, or a possible picture."""
        if data is None:
            self._pictures_here.add(sha256)
            return
        manifest = self.manifest()
        if manifest is None or sha256 not in self.hashes():
            return
        try:
            plan = codec.decode(BoardPlan, data)
            if plan.area != manifest.area:
                raise MalformedError("BoardPlan", f"of {plan.area}, not {manifest.area}")
        except ProtocolError as error:
            self._reports.tell("fault", error.code, f"boards {sha256}", told_at)
            return
        is_new = sha256 == self._named()[0]
        if is_new or self._plan is None:
            if now is not None:
                self._end_due(now)
            self._plan = plan
            self._step.remember("doc", "boards", sha256)
            self._step.remember("doc", "board_pictures", " ".join(picture.sha256 for picture in self._pictures()))
            self._fetch_pictures()

    def cancel(self, names: Sequence[str], until_ms: int, now: int) -> None:
        """Withdraw these texts; those that have not begun never do."""
        for name in names:
            item = self._item(name)
            if item is None:
                continue
            self._settle(item, now, "cut" if self._has_begun(name) else "", Code.CANCELLED, keep_until=until_ms)

    def forget_announced(self) -> None:
        """Forget announcements: on a new connection everything is announced again."""
        self._announced = set()

    def announce(self, now: int) -> None:
        """Announce items that are new on this connection, as ready too: the plan on flash holds their text."""
        fresh = {
            item.item
            for item in self._open()
            if item.item not in self._announced and item.start_at <= now + ANNOUNCED_MS
        }
        if fresh:
            self._announced |= fresh
            for standing in (Standing.RECEIVED, Standing.READY):
                self._reports.announce(standing, fresh, self._name_of_plan, now)

    def advance(self, now: int, *, is_covered: bool) -> None:
        """End texts that are past, begin those due, and turn the page. ``is_covered``: an alert has the screen."""
        self._drop_gone(now)
        self._end_due(now)
        standing = [] if self.is_off else [item for item in self._open() if item.start_at <= now < item.end_at]
        for item in standing:
            if not self._has_begun(item.item):
                self._begin(item, now)
        if is_covered:
            # The alert has replaced the page: it is drawn again when the alert ends.
            self._stands = None
            return
        page, self._turns_at = self._page_at(now, standing)
        if page != self._stands:
            had_any, self._stands = self._stands is not None, page
            if page is not None:
                self._step.do(page)
            elif had_any:
                self._step.do(ClearText())

    def next_at(self, now: int) -> int:
        """Return the next instant at which ``advance`` has something to do without an event."""
        first = NEVER_MS
        for item in self._open():
            first = min(first, item.end_at, item.start_at if item.start_at > now else NEVER_MS)
        if self._stands is not None and (self._stands.count > 1 or self._stands.page.run):
            first = min(first, self._turns_at)
        return first

    def _page_at(self, now: int, items: Sequence[BoardItem]) -> tuple[ShowPage | None, int]:
        """Return the page at this instant, which follows from the time alone, and when it turns."""
        cells = cells_of(self._screen)
        pages = [
            (item, page)
            for item in rotation(items)
            for page in pages_shown(item.head, item.text, item.look, cells)
            if not page.picture or page.picture in self._pictures_here
        ]
        if not pages:
            return None, NEVER_MS
        since = now - now % sum(page.ms for _, page in pages)
        ends = list(accumulate((page.ms for _, page in pages), initial=since))[1:]
        number = bisect_right(ends, now)
        item, page = pages[number]
        since_ms = self._clock.to_local(ends[number] - page.ms) if page.run else 0
        until_ms = self._clock.to_local(item.end_at)
        look = item.look or BoardLook()
        shown = ShowPage(item.item, item.head, page, number, len(pages), since_ms, until_ms, look)
        return shown, ends[number]

    def _pictures(self) -> Iterator[BoardPicture]:
        for item in self._plan.items if self._plan is not None else ():
            if item.look is not None and item.look.picture is not None:
                yield item.look.picture

    def _fetch_pictures(self) -> None:
        for picture in dict.fromkeys(self._pictures()):
            self._step.do(Fetch(picture.sha256, picture.bytes, 0, self.base_url()))

    def _named(self) -> tuple[str, int]:
        manifest = self.manifest()
        ref = manifest.boards if manifest is not None else None
        return ("", 0) if ref is None else (ref.sha256, ref.bytes)

    def _wanted(self) -> Iterator[tuple[str, int]]:
        held, (named, size) = self._step.text("doc", "boards"), self._named()
        if held and self._plan is None:
            yield held, 0
        if named and named != held:
            yield named, size

    def _open(self) -> Iterator[BoardItem]:
        """Yield the items of the plan in force that are not settled, nor cancelled before they began."""
        if self._plan is None:
            return
        settled = self._step.known("settled")
        cancelled = self._step.known("cancelled")
        for item in self._plan.items:
            if item.item not in settled and (item.item not in cancelled or self._has_begun(item.item)):
                yield item

    def _item(self, name: str) -> BoardItem | None:
        """Return the item of this name if it is not settled, even if it is cancelled."""
        items = self._plan.items if self._plan is not None else []
        is_open = name not in self._step.known("settled")
        return next((item for item in items if item.item == name and is_open), None)

    def _has_begun(self, name: str) -> bool:
        return name in self._step.known(_SHOWN)

    @property
    def _name_of_plan(self) -> str:
        return f"{self._plan.area if self._plan else ''}/boards"

    def _begin(self, item: BoardItem, now: int) -> None:
        record = msgspec.structs.replace(_record(item), started_at=now)
        self._step.remember(_SHOWN, item.item, msgspec.to_builtins(record))
        self._reports.announce(Standing.STARTED, [item.item], self._name_of_plan, now)

    def _drop_gone(self, now: int) -> None:
        """Drop the plan where none is named any more; withdraw texts that the plan in force no longer holds."""
        manifest = self.manifest()
        if manifest is None or manifest.boards is None:
            self._plan = None
            self._step.forget("doc", "boards")
            self._step.forget("doc", "board_pictures")
        elif self._plan is None:
            return  # being read from flash
        there = {item.item for item in self._plan.items} if self._plan else set()
        for name, kept in list(self._step.known(_SHOWN).items()):
            if name not in there and isinstance(kept, Mapping):
                record = msgspec.convert(kept, AsRunRecord)
                self._close(record, now, "cut", Code.CANCELLED, ended_at=now, keep_until=now)

    def _end_due(self, now: int) -> None:
        for item in [item for item in self._open() if item.end_at <= now]:
            if not self._has_begun(item.item):
                self._settle(item, now, "missed", self._why_never(item))
            elif self._on_since < item.end_at:
                self._settle(item, item.end_at, "done", None)
            else:
                # How long it was on screen before the power failed is unknown.
                self._settle(item, now, "cut", Code.POWER_LOST)

    def _why_never(self, item: BoardItem) -> Code:
        if self.is_off:
            return Code.QUARANTINED
        if self._on_since >= item.end_at:
            return Code.POWER_LOST
        return Code.FETCH_FAILED if self._clock.is_known else Code.NO_CLOCK

    def _settle(self, item: BoardItem, at: int, result: str, code: Code | None, *, keep_until: int = 0) -> None:
        """Settle an item. ``result`` empty: it never began, and there is nothing to record."""
        kept = self._step.known(_SHOWN).get(item.item)
        record = msgspec.convert(kept, AsRunRecord) if isinstance(kept, Mapping) else _record(item)
        ended_at = at if record.started_at is not None and code is not Code.POWER_LOST else None
        self._close(record, at, result, code, ended_at=ended_at, keep_until=max(keep_until, item.end_at))

    def _close(
        self, record: AsRunRecord, at: int, result: str, code: Code | None, *, ended_at: int | None, keep_until: int
    ) -> None:
        self._step.forget(_SHOWN, record.item)
        self._step.remember("settled", record.item, max(at, keep_until) + SETTLED_KEEP_MS)
        if result:
            self._reports.record(msgspec.structs.replace(record, result=result, code=code, ended_at=ended_at), at)
        standing = {"done": Standing.DONE, "cut": Standing.CUT, "missed": Standing.FAILED}
        self._reports.announce(standing.get(result, Standing.CANCELLED), [record.item], self._name_of_plan, at, code)


def rotation(items: Sequence[BoardItem]) -> tuple[BoardItem, ...]:
    """Return the order of a round: items of the highest priority come again after each of a lower one."""
    ordered = sorted(items, key=lambda item: (-item.prio, item.start_at, item.item))
    first = tuple(item for item in ordered if item.prio == ordered[0].prio)
    lower = ordered[len(first) :]
    if not lower:
        return first
    return tuple(each for item in lower for each in (*first, item))


def _record(item: BoardItem) -> AsRunRecord:
    return AsRunRecord(
        rid="open",
        item=item.item,
        sha256=text_sha256(item.head, item.text),
        planned_at=item.start_at,
        result="missed",
    )

"""Pages of a board's texts: the page on screen at an instant, and when it turns."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from devices.protocol.boards import USUAL, BoardLook, Screen, cells_of, pages_shown
from devices.protocol.messages import BoardItem
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import ClearText, ShowPage, UseScreen


class PageDisplay(DevicePart):
    """Pages on one board's screen. ``pictures_here``: hashes of content on flash that may be pictures."""

    def _set_up(self) -> None:
        self._screen = USUAL
        self._shown: ShowPage | None = None
        self._turns_at = NEVER_MS
        self.pictures_here: set[str] = set()

    def use(self, screen: Screen | None) -> None:
        """Lay everything out for these picture elements; None: the usual ones, as they are not known."""
        self._screen = screen or USUAL
        self._shown = None
        self._step.do(UseScreen(self._screen))

    def show(self, items: Sequence[BoardItem], now: int, *, is_covered: bool) -> None:
        """Show the page in force. ``is_covered``: an alert has the screen."""
        if is_covered:
            # The alert has replaced the page: it is drawn again when the alert ends.
            self._shown = None
            return
        page, self._turns_at = self._page_at(now, items)
        if page != self._shown:
            had_any, self._shown = self._shown is not None, page
            if page is not None:
                self._step.do(page)
            elif had_any:
                self._step.do(ClearText())

    @property
    def turns_at(self) -> int:
        """Instant at which another page follows, or a moving line is drawn again."""
        is_moving = self._shown is not None and (self._shown.count > 1 or bool(self._shown.page.run))
        return self._turns_at if is_moving else NEVER_MS

    def _page_at(self, now: int, items: Sequence[BoardItem]) -> tuple[ShowPage | None, int]:
        """Return the page at this instant, which follows from the time alone, and when it turns."""
        cells = cells_of(self._screen)
        pages = [
            (item, page)
            for item in rotation(items)
            for page in pages_shown(item.head, item.text, item.look, cells)
            if not page.picture or page.picture in self.pictures_here
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


def rotation(items: Sequence[BoardItem]) -> tuple[BoardItem, ...]:
    """Return the order of a round: items of the highest priority come again after each of a lower one."""
    ordered = sorted(items, key=lambda item: (-item.prio, item.start_at, item.item))
    first = tuple(item for item in ordered if item.prio == ordered[0].prio)
    lower = ordered[len(first) :]
    if not lower:
        return first
    return tuple(each for item in lower for each in (*first, item))

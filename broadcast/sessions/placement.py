"""Placement of a session's items on its line of time: anchors are kept, the others follow one another.

All times are ms from the beginning of the session. Pure and deterministic: the same items get the same places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter

from broadcast.sessions.model import ItemKey, ItemRole

_START = attrgetter("start_ms")


class NoPlace(StrEnum):
    """Reason why an item has no place. FULL: no time is left. ANCHOR: its fixed time is taken, past or outside."""

    FULL = "full"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """Item to place. ``anchor_ms``: it begins exactly then. ``begun_ms``: it began then, and stays there."""

    key: ItemKey
    length_ms: int
    role: ItemRole = ItemRole.ITEM
    anchor_ms: int | None = None
    begun_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Item with its place."""

    key: ItemKey
    start_ms: int
    length_ms: int

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.length_ms


@dataclass(frozen=True, slots=True)
class SessionPlacement:
    """Places in time order, and the items without one, with the reason."""

    placed: tuple[ItemPlace, ...]
    unplaced: tuple[tuple[ItemKey, NoPlace], ...]

    @property
    def sounding_ms(self) -> int:
        """Length of all that is heard, without pauses."""
        return sum(each.length_ms for each in self.placed)

    @property
    def end_ms(self) -> int:
        """End of the last item; 0 where there is none."""
        return max((each.end_ms for each in self.placed), default=0)


def place_items(items: Iterable[OrderItem], *, length_ms: int, gap_ms: int, from_ms: int = 0) -> SessionPlacement:
    """Place the items, given in their order, within a session of ``length_ms``; nothing new begins before ``from_ms``.

    Items keep their order, ``gap_ms`` apart, and one listed after an anchored item is heard after it. An item that
    would run into an anchor waits until the anchored item is over. Closing items keep their time at the end; fill
    items take what is left.
    """
    return _SessionTime(length_ms, gap_ms).place(list(items), max(0, from_ms))


@dataclass
class _SessionTime:
    length_ms: int
    gap_ms: int
    _taken: list[ItemPlace] = field(default_factory=list)
    _anchors: list[ItemPlace] = field(default_factory=list)
    _without: dict[ItemKey, NoPlace] = field(default_factory=dict)

    def place(self, items: Sequence[OrderItem], from_ms: int) -> SessionPlacement:
        waiting = [each for each in items if each.begun_ms is None]
        for each in items:
            if each.begun_ms is not None:
                self._put(each, each.begun_ms)
        low_ms = max([from_ms, *(each.end_ms + self.gap_ms for each in self._taken)])
        self._place_anchors(waiting, low_ms)
        closing = [each for each in waiting if each.role is ItemRole.CLOSING and each.anchor_ms is None]
        limit_ms = self.length_ms - sum(each.length_ms + self.gap_ms for each in closing)
        self._place_floating(waiting, low_ms, limit_ms)
        for each in waiting:
            if each.role is ItemRole.FILL and each.anchor_ms is None:
                self._fill(each, low_ms, limit_ms)
        self._place_closing(closing, low_ms)
        placed = tuple(sorted(self._taken, key=_START))
        return SessionPlacement(
            placed, tuple((each.key, self._without[each.key]) for each in items if each.key in self._without)
        )

    def _put(self, item: OrderItem, start_ms: int) -> ItemPlace:
        placed = ItemPlace(item.key, start_ms, item.length_ms)
        self._taken.append(placed)
        return placed

    def _place_anchors(self, waiting: Iterable[OrderItem], low_ms: int) -> None:
        free_ms = low_ms
        anchored = [(each.anchor_ms, each) for each in waiting if each.anchor_ms is not None]
        for anchor_ms, each in sorted(anchored, key=lambda pair: pair[0]):
            if free_ms <= anchor_ms <= self.length_ms - each.length_ms:
                self._anchors.append(self._put(each, anchor_ms))
                free_ms = anchor_ms + each.length_ms
            else:
                self._without[each.key] = NoPlace.ANCHOR

    def _place_floating(self, waiting: Iterable[OrderItem], low_ms: int, limit_ms: int) -> None:
        anchors = {each.key: each for each in self._anchors}
        floating = [each for each in waiting if each.role in (ItemRole.OPENING, ItemRole.ITEM) or each.key in anchors]
        cursor_ms = low_ms
        for each in sorted(floating, key=lambda item: item.role is not ItemRole.OPENING):
            if each.anchor_ms is not None:
                if each.key in anchors:
                    cursor_ms = max(cursor_ms, anchors[each.key].end_ms + self.gap_ms)
                continue
            start_ms = self._clear_of_anchors(cursor_ms, each.length_ms)
            if start_ms + each.length_ms > limit_ms:
                self._without[each.key] = NoPlace.FULL
                continue
            cursor_ms = self._put(each, start_ms).end_ms + self.gap_ms

    def _clear_of_anchors(self, start_ms: int, length_ms: int) -> int:
        for anchor in self._anchors:
            if start_ms < anchor.end_ms + self.gap_ms and start_ms + length_ms + self.gap_ms > anchor.start_ms:
                start_ms = anchor.end_ms + self.gap_ms
        return start_ms

    def _fill(self, item: OrderItem, low_ms: int, limit_ms: int) -> None:
        start_ms = low_ms
        for taken in sorted((each for each in self._taken if each.end_ms > low_ms), key=_START):
            if start_ms + item.length_ms + self.gap_ms <= taken.start_ms:
                break
            start_ms = max(start_ms, taken.end_ms + self.gap_ms)
        if start_ms + item.length_ms <= limit_ms:
            self._put(item, start_ms)
        else:
            self._without[item.key] = NoPlace.FULL

    def _place_closing(self, closing: Iterable[OrderItem], low_ms: int) -> None:
        start_ms = max([low_ms, *(each.end_ms + self.gap_ms for each in self._taken)])
        for each in closing:
            if start_ms + each.length_ms > self.length_ms:
                self._without[each.key] = NoPlace.FULL
                continue
            start_ms = self._put(each, start_ms).end_ms + self.gap_ms

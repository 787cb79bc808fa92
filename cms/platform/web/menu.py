"""Main menu: the entries and tabs of all features that a user may open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cms.platform.feature import Feature, MenuEntry, MenuTab
from cms.platform.web.languages import _
from cms.platform.web.request_context import can_anywhere

THUMBS = 4
"""Entries in the bar of a telephone; a fifth place opens the rest."""
_FEW = 1


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """Entry as the user sees it. ``count``: how many things wait behind it.

    ``is_main``: in the bar of a desktop. ``is_thumb``: in that of a telephone.
    """

    endpoint: str
    label: str
    icon: str
    count: int
    is_main: bool
    is_thumb: bool


class Menu:
    """Menu of the given features."""

    def __init__(self, features: Sequence[Feature]) -> None:
        placed = sorted(
            ((entry, feature) for feature in features for entry in feature.menu), key=lambda each: each[0].position
        )
        self.entries: Final = tuple(entry for entry, _feature in placed)
        self.tabs: Final[Sequence[MenuTab]] = sorted(
            (tab for feature in features for tab in feature.tabs), key=lambda tab: tab.position
        )
        self._counts: dict[str, Callable[[], int]] = {
            entry.endpoint: feature.resolve(entry.count_function) for entry, feature in placed if entry.count_function
        }
        self.places: Final[Mapping[str, str]] = {
            f"{feature.package}.{module}": screens.of
            for feature in features
            for screens in feature.screens
            for module in screens.modules
        }
        self.own: Final = {entry.endpoint for entry in self.entries} | {tab.endpoint for tab in self.tabs}

    def place_of(self, endpoint: str, module: str) -> str:
        """Return the endpoint of the entry or tab of a screen: itself, or the one of its module; empty if none."""
        return endpoint if endpoint in self.own else self.places.get(module, "")

    def entry_of(self, place: str) -> str:
        """Return the menu entry of a place: that of the tab, or the place itself."""
        return next((tab.entry for tab in self.tabs if tab.endpoint == place), place)

    def shown_entries(self, here: str = "") -> list[ShownEntry]:
        """Return the entries that the user may open; the one of the current page is always in the desktop's bar."""
        mine = [entry for entry in self.entries if can_anywhere(entry.action)]
        thumbs = _thumbs(mine)
        rest = {entry.endpoint for entry in mine if not entry.is_main} - thumbs - {here}
        if len(rest) <= _FEW:
            rest = set()
        return [
            ShownEntry(
                entry.endpoint,
                _(entry.label),
                entry.icon,
                self._count(entry),
                is_main=entry.endpoint not in rest,
                is_thumb=entry.endpoint in thumbs,
            )
            for entry in mine
        ]

    def shown_tabs(self, place: str) -> list[tuple[str, str]]:
        """Return endpoint and label of the tabs beside ``place`` that the user may open; none if it is no tab."""
        entry = next((tab.entry for tab in self.tabs if tab.endpoint == place), None)
        beside = [tab for tab in self.tabs if tab.entry == entry and can_anywhere(tab.action)]
        return [(tab.endpoint, _(tab.label)) for tab in beside]

    def label_of(self, endpoint: str) -> str:
        """Return the label of a menu entry; empty if there is none."""
        return next((_(entry.label) for entry in self.entries if entry.endpoint == endpoint), "")

    def _count(self, entry: MenuEntry) -> int:
        function = self._counts.get(entry.endpoint)
        return 0 if function is None else function()


def _thumbs(mine: Sequence[MenuEntry]) -> set[str]:
    """Choose the entries of a telephone's bar: those of the user's work first, then as the menu goes."""
    if len(mine) <= THUMBS + _FEW:
        return {entry.endpoint for entry in mine}
    by_work = sorted(mine, key=lambda each: not (each.work is not None and can_anywhere(each.work)))
    return {entry.endpoint for entry in by_work[:THUMBS]}

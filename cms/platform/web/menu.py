"""Main menu: entries and tabs of all features, and the place of each screen in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cms.platform.feature import Feature, MenuEntry, MenuTab
from cms.platform.web.languages import _
from cms.platform.web.request_context import can_anywhere


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
        self._labels: dict[str, Callable[[], str]] = {
            entry.endpoint: feature.resolve(entry.label_function) for entry, feature in placed if entry.label_function
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

    def shown_entries(self) -> list[tuple[str, str]]:
        """Return endpoint and label of the entries that the user may open."""
        return [(entry.endpoint, self._label(entry)) for entry in self.entries if can_anywhere(entry.action)]

    def shown_tabs(self, place: str) -> list[tuple[str, str]]:
        """Return endpoint and label of the tabs beside ``place`` that the user may open; none if it is no tab."""
        entry = next((tab.entry for tab in self.tabs if tab.endpoint == place), None)
        beside = [tab for tab in self.tabs if tab.entry == entry and can_anywhere(tab.action)]
        return [(tab.endpoint, _(tab.label)) for tab in beside]

    def label_of(self, endpoint: str) -> str:
        """Return the label of a menu entry; empty if there is none."""
        return next((_(entry.label) for entry in self.entries if entry.endpoint == endpoint), "")

    def _label(self, entry: MenuEntry) -> str:
        function = self._labels.get(entry.endpoint)
        return _(entry.label) if function is None else function()

"""Tabs of the technicians' screens: one entry of the menu, and a row of tabs from each screen to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import can_anywhere
from cms.platform.web.wording import Words
from province.people import Action

ENTRY: Final = "web.devices"
TABS: Final[tuple[tuple[str, Words, Action], ...]] = (
    ("web.work", __("Tickets"), Action.DEVICE_READ),
    ("web.faults", __("Incidents"), Action.DEVICE_READ),
    (ENTRY, __("List"), Action.DEVICE_READ),
    ("web.device_map", __("Map"), Action.DEVICE_READ),
    ("web.fleet", __("The whole fleet"), Action.DEVICE_READ),
    ("web.registrations", __("New boxes"), Action.DEVICE_MANAGE),
    ("web.firmware", __("Firmware"), Action.DEVICE_MANAGE),
    ("web.commands", __("Remote commands"), Action.DEVICE_MANAGE),
    ("web.maintenance", __("Maintenance"), Action.DEVICE_READ),
)
_ENDPOINTS: Final = frozenset(endpoint for endpoint, _label, _action in TABS)


def entry_of(tab: str) -> str:
    """Return the menu entry to which a screen belongs."""
    return ENTRY if tab in _ENDPOINTS else tab


def tabs(here: str) -> Sequence[tuple[str, Words]]:
    """Return the tabs that the user may open, if ``here`` is one of them; else none."""
    if here not in _ENDPOINTS:
        return ()
    return [(endpoint, label) for endpoint, label, action in TABS if can_anywhere(action)]

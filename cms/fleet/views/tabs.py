"""Tabs of the technicians' screens: one entry of the menu, and a row of tabs from each screen to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask_babel import lazy_pgettext

from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import can_anywhere
from cms.platform.web.wording import Words
from province.people import Action

ENTRY: Final = "web.devices"
TABS: Final[tuple[tuple[str, Words, Action], ...]] = (
    ("web.work", __("Phiếu việc"), Action.DEVICE_READ),
    ("web.faults", lazy_pgettext("nhiều", "Sự cố"), Action.DEVICE_READ),
    (ENTRY, __("Danh sách"), Action.DEVICE_READ),
    ("web.device_map", __("Bản đồ"), Action.DEVICE_READ),
    ("web.fleet", __("Toàn mạng lưới"), Action.DEVICE_READ),
    ("web.registrations", __("Máy mới"), Action.DEVICE_MANAGE),
    ("web.firmware", __("Phần mềm"), Action.DEVICE_MANAGE),
    ("web.commands", __("Lệnh từ xa"), Action.DEVICE_MANAGE),
    ("web.maintenance", __("Bảo trì"), Action.DEVICE_READ),
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

"""Maintenance windows: while one holds, no notification is sent of faults there."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from devices.commands.model import Window
from devices.model import DeviceId
from province.areas import AreaId, AreaTree
from province.errors import UnknownAreaError

LONGEST: Final = timedelta(days=30)
"""Longest window: a longer one would be forgotten, so it has to be asked for again."""


class Maintenance(Protocol):
    """Test whether a device is under maintenance."""

    def covers(self, device_id: DeviceId, area_id: AreaId, now: datetime) -> bool:
        """Return whether a window covers the device; ``area_id``: the area in which it stands."""


def holds(window: Window, now: datetime) -> bool:
    """Return whether ``now`` lies between its beginning and, exclusively, its end or its early end by a person."""
    until_at = window.until_at if window.ended_at is None else min(window.until_at, window.ended_at)
    return window.from_at <= now < until_at


def covers(window: Window, device_id: DeviceId, chain: Sequence[AreaId], now: datetime) -> bool:
    """Return whether the window holds for this device; ``chain``: the areas in which it stands, leaf first."""
    if not holds(window, now):
        return False
    return window.device_id == device_id if window.device_id is not None else window.area_id in chain


class MaintenanceWindows:
    """``Maintenance`` over windows that were read once."""

    def __init__(self, windows: Iterable[Window], tree: AreaTree) -> None:
        self._windows = tuple(windows)
        self._tree = tree

    def covers(self, device_id: DeviceId, area_id: AreaId, now: datetime) -> bool:
        return self.covering(device_id, area_id, now) is not None

    def covering(self, device_id: DeviceId, area_id: AreaId, now: datetime) -> Window | None:
        """Return the window that holds for it, the one that ends last; None: none does."""
        if not self._windows:
            return None
        chain = self._chain(area_id)
        found = [each for each in self._windows if covers(each, device_id, chain, now)]
        return max(found, key=lambda each: each.until_at, default=None)

    def cover_all(self, areas: Collection[AreaId], now: datetime) -> bool:
        """Return whether each of these areas, of which there is one at least, is covered as a whole."""
        whole = MaintenanceWindows((each for each in self._windows if each.device_id is None), self._tree)
        return bool(areas) and all(whole.covers(DeviceId(""), area_id, now) for area_id in areas)

    def _chain(self, area_id: AreaId) -> Sequence[AreaId]:
        try:
            return self._tree.chain(area_id)
        except UnknownAreaError:
            return (area_id,)

"""Virtual province: the real server, its editors and a fleet on one timeline."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import IO, Final

from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.fleet import DeliveredDevice, VirtualFleet
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.editors import Settlement, VirtualEditors
from bench.virtual_province.server import LOOK_MS, VirtualServer
from cms.platform.settings import Settings

START: Final = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
"""Midnight in Việt Nam."""
_PLAN_DAYS: Final = 4


class VirtualProvince:
    """A settlement with its server, not started, and its fleet, not switched on. ``home`` is an empty folder."""

    def __init__(
        self, settlement: Settlement, home: Path, seed: int, *, look_ms: int = LOOK_MS, log: IO[str] | None = None
    ) -> None:
        self.start_ms = round(START.timestamp() * 1000)
        self.timeline = Timeline(self.start_ms)
        self.broker = VirtualBroker(self.timeline)
        settings = Settings(home=home, plan_days=_PLAN_DAYS)
        self.server = VirtualServer(settings, self.timeline, self.broker, seed, look_ms)
        self._contents: dict[str, bytes] = {}
        self.editors = VirtualEditors(self.server.context)
        self.editors.settle(settlement)
        keyring = self.server.context.keyring
        self.fleet = VirtualFleet(
            [
                DeliveredDevice(device_id, area_id, point=None if point is None else (point.lat, point.lon))
                for (device_id, area_id), point in zip_longest(settlement.ids(), settlement.points)
            ],
            timeline=self.timeline,
            broker=self.broker,
            content=ContentServer(self._content),
            root_x=keyring.root_x,
            keyset=keyring.keyset_jws,
            seed=seed,
            log=log,
        )

    def _content(self, sha256: str) -> bytes | None:
        """Return the same bytes for every device: a month of them for each would not fit into memory."""
        held = self._contents.get(sha256)
        content = self.server.context.content
        if held is None and content.has(sha256):
            held = self._contents[sha256] = content.read_bytes(sha256)
        return held

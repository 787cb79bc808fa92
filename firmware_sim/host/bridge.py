"""Hardware of a bridge: the contact to a wired amplifier or FM exciter, the foreign input, and level detectors.

``bridge.json`` holds the contact's state. A test writes into ``foreign.txt`` where foreign sound is present:
``input``, ``output``, both, or nothing.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_sim.core.bridges.bridge import DetectorPoint

LISTEN_S: Final = 0.2
"""Interval at which the levels are read."""


class BridgeHost:
    """One bridge's hardware, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loud: frozenset[DetectorPoint] = frozenset()
        folder.mkdir(parents=True, exist_ok=True)
        self.switch(is_closed=False)

    def switch(self, *, is_closed: bool) -> None:
        details = {"contact": "closed" if is_closed else "open", "foreign_input": "muted"}
        new = self._folder / "bridge.json.new"
        new.write_text(json.dumps(details))
        new.replace(self._folder / "bridge.json")

    def changes(self) -> Iterator[tuple[DetectorPoint, bool]]:
        """Yield the points whose level crossed the threshold since the last call, and whether it is loud there now."""
        try:
            words = (self._folder / "foreign.txt").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            words = []
        loud = frozenset(where for where in DetectorPoint if where in words)
        for where in sorted(loud ^ self._loud):
            yield where, where in loud
        self._loud = loud

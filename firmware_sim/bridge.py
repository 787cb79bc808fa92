"""The box between a device and somebody else's amplifier or FM exciter: a contact, a foreign input, and what is heard.

``bridge.json`` says how the contact stands. Whoever tests writes into ``foreign.txt`` where sound is to be heard that
is not ours: ``input``, ``output``, both, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_sim.core.bridge import Where

LISTEN_S: Final = 0.2
"""How often the levels are read."""


class BridgeBox:
    """One bridge's hardware, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loud: frozenset[Where] = frozenset()
        folder.mkdir(parents=True, exist_ok=True)
        self.switch(is_closed=False)

    def switch(self, *, is_closed: bool) -> None:
        told = {"contact": "closed" if is_closed else "open", "foreign_input": "muted"}
        new = self._folder / "bridge.json.new"
        new.write_text(json.dumps(told))
        new.replace(self._folder / "bridge.json")

    def changes(self) -> Iterator[tuple[Where, bool]]:
        """Where the level rose or fell since the last call, and whether it is loud there now."""
        try:
            words = (self._folder / "foreign.txt").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            words = []
        loud = frozenset(where for where in Where if where in words)
        for where in sorted(loud ^ self._loud):
            yield where, where in loud
        self._loud = loud

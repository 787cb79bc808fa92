"""What faults act on: a fleet's boxes and what lies round them, in virtual time or in real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.core.identity import Identity
from firmware_sim.failing import Wear
from firmware_sim.path import Path
from firmware_sim.physics.box import Box

Rewrite = Callable[[Publish], Publish]
"""What a faulty firmware makes of its own words."""


class Clock(Protocol):
    """``now_ms``: milliseconds UTC of the world the fleet stands in."""

    @property
    def now_ms(self) -> int: ...

    def at(self, at_ms: int, call: Callable[[], object]) -> object:
        """What lies in the past happens now."""

    def after(self, ms: float, call: Callable[[], object]) -> object: ...


class Pole(Protocol):
    """One box. Whoever changes anything of it has it ``felt`` afterwards."""

    clock_off_ms: int
    failing_firmware: bool
    rewrite: Rewrite | None
    hears_all: bool
    """Every beacon is handed over; in real time it always is."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> Identity: ...

    @property
    def box(self) -> Box: ...

    @property
    def path(self) -> Path: ...

    @property
    def wear(self) -> Wear: ...

    @property
    def is_on(self) -> bool: ...

    def power_on(self, reason: str = "power") -> None: ...

    def power_off(self) -> None: ...

    def restart(self, reason: str) -> None: ...

    def felt(self) -> None: ...

    def say(self, message: Publish) -> None:
        """In the device's name, whatever its firmware knows of it."""

    def ask(self, effect: Subscribe) -> None:
        """To hear more than its firmware asks for."""

    def message(self, topic: str, payload: bytes) -> None:
        """Somebody says this to the device."""


class Ground(Protocol):
    """A fleet. ``poles`` by name; ``areas``: the area of each; ``overheard``: what the server said last, to anybody."""

    @property
    def poles(self) -> Mapping[str, Pole]: ...

    @property
    def areas(self) -> Mapping[str, str]: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def seed(self) -> int: ...

    @property
    def overheard(self) -> Sequence[tuple[str, bytes]]: ...

    def caused(self, since_ms: int, until_ms: int, what: str, whom: str) -> None:
        """A fault begins: the truth, for whoever compares."""

    def clone(self, of: str) -> Pole:
        """Another box with the id and the keys of the one of this name, and an empty flash; it is not switched on."""

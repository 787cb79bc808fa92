"""Targets of fault injection: the boxes of a fleet and their surroundings, in virtual or in real time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bench.fault_injection.conditions import LinkConditions
from bench.fault_injection.flash import Wear
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.physics.device_physics import DevicePhysics

Rewrite = Callable[[Publish], Publish]
"""Change that a faulty firmware makes to its own messages."""


class FleetClock(Protocol):
    """Clock of a fleet. ``now_ms``: milliseconds UTC of the fleet's world."""

    @property
    def now_ms(self) -> int: ...

    def at(self, at_ms: int, call: Callable[[], object]) -> object:
        """Schedule a call; one in the past happens now."""

    def after(self, ms: float, call: Callable[[], object]) -> object: ...


class TargetDevice(Protocol):
    """One box. After any change to it ``felt`` has to be called."""

    clock_off_ms: int
    failing_firmware: bool
    rewrite: Rewrite | None
    hears_all: bool
    """Hand over every beacon; in real time this is always so."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> ProvisionedIdentity: ...

    @property
    def physics(self) -> DevicePhysics: ...

    @property
    def network(self) -> LinkConditions: ...

    @property
    def wear(self) -> Wear: ...

    @property
    def is_on(self) -> bool: ...

    def power_on(self, reason: str = "power") -> None: ...

    def power_off(self) -> None: ...

    def restart(self, reason: str) -> None: ...

    def felt(self) -> None: ...

    def say(self, message: Publish) -> None:
        """Publish in the device's name, without its firmware knowing."""

    def ask(self, effect: Subscribe) -> None:
        """Subscribe to more than its firmware asks for."""

    def message(self, topic: str, payload: bytes) -> None:
        """Deliver a message to the device."""


class TargetFleet(Protocol):
    """Fleet. ``devices`` by name; ``areas``: the area of each; ``overheard``: the server's latest messages, to any."""

    @property
    def devices(self) -> Mapping[str, TargetDevice]: ...

    @property
    def areas(self) -> Mapping[str, str]: ...

    @property
    def clock(self) -> FleetClock: ...

    @property
    def seed(self) -> int: ...

    @property
    def overheard(self) -> Sequence[tuple[str, bytes]]: ...

    def caused(self, since_ms: int, until_ms: int, what: str, whom: str) -> None:
        """Log that a fault begins: ground truth, to compare with."""

    def clone(self, of: str) -> TargetDevice:
        """Make another box with the id and keys of this one, and an empty flash; it is not switched on."""

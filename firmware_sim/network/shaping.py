"""Shaping of a device's network, as far as the device sees it; ``bench/fault_injection/conditions.py`` does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware_sim.core.effects import Publish


class NetworkState(Protocol):
    """Present state of the network between a device and the server."""

    @property
    def is_cut(self) -> bool:
        """Nothing passes."""

    @property
    def is_doubled(self) -> bool:
        """Acknowledgements are lost, so every QoS 1 message comes twice."""

    @property
    def is_spoilt(self) -> bool:
        """A broken cache on the way hands out wrong bytes."""


class DataPath(Protocol):
    """One direction of a connection, in order."""

    def carry(self, arrive: Callable[[], object]) -> None:
        """Call ``arrive`` when the data is through: perhaps at once, perhaps never."""


class LinkShaper(Protocol):
    """Both directions of a device's connection, under the present state of the network."""

    @property
    def network(self) -> NetworkState: ...

    @property
    def up(self) -> DataPath: ...

    @property
    def down(self) -> DataPath: ...

    def begin(self) -> None:
        """Begin another connection: waiting data belonged to the previous one."""

    async def opened(self) -> None:
        """Wait until data can pass."""


@dataclass(frozen=True)
class FaultHooks:
    """Hooks of fault injection into a device.

    ``said`` turns the device's messages into those that are sent, ``heard`` is called with topic and payload of
    messages to it, ``looked`` after each measurement of the box.
    """

    shaper: LinkShaper
    said: Callable[[Publish], Publish]
    heard: Callable[[tuple[str, bytes]], object]
    looked: Callable[[], object]

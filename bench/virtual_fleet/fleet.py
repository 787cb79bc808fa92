"""Fleet in virtual time: boxes that differ, one broker, one content server, one log of ground truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final

from bench.load.swarm_device import SharedKeys
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.device import Surroundings, VirtualDevice
from bench.virtual_fleet.ground_truth import Truth
from bench.virtual_fleet.timeline import Timeline
from devices.protocol.shapes import LatLon
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.physics.ambient_noise import AmbientNoise
from firmware_sim.physics.device_physics import make_physics
from firmware_sim.physics.dice import dice
from firmware_sim.physics.sound_field import SoundField
from firmware_sim.physics.weather import DAY_MS, Weather

SWITCHED_ON_WITHIN_MS: Final = 60_000


@dataclass(frozen=True)
class DeliveredDevice:
    """Delivered device: its id, its area, whether it is a board, and its place, where boxes hear each other."""

    id: str
    area: str
    is_board: bool = False
    point: LatLon | None = None


class VirtualFleet:
    """Fleet in virtual time. ``devices`` by name, in the order they were delivered."""

    def __init__(
        self,
        delivered: Iterable[DeliveredDevice],
        *,
        timeline: Timeline,
        broker: VirtualBroker,
        content: ContentServer,
        root_x: str,
        keyset: bytes,
        seed: int,
        cert_days: int = 825,
        log: IO[str] | None = None,
        noise: AmbientNoise | None = None,
    ) -> None:
        delivered = list(delivered)
        places = {each.id: each.point for each in delivered if each.point is not None}
        self.truth = Truth(out=log)
        keys = SharedKeys.from_root(root_x, keyset)
        self.around = Surroundings(timeline, broker, content, self.truth, keys, seed, SoundField(places, noise=noise))
        self.areas: dict[str, str] = {}
        self.devices: dict[str, VirtualDevice] = {}
        self.clones: list[VirtualDevice] = []
        """Boxes with the identity of one of ``devices``, which were never delivered."""
        self._weather = Weather(seed)
        self._cert_until_ms = timeline.now_ms + cert_days * DAY_MS
        self._root_x, self._keyset = root_x, keyset
        for each in delivered:
            self.areas[each.id] = each.area
            self.devices[each.id] = self.make(each.id, is_board=each.is_board)

    def make(self, device_id: str, *, name: str = "", is_board: bool = False) -> VirtualDevice:
        """Make a box with this identity; with a ``name`` of its own it is another box. It is not switched on."""
        physics = make_physics(
            name or device_id,
            self.around.seed,
            self.around.timeline.now_ms,
            weather=self._weather,
            cert_until_ms=self._cert_until_ms,
        )
        identity = ProvisionedIdentity(device_id, self._root_x, self._keyset, "http://content", is_board=is_board)
        return VirtualDevice(identity, physics, self.around, name=name)

    @property
    def clock(self) -> Timeline:
        return self.around.timeline

    @property
    def seed(self) -> int:
        return self.around.seed

    @property
    def overheard(self) -> Sequence[tuple[str, bytes]]:
        return self.around.broker.overheard

    def caused(self, since_ms: int, until_ms: int, what: str, whom: str) -> None:
        self.truth.caused(since_ms, until_ms, what, whom)

    def clone(self, of: str) -> VirtualDevice:
        clone = self.make(self.devices[of].identity.id, name=f"{of}_clone")
        self.clones.append(clone)
        return clone

    def power_on(self) -> None:
        """Switch every box on, within a minute."""
        for name, device in self.devices.items():
            within_ms = dice(self.around.seed, name, "switch").randrange(SWITCHED_ON_WITHIN_MS)
            self.around.timeline.after(within_ms, device.power_on)

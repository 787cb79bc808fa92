"""Detection of one certificate in two boxes: they disconnect each other, and runs that had ended are born again.

A box that starts again never uses an old boot id. So a boot id that returns after another was born is a second box; a
birth that is no newer than the last is the broker's repetition.
"""

from dataclasses import dataclass, field
from typing import Final

from devices.model import DeviceId

BOOTS_KEPT: Final = 4
KNOWN_MAX: Final = 50_000


@dataclass
class Takeovers:
    """Births of all devices in their order, in memory: boxes that share a key go on disconnecting each other."""

    _known: dict[DeviceId, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def is_shared(self, device_id: DeviceId, boot: str, born_ms: int) -> bool:
        """Note a birth; return whether it is one of a run that another run followed."""
        last_ms, boots = self._known.get(device_id, (-1, ()))
        if born_ms <= last_ms:
            return False
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        others = tuple(each for each in boots if each != boot)
        self._known[device_id] = (born_ms, (*others, boot)[-BOOTS_KEPT:])
        return boot in boots[:-1]

"""Physics of a device in real time: measured every minute, and when a sound begins or ends."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509

from firmware_sim.core.events import Measured
from firmware_sim.physics.device_physics import DevicePhysics, make_physics
from firmware_sim.physics.weather import Weather
from firmware_sim.sound.silent_player import NOMINAL_LEVEL

EVERY_S: Final = 60.0


class PhysicsMonitor:
    """Measuring of one device. ``start`` and ``stop`` are power on and off. Call it from the loop's thread.

    ``tell`` is the core; ``looked`` is called after each measurement.
    """

    def __init__(
        self,
        physics: DevicePhysics,
        now_ms: Callable[[], int],
        tell: Callable[[Measured], object],
        looked: Callable[[], object] = lambda: None,
    ) -> None:
        self._physics = physics
        self._now_ms = now_ms
        self._tell = tell
        self._looked = looked
        self._timer: asyncio.TimerHandle | None = None
        self._is_on = False

    def start(self, reset_reason: str) -> None:
        self._is_on = True
        self._physics.reset_reason = reset_reason
        self.measure()

    def stop(self) -> None:
        self._is_on = False
        self._physics.loudness = 0.0
        if self._timer is not None:
            self._timer.cancel()

    def sounds(self, volume_pct: int) -> None:
        """Note that a sound of this volume begins; 0: silence."""
        self._physics.step(self._now_ms())
        self._physics.loudness = NOMINAL_LEVEL * volume_pct / 100
        self.measure()

    def certified(self, certificate: Path) -> None:
        """Note that another certificate is in use."""
        self._physics.cert_until_ms = _end_of(certificate)
        self.measure()

    def measure(self) -> None:
        """Measure at once, and every minute from now on."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_on:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self.measure)
            self._physics.step(self._now_ms())
            self._tell(Measured(self._physics.vitals()))
            self._looked()


def physics_of(device_id: str, certificate: Path, now_ms: int, seed: int) -> DevicePhysics:
    """Build a device as it stands, with its certificate's end. The same id and seed give the same device."""
    return make_physics(device_id, seed, now_ms, weather=Weather(seed), cert_until_ms=_end_of(certificate))


def _end_of(certificate: Path) -> int:
    ends_at = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return round(ends_at.timestamp() * 1000)

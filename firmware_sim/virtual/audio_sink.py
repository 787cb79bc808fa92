"""Audible output of a device: the card's sounds, as far as amplifier and line let them out."""

from collections.abc import Callable

from devices.protocol.messages import Proof
from firmware_sim.core.events import Event, SoundEnded, SoundStarted
from firmware_sim.physics.device_physics import DevicePhysics
from firmware_sim.sound.silent_player import NOMINAL_LEVEL
from firmware_sim.virtual.ground_truth import TrueSound, Truth


class AudioSink:
    """Audible output of one device. ``now``: real time of the world, ms UTC; ``boot``: name of the present boot.

    A board keeps time with its alerts as loudspeakers do, but its sound is neither heard nor measured.
    """

    def __init__(
        self,
        name: str,
        physics: DevicePhysics,
        truth: Truth,
        now: Callable[[], int],
        boot: Callable[[], str],
        *,
        is_board: bool,
    ) -> None:
        self._name = name
        self._physics = physics
        self._truth = truth
        self._now = now
        self._boot = boot
        self._is_board = is_board
        self._volume: dict[str, int] = {}
        self._planned: dict[str, int] = {}
        self._open: dict[str, TrueSound] = {}

    def expects(self, item: str, planned_ms: int, volume_pct: int) -> None:
        """Note that an item was handed to the card."""
        self._volume[item] = volume_pct
        self._planned[item] = planned_ms

    def hears(self, event: Event, off_ms: int) -> None:
        """Apply an event of the card to the device, before the core gets it.

        ``off_ms``: error of the device's clock.
        """
        match event:
            case SoundStarted(item=item):
                self._set_loudness(self._loudness(item))
                sounding = TrueSound(
                    device=self._name,
                    item=item,
                    boot=self._boot(),
                    planned_at=self._planned.get(item, 0),
                    started_at=self._now(),
                    off_ms=off_ms,
                    is_heard=not self._is_board and not self._physics.why_silent(),
                )
                self._open[item] = self._truth.sounds(sounding)
            case SoundEnded(item=item, whole=whole):
                if (begun := self._open.pop(item, None)) is not None:
                    self._truth.ended(begun, self._now(), is_whole=whole)
                    self._set_loudness(0.0)
                self._volume.pop(item, None)
                self._planned.pop(item, None)
            case _:
                pass

    def power_off(self) -> None:
        """End all sounds with the power."""
        for sounding in self._open.values():
            self._truth.ended(sounding, self._now(), is_whole=False, by_power=True)
        self._open.clear()
        self._set_loudness(0.0)

    def proof(self, item: str) -> Proof | None:
        """Return the measurements of amplifier and microphone for an item; of silence, where it is none."""
        return None if self._is_board else self._physics.amplifier.proof(self._loudness(item))

    def _loudness(self, item: str) -> float:
        return NOMINAL_LEVEL * self._volume.get(item, 0) / 100

    def _set_loudness(self, loudness: float) -> None:
        self._physics.step(self._now())
        self._physics.loudness = loudness

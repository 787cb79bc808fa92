"""What the street hears of a box: the card's sounds, as far as amplifier and line let them out."""

from __future__ import annotations

from collections.abc import Callable

from devices.protocol.messages import Proof
from firmware_sim.core.events import Event, SoundEnded, SoundStarted
from firmware_sim.physics.box import Box
from firmware_sim.silent_player import NOMINAL_LEVEL
from firmware_sim.virtual.truth import Sounding, Truth


class Street:
    """One box's. ``now``: the real world's ms UTC; ``boot``: the name of this run.

    A board keeps time with its alerts as loudspeakers do, and nothing of it is heard or measured.
    """

    def __init__(
        self,
        name: str,
        box: Box,
        truth: Truth,
        now: Callable[[], int],
        boot: Callable[[], str],
        *,
        is_board: bool,
    ) -> None:
        self._name = name
        self._box = box
        self._truth = truth
        self._now = now
        self._boot = boot
        self._is_board = is_board
        self._volume: dict[str, int] = {}
        self._planned: dict[str, int] = {}
        self._open: dict[str, Sounding] = {}

    def expects(self, item: str, planned_ms: int, volume_pct: int) -> None:
        """It was handed to the card."""
        self._volume[item] = volume_pct
        self._planned[item] = planned_ms

    def hears(self, event: Event, off_ms: int) -> None:
        """The box feels its card before the core hears of it. ``off_ms``: how wrong its clock is."""
        match event:
            case SoundStarted(item=item):
                self._set_loudness(self._loudness(item))
                sounding = Sounding(
                    device=self._name,
                    item=item,
                    boot=self._boot(),
                    planned_at=self._planned.get(item, 0),
                    started_at=self._now(),
                    off_ms=off_ms,
                    is_heard=not self._is_board and not self._box.why_silent(),
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
        """What sounded ends with the power."""
        for sounding in self._open.values():
            self._truth.ended(sounding, self._now(), is_whole=False, by_power=True)
        self._open.clear()
        self._set_loudness(0.0)

    def proof(self, item: str) -> Proof | None:
        """What amplifier and microphone tell of it; of nothing, where it is no item."""
        return None if self._is_board else self._box.amplifier.proof(self._loudness(item))

    def _loudness(self, item: str) -> float:
        return NOMINAL_LEVEL * self._volume.get(item, 0) / 100

    def _set_loudness(self, loudness: float) -> None:
        self._box.step(self._now())
        self._box.loudness = loudness

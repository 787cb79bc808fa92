"""Volume, quiet hours and hush in force: by command, else by ``desired`` and the time of day."""

from __future__ import annotations

from typing import Final

from devices.protocol import quiet_hours
from devices.protocol.messages import Code
from firmware_sim.core.session.device_config import DeviceConfig
from firmware_sim.core.sound.hush import Hush
from firmware_sim.core.step import Step

USUAL_PCT: Final = 80
"""Volume until a desired state is known."""


class SoundSettings:
    """Settings of the sound below alerts; alerts obey none of them."""

    def __init__(self, step: Step, config: DeviceConfig, hush: Hush) -> None:
        self._step = step
        self._config = config
        self._hush = hush

    def volume_at(self, now: int) -> int:
        """Return the amplifier's setting at an instant."""
        set_by_command = self._step.known("setting").get("volume_pct")
        if isinstance(set_by_command, int):
            return set_by_command
        desired = self._config.desired
        return quiet_hours.volume_at(now, desired) if desired is not None else USUAL_PCT

    def silence_at(self, begins_at: int, ends_at: int) -> Code | None:
        """Return the hush, or the quiet hours, that forbid a sound of these times, or None."""
        if begins_at < self._hush.until:
            return Code.HUSHED
        desired = self._config.desired
        if desired is not None and quiet_hours.is_quiet(begins_at, ends_at, desired.quiet, desired.utc_offset_min):
            return Code.QUIET_HOURS
        return None

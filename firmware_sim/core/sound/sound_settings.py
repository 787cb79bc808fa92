"""Volume, quiet hours and hush in force, by command, else by ``desired`` and the time; wake-up of the amplifier."""

from collections.abc import Iterable
from typing import Final

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Code, Command, Desired, QuietHours
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component, DevicePart
from firmware_sim.core.events import Event, SoundEnded, SoundStarted

USUAL_PCT: Final = 80
"""Volume until a desired state is known."""
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
AWAKE_MS: Final = 10_000
"""It stays awake this long after the last sound."""


class Hush(DevicePart):
    """Hush: nothing below an alert begins before it ends. It is on flash, and so outlives power cuts."""

    def obey(self, stop: Command) -> None:
        """Apply a stop's ``hush_until``: after ``iat`` a hush holds until then; up to ``iat`` it ends; 0: no change."""
        if stop.hush_until > stop.iat:
            until = min(stop.hush_until, stop.iat + HUSH_MAX_MS)
            self._step.remember("setting", "hush", {"until": until, "prio": stop.prio, "cid": stop.cid})
        elif stop.hush_until:
            self._step.forget("setting", "hush")

    def in_force(self) -> dict[str, int]:
        """Return the stop that keeps it, with its end; none where an older firmware has not saved which stop."""
        kept = self._step.known("setting").get("hush")
        cid, until = (kept.get("cid"), kept.get("until")) if isinstance(kept, dict) else (None, None)
        return {cid: until} if isinstance(cid, str) and isinstance(until, int) else {}

    def cancel(self, cancel: Command) -> None:
        """End the hush where the cancel names its stop and has at least its level."""
        kept = self._step.known("setting").get("hush")
        if not isinstance(kept, dict):
            return
        prio = kept.get("prio")
        if isinstance(prio, int) and prio <= cancel.prio and not self.in_force().keys().isdisjoint(cancel.refs):
            self._step.forget("setting", "hush")

    @property
    def until(self) -> int:
        """Instant before which nothing below an alert begins; 0: none."""
        kept = self._step.known("setting").get("hush")
        until = kept.get("until") if isinstance(kept, dict) else 0
        return until if isinstance(until, int) else 0

    def prio(self, now: int) -> int:
        """Return the level of the hush in force; 0: none."""
        kept = self._step.known("setting").get("hush")
        prio = kept.get("prio") if isinstance(kept, dict) else 0
        return prio if isinstance(prio, int) and self.until > now else 0


def is_quiet(start_ms: int, end_ms: int, quiet: Iterable[QuietHours], utc_offset_min: int) -> bool:
    """Return whether any part of [start, end) (ms UTC) lies in a window; an empty range counts as its first instant.

    Windows are half open and run past midnight where ``until`` is not after ``start``.
    """
    first = start_ms + utc_offset_min * _MINUTE_MS
    last = max(end_ms + utc_offset_min * _MINUTE_MS, first + 1)
    return any(_overlaps(first, last, window.start, window.until) for window in quiet)


def volume_at(at_ms: int, desired: Desired) -> int:
    """Return the volume, in per cent, at an instant (ms UTC)."""
    here = at_ms + desired.utc_offset_min * _MINUTE_MS
    open_now = (each.volume_pct for each in desired.volumes if _overlaps(here, here + 1, each.start, each.until))
    return min(open_now, default=desired.volume_pct)


def _overlaps(first: int, last: int, start: str, until: str) -> bool:
    opens = _minutes(start) * _MINUTE_MS
    closes = _minutes(until) * _MINUTE_MS
    length = (closes - opens) % _DAY_MS or _DAY_MS
    # The latest opening before the range ends is the only one that can still be open in it, or was open at its start.
    opened = last - 1 - (last - 1 - opens) % _DAY_MS
    return opened + length > first


def _minutes(wall: str) -> int:
    hours, minutes = wall.split(":")
    return int(hours) * 60 + int(minutes)


class SoundSettings(DevicePart):
    """Settings of the sound below alerts; alerts obey none of them."""

    def volume_at(self, now: int) -> int:
        """Return the amplifier's setting at an instant."""
        set_by_command = self._step.known("setting").get("volume_pct")
        if isinstance(set_by_command, int):
            return set_by_command
        desired = self._config.desired
        return volume_at(now, desired) if desired is not None else USUAL_PCT

    def silence_at(self, begins_at: int, ends_at: int) -> Code | None:
        """Return the hush, or the quiet hours, that forbid a sound of these times, or None."""
        if begins_at < self._parts.hush.until:
            return Code.HUSHED
        desired = self._config.desired
        if desired is not None and is_quiet(begins_at, ends_at, desired.quiet, desired.utc_offset_min):
            return Code.QUIET_HOURS
        return None


class AmplifierWakeUp(Component):
    """Wake-up state of the amplifier; ``amp_wake_ms`` of the desired state wake it."""

    EVENTS = (SoundStarted, SoundEnded)

    def _set_up(self) -> None:
        self._sounding: set[str] = set()
        self._silent_since: int | None = None

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case SoundStarted():
                self._sounding.add(event.item)
            case SoundEnded() if event.item in self._sounding:
                self._sounding.discard(event.item)
                self._silent_since = self._clock.to_true(event.at_ms)
            case _:
                pass  # it was withdrawn unheard

    def wake_ms(self, now: int) -> int:
        """Return how much silence has to precede a sound that begins now (ms)."""
        is_awake = self._silent_since is not None and now - self._silent_since <= AWAKE_MS
        desired = self._config.desired
        return 0 if self._sounding or is_awake or desired is None else desired.amp_wake_ms

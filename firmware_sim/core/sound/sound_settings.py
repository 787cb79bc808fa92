"""Volume, quiet hours and hush in force, by command, else by ``desired`` and the time; wake-up of the amplifier."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Code, Command, Desired, QuietHours
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component, DevicePart
from firmware_sim.core.events import Event, SoundEnded, SoundStarted
from firmware_sim.storage.flash import Value

USUAL_PCT: Final = 80
"""Volume until a desired state is known."""
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
AWAKE_MS: Final = 10_000
"""It stays awake this long after the last sound."""


LIFTED_MS: Final = 2 * HUSH_MAX_MS
"""A lift is remembered so long, as its stop may come later: twice the longest hush, as a clock may be set back."""


class _Entry(NamedTuple):
    until: int
    prio: int


class Hush(DevicePart):
    """Hush: nothing below an alert begins before the last hush ends. On flash by stop, so they outlive power cuts."""

    def obey(self, stop: Command) -> None:
        """Apply ``hush_until``: after ``iat`` a hush holds until then; up to ``iat`` those it may end, end; 0: none."""
        if stop.hush_until > stop.iat:
            for cid in [cid for cid, until in self.in_force().items() if until <= stop.iat]:
                self._step.forget("hush", cid)
            if _entry(self._step.known("lifted").get(stop.cid)).prio < stop.prio:
                until = min(stop.hush_until, stop.iat + HUSH_MAX_MS)
                self._step.remember("hush", stop.cid, {"until": until, "prio": stop.prio})
        elif stop.hush_until:
            for name in stop.refs:
                prio = max(stop.prio, _entry(self._step.known("lifted").get(name)).prio)
                self._step.remember("lifted", name, {"until": stop.iat + LIFTED_MS, "prio": prio})
            self._lift(stop, stop.refs or list(self._step.known("hush")))

    def forget_expired(self, now: int) -> None:
        """Forget lifts whose stops could keep no hush any more."""
        for name in [name for name, kept in self._step.known("lifted").items() if _entry(kept).until < now]:
            self._step.forget("lifted", name)

    def in_force(self) -> dict[str, int]:
        """Return the stops that keep a hush, with their ends."""
        return {cid: until for cid, (until, _) in self._kept().items()}

    def cancel(self, cancel: Command) -> None:
        """End the hushes whose stops the cancel names, up to its level."""
        self._lift(cancel, cancel.refs)

    def time_changed(self, by_ms: int) -> None:
        """Move all hushes after a clock step: each lasts as long as it had left."""
        for cid, (until, prio) in self._kept().items():
            self._step.remember("hush", cid, {"until": until + by_ms, "prio": prio})

    @property
    def until(self) -> int:
        """Instant before which nothing below an alert begins; 0: none."""
        return max(self.in_force().values(), default=0)

    def prio(self, now: int) -> int:
        """Return the highest level of the hushes in force; 0: none."""
        return max((prio for until, prio in self._kept().values() if until > now), default=0)

    def _lift(self, by: Command, names: Iterable[str]) -> None:
        kept = self._kept()
        for name in names:
            if name in kept and kept[name][1] <= by.prio:
                self._step.forget("hush", name)

    def _kept(self) -> dict[str, _Entry]:
        return {cid: _entry(kept) for cid, kept in self._step.known("hush").items() if isinstance(kept, dict)}


def _entry(kept: Value) -> _Entry:
    """Read an entry on flash; one that is not there has the lowest level and is over."""
    return _Entry(int(str(kept["until"])), int(str(kept["prio"]))) if isinstance(kept, dict) else _Entry(0, 0)


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

"""Bridge to a wired amplifier or an FM exciter: its contact, and detection of sound that was not ordered.

The contact is closed from a little before a signed item until a little after it, and only then is anything let through:
our own line, never the foreign input. While it is open the output has to be silent, and the foreign input ought to be.
"""

from enum import StrEnum
from typing import Final

from devices.protocol.messages import Code
from firmware_sim.core.clock.clock import NEVER_MS, Clock, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Effect, SetContact, StartSound, StartTrack
from firmware_sim.core.events import Event, PowerOn, Sensed, SoundEnded, SoundStarted
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.step import Step

LEAD_MS: Final = 300
"""An exciter needs this long to settle on its frequency, an amplifier to leave its protection."""
TAIL_MS: Final = 500
"""The contact opens this long after the last sample; an item that follows at once uses the same closing."""
HOLD_MS: Final = 2_000
"""Shorter sound is not reported: a click, or a lorry by the cable, is no broadcast."""
CLEAR_MS: Final = 5_000
"""Speech has pauses: foreign sound has ended after this much silence."""


class BridgeState(StrEnum):
    SILENT = "silent"
    ARMED = "armed"
    """An item is ordered; it is too early to close the contact."""
    LEADING = "leading"
    SOUNDING = "sounding"
    TRAILING = "trailing"


class BridgeEvent(StrEnum):
    ORDERED = "ordered"
    NEAR = "near"
    """The first sample is ``LEAD_MS`` away."""
    SOUNDED = "sounded"
    ENDED = "ended"
    """Nothing is ordered any more: the last item ended, or was withdrawn."""
    DRAINED = "drained"


S, H = BridgeState, BridgeEvent
NEXT: Final[dict[tuple[BridgeState, BridgeEvent], BridgeState]] = {
    (S.SILENT, H.ORDERED): S.ARMED,
    (S.ARMED, H.NEAR): S.LEADING,
    (S.ARMED, H.SOUNDED): S.SOUNDING,
    (S.ARMED, H.ENDED): S.SILENT,
    (S.LEADING, H.SOUNDED): S.SOUNDING,
    (S.LEADING, H.ENDED): S.TRAILING,
    (S.SOUNDING, H.ENDED): S.TRAILING,
    (S.TRAILING, H.ORDERED): S.LEADING,
    (S.TRAILING, H.DRAINED): S.SILENT,
}
CLOSED: Final = frozenset({S.LEADING, S.SOUNDING, S.TRAILING})


class DetectorPoint(StrEnum):
    """Point at which foreign sound is detected."""

    INPUT = "input"
    OUTPUT = "output"


CODES: Final = {DetectorPoint.INPUT: Code.FOREIGN_INPUT, DetectorPoint.OUTPUT: Code.FOREIGN_OUTPUT}


class AudioOutput(Component):
    """Way of the effects to the sound card; by itself it lets everything through."""

    def let_through(self, effects: list[Effect], now: int) -> list[Effect]:
        """Return the effects, in order, with those that the way needs for them."""
        return effects


class Bridge(AudioOutput):
    """One bridge's contact and sound detectors. ``now`` is true ms, or the local clock's where no time is trusted."""

    EVENTS = (PowerOn, SoundStarted, SoundEnded, Sensed)
    RUNS_WITHOUT_TIME = True

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self.state = BridgeState.SILENT
        self._ordered: dict[str, int] = {}
        self._drains_at = NEVER_MS
        self._detectors = {where: SoundDetector() for where in DetectorPoint}

    def let_through(self, effects: list[Effect], now: int) -> list[Effect]:
        """Return the effects, with the contact closed before a sound that begins within ``LEAD_MS``."""
        done: list[Effect] = []
        for effect in effects:
            if isinstance(effect, StartSound | StartTrack):
                self._ordered[effect.item] = self._clock.to_true(effect.at_ms)
                self._apply(BridgeEvent.ORDERED)
                self._close_if_near(now)
                done += self._step.take()
            done.append(effect)
        return done

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case SoundStarted():
                self._apply(BridgeEvent.SOUNDED)
            case SoundEnded():
                self._ordered.pop(event.item, None)
                if not self._ordered and self._apply(BridgeEvent.ENDED):
                    self._drains_at = self._clock.to_true(event.at_ms) + TAIL_MS
            case Sensed():
                self._detectors[DetectorPoint(event.where)].sense(at.stamp, is_loud=event.is_loud)
            case _:
                self._step.do(SetContact(is_closed=False))  # whatever its state was before the power came on

    def advance(self, now: int) -> None:
        """Close or open the contact where due; report sound that has lasted long enough without an order."""
        self._close_if_near(now)
        if self.state is BridgeState.TRAILING and now >= self._drains_at:
            self._apply(BridgeEvent.DRAINED)
        if self.state in CLOSED:
            # Our own sound is on the output now.
            self._detectors[DetectorPoint.OUTPUT].excuse(now)
        for where, detector in self._detectors.items():
            if detail := detector.news(now):
                self._reports.add_event("security", CODES[where], detail, now)

    def next_at(self, now: int) -> int:
        first = min(detector.next_at() for detector in self._detectors.values())
        if self.state is BridgeState.ARMED:
            return min(first, self._near_at())
        return min(first, self._drains_at) if self.state is BridgeState.TRAILING else first

    def _close_if_near(self, now: int) -> None:
        if self.state is BridgeState.ARMED and now >= self._near_at():
            self._apply(BridgeEvent.NEAR)

    def _near_at(self) -> int:
        return min(self._ordered.values()) - LEAD_MS

    def _apply(self, event: BridgeEvent) -> bool:
        """Follow the state table; return False, and change nothing, where it has no entry."""
        following = NEXT.get((self.state, event))
        if following is None:
            return False
        was_closed, self.state = self.state in CLOSED, following
        if was_closed != (following in CLOSED):
            self._step.do(SetContact(is_closed=not was_closed))
        return True


class SoundDetector:
    """Sound detector of one point: reports once that sound has lasted, and once that it has ended."""

    def __init__(self) -> None:
        self._is_loud = False
        self._since = 0
        self._quiet_since = 0
        self._told_at: int | None = None

    def sense(self, now: int, *, is_loud: bool) -> None:
        if is_loud and not self._is_loud and self._told_at is None:
            self._since = now
        if not is_loud and self._is_loud:
            self._quiet_since = now
        self._is_loud = is_loud

    def excuse(self, now: int) -> None:
        """Ignore sound up to now: it was ordered."""
        if self._told_at is None:
            self._since = now
        elif self._is_loud:
            self._quiet_since = now

    def news(self, now: int) -> str:
        """Return the detail to report now; empty for none."""
        if self._told_at is None:
            if not self._is_loud or now < self._since + HOLD_MS:
                return ""
            self._told_at = now
            return "since"
        if self._is_loud or now < self._quiet_since + CLEAR_MS:
            return ""
        self._told_at = None
        return f"over after {self._quiet_since - self._since} ms"

    def next_at(self) -> int:
        if self._told_at is None:
            return self._since + HOLD_MS if self._is_loud else NEVER_MS
        return NEVER_MS if self._is_loud else self._quiet_since + CLEAR_MS

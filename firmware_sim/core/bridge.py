"""A bridge to a wired amplifier or an FM exciter: its contact, and whether anything sounds that nobody ordered.

The contact is closed from a little before a signed item until a little after it, and only then is anything let through:
our own line, never the foreign input. While it is open the output has to be silent, and the foreign input ought to be.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, assert_never

from devices.protocol.messages import Code
from firmware_sim.core.clock import Clock
from firmware_sim.core.effects import Effect, SetContact, StartSound, StartTrack
from firmware_sim.core.events import Probed, Sensed, SoundEnded, SoundStarted
from firmware_sim.core.reports import NEVER_MS, Reports
from firmware_sim.core.step import Step

LEAD_MS: Final = 300
"""An exciter needs this long to stand on its frequency, an amplifier to leave its protection."""
TAIL_MS: Final = 500
"""So long after the last sample; an item that follows at once goes through the same closing."""
HOLD_MS: Final = 2_000
"""A click, or a lorry by the cable, is no broadcast."""
CLEAR_MS: Final = 5_000
"""Whoever speaks pauses: it is over when it was silent so long."""


class State(StrEnum):
    SILENT = "silent"
    ARMED = "armed"
    """Something is ordered; it is too early to close the contact."""
    LEADING = "leading"
    SOUNDING = "sounding"
    TRAILING = "trailing"


class Happening(StrEnum):
    ORDERED = "ordered"
    NEAR = "near"
    """The first sample is ``LEAD_MS`` away."""
    SOUNDED = "sounded"
    ENDED = "ended"
    """Nothing is ordered any more: it ended, or was taken back."""
    DRAINED = "drained"


S, H = State, Happening
NEXT: Final[dict[tuple[State, Happening], State]] = {
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


class Where(StrEnum):
    """Where sound is heard that is not ours."""

    INPUT = "input"
    OUTPUT = "output"


CODES: Final = {Where.INPUT: Code.FOREIGN_INPUT, Where.OUTPUT: Code.FOREIGN_OUTPUT}


class Bridge:
    """One bridge's contact and ears. ``now`` is true ms, or the local clock's where none is true."""

    def __init__(self, step: Step, reports: Reports, clock: Clock) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self.state = State.SILENT
        self._ordered: dict[str, int] = {}
        self._drains_at = NEVER_MS
        self._ears = {where: _Ear() for where in Where}

    def power_on(self) -> None:
        """Whatever it was before: open."""
        self._step.do(SetContact(is_closed=False))

    def let_through(self, effects: Iterable[Effect], now: int) -> list[Effect]:
        """The same, with the contact closed before what is to sound within ``LEAD_MS``."""
        done: list[Effect] = []
        for effect in effects:
            if isinstance(effect, StartSound | StartTrack):
                self._ordered[effect.item] = self._clock.to_true(effect.at_ms)
                self._meet(Happening.ORDERED)
                self._close_if_near(now)
                done += self._step.take()
            done.append(effect)
        return done

    def happened(self, event: SoundStarted | SoundEnded | Probed | Sensed, now: int) -> None:
        """What card and ears told."""
        match event:
            case SoundStarted():
                self._meet(Happening.SOUNDED)
            case SoundEnded():
                self._ordered.pop(event.item, None)
                if not self._ordered and self._meet(Happening.ENDED):
                    self._drains_at = self._clock.to_true(event.at_ms) + TAIL_MS
            case Sensed():
                self._ears[Where(event.where)].hear(now, is_loud=event.is_loud)
            case Probed():
                pass
            case _:
                assert_never(event)

    def advance(self, now: int) -> None:
        """Close and open what is due; tell what has sounded long enough without an order."""
        self._close_if_near(now)
        if self.state is State.TRAILING and now >= self._drains_at:
            self._meet(Happening.DRAINED)
        if self.state in CLOSED:
            # Our own sound is on the output now.
            self._ears[Where.OUTPUT].excuse(now)
        for where, ear in self._ears.items():
            if detail := ear.news(now):
                self._reports.tell("security", CODES[where], detail, now)

    def next_at(self) -> int:
        """The next instant at which ``advance`` has something to do by itself."""
        first = min(ear.next_at() for ear in self._ears.values())
        if self.state is State.ARMED:
            return min(first, self._near_at())
        return min(first, self._drains_at) if self.state is State.TRAILING else first

    def _close_if_near(self, now: int) -> None:
        if self.state is State.ARMED and now >= self._near_at():
            self._meet(Happening.NEAR)

    def _near_at(self) -> int:
        return min(self._ordered.values()) - LEAD_MS

    def _meet(self, happening: Happening) -> bool:
        """Go on as the table says; False, and nothing changed, where it says nothing."""
        following = NEXT.get((self.state, happening))
        if following is None:
            return False
        was_closed, self.state = self.state in CLOSED, following
        if was_closed != (following in CLOSED):
            self._step.do(SetContact(is_closed=not was_closed))
        return True


class _Ear:
    """One point that is listened to: told once when it has been loud for long, and once when it is over."""

    def __init__(self) -> None:
        self._is_loud = False
        self._since = 0
        self._quiet_since = 0
        self._told_at: int | None = None

    def hear(self, now: int, *, is_loud: bool) -> None:
        if is_loud and not self._is_loud and self._told_at is None:
            self._since = now
        if not is_loud and self._is_loud:
            self._quiet_since = now
        self._is_loud = is_loud

    def excuse(self, now: int) -> None:
        """What is heard until now was ordered."""
        if self._told_at is None:
            self._since = now
        elif self._is_loud:
            self._quiet_since = now

    def news(self, now: int) -> str:
        """What is to be told now; empty for nothing."""
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

"""One alert in force on this device: its schedule of rounds and its progress, kept on flash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from devices.protocol import codec
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import AlertContent, Code, Command, Proof, Speech
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.step import Step
from firmware_sim.storage.flash import Value

LOUDEST_PCT: Final = 100
POWER_CUTS_MAX: Final = 1
"""A first round cut by power begins again this often: a siren must not drain the battery in a brown-out."""

LATE_MS: Final = 300_000
"""A first round this long after the issue uses the repeat's wording, as later rounds do."""
_COMMAND, _STATE = "alert", "alarm"


@dataclass(slots=True)
class ActiveAlert:
    """Alert in force. ``handled_at``: its schedule is done to here. ``is_owed``: its first round was not heard whole.

    ``was_whole``: it is done; of a silent one nothing was heard. ``was_sounded``: a round, or its predecessor's, was
    sounded to the end.

    ``needs_speech``: a round ended for lack of speech, so the next waits for it. ``heir``: the successor (cid) that
    took over its text and expiry; only the round that sounds is left of this one. ``awaits``: the predecessor (cid)
    whose round counts for this one. ``is_probed``: the amplifier has answered the probe of a silent alert, with
    ``proof``. ``is_answered``: its sender has been sent its state, or is about to be.
    """

    command: Command
    content: AlertContent
    handled_at: int
    is_owed: bool = True
    was_heard: bool = False
    was_whole: bool = False
    was_sounded: bool = False
    power_cuts: int = 0
    rounds: int = 0
    reason: Code | None = None
    needs_speech: bool = False
    heir: str = ""
    awaits: str = ""
    is_sounding: bool = False
    is_probed: bool = False
    is_answered: bool = False
    proof: Proof | None = None
    cid: str = field(init=False)
    is_drill: bool = field(init=False)

    def __post_init__(self) -> None:
        self.cid = self.command.cid
        self.is_drill = self.command.drill

    @property
    def volume_pct(self) -> int:
        return self.command.play.volume_pct if self.command.play is not None else LOUDEST_PCT

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """Precedence: alerts before drills, then level, then the newest."""
        return not self.is_drill, self.content.level, self.content.issued_at, self.cid

    @property
    def is_on_card(self) -> bool:
        """Return whether a round of its own sounds, or its predecessor's that counts for it."""
        return self.is_sounding or bool(self.awaits)

    @property
    def due_at(self) -> int:
        """Instant of its next round by its own schedule (true ms); ``NEVER_MS``: none."""
        if self.is_sounding or self.awaits or self.heir or self.content.silent:
            return NEVER_MS
        if self.is_owed:
            return self.handled_at
        at = next_round(self.content, self.handled_at)
        return at if at <= self.command.exp else NEVER_MS

    def cuts(self, other: ActiveAlert) -> bool:
        """Return whether its due round may cut a round of ``other`` that sounds."""
        if self.rank[:2] != other.rank[:2]:
            return self.rank > other.rank
        return self.is_owed and self.rank > other.rank

    def choices(self, now: int) -> tuple[list[Speech], list[Speech]]:
        """Return the speech of the next round, and the speech to fall back on where that is missing."""
        is_late = not self.is_owed or now - self.content.issued_at > LATE_MS
        if self.content.again and is_late:
            return self.content.again, self.content.speech
        return self.content.speech, self.content.again

    def all_speech(self) -> list[Speech]:
        return [*self.content.speech, *self.content.again]

    def keep_command(self, step: Step, text: str) -> None:
        """Save the command. ``text``: as it was signed."""
        step.remember(_COMMAND, self.cid, text)

    def keep(self, step: Step) -> None:
        """Save the state, so that a power cut changes nothing."""
        state: dict[str, object] = {
            "handled": self.handled_at,
            "owed": self.is_owed,
            "heard": self.was_heard,
            "whole": self.was_whole,
            "sounded": self.was_sounded,
            "cuts": self.power_cuts,
            "rounds": self.rounds,
        }
        step.remember(_STATE, self.cid, state)

    def forget(self, step: Step) -> None:
        step.forget(_COMMAND, self.cid)
        step.forget(_STATE, self.cid)

    @classmethod
    def kept(cls, step: Step) -> list[Self]:
        """Return the alerts that are on flash."""
        found = []
        for cid, text in list(step.known(_COMMAND).items()):
            state = step.known(_STATE).get(cid)
            alert = cls._read(text, state) if isinstance(text, str) and isinstance(state, Mapping) else None
            if alert is not None:
                found.append(alert)
        return found

    @classmethod
    def _read(cls, text: str, state: Mapping[str, object]) -> Self | None:
        try:
            command = codec.decode(Command, text.encode())
        except ProtocolError:
            return None  # written by another firmware: the server sends what is still valid
        if command.alert is None:
            return None
        return cls(
            command,
            command.alert,
            handled_at=_number(state.get("handled")),
            is_owed=bool(state.get("owed")),
            was_heard=bool(state.get("heard")),
            was_whole=bool(state.get("whole")),
            was_sounded=bool(state.get("sounded")),
            power_cuts=_number(state.get("cuts")),
            rounds=_number(state.get("rounds")),
            is_answered=True,
        )


def _number(value: Value | object) -> int:
    return value if isinstance(value, int) else 0


def next_round(alert: AlertContent, after: int) -> int:
    """Return the first instant of the schedule later than ``after``; ``NEVER_MS`` where there is none."""
    fixed = sorted(alert.issued_at + ms for ms in alert.rounds_ms)
    for at in fixed:
        if at > after:
            return at
    if not alert.every_ms:
        return NEVER_MS
    last = fixed[-1] if fixed else alert.issued_at
    return last + max(1, (after - last) // alert.every_ms + 1) * alert.every_ms


def round_number(alert: AlertContent, at: int) -> int:
    """Return the number of the schedule's round that begins then: the first is 1."""
    after_ms, rounds_ms = at - alert.issued_at, alert.rounds_ms
    begun = sum(1 for due_ms in rounds_ms if due_ms <= after_ms) if rounds_ms else 0
    if not alert.every_ms:
        return 1 + begun
    return 1 + begun + max(0, after_ms - max((0, *rounds_ms))) // alert.every_ms

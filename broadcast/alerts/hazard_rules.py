"""Rules of a hazard: its levels, repetitions, siren, CAP words and texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum

from broadcast.alerts.cap.message import Category


class AlertLevel(IntEnum):
    """Civil-defence levels: declared by the commune's chair (1), the province's (2), the Prime Minister (3)."""

    ONE = 1
    TWO = 2
    THREE = 3


@dataclass(frozen=True, slots=True)
class Rounds:
    """Repetition: at these offsets after the issue, then at this interval (0: never) until the alert ends; in ms."""

    at_ms: tuple[int, ...] = ()
    every_ms: int = 0


@dataclass(frozen=True, slots=True)
class HazardText:
    """Texts of one hazard: ``headline`` with and without a place, ``danger``, ``advice`` where the alert has none."""

    headline: str
    headline_at: str
    danger: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class HazardRule:
    """Rules and texts of one hazard.

    ``level`` and ``lasts`` are the form's defaults; ``facts`` are those to ask for first. ``rounds`` are the
    repetitions, ``rounds_at_level`` those of single levels: the presets of DOMAIN.md for storm, flood and tsunami, of
    our own for the rest. ``siren`` names a sound on the device's flash; None: a gong, for people run from sirens.
    ``is_lasting``: it may go on, or come again, after the warning has ended, so people are not asked to go back to
    normal life. ``category`` is the one of CAP; ``is_told_by_category``: a message that says no more is taken for it.
    ``words`` in a CAP message mean it.
    """

    level: AlertLevel
    lasts: timedelta
    facts: tuple[str, ...]
    rounds: Rounds
    siren: str | None
    category: Category
    vi: HazardText
    en: HazardText
    words: tuple[str, ...] = ()
    is_lasting: bool = False
    is_told_by_category: bool = False
    rounds_at_level: Mapping[AlertLevel, Rounds] = field(default_factory=dict)

    @property
    def asks(self) -> tuple[str, ...]:
        """Return the facts that its form asks for."""
        return (*self.facts, "advice", "authority")

    def rounds_of(self, level: AlertLevel) -> Rounds:
        """Return the repetitions at this level."""
        return self.rounds_at_level.get(level, self.rounds)

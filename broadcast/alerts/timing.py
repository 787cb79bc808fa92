"""Timing of alerts: how soon loudspeakers sounded after an approval, against the objective and its error budget."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

IN_TIME_MS: Final = 1_000
IN_TIME_SHARE: Final = 0.99
"""Objective of one alert: so many of the connected loudspeakers sound within ``IN_TIME_MS`` of the approval."""
OBJECTIVE_SHARE: Final = 0.99
"""Share of all alerts that have to meet it; the rest is the error budget."""
BUDGET_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class AlertTiming:
    """Timing of one order, in ms after its approval; None: it did not happen.

    Loudspeakers only: ``online`` were connected at the approval, ``in_time`` of those sounded within the objective, and
    ``answered`` of those answered at all. ``sent_ms``: the broker confirmed the command.
    """

    online: int
    in_time: int
    answered: int
    sent_ms: int | None = None
    first_ms: int | None = None
    last_ms: int | None = None

    @property
    def meets_objective(self) -> bool:
        return self.in_time >= IN_TIME_SHARE * self.online


def budget_left(timings: Collection[AlertTiming]) -> float:
    """Return the share of the error budget that these alerts leave; negative where more is spent than there is."""
    missed = sum(not each.meets_objective for each in timings)
    return 1.0 - missed / (len(timings) * (1 - OBJECTIVE_SHARE)) if timings else 1.0

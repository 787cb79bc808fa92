"""Lockout rules: the wait after repeated failures, each twice as long as the one before."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LockoutRule:
    """Rule: ``free`` failures cost nothing, the next locks for ``first_s``, each further one twice as long."""

    free: int
    first_s: int
    most_s: int

    def held_s(self, failures: int) -> int:
        """Return the lock in seconds after this many failures in a row; 0: none."""
        over = failures - self.free
        return 0 if over <= 0 else min(self.first_s << min(over - 1, 10), self.most_s)


CODE: Final = LockoutRule(free=5, first_s=30, most_s=3600)
"""For second factors and for the claim codes of boxes: their count is of one person or box, and has no other end."""
PAIR: Final = LockoutRule(free=5, first_s=30, most_s=900)
ADDRESS: Final = LockoutRule(free=20, first_s=30, most_s=900)
BROWSER: Final = LockoutRule(free=5, first_s=15, most_s=60)
SPRAYED: Final = LockoutRule(free=2, first_s=60, most_s=900)
"""For address and login while the whole site is attacked."""

"""What can go wrong between us and another system, split by remedy. Kept with the feed or the delivery it befell.

ExchangeError
├── FetchRefusedError      look at the address and what is pinned for it: see ``reason``
├── FetchFailedError       retry: the other side did not answer as it should
├── UnreadableFeedError    the sender has to mend its feed: see ``reason``
├── UnreadableCentralError the central system has to mend its answer: see ``reason``
└── SoundNotTakenError     the central system has to mend the sound file it names: see ``reason``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class ExchangeError(Exception):
    """Base of what this package raises; ``code`` is stable."""

    code: ClassVar[str] = "EXCHANGE"

    def __str__(self) -> str:
        """Code and reason: what is kept and shown."""
        return " ".join(filter(None, (self.code, getattr(self, "reason", ""), getattr(self, "detail", ""))))


@dataclass
class FetchRefusedError(ExchangeError):
    """We do not go there. ``reason``: URL SCHEME HOST ADDRESS REDIRECTS TOO_BIG ENCODING."""

    reason: str
    url: str
    code: ClassVar[str] = "FETCH_REFUSED"


@dataclass
class FetchFailedError(ExchangeError):
    """No answer, or a no. ``reason``: RESOLVE CONNECT TLS ANSWER TIMEOUT STOPPING, or HTTP_ and the status."""

    reason: str
    url: str
    detail: str = ""
    code: ClassVar[str] = "FETCH_FAILED"


@dataclass
class UnreadableFeedError(ExchangeError):
    """What came is no feed. ``reason``: TOO_BIG NOT_WELL_FORMED DOCTYPE NOT_A_FEED TOO_MANY_ENTRIES NO_ALERT."""

    reason: str
    detail: str = ""
    code: ClassVar[str] = "UNREADABLE_FEED"


@dataclass
class UnreadableCentralError(ExchangeError):
    """What came is no page of bulletins. ``reason``: NOT_JSON NOT_A_PAGE CURSOR TOO_MANY."""

    reason: str
    detail: str = ""
    code: ClassVar[str] = "UNREADABLE_CENTRAL"


@dataclass
class SoundNotTakenError(ExchangeError):
    """What came is not the file that was named. ``reason``: TOO_LARGE HASH."""

    reason: str
    code: ClassVar[str] = "SOUND"

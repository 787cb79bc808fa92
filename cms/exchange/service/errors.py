"""Exchange errors, split by remedy. Stored with the feed or delivery that they belong to.

ExchangeError
├── FetchRefusedError      check the URL and its pins: see ``reason``
├── FetchFailedError       retry: the other side did not answer as it should
├── UnreadableFeedError    the sender has to correct its feed: see ``reason``
├── UnreadableCentralError the central system has to correct its answer: see ``reason``
└── SoundNotTakenError     the central system has to correct its sound file: see ``reason``
"""

from dataclasses import dataclass
from typing import ClassVar


class ExchangeError(Exception):
    """Base of exchange errors; ``code`` is stable."""

    code: ClassVar[str] = "EXCHANGE"

    def __str__(self) -> str:
        """Join code and reason, as they are stored and shown."""
        return " ".join(filter(None, (self.code, getattr(self, "reason", ""), getattr(self, "detail", ""))))


@dataclass
class FetchRefusedError(ExchangeError):
    """Connection refused by our own rules. ``reason``: URL SCHEME HOST ADDRESS REDIRECTS TOO_BIG ENCODING."""

    reason: str
    url: str
    code: ClassVar[str] = "FETCH_REFUSED"


@dataclass
class FetchFailedError(ExchangeError):
    """No answer, or an error. ``reason``: RESOLVE CONNECT TLS ANSWER TIMEOUT STOPPING, or HTTP_ and the status."""

    reason: str
    url: str
    detail: str = ""
    code: ClassVar[str] = "FETCH_FAILED"


@dataclass
class UnreadableFeedError(ExchangeError):
    """Answer that is no feed. ``reason``: TOO_BIG NOT_WELL_FORMED DOCTYPE NOT_A_FEED TOO_MANY_ENTRIES NO_ALERT."""

    reason: str
    detail: str = ""
    code: ClassVar[str] = "UNREADABLE_FEED"


@dataclass
class UnreadableCentralError(ExchangeError):
    """Answer that is no page of bulletins. ``reason``: NOT_JSON NOT_A_PAGE CURSOR TOO_MANY."""

    reason: str
    detail: str = ""
    code: ClassVar[str] = "UNREADABLE_CENTRAL"


@dataclass
class SoundNotTakenError(ExchangeError):
    """File that is not the announced one. ``reason``: TOO_LARGE HASH."""

    reason: str
    code: ClassVar[str] = "SOUND"

"""Exchange errors, split by remedy. Stored with the feed or delivery that they belong to.

ExchangeError
├── FetchRefusedError      check the URL and its pins: see ``reason``
├── FetchFailedError       retry: the other side did not answer as it should
├── UnreadableFeedError    the sender has to correct its feed: see ``reason``
├── UnreadableCentralError the central system has to correct its answer: see ``reason``
└── SoundNotTakenError     the central system has to correct its sound file: see ``reason``
"""

from dataclasses import dataclass

from province.errors import CodedError


class ExchangeError(CodedError, code="EXCHANGE"):
    """Base of exchange errors; ``code`` is stable."""

    def __str__(self) -> str:
        """Join code and reason, as they are stored and shown."""
        return " ".join(filter(None, (self.code, getattr(self, "reason", ""), getattr(self, "detail", ""))))


@dataclass
class FetchRefusedError(ExchangeError, code="FETCH_REFUSED"):
    """Connection refused by our own rules. ``reason``: URL SCHEME HOST ADDRESS REDIRECTS TOO_BIG ENCODING."""

    reason: str
    url: str


@dataclass
class FetchFailedError(ExchangeError, code="FETCH_FAILED"):
    """No answer, or an error. ``reason``: RESOLVE CONNECT TLS ANSWER TIMEOUT STOPPING, or HTTP_ and the status."""

    reason: str
    url: str
    detail: str = ""


@dataclass
class UnreadableFeedError(ExchangeError, code="UNREADABLE_FEED"):
    """Answer that is no feed. ``reason``: TOO_BIG NOT_WELL_FORMED DOCTYPE NOT_A_FEED TOO_MANY_ENTRIES NO_ALERT."""

    reason: str
    detail: str = ""


@dataclass
class UnreadableCentralError(ExchangeError, code="UNREADABLE_CENTRAL"):
    """Answer that is no page of bulletins. ``reason``: NOT_JSON NOT_A_PAGE CURSOR TOO_MANY."""

    reason: str
    detail: str = ""


@dataclass
class SoundNotTakenError(ExchangeError, code="SOUND"):
    """File that is not the announced one. ``reason``: TOO_LARGE HASH."""

    reason: str

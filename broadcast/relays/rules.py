"""Relay sources: their life cycle as one table (in ``docs/lifecycle.md``), their addresses and licences."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.relays.model import Relayable, RelayOrder, RelaySource, SourceAction, SourceState
from province.errors import Problem
from province.state_machine import diagram, final, following
from province.wall_clock import DEFAULT_ZONE

_S, _A = SourceState, SourceAction

# A change needs a new approval: to its approver the changed source is another one.
TRANSITIONS: Final[Mapping[tuple[SourceState, SourceAction], SourceState]] = MappingProxyType(
    {
        (_S.DRAFT, _A.CORRECT): _S.DRAFT,
        (_S.DRAFT, _A.APPROVE): _S.APPROVED,
        (_S.APPROVED, _A.CORRECT): _S.DRAFT,
        (_S.APPROVED, _A.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, _A.CORRECT): _S.DRAFT,
        (_S.SUSPENDED, _A.APPROVE): _S.APPROVED,
    }
)
LENGTH_MIN_MS: Final = 10_000
LENGTH_MAX_MS: Final = 4 * 3_600_000
"""The longest relay: a stranger's programme is not left unattended for longer."""
URLS_MAX: Final = 4
URL: Final = re.compile(r"https?://[!-~]{1,490}")
"""As the wire takes it (``devices.protocol.records``)."""


def next_state(state: SourceState, action: SourceAction) -> SourceState:
    """Return the state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return following(TRANSITIONS, state, action)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    return diagram(TRANSITIONS, _S.DRAFT, final(TRANSITIONS, SourceState))


def url_problems(urls: Sequence[str]) -> list[Problem]:
    if not urls:
        return [Problem("urls", "MISSING")]
    found = [Problem("urls", "TOO_MANY", {"max": URLS_MAX})] if len(urls) > URLS_MAX else []
    return found + [Problem("urls", "NOT_A_STREAM_URL", {"url": url[:80]}) for url in urls if not URL.fullmatch(url)]


def order_problems(order: RelayOrder | None, *, is_handed_down: bool) -> list[Problem]:
    """Return everything wrong with a bulletin's relay order, by itself."""
    if order is None:
        return []
    found = []
    if not LENGTH_MIN_MS <= order.length_ms <= LENGTH_MAX_MS:
        found.append(Problem("relay.length_ms", "RELAY_LENGTH", {"min": LENGTH_MIN_MS, "max": LENGTH_MAX_MS}))
    if is_handed_down:
        found.append(Problem("relay.source_id", "RELAY_HANDED_DOWN"))
    return found


def relayable(order: RelayOrder, source: RelaySource) -> Relayable:
    """Return the copy of the source that an approval freezes."""
    return Relayable(source.id, source.name, source.kind, source.form, source.urls, order.length_ms)


def licensed_until(source: RelaySource, valid_until_at: datetime | None) -> datetime | None:
    """Return the last instant at which an airing may begin: the earlier of the bulletin's and the licence's end."""
    until_on = source.licence.until_on
    if until_on is None:
        return valid_until_at
    midnight = datetime.combine(until_on + timedelta(days=1), time(0), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)
    ends_at = midnight - timedelta(seconds=1)
    return ends_at if valid_until_at is None else min(ends_at, valid_until_at)


def is_open(source: RelaySource, on: date) -> bool:
    """Return whether it is approved, and its licence holds on that local date."""
    until_on = source.licence.until_on
    return source.state is SourceState.APPROVED and (until_on is None or until_on >= on)

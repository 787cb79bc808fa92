"""Server faults: which findings of the readiness people on call are notified of, after how long, and how often.

A fault begins when the first finding has lasted, and ends when all that were notified are gone. Findings that last
later are notified too. No fault is notified more often than the limits of ``devices.health.notices`` let it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from devices.health.notices import IncidentStage, may_write

LASTS_S: Final[Mapping[str, float]] = {
    **dict.fromkeys(("DATABASE_UNREACHABLE", "DATABASE_SILENT", "DATABASE_FULL", "DATABASE_READ_ONLY"), 10.0),
    "DATABASE_LOCKED": 30.0,
    **dict.fromkeys(("GATEWAY_STUCK", "URGENT_STUCK"), 10.0),
    # A server that starts after a long time has old heartbeats until all its processes are loaded.
    **dict.fromkeys(("GATEWAY_SILENT", "URGENT_SILENT", "SCHEDULER_SILENT"), 30.0),
    **dict.fromkeys(("SIGNER_AWAY", "TOKEN_AWAY", "SIGNING_REFUSED", "ALERT_UNSIGNED", "SIGNATURES_OPEN"), 10.0),
    "BROKER_LOST": 60.0,
    "BROKER_FLAPPING": 10.0,
    "BROKER_AWAY": 60.0,
    "PROGRAM_AWAY": 10.0,
    "CANARY_LOST": 10.0,
    "PROGRAM_RESTARTED": 90.0,
    "URGENT_WAITING": 10.0,
    "CONTENT_AWAY": 30.0,
    "DISK_RESERVE_SPENT": 10.0,
    "DISK_SLOW": 60.0,
    "QUEUE_AWAY": 60.0,
}
"""Seconds after which a finding is notified; findings that are not named here keep no alert from its way.

One restart is no fault, and its finding stays for a minute: what lasts longer was restarted again. The loss of the
broker is an incident of its own after 20 s, by the scheduler: here it is named where that is away too.
"""
GONE_AFTER: Final = timedelta(seconds=60)
"""A finding that comes back within this has lasted all the while."""
NEXT_AFTER: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ServerNews:
    """News about a fault of the server: the codes that have lasted, or at its end those that were notified."""

    stage: IncidentStage
    codes: frozenset[str]


class ServerFault:
    """Fault of the server as findings show it at each look. ``told``: the codes that were notified before."""

    def __init__(self, told: Iterable[str], now: datetime) -> None:
        self.told = frozenset(told)
        self._since_at = dict.fromkeys(self.told, now)
        self._seen_at = dict.fromkeys(self.told, now)
        self._written: list[datetime] = []

    def look(self, codes: Collection[str], now: datetime) -> ServerNews | None:
        """Return what is to be notified now; None: nothing, or not yet."""
        for code in LASTS_S.keys() & codes:
            self._since_at.setdefault(code, now)
            self._seen_at[code] = now
        for code in [code for code, at in self._seen_at.items() if now - at >= GONE_AFTER]:
            del self._seen_at[code], self._since_at[code]
        news = self._news(codes, now)
        if news is None or not may_write(self._written, now, urgent=True):
            return None
        self._written = [at for at in self._written if now - at < timedelta(hours=1)] + [now]
        self.told = frozenset() if news.stage is IncidentStage.OVER else self.told | news.codes
        return news

    def _news(self, codes: Collection[str], now: datetime) -> ServerNews | None:
        if self.told and self.told.isdisjoint(self._seen_at):
            return ServerNews(IncidentStage.OVER, self.told)
        lasting = {
            code
            for code, at in self._since_at.items()
            if code in codes and now - at >= timedelta(seconds=LASTS_S[code])
        }
        is_too_soon = bool(self.told and self._written) and now - self._written[-1] < NEXT_AFTER
        if lasting <= self.told or is_too_soon:
            return None
        return ServerNews(IncidentStage.OPENED, frozenset(lasting))

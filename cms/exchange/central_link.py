"""``broadcast.central_ports.CentralSystem`` over HTTP: one pinned host, TLS, bounded answers, a secret in the header.

The paths are ours: no document that we could read says how the exchange is addressed (docs/adr/0017-central-system.md).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Self
from urllib.parse import quote, urljoin

from broadcast.model.central import CentralPage, ReportKind
from cms.exchange.addresses import Allowed, host_of
from cms.exchange.central_wire import page_of
from cms.exchange.fetching import Fetcher
from cms.settings import Settings

SOUND_S: Final = 600.0
"""For all of a sound file: fifty megabytes on a slow line."""
_PATHS: Final = {
    ReportKind.DEVICES: "/thiet-bi",
    ReportKind.BULLETINS: "/trang-thai-ban-tin",
    ReportKind.PLAYED: "/ket-qua-phat",
    ReportKind.STATISTICS: "/thong-ke",
}


@dataclass(frozen=True)
class HttpCentralSystem:
    """Raises ``cms.exchange.errors.ExchangeError`` from any call."""

    url: str
    token: str = field(repr=False)
    is_local: bool = False
    fetcher: Fetcher = field(default_factory=Fetcher)
    sound_fetcher: Fetcher = field(default_factory=lambda: Fetcher(whole_s=SOUND_S))

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None where no central system is set."""
        if not settings.central_url:
            return None
        return cls(settings.central_url.rstrip("/"), settings.central_token, settings.central_is_local)

    def bulletins_after(self, cursor: str) -> CentralPage:
        url = f"{self.url}/ban-tin?sau={quote(cursor, safe='')}"
        return page_of(self.fetcher.get(url, self._allowed(), more=self._headers()).body)

    def sound(self, where: str) -> AbstractContextManager[BinaryIO]:
        """From the central system's own host only, as everything."""
        return self.sound_fetcher.opened(urljoin(f"{self.url}/", where), self._allowed(), self._headers())

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        headers = {**self._headers(), "Content-Type": "application/json", "Loa-Delivery": report_id}
        self.fetcher.post(f"{self.url}{_PATHS[kind]}", self._allowed(), body, headers)

    def _allowed(self) -> Allowed:
        host = frozenset({host_of(self.url)})
        return Allowed(host, host if self.is_local else frozenset(), self.is_local)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

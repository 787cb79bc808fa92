"""HTTP client of the central system (``CentralSystem``): one pinned host, TLS, a token.

The paths are our own: no document available to us defines the addresses (docs/adr/0017-central-system.md).
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Self
from urllib.parse import quote, urljoin

from broadcast.exchange.central import CentralPage, ReportKind
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.central_wire import page_of
from cms.exchange.service.http_client import Fetcher
from cms.platform.settings import Settings

SOUND_S: Final = 600.0
"""For a whole sound file: fifty megabytes on a slow line."""
_PATHS: Final = {
    ReportKind.DEVICES: "/thiet-bi",
    ReportKind.BULLETINS: "/trang-thai-ban-tin",
    ReportKind.PLAYED: "/ket-qua-phat",
    ReportKind.STATISTICS: "/thong-ke",
}


@dataclass(frozen=True)
class HttpCentralSystem:
    """Client of the central system. Every call raises ``cms.exchange.service.errors.ExchangeError``."""

    url: str
    token: str = field(repr=False)
    is_local: bool = False
    fetcher: Fetcher = field(default_factory=Fetcher)
    sound_fetcher: Fetcher = field(default_factory=lambda: Fetcher(whole_s=SOUND_S))

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Make the client; None if no central system is configured."""
        if not settings.central_url:
            return None
        return cls(settings.central_url.rstrip("/"), settings.central_token, settings.central_is_local)

    def bulletins_after(self, cursor: str) -> CentralPage:
        url = f"{self.url}/ban-tin?sau={quote(cursor, safe='')}"
        return page_of(self.fetcher.get(url, self._allowed(), more=self._headers()).body)

    def sound(self, where: str) -> AbstractContextManager[BinaryIO]:
        """Open a sound file, from the central system's own host only."""
        return self.sound_fetcher.opened(urljoin(f"{self.url}/", where), self._allowed(), self._headers())

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        headers = {**self._headers(), "Content-Type": "application/json", "Loa-Delivery": report_id}
        self.fetcher.post(f"{self.url}{_PATHS[kind]}", self._allowed(), body, headers)

    def _allowed(self) -> Allowed:
        host = frozenset({host_of(self.url)})
        return Allowed(host, host if self.is_local else frozenset(), self.is_local)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

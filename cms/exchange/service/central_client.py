"""HTTP client of the central system (``CentralSystem``): one pinned host, TLS, a token.

The paths are our own: no document available to us defines the addresses (docs/adr/0017-central-system.md).
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, Protocol, Self, cast
from urllib.parse import quote, urljoin

from broadcast.exchange.central import CentralBulletin, CentralPage, ReportKind
from cms.exchange.model import CentralOutcome, CentralRecord
from cms.exchange.repository.central import CentralRecords
from cms.exchange.service import central_wire as wire
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.central_bulletins import Taking
from cms.exchange.service.central_wire import page_of
from cms.exchange.service.errors import ExchangeError, FetchFailedError, SoundNotTakenError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import pause_after
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from media.errors import RefusedAudioError

SOUND_S: Final = 600.0
"""For a whole sound file: fifty megabytes on a slow line."""
_PATHS: Final = {
    ReportKind.DEVICES: "/thiet-bi",
    ReportKind.BULLETINS: "/trang-thai-ban-tin",
    ReportKind.PLAYED: "/ket-qua-phat",
    ReportKind.STATISTICS: "/thong-ke",
}
SOUNDS_A_STEP: Final = 5
SOUND_TRIES: Final = 12
"""Some five hours, with the pauses between them."""


class CentralSystem(Protocol):
    """Central source system. Any call may fail and is retried; the same report may arrive twice, by the same id."""

    def bulletins_after(self, cursor: str) -> CentralPage:
        """Return the bulletins sent down since; from the beginning where the cursor is empty."""

    def sound(self, where: str) -> AbstractContextManager[BinaryIO]:
        """Open the bytes of a recording that one of its bulletins names; read once."""

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        """Send the report; it has been delivered once this returns."""


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


@dataclass(frozen=True)
class SoundFetching:
    """Job that fetches sound files. A missing file delays nothing else, and not the end of the process."""

    taking: Taking
    system: CentralSystem
    max_bytes: int
    is_stopping: Callable[[], bool]

    def step(self) -> int:
        """Fetch the files that are due; return how many."""
        with reading(self.taking.uow.engine) as session:
            due = CentralRecords(session).awaiting_sound(self.taking.now(), SOUNDS_A_STEP)
        for record in due:
            self._fetch(record)
        return len(due)

    def _fetch(self, record: CentralRecord) -> CentralRecord:
        if self._is_overtaken(record):
            return self.taking.keep(replace(record, outcome=CentralOutcome.OLD, reason="", sound_due_at=None))
        read = self._as_it_came(record)
        tried = replace(record, sound_tries=record.sound_tries + 1)
        try:
            sha256 = self._stored(read)
        except ExchangeError as error:
            if _may_still_come(error) and tried.sound_tries < SOUND_TRIES:
                due_at = self.taking.now() + pause_after(tried.sound_tries)
                return self._wait(replace(tried, reason=str(error)[:500], sound_due_at=due_at))
            refused = replace(tried, outcome=CentralOutcome.REFUSED, reason=str(error)[:500], sound_due_at=None)
            return self.taking.keep(refused)
        settled = replace(tried, outcome=CentralOutcome.REFUSED, reason="", sound_due_at=None)
        return self.taking.draft(settled, read, sha256)

    def _stored(self, read: CentralBulletin) -> str:
        """Fetch and store the file; return its name in the content store. Raises ExchangeError."""
        assert read.sound is not None
        try:
            with self.system.sound(read.sound.where) as stream:
                watched = cast("BinaryIO", _Watched(stream, self.is_stopping))
                stored = self.taking.content.put_stream(watched, self.max_bytes)
        except RefusedAudioError as error:
            raise SoundNotTakenError(error.reason) from None
        if read.sound.sha256 not in ("", stored.sha256):
            raise SoundNotTakenError("HASH")
        return stored.sha256

    def _is_overtaken(self, record: CentralRecord) -> bool:
        """Return whether a newer version arrived before the file of this one."""
        with reading(self.taking.uow.engine) as session:
            newest = CentralRecords(session).of_central(record.central_id)[0]
        return newest.central_version > record.central_version

    def _as_it_came(self, record: CentralRecord) -> CentralBulletin:
        read = wire.read(json.loads(self.taking.content.read_bytes(record.sha256)))
        assert isinstance(read, CentralBulletin)
        return read

    def _wait(self, record: CentralRecord) -> CentralRecord:
        """Store the next attempt; no event, as nothing has changed for people."""
        with (unit := self.taking.uow()):
            unit[CentralRecords].put(record)
            unit.commit()
        return record


@dataclass(frozen=True)
class _Watched:
    """Stream that stops in the middle of the file when the process is to end."""

    stream: BinaryIO
    is_stopping: Callable[[], bool]

    def read(self, size: int = -1) -> bytes:
        if self.is_stopping():
            raise FetchFailedError("STOPPING", "")
        return self.stream.read(size)


def _may_still_come(error: ExchangeError) -> bool:
    """Return whether to retry: a network error, or a file still being written; a refused address stays refused."""
    return isinstance(error, FetchFailedError) or (isinstance(error, SoundNotTakenError) and error.reason == "HASH")

"""Relay source check: listens to a few seconds of a source, only at addresses that are allowed.

The server's ffmpeg never connects anywhere: it decodes what was fetched here, bounded in bytes and time.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from broadcast.relays.model import Health, RelaySource, StreamForm
from cms.exchange.service.addresses import Allowed
from cms.exchange.service.errors import FetchFailedError, FetchRefusedError
from cms.exchange.service.http_client import Fetcher
from media.errors import RefusedAudioError

WHOLE_S: Final = 8.0
LISTENED_S: Final = 5.0
PIECE_BYTES: Final = 96 * 1024
"""Six seconds of a stream of 128 kbit/s, most of which a server sends at once."""
SILENCE_DB: Final = -55.0
_CHUNK: Final = 16 * 1024
_MASTER: Final = "#EXT-X-STREAM-INF"
_KEY: Final = "#EXT-X-KEY"
_MAP: Final = re.compile(r'#EXT-X-MAP:.*URI="([^"]+)"')

Loudest = Callable[[bytes], float]
"""Highest sample of a piece, dB below full scale; raises RefusedAudioError."""


@dataclass(frozen=True)
class SourceListener:
    """Listener to sources. ``is_local``: sources may be in a private network."""

    loudest: Loudest
    fetcher: Fetcher
    is_local: bool = False

    def listen(self, source: RelaySource) -> tuple[Health, str]:
        """Return the health at the first URL that can be heard; if none can, that of the first URL."""
        found = []
        for url in source.urls:
            found.append(self._listen_at(url, source.form))
            if found[-1][0] is Health.HEARD:
                return found[-1]
        return found[0]

    def _listen_at(self, url: str, form: StreamForm) -> tuple[Health, str]:
        try:
            piece = self._hls(url) if form is StreamForm.HLS else self._stream(url)
            loudest = self.loudest(piece)
        except FetchRefusedError as error:
            is_ours = error.reason in {"ADDRESS", "SCHEME"}
            return (Health.REFUSED if is_ours else Health.UNREACHABLE), error.reason
        except FetchFailedError as error:
            return Health.UNREACHABLE, error.reason
        except RefusedAudioError as error:
            return Health.UNREADABLE, error.reason
        return (Health.HEARD if loudest >= SILENCE_DB else Health.SILENT), f"{loudest:.0f} dB"

    @property
    def _allowed(self) -> Allowed:
        return Allowed(frozenset(), is_local=self.is_local, is_anywhere=True)

    def _stream(self, url: str) -> bytes:
        """Read as much as arrives within ``LISTENED_S``."""
        until, piece = time.monotonic() + LISTENED_S, bytearray()
        with self.fetcher.opened(url, self._allowed) as incoming:
            while len(piece) < PIECE_BYTES and time.monotonic() < until and (chunk := incoming.read(_CHUNK)):
                piece += chunk
        return bytes(piece)

    def _hls(self, url: str) -> bytes:
        """Fetch the newest segment of the first variant."""
        playlist, where = self._playlist(url)
        if any(line.startswith(_MASTER) for line in playlist):
            playlist, where = self._playlist(urljoin(where, _first(playlist)))
        if any(line.startswith(_KEY) for line in playlist):
            raise RefusedAudioError("FORMAT", "encrypted")
        segments = [line for line in playlist if line and not line.startswith("#")]
        if not segments:
            raise RefusedAudioError("FORMAT", "no segments")
        head = next((found[1] for line in playlist if (found := _MAP.match(line))), "")
        parts = [urljoin(where, each) for each in (head, segments[-1]) if each]
        return b"".join(self.fetcher.get(part, self._allowed).body for part in parts)

    def _playlist(self, url: str) -> tuple[list[str], str]:
        got = self.fetcher.get(url, self._allowed)
        text = got.body.decode("utf-8", "replace")
        if not text.startswith("#EXTM3U"):
            raise RefusedAudioError("FORMAT", "no playlist")
        return [line.strip() for line in text.splitlines()], got.url


def _first(playlist: list[str]) -> str:
    return next((line for line in playlist if line and not line.startswith("#")), "")

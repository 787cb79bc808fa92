"""The web as we ask it: pinned hosts, addresses looked at first, bounded in bytes, redirects and time."""

from __future__ import annotations

import io
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import BadStatusLine, HTTPException, HTTPResponse
from types import MappingProxyType
from typing import BinaryIO, Final, cast
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from cms.exchange.addresses import Allowed, Resolve, Target, resolved, target_of
from cms.exchange.errors import FetchFailedError, FetchRefusedError

MAX_BYTES: Final = 2 * 1024 * 1024
CONNECT_S: Final = 5.0
READ_S: Final = 10.0
"""For each read; ``WHOLE_S`` for all of an answer, so that nobody keeps us by a byte at a time."""
WHOLE_S: Final = 30.0
_REDIRECTS_MAX: Final = 3
_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 1 << 16
_ICY: Final = b"ICY "
_STATUS_MAX: Final = 1 << 10
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Fetched:
    """``status`` 200, or 304 where what was asked about has not changed. ``url`` is where it came from in the end."""

    status: int
    body: bytes
    url: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetcher:
    """``tls`` None: certificates as the machine trusts them."""

    resolve: Resolve = field(default=resolved)
    tls: ssl.SSLContext | None = None
    whole_s: float = WHOLE_S

    def get(
        self,
        url: str,
        allowed: Allowed,
        *,
        etag: str = "",
        modified: str = "",
        more: Mapping[str, str] = _NOTHING,
    ) -> Fetched:
        """What is there; ``more`` headers go along to every pinned host.

        Redirects are followed between pinned hosts, each looked at like the first.

        Raises:
            FetchRefusedError, FetchFailedError: see their reasons.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        asked = {**more, **{name: value for name, value in headers.items() if value}}
        with self._found(url, allowed, asked) as (answer, where):
            told = answer.headers
            body = _body(answer, where, MAX_BYTES)
            return Fetched(answer.status, body, where, told.get("ETag", ""), told.get("Last-Modified", ""))

    @contextmanager
    def opened(self, url: str, allowed: Allowed, more: Mapping[str, str] = _NOTHING) -> Iterator[BinaryIO]:
        """What is there as a stream, for what is too big to hold; how much is taken is the reader's to bound.

        Raises:
            FetchRefusedError, FetchFailedError: as ``get``; also what goes wrong while it is read.
        """
        with self._found(url, allowed, more) as (answer, where):
            if answer.status != _OK:
                raise FetchFailedError(f"HTTP_{answer.status}", where)
            yield cast("BinaryIO", _Incoming(answer))

    @contextmanager
    def _found(self, url: str, allowed: Allowed, asked: Mapping[str, str]) -> Iterator[tuple[BaseHTTPResponse, str]]:
        """The answer at the end of all redirects, and where it came from."""
        for _ in range(_REDIRECTS_MAX + 1):
            with self._answered("GET", url, allowed, asked) as answer:
                if answer.status in _REDIRECTED:
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                if answer.status not in {_OK, _NOT_MODIFIED}:
                    raise FetchFailedError(f"HTTP_{answer.status}", url)
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise FetchRefusedError("ENCODING", url)
                yield answer, url
                return
        raise FetchRefusedError("REDIRECTS", url)

    def post(self, url: str, allowed: Allowed, body: bytes, headers: Mapping[str, str]) -> int:
        """The status, of the 200s. No redirect is followed.

        Raises:
            FetchRefusedError, FetchFailedError: see their reasons.
        """
        with self._answered("POST", url, allowed, headers, body) as answer:
            if answer.status // 100 != 2:  # noqa: PLR2004 - the class of statuses that say yes
                raise FetchFailedError(f"HTTP_{answer.status}", url)
            return int(answer.status)

    @contextmanager
    def _answered(
        self, method: str, url: str, allowed: Allowed, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[BaseHTTPResponse]:
        target = target_of(url, allowed, self.resolve)
        asked = {"Host": target.named, "Accept-Encoding": "identity", "User-Agent": "loa", **headers}
        with closing(self._connection(target)) as connection, _translated(url):
            connection.connect()
            with _ended_after(self.whole_s, connection) as is_late:
                try:
                    # Nothing is read before it is asked for: what comes is bounded there.
                    connection.request(method, target.path, body, asked, preload_content=False, decode_content=False)
                    with closing(connection.getresponse()) as answer:
                        yield answer
                    if is_late.is_set():
                        raise TimeoutError  # cut short where nothing said how long it was to be
                except (HTTPError, HTTPException, OSError, ValueError):
                    if is_late.is_set():
                        raise FetchFailedError("TIMEOUT", url) from None
                    raise

    def _connection(self, target: Target) -> HTTPConnection:
        address = target.address
        if target.scheme == "http":
            plain = HTTPConnection(address, target.port, timeout=CONNECT_S)
            plain.response_class = _AlsoShoutcast
            return plain
        return HTTPSConnection(
            address,
            target.port,
            timeout=CONNECT_S,
            ssl_context=self.tls or ssl.create_default_context(),
            server_hostname=target.host,
            assert_hostname=target.host,
        )


class _AlsoShoutcast(HTTPResponse):
    """An answer as old Shoutcast servers begin it too: ``ICY 200 OK``, and then the headers of HTTP."""

    def _read_status(self) -> tuple[str, int, str]:
        # The one place where the library, which offers no other, looks at the first line.
        if not self.fp.peek(len(_ICY)).startswith(_ICY):
            return super()._read_status()  # type: ignore[misc,no-any-return]
        line = self.fp.readline(_STATUS_MAX + 1).decode("iso-8859-1").split(None, 2)
        if len(line) < 2 or not (line[1].isdecimal() and len(line[1]) == 3):  # noqa: PLR2004 - ICY, 200 (OK)
            raise BadStatusLine(" ".join(line))
        return "HTTP/1.0", int(line[1]), "".join(line[2:]).strip()


class _Incoming(io.RawIOBase):
    """An answer as a file that is read once."""

    def __init__(self, answer: BaseHTTPResponse) -> None:
        super().__init__()
        self._answer = answer

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._answer.read1(size if size > 0 else _CHUNK, decode_content=False)


def _body(answer: BaseHTTPResponse, url: str, most: int) -> bytes:
    parts, size = [], 0
    while chunk := answer.read1(_CHUNK, decode_content=False):
        size += len(chunk)
        if size > most:
            raise FetchRefusedError("TOO_BIG", url)
        parts.append(chunk)
    return b"".join(parts)


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """What the network says, in our words."""
    try:
        yield
    except (SSLError, ssl.SSLError, CertificateError) as error:
        raise FetchFailedError("TLS", url, str(error)[:200]) from None
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise FetchFailedError("ANSWER", url, f"{type(error).__name__}: {error}"[:200]) from None


@contextmanager
def _ended_after(whole_s: float, connection: HTTPConnection) -> Iterator[threading.Event]:
    """The connection is cut when the time is over, whatever is being waited for; then the event is set."""
    is_late = threading.Event()
    sock = connection.sock
    sock.settimeout(READ_S)

    def cut() -> None:
        is_late.set()
        # Of the plain socket below TLS: what waits in it sees its end. It may be closed in this very moment.
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(whole_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()

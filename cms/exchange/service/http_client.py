"""HTTP client for other systems: pinned hosts, addresses checked first, limits of bytes, redirects and time."""

import io
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import BadStatusLine, HTTPException, HTTPResponse
from typing import BinaryIO, Final, cast
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from cms.exchange.service.addresses import Allowed, ConnectionTarget, Resolve, resolved, target_of
from cms.exchange.service.errors import FetchFailedError, FetchRefusedError

MAX_BYTES: Final = 2 * 1024 * 1024
CONNECT_S: Final = 5.0
READ_S: Final = 10.0
"""For each read; ``WHOLE_S`` for a whole answer, so that no server holds us byte by byte."""
WHOLE_S: Final = 30.0
_REDIRECTS_MAX: Final = 3
_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 1 << 16
_ICY: Final = b"ICY "
_STATUS_MAX: Final = 1 << 10
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Fetched:
    """Answer: ``status`` 200, or 304 if it has not changed. ``url`` is its address after redirects."""

    status: int
    body: bytes
    url: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetcher:
    """HTTP client. ``tls`` None: the system's trusted certificates. ``read_s``: for each read."""

    resolve: Resolve = field(default=resolved)
    tls: ssl.SSLContext | None = None
    whole_s: float = WHOLE_S
    read_s: float = READ_S

    def get(
        self,
        url: str,
        allowed: Allowed,
        *,
        etag: str = "",
        modified: str = "",
        more: Mapping[str, str] = _NOTHING,
    ) -> Fetched:
        """Get a URL; ``more`` headers are sent to every pinned host.

        Redirects are followed between pinned hosts, each checked like the first.

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
        """Open a URL as a stream, for large files; the reader has to limit how much it reads.

        Raises:
            FetchRefusedError, FetchFailedError: as ``get``; also raised while it is read.
        """
        with self._found(url, allowed, more) as (answer, where):
            if answer.status != _OK:
                raise FetchFailedError(f"HTTP_{answer.status}", where)
            yield cast("BinaryIO", _Incoming(answer))

    @contextmanager
    def _found(self, url: str, allowed: Allowed, asked: Mapping[str, str]) -> Iterator[tuple[BaseHTTPResponse, str]]:
        """Yield the answer after all redirects, and its URL."""
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
        """Post; return the status, one of the 200s. No redirect is followed.

        Raises:
            FetchRefusedError, FetchFailedError: see their reasons.
        """
        with self._posted(url, allowed, body, headers) as answer:
            return int(answer.status)

    def post_for(self, url: str, allowed: Allowed, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Post; return the body of the answer. No redirect is followed. Raises as ``post``."""
        with self._posted(url, allowed, body, headers) as answer:
            return _body(answer, url, MAX_BYTES)

    def ask(self, url: str, allowed: Allowed, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post; return status and body, whatever the status says. No redirect is followed. Raises as ``post``."""
        with self._answered("POST", url, allowed, headers, body) as answer:
            return int(answer.status), _body(answer, url, MAX_BYTES)

    @contextmanager
    def _posted(
        self, url: str, allowed: Allowed, body: bytes, headers: Mapping[str, str]
    ) -> Iterator[BaseHTTPResponse]:
        with self._answered("POST", url, allowed, headers, body) as answer:
            if answer.status // 100 != 2:  # noqa: PLR2004 - the class of statuses that say yes
                raise FetchFailedError(f"HTTP_{answer.status}", url)
            yield answer

    @contextmanager
    def _answered(
        self, method: str, url: str, allowed: Allowed, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[BaseHTTPResponse]:
        target = target_of(url, allowed, self.resolve)
        asked = {"Host": target.named, "Accept-Encoding": "identity", "User-Agent": "loa", **headers}
        with closing(self._connection(target)) as connection, _translated(url):
            connection.connect()
            with _ended_after(self.whole_s, self.read_s, connection) as is_late:
                try:
                    # The body is not read in advance: its size is limited where it is read.
                    connection.request(method, target.path, body, asked, preload_content=False, decode_content=False)
                    with closing(connection.getresponse()) as answer:
                        yield answer
                    if is_late.is_set():
                        raise TimeoutError  # cut short: an answer without a length
                except (HTTPError, HTTPException, OSError, ValueError):
                    if is_late.is_set():
                        raise FetchFailedError("TIMEOUT", url) from None
                    raise

    def _connection(self, target: ConnectionTarget) -> HTTPConnection:
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
    """Answer as old Shoutcast servers begin it too: ``ICY 200 OK``, and then the headers of HTTP."""

    def _read_status(self) -> tuple[str, int, str]:
        # The only place where the library, which has no hook for it, parses the first line.
        if not self.fp.peek(len(_ICY)).startswith(_ICY):
            return super()._read_status()  # type: ignore[misc,no-any-return]
        line = self.fp.readline(_STATUS_MAX + 1).decode("iso-8859-1").split(None, 2)
        if len(line) < 2 or not (line[1].isdecimal() and len(line[1]) == 3):  # noqa: PLR2004 - ICY, 200 (OK)
            raise BadStatusLine(" ".join(line))
        return "HTTP/1.0", int(line[1]), "".join(line[2:]).strip()


class _Incoming(io.RawIOBase):
    """Answer as a file that is read once."""

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
    """Translate network errors to exchange errors."""
    try:
        yield
    except (SSLError, ssl.SSLError, CertificateError) as error:
        raise FetchFailedError("TLS", url, str(error)[:200]) from None
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise FetchFailedError("ANSWER", url, f"{type(error).__name__}: {error}"[:200]) from None


@contextmanager
def _ended_after(whole_s: float, read_s: float, connection: HTTPConnection) -> Iterator[threading.Event]:
    """Shut the connection down when the time is up, whatever it waits for; then the event is set."""
    is_late = threading.Event()
    sock = connection.sock
    sock.settimeout(read_s)

    def cut() -> None:
        is_late.set()
        # The plain socket below TLS: a read waiting in it ends. It may be closed at this moment.
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(whole_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()

"""Client of one S3 bucket: every call has a deadline and few retries with jitter, and an outage is remembered."""

import io
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from obstore.exceptions import BaseError
from obstore.store import S3Store

from media.errors import ContentAwayError

if TYPE_CHECKING:
    from obstore.store import ClientConfig

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)

CONNECT_S: Final = 3.0
RETRIES: Final = 3
RETRY_FIRST: Final = timedelta(milliseconds=100)
RETRY_LAST: Final = timedelta(seconds=1)
REST_S: Final = 2.0
"""After a failure no call is made for this long, then one at a time until one succeeds: threads do not queue up behind
a silent server."""
PART_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one request: its deadline is that of a part, however long the file is."""
_NOTHING_HERE: Final = "readiness-probe/"


@dataclass(frozen=True, slots=True)
class S3Access:
    """Address and credentials of a bucket. ``certificates``: PEM of a certification authority of our own."""

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    timeout_s: float
    certificates: bytes = b""


class S3Bucket:
    """Bucket. Raises ContentAwayError where it does not answer, or not as it should.

    The client is made at the first call and does not survive a fork: a process that forks makes its calls afterwards.
    """

    def __init__(self, access: S3Access, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pid = 0
        self._away_until_s = 0.0
        self._away_why = ""

    @property
    def patience_s(self) -> float:
        """Longest time that one call takes: the last retry begins before the timeout and has one of its own."""
        return 2 * self._access.timeout_s + CONNECT_S

    def size_of(self, key: str) -> int | None:
        """Return the size of an object; None: there is none."""
        try:
            return self._ask(lambda store: store.head(key))["size"]
        except FileNotFoundError:
            return None

    def put(self, key: str, data: Path | bytes) -> None:
        """Write an object from a file or from memory; it is there whole or not at all."""
        try:
            self._ask(lambda store: store.put(key, data, chunk_size=PART_BYTES))
        except FileNotFoundError as error:
            raise ContentAwayError("there is no such bucket") from error

    def open(self, key: str, size: int) -> BinaryIO:
        """Open an object of that size for reading once."""
        return io.BufferedReader(_Download(lambda start, end: self._part(key, start, end), size), PART_BYTES)

    def move(self, key: str, to: str) -> bool:
        """Give an object another name, in the bucket; return whether it was there. Killed between, it has both."""
        try:
            self._ask(lambda store: store.copy(key, to))
        except FileNotFoundError:
            return False
        self.delete(key)
        return True

    def listed(self, prefix: str) -> list[tuple[str, int, float]]:
        """List the objects below a folder: key, size, Unix time of the last change."""
        pages = self._ask(lambda store: list(store.list(prefix=prefix)))
        return [(each["path"], each["size"], each["last_modified"].timestamp()) for page in pages for each in page]

    def delete(self, key: str) -> None:
        """Delete an object; harmless where there is none."""
        self._ask(lambda store: store.delete(key))

    def probe(self) -> None:
        """Ask whether the bucket is there and may be read."""
        self._call(lambda store: next(iter(store.list(prefix=_NOTHING_HERE)), None))

    def _part(self, key: str, start: int, end: int) -> bytes:
        try:
            return self._ask(lambda store: store.get_range(key, start=start, end=end)).to_bytes()
        except FileNotFoundError as error:
            raise ContentAwayError(f"{key} vanished") from error

    def _ask(self, call: Callable[[S3Store], Answer]) -> Answer:
        with self._lock:
            now_s = self._monotonic()
            if now_s < self._away_until_s:
                raise ContentAwayError(self._away_why)
            if self._away_why:
                self._away_until_s = now_s + self.patience_s
        return self._call(call)

    def _call(self, call: Callable[[S3Store], Answer]) -> Answer:
        try:
            answer = call(self._store)
        except FileNotFoundError:
            self._regain()
            raise
        except BaseError as error:
            why = str(error).partition("\n")[0]
            with self._lock:
                is_news, self._away_why = not self._away_why, why
                self._away_until_s = self._monotonic() + REST_S
            if is_news:
                log.warning("content_store.lost %s", why)
            raise ContentAwayError(why) from error
        self._regain()
        return answer

    def _regain(self) -> None:
        with self._lock:
            is_news, self._away_why = bool(self._away_why), ""
            self._away_until_s = 0.0
        if is_news:
            log.info("content_store.regained")

    @property
    def _store(self) -> S3Store:
        """Return the client. Raises RuntimeError in a fork of a process that has used it: it would wait for ever."""
        store = self._connected
        if self._pid != os.getpid():
            raise RuntimeError("the S3 client was used before the fork")
        return store

    @cached_property
    def _connected(self) -> S3Store:
        self._pid = os.getpid()
        access, timeout = self._access, timedelta(seconds=self._access.timeout_s)
        client: ClientConfig = {
            "allow_http": access.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timeout,
        }
        if access.certificates:
            client["root_certificate"] = access.certificates
        return S3Store(
            access.bucket,
            endpoint=access.endpoint,
            region=access.region,
            access_key_id=access.access_key,
            secret_access_key=access.secret_key,
            virtual_hosted_style_request=False,
            client_options=client,
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timeout,
                "backoff": {"init_backoff": RETRY_FIRST, "max_backoff": RETRY_LAST, "base": 2},
            },
        )


class _Download(io.RawIOBase):
    """Object as a stream, one part a request."""

    def __init__(self, part: Callable[[int, int], bytes], size: int) -> None:
        self._part, self._size, self._at = part, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # always a view of bytes
        end = min(self._size, self._at + min(len(buffer), PART_BYTES))
        data = self._part(self._at, end) if end > self._at else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

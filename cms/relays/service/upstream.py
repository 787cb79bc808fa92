"""Upstream: the one connection to the stream of a source, read on a thread for all its listeners."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import cycle
from typing import BinaryIO, Final

from cms.exchange.service.errors import ExchangeError

log = logging.getLogger(__name__)

OpenStream = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens a URL; raises ExchangeError, also while it is read."""

CHUNK: Final = 4 * 1024
RATE_MOST: Final = 80_000
"""Bytes a second: no radio programme has more. A server that sends faster is read no faster."""
AHEAD_BYTES: Final = 256 * 1024
"""Data that a server sends at once to a new listener, before that pace holds."""
RETRY_S: Final = 1.0


@dataclass
class Upstream:
    """Upstream: ``start`` it, and ``stop`` it when nobody listens; it ends within one read.

    ``take`` gets what came, ``lose`` is called once where nothing useful came for ``give_up_s``; both on its thread.
    ``rate_least``: bytes a second below which a connection is of no use, and the next URL is tried.
    """

    urls: Sequence[str]
    open: OpenStream
    take: Callable[[bytes], object]
    lose: Callable[[], object]
    give_up_s: float = 10.0
    rate_least: int = 1_000
    _stopping: threading.Event = field(default_factory=threading.Event)
    _useful_s: float = 0.0

    def start(self) -> None:
        threading.Thread(target=self._run, name="relay-upstream", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        self._useful_s = time.monotonic()
        for url in cycle(self.urls):
            try:
                with self.open(url) as incoming:
                    self._read(incoming)
            except ExchangeError as error:
                log.info("relay.upstream_lost: %s", error)
            except Exception:  # the thread's outermost frame
                log.exception("relay.upstream_failed: %s", url)
            if self._stopping.is_set():
                return
            if time.monotonic() - self._useful_s > self.give_up_s:
                break
            # Many sources of one station come back together.
            if self._stopping.wait(RETRY_S * random.uniform(0.75, 1.25)):  # noqa: S311 - jitter
                return
        self.lose()

    def _read(self, incoming: BinaryIO) -> None:
        """Take what comes until it ends, becomes too slow, or nobody listens."""
        began_s = window_s = time.monotonic()
        whole = in_window = 0
        while not self._stopping.is_set() and (chunk := incoming.read(CHUNK)):
            self.take(chunk)
            whole += len(chunk)
            in_window += len(chunk)
            now_s = time.monotonic()
            if in_window >= self.rate_least * self.give_up_s:
                self._useful_s, window_s, in_window = now_s, now_s, 0
            elif now_s - window_s > self.give_up_s:
                log.info("relay.upstream_slow: %d bytes in %.0f s", in_window, now_s - window_s)
                return
            ahead = whole - AHEAD_BYTES - RATE_MOST * (now_s - began_s)
            if ahead > 0:
                self._stopping.wait(ahead / RATE_MOST)

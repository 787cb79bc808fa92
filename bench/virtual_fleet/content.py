"""Content server and fetcher in virtual time: content is fetched by hash, verified, and retried without end."""

import random
from collections.abc import Callable
from typing import Final

from bench.fault_injection.conditions import LinkConditions
from bench.fault_injection.flash import FailingFlash
from bench.load.swarm_device import shared_digest
from bench.virtual_fleet.timeline import Timeline
from firmware_sim.core.effects import Fetch
from firmware_sim.network.fetch import RETRY_S, URGENT_RETRY_S, ContentShelf

BYTES_PER_MS: Final = 120
"""About 1 Mbit/s: a busy mobile cell in the evening."""
FIRST_BYTE_MS: Final = 180


class ContentServer:
    """Content server. ``get`` returns the content, or None. ``slower``: factor on the time of each fetch."""

    def __init__(self, get: Callable[[str], bytes | None]) -> None:
        self.get = get
        self.slower = 1.0
        self.is_down = False
        self.fetched = 0


class VirtualShelf(ContentShelf):
    """Fetcher of one device. ``on_held`` gets the data of a plan; ``on_kept`` is called after content was forgotten."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        server: ContentServer,
        network: LinkConditions,
        flash: FailingFlash,
        dice: random.Random,
        on_held: Callable[[str, bytes | None], object],
        carried: Callable[[int], object] = lambda _: None,
        on_kept: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(flash, on_held)
        self._on_kept = on_kept
        self._timeline = timeline
        self._server = server
        self._network = network
        self._dice = dice
        self._carried = carried
        self._boot = 0

    def keep_only(self, sha256s: frozenset[str]) -> None:
        super().keep_only(sha256s)
        self._on_kept()

    def close(self) -> None:
        self._boot += 1
        super().close()

    def _begin(self, fetch: Fetch) -> None:
        boot = self._boot
        if fetch.wait_ms:
            self._timeline.after(fetch.wait_ms, lambda: self._again(boot, fetch.sha256, 0))
        else:
            self._fetch(fetch.sha256, failures=0)

    def _fetch(self, sha256: str, *, failures: int) -> None:
        boot = self._boot
        size = self.wanted[sha256].size or 2_000
        takes_ms = (FIRST_BYTE_MS + size / BYTES_PER_MS) * self._server.slower + self._network.late_ms(self._dice)
        self._timeline.after(takes_ms, lambda: self._came(boot, sha256, failures))

    def _came(self, boot: int, sha256: str, failures: int) -> None:
        fetch = self.wanted.get(sha256)
        if boot != self._boot or fetch is None:
            return
        data = None if self._network.is_cut or self._server.is_down else self._server.get(sha256)
        if data is not None:
            self._carried(len(data))
            if self._is_kept(sha256, b"\0" + data if self._network.is_spoilt else data):
                self._server.fetched += 1
                self.wanted.pop(sha256, None)
                self._on_held(sha256, data if fetch.is_plan else None)
                return
        least_s, most_s = URGENT_RETRY_S if fetch.is_urgent else RETRY_S
        wait_s = self._dice.uniform(0, min(most_s, least_s * 2 ** min(failures + 1, 10)))
        self._timeline.after(wait_s * 1000, lambda: self._again(boot, sha256, failures + 1))

    def _again(self, boot: int, sha256: str, failures: int) -> None:
        if boot == self._boot and sha256 in self.wanted:
            self._fetch(sha256, failures=failures)

    def _is_kept(self, sha256: str, data: bytes) -> bool:
        if shared_digest(data) != sha256:
            self.spoilt += 1
            return False
        try:
            self._flash.store(sha256, data)
        except OSError:
            return False
        return True

"""Hardware of a swarm device, at least cost: a card that keeps time, content over HTTP, and messages in batches.

Reading a socket and handling its messages run through different code and memory. Taking turns between the two for each
of thousands of devices costs a tenth of the time of both: a real device has its processor's caches to itself.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

from bench.load.shared_timer import SharedTimer
from firmware_sim.core.effects import Clip, ExtendTrack, Fetch, Part, StartTrack
from firmware_sim.core.events import ContentHeld, Event, SoundEnded, SoundStarted
from firmware_sim.hardware_clock import now_ms
from firmware_sim.network.fetch import READ_TIMEOUT_S, RETRY_S, retry_after_s
from firmware_sim.physics.amplifier import Amplifier, LoudspeakerLine
from firmware_sim.sound.loudspeaker import MARGIN_MS, TICK_S
from firmware_sim.sound.silent_player import NOMINAL_LEVEL

_HEAD_END: Final = b"\r\n\r\n"
TOGETHER: Final = 64
"""Largest batch: the first messages must not wait for those of a thousand others."""

Take = Callable[[str, bytes, int], None]
"""Called with topic, payload, and time of arrival (monotonic, ns)."""
CARD_MS: Final = round(TICK_S * 1000) + MARGIN_MS
"""From hand-over to the first sample, at most: a tick, and the samples on their way when a ring is rewound."""


class SwarmFetch(asyncio.Protocol):
    """GET of one content, retried like a device's until ``on_held`` returns that its hash is right."""

    def __init__(self, fetch: Fetch, on_held: Callable[[bytes], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_urgent = fetch.is_urgent
        self._failures = 0
        parts = urlsplit(fetch.base_url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._request = (
            f"GET {parts.path.rstrip('/')}/content/{fetch.sha256} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nConnection: close\r\n\r\n"
        ).encode()
        self._on_held = on_held
        self._answer = bytearray()
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._answer.clear()
        task = self._loop.create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast("asyncio.Transport", transport)  # uvloop's is no subclass of asyncio's
        self._deadline = self._loop.call_later(READ_TIMEOUT_S, opened.abort)
        opened.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        head, _, body = bytes(self._answer).partition(_HEAD_END)
        is_there = exc is None and head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
        if not (is_there and self._on_held(body)):
            self._again()

    async def _connect(self) -> None:
        try:
            await self._loop.create_connection(lambda: self, *self._address)
        except OSError:
            self._again()

    def _again(self) -> None:
        self._failures += 1
        self._loop.call_later(retry_after_s(self._failures, RETRY_S, is_urgent=self._is_urgent), self.start)


class SwarmContent:
    """Content of one swarm device: fetched where there is a server, and not kept.

    ``digest`` returns the SHA-256. ``is_served`` false: the address in the settings is nobody's, and attempts without
    end would be measured.
    """

    def __init__(
        self,
        timer: SharedTimer,
        tell: Callable[[Event], object],
        digest: Callable[[bytes], str],
        *,
        is_served: bool,
    ) -> None:
        self._timer = timer
        self._tell = tell
        self._digest = digest
        self._is_served = is_served

    def want(self, fetch: Fetch) -> None:
        """Fetch it once."""
        if fetch.base_url and self._is_served:
            fetching = SwarmFetch(fetch, lambda data: self._fetched(fetch, data))
            if fetch.wait_ms:
                self._timer.after(fetch.wait_ms / 1000, fetching.start)
            else:
                fetching.start()

    def put(self, sha256: str, _data: bytes) -> None:
        self._tell(ContentHeld(sha256))

    def keep_only(self, sha256s: frozenset[str]) -> None:
        """Do nothing: nothing is kept."""

    def _fetched(self, fetch: Fetch, data: bytes) -> bool:
        if self._digest(data) != fetch.sha256:
            return False
        self._tell(ContentHeld(fetch.sha256, data if fetch.is_plan else None))
        return True


class SwarmInbox:
    """Inbox that hands messages over in order, after the loop's look at its sockets and before its other work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Take, str, bytes, int]] = []

    def put(self, take: Take, topic: str, payload: bytes) -> None:
        """Queue a message, to be handed over soon."""
        if not self._waiting:
            self._loop.call_soon(self._hand_over)
        self._waiting.append((take, topic, payload, time.monotonic_ns()))
        if len(self._waiting) >= TOGETHER:
            self._hand_over()

    def _hand_over(self) -> None:
        waiting, self._waiting = self._waiting, []
        for take, topic, payload, came_ns in waiting:
            take(topic, payload, came_ns)


class SwarmCard:
    """Sound card. ``tell`` is the core; ``on_words`` is called with the instant (ms UTC) of a track's first speech."""

    def __init__(self, timer: SharedTimer, tell: Callable[[Event], None], on_words: Callable[[int], None]) -> None:
        self._timer = timer
        self._tell = tell
        self._on_words = on_words
        self._track: StartTrack | None = None
        self._began_ms = 0
        self._filled_to_ms = 0
        self._is_told = False
        self._has_words = False
        self._is_laid = False
        self.amplifier = Amplifier(LoudspeakerLine())

    def start(self, order: StartTrack) -> None:
        """Start a track; its parts are laid out when the first sample is due: a process stands in for thousands."""
        self._end(whole=False)
        self._track = order
        self._began_ms = self._filled_to_ms = now_ms() + CARD_MS
        self._is_told = self._has_words = self._is_laid = False
        self._timer.after(CARD_MS / 1000, lambda: self._began(order))

    def extend(self, order: ExtendTrack) -> None:
        track = self._track
        if track is not None and track.item == order.item:
            self._begin_laying(track)
            self._filled_to_ms = max(self._filled_to_ms, now_ms())
            self._lay(order.parts, is_open=order.is_open)

    def stop(self, item: str) -> None:
        self._timer.after(0, lambda: self._stopped(item))

    def _stopped(self, item: str) -> None:
        if self._track is not None and self._track.item == item:
            self._end(whole=False)

    def _begin_laying(self, track: StartTrack) -> None:
        if not self._is_laid:
            self._is_laid = True
            self._lay(track.parts, is_open=track.is_open)

    def _lay(self, parts: tuple[Part, ...], *, is_open: bool) -> None:
        at_ms = self._filled_to_ms
        for part in parts:
            if isinstance(part, Clip) and not self._has_words:
                self._has_words = True
                self._on_words(at_ms)
            at_ms += part.ms
        self._filled_to_ms = at_ms
        if not is_open:
            track = self._track
            self._timer.after(max(0, at_ms - now_ms()) / 1000, lambda: self._over(track))

    def _began(self, order: StartTrack) -> None:
        if self._track is order and not self._is_told:
            self._is_told = True
            self._begin_laying(order)
            self._tell(SoundStarted(order.item, self._began_ms))

    def _over(self, track: StartTrack | None) -> None:
        if track is not None and self._track is track:
            self._end(whole=True)

    def _end(self, *, whole: bool) -> None:
        track = self._track
        if track is None:
            return
        if whole or now_ms() > self._began_ms:
            self._began(track)
        self._track = None
        proof = self.amplifier.proof(NOMINAL_LEVEL * track.volume_pct / 100)
        self._tell(SoundEnded(track.item, max(now_ms(), self._began_ms), whole, proof))

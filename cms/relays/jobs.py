"""Background work on relay sources: approved ones are listened to every minute, and repeated to their listeners."""

import asyncio
import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO, Final

from broadcast.relays.model import RelaySource, RelaySourceId, SourceState, is_open, is_repeated
from cms.exchange.service.addresses import Allowed
from cms.exchange.service.http_client import Fetcher
from cms.platform import relay_address
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.relays.repository import RelaySources
from cms.relays.service import sources as relay_sources
from cms.relays.service.repeater import LASTS_S, RepeaterLimits, StreamRepeater
from cms.relays.service.source_check import WHOLE_S, SourceListener
from media.ffmpeg.stream_level import loudest_db
from province.wall_clock import local_date

AT_A_TIME: Final = 4
LOOK_S: Final = 30.0
"""Interval in which the thread that waits for the end looks whether there is anything to end."""


class RelayWatch:
    """Job that checks the sources: ``step`` listens to every approved source once, which is bounded in time."""

    def __init__(self, context: Context, listener: SourceListener | None = None) -> None:
        self._context = context
        self._listener = listener or SourceListener(
            loudest_db, Fetcher(whole_s=WHOLE_S), is_local=context.settings.relay_sources_are_local
        )

    def step(self) -> int:
        """Listen to every approved source and store its health; return the number of sources."""
        with self._context.uow.reading() as uow:
            sources = [each for each in uow[RelaySources].all() if each.state is SourceState.APPROVED]
        if not sources:
            return 0
        with ThreadPoolExecutor(min(AT_A_TIME, len(sources)), thread_name_prefix="relay-source") as crew:
            heard = list(crew.map(self._listener.listen, sources))
        found = {source.id: told for source, told in zip(sources, heard, strict=True)}
        relay_sources.note_health(self._context.uow(), found, now=self._context.now())
        return len(sources)


class RelayRepeater:
    """Job that repeats the streams of sources to devices; ``run`` is a thread's loop, which does nothing when idle."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._context = context
        settings = context.settings
        self._fetcher = fetcher or Fetcher(whole_s=LASTS_S)
        self._allowed = Allowed(frozenset(), is_local=settings.relay_sources_are_local, is_anywhere=True)
        self._repeater = StreamRepeater(self._found, self._opened, RepeaterLimits(_bounded(settings.relay_listeners)))

    def run(self, stopping: threading.Event) -> None:
        if not relay_address.url_of(self._context.settings):
            stopping.wait()
            return
        keep_doing(lambda: asyncio.run(self._serve(stopping)), stopping, "repeating relay sources")

    async def _serve(self, stopping: threading.Event) -> None:
        loop, ends, is_over = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def await_stop() -> None:
            while not stopping.wait(LOOK_S):
                if is_over.is_set():
                    return
            with suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(ends.set)

        threading.Thread(target=await_stop, name="relay-repeater-stop", daemon=True).start()
        try:
            await self._repeater.serve(relay_address.socket_of(self._context.settings), ends)
        finally:
            is_over.set()

    def _found(self, source_id: RelaySourceId) -> RelaySource | None:
        """Return the source if it is repeated, and may be relayed today."""
        with self._context.uow.reading() as uow:
            source = uow[RelaySources].find(source_id)
        today = local_date(self._context.now())
        return source if source is not None and is_repeated(source) and is_open(source, today) else None

    def _opened(self, url: str) -> AbstractContextManager[BinaryIO]:
        return self._fetcher.opened(url, self._allowed)


def _bounded(listeners: int) -> int:
    """Return the number of listeners for whom half of the files that this process may open are enough."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return listeners if files == resource.RLIM_INFINITY else min(listeners, files // 2)

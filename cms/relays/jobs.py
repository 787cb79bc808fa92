"""Relay source watch: approved sources are listened to every minute on a thread of the scheduler, for their owners."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from broadcast.relays.model import SourceState
from cms.exchange.service.http_client import Fetcher
from cms.platform.context import Context
from cms.relays.repository import RelaySources
from cms.relays.service import sources as relay_sources
from cms.relays.service.source_check import WHOLE_S, SourceListener
from media.ffmpeg.stream_level import loudest_db

AT_A_TIME: Final = 4


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

"""Sound file of a bulletin of the central system: fetched, within a size limit, before its draft is made.

The worker checks whether it is sound at all, as for an uploaded file.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, Final, cast

from broadcast.exchange.central import CentralBulletin
from cms.exchange.repository.central import CentralOutcome, CentralRecord, CentralRecords
from cms.exchange.service import central_wire as wire
from cms.exchange.service.central_bulletins import Taking
from cms.exchange.service.central_system import CentralSystem
from cms.exchange.service.errors import ExchangeError, FetchFailedError, SoundNotTakenError
from cms.exchange.service.webhooks import pause_after
from cms.platform.store.engine import reading
from media.errors import RefusedAudioError

SOUNDS_A_STEP: Final = 5
SOUND_TRIES: Final = 12
"""Some five hours, with the pauses between them."""


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

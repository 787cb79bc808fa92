"""Server watch: notices to people on call about faults of the server itself, sent by a process that still works.

Each web process runs it, and the one that holds the lock of a file sends; if that ends, the next one goes on from what
the file says. Nothing is stored in the database, which may be away: people on call are remembered from before.
"""

import fcntl
import json
import logging
import platform
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import IO, Final

from sqlalchemy.exc import SQLAlchemyError

from cms.areas.repository import Places
from cms.exchange.service.webhooks import pause_after
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice
from cms.health.service.notice_labels import STAGE
from cms.health.service.notice_sender import SERVER_SUBJECT, WORTH_FOR, NoticeSender
from cms.health.service.ranking import TITLE_MOST
from cms.health.service.server_faults import LASTS_S, ServerFault, ServerNews
from cms.notifications.channels.port import NotPostedError
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.readiness import FindingSeverity, ReadinessFinding, ranked
from cms.platform.server_readiness import ServerReadiness
from cms.platform.store.engine import reading
from cms.platform.web.server_state import describe
from devices.health import notices as rules
from devices.health.notices import Duty, IncidentStage
from province.areas import AreaTree

LOOK_S: Final = 5.0
RECALL_EVERY: Final = timedelta(minutes=1)
log = logging.getLogger(__name__)


class ServerWatch:
    """Watch of this server; ``run`` is a thread's loop. ``step`` sends what is due, if this process is to."""

    def __init__(self, context: Context, sender: NoticeSender, readiness: ServerReadiness) -> None:
        self._context = context
        self._sender = sender
        self._readiness = readiness
        self._path = context.settings.run_dir / "server-faults.json"
        self._file: IO[str] | None = None
        self._fault = ServerFault((), context.now())
        self._last: Mapping[str, ReadinessFinding] = {}
        self._duties: Sequence[Duty] = ()
        self._tree = AreaTree(())
        self._recalled_at: datetime | None = None
        self._pending: list[Notice] = []

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "watching the server", look_s=LOOK_S, retry_s=LOOK_S)

    def step(self) -> None:
        now = self._context.now()
        self._recall(now)
        if not self._is_sender(now):
            return
        found = {each.code: each for each in self._readiness.known()}
        self._last = {**self._last, **found}
        news = self._fault.look(found, now)
        if news is not None:
            self._write(news, now)
        if self._pending:
            self._send(now)
            if not self._pending:
                self._save()

    def close(self) -> None:
        """Give the lock away."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _recall(self, now: datetime) -> None:
        """Read the people on call while the database can be read."""
        if self._recalled_at is not None and now - self._recalled_at < RECALL_EVERY:
            return
        self._recalled_at = now
        with suppress(SQLAlchemyError), reading(self._context.engine) as session:
            self._duties, self._tree = FaultRecords(session).duties(), Places(session).tree()

    def _is_sender(self, now: datetime) -> bool:
        """Return whether this process holds the lock; one that just got it takes note of what was sent before."""
        if self._file is not None:
            return True
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.seek(0)
        told: Sequence[str] = ()
        with suppress(ValueError):
            told = json.loads(file.read())
        self._file, self._fault = file, ServerFault(LASTS_S.keys() & told, now)
        return True

    def _save(self) -> None:
        assert self._file is not None
        with suppress(OSError):
            self._file.truncate(0)
            self._file.write(json.dumps(sorted(self._fault.told)))
            self._file.flush()

    def _write(self, news: ServerNews, now: datetime) -> None:
        """Queue the news for everybody of the first line; the end for those who get its beginning too."""
        everywhere = [area.id for area in self._tree]
        duties = rules.recipients(self._duties, everywhere, self._tree, 1, now)
        addresses = sorted({each.address for each in duties})
        title, text = self._text(news)
        log.warning("server.%s %s, notified: %d", news.stage, ",".join(sorted(news.codes)), len(addresses))
        for address in addresses:
            new_id = self._context.new_id()
            self._pending.append(Notice(new_id, address, SERVER_SUBJECT, news.stage, title, text, now, now))

    def _text(self, news: ServerNews) -> tuple[str, str]:
        # The figures of what another process notified are not known here.
        known = [self._last.get(code) or ReadinessFinding(code, FindingSeverity.FAULT) for code in news.codes]
        found = [describe(each) for each in ranked(known)]
        lines = [f"{STAGE[news.stage]} trên máy chủ {platform.node()}."]
        is_over = news.stage is IncidentStage.OVER
        lines += [f"- {each['text']}" if is_over else f"- {each['text']} {each['remedy']}" for each in found]
        lines.append(f"{self._context.settings.effective_public_url}/server")
        return f"[Loa] {STAGE[news.stage]}: {found[0]['text']}"[:TITLE_MOST], "\n".join(lines)

    def _send(self, now: datetime) -> None:
        """Send what is due, each address in the order of its notices."""
        waiting, self._pending = self._pending, []
        held: set[str] = set()
        for notice in waiting:
            if notice.address in held or notice.due_at > now:
                held.add(notice.address)
                self._pending.append(notice)
                continue
            try:
                self._sender.send(notice)
            except NotPostedError as error:
                log.warning("server.notice_failed %s: %s", notice.address, error)
                tried = replace(notice, attempts=notice.attempts + 1)
                if now - notice.written_at < WORTH_FOR:
                    held.add(notice.address)
                    self._pending.append(replace(tried, due_at=now + pause_after(tried.attempts)))

"""Anchors of the logs outside the database: each hour a signed line to a file and to the process's own log.

Whoever can write into the database can cut a chain's end, or make the whole chain again. What stands here, and wherever
the journal is copied to, they would have to change as well.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from joserfc.jwk import OKPKey

from cms.context import Context
from cms.settings import Settings
from cms.store.anchors import Anchor, anchor_of
from cms.store.engine import reading
from cms.workers.loops import keep_doing
from devices.enrolment import make_signing_key
from devices.protocol import jws
from devices.protocol.errors import ProtocolError

EVERY: Final = timedelta(hours=1)
LOOK_S: Final = 60.0
KID: Final = "audit"
log = logging.getLogger(__name__)


class AnchorClerk:
    """``run`` is a thread's work; ``step`` anchors where an hour has passed since the last line."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last_at: datetime | None = None

    def step(self) -> int:
        """Whether a line was written."""
        now = self._context.now()
        if self._last_at is None:
            self._last_at = _last_at(self._context.settings)
        if self._last_at is not None and timedelta(0) <= now - self._last_at < EVERY:
            return 0
        self._last_at = write(self._context, now)
        return 1

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "anchoring the logs", look_s=LOOK_S)


def write(context: Context, now: datetime) -> datetime:
    """Append a signed line; when."""
    with reading(context.engine) as session:
        anchor = anchor_of(session, now)
    line = jws.sign(anchor.encoded(), KID, key_of(context.settings)).decode("ascii")
    path = file_of(context.settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    log.info("audit.anchored %s", line)
    return now


def file_of(settings: Settings) -> Path:
    return settings.root / "anchors" / "audit.jws"


def key_of(settings: Settings) -> OKPKey:
    """The anchors' own key, made at the first use; its public half is kept beside it, and with copies of the file."""
    path = settings.keys_dir / "audit.key"
    if not path.exists():
        fresh = path.with_name(f".audit.key.{os.getpid()}")
        fresh.touch(mode=0o600)
        try:
            fresh.write_bytes(make_signing_key())
            with suppress(FileExistsError):  # another process was first
                os.link(fresh, path)
        finally:
            fresh.unlink()
    key = jws.signing_key(path.read_bytes())
    (settings.keys_dir / "audit.pub").write_text(jws.public_x(key) + "\n", encoding="ascii")
    return key


def public_key_of(settings: Settings) -> str:
    """The key that our anchors are signed with."""
    return jws.public_x(key_of(settings))


def lines_of(path: Path) -> Sequence[str]:
    """Every line of a file of anchors, or of a log that holds them; none where there is no file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [part for line in lines for part in line.split()[-1:] if part.count(".") == 2]  # noqa: PLR2004


def anchors_of(lines: Sequence[str], public_x: str) -> Sequence[Anchor]:
    """What these lines say.

    Raises:
        ValueError: a line is not signed by that key, with its number.
    """
    keys = {KID: jws.verifying_key(public_x)}
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Anchor.decoded(jws.open_signed(line.encode(), keys)[1]))
        except (ProtocolError, msgspec.MsgspecError) as error:
            raise ValueError(f"line {number} of the anchors is not signed by our key") from error
    return found


def _last_at(settings: Settings) -> datetime | None:
    """When the last line was written; ``None`` where there is none of ours."""
    last = lines_of(file_of(settings))[-1:]
    with suppress(ValueError):
        found = anchors_of(last, jws.public_x(key_of(settings)))
        return datetime.fromisoformat(found[0].at) if found else None
    return None

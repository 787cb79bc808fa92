"""Background work on the logs: their anchors outside the database, and daily checks of the event log.

Once an hour the anchors, one signed line, go to a file and to the process's own log.

Anyone with write access to the database can truncate a hash chain, or build the whole chain again. They would have to
change these lines as well, everywhere the journal is copied to.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session

from cms.audit.model import Anchor
from cms.audit.repository import AuditChecks, anchor_of
from cms.audit.service import checks
from cms.platform.context import Context
from cms.platform.process.atomic_file import made_once
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from devices.enrolment import make_signing_key
from devices.protocol import jws
from devices.protocol.errors import ProtocolError

EVERY: Final = timedelta(hours=1)
KID: Final = "audit"
log = logging.getLogger(__name__)


class AuditAnchorJob:
    """Job that writes anchors: ``step`` writes one if an hour has passed since the last."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last_at: datetime | None = None

    def step(self) -> int:
        """Write an anchor if it is due; return the number of lines written."""
        now = self._context.now()
        if self._last_at is None:
            self._last_at = _last_at(self._context.settings)
        if self._last_at is not None and timedelta(0) <= now - self._last_at < EVERY:
            return 0
        self._last_at = write(self._context, now)
        return 1


class AuditCheckJob:
    """Job that checks the whole event log once a day, and when an auditor asks: ``step`` does the next part."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Check the next part; return the number of lines that held."""
        context = self._context
        return checks.continue_check(context.uow, lambda: own_anchors(context.settings), context.now(), context.new_id)

    def is_pending(self, session: Session) -> bool:
        return AuditChecks(session).latest(is_finished=False) is not None


def own_anchors(settings: Settings) -> Sequence[Anchor]:
    """Return the anchors of this installation; a line that is not signed by it counts for nothing."""
    key = public_key_of(settings)
    found: list[Anchor] = []
    for line in lines_of(file_of(settings)):
        with suppress(ValueError):
            found += anchors_of([line], key)
    return found


def write(context: Context, now: datetime) -> datetime:
    """Append a signed line; return its time."""
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
    """Return the key of the anchors, made at first use; its public half is stored beside it."""
    key = jws.signing_key(made_once(settings.keys_dir / "audit.key", make_signing_key))
    (settings.keys_dir / "audit.pub").write_text(jws.public_x(key) + "\n", encoding="ascii")
    return key


def public_key_of(settings: Settings) -> str:
    """Return the public key that the anchors are verified with."""
    return jws.public_x(key_of(settings))


def lines_of(path: Path) -> Sequence[str]:
    """Return every line of a file of anchors, or of a log that holds them; empty if there is no file."""
    if not path.exists():
        return []
    return lines_in(path.read_text(encoding="utf-8", errors="replace"))


def lines_in(text: str) -> Sequence[str]:
    """Return every anchor of a text, which may be a log that holds them."""
    return [part for line in text.splitlines() for part in line.split()[-1:] if part.count(".") == 2]  # noqa: PLR2004


def anchors_of(lines: Sequence[str], public_x: str) -> Sequence[Anchor]:
    """Decode and verify these lines.

    Raises:
        ValueError: a line is not signed by that key; the message has its number.
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
    """Return the time of the last line; ``None`` if there is none signed by this installation."""
    last = lines_of(file_of(settings))[-1:]
    with suppress(ValueError):
        found = anchors_of(last, jws.public_x(key_of(settings)))
        return datetime.fromisoformat(found[0].at) if found else None
    return None

"""Intake of recordings: refused where they cannot be aired, are too many, or the disk is short of space.

One place for the console's forms and the API. A refused file is not kept, and still counts for its sender's day. An
alert's recordings, and those of live addresses, are refused only for lack of the disk's last space.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from cms.bulletins.repository.sharing import SentRecordings
from cms.platform.context import Context
from cms.platform.process.disk import MB
from cms.reports.repository.reports import bounds_of
from media.errors import RefusedAudioError
from media.model import CheckedRecording, StoredContent, Upload
from province.people import UserId
from province.wall_clock import local_date

UNUSED_KEPT: Final = timedelta(days=3)
"""A recording that no bulletin, alert or other use names by then is set aside in the next night."""
COUNTED_FOR: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RecordingSender:
    """Sender of a recording. ``is_urgent``: for an alert or live address. ``is_strict``: by the phrase bank's rules."""

    user_id: UserId
    is_urgent: bool = False
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """Recording that is kept. ``checked``: findings about it; None where there was no time to look."""

    name: str
    stored: StoredContent
    checked: CheckedRecording | None


def begin(context: Context, sender: RecordingSender, name: str, size: int, mark: str) -> Upload:
    """Begin or resume an upload in parts. Raises RefusedAudioError, before a byte is sent."""
    most = context.settings.upload_max_mb * MB
    if 0 < size <= most:
        _require_room(context, sender, size)
    return context.uploads.begin(sender.user_id, name, size, mark, max_bytes=most)


def write(context: Context, sender: RecordingSender, upload_id: str, start: int, stream: BinaryIO) -> Upload:
    """Store the next part. Raises as ``Uploads.write``, and RefusedAudioError DISK_FULL."""
    _require_disk(context, sender, 0)
    return context.uploads.write(sender.user_id, upload_id, start, stream)


def finish(context: Context, sender: RecordingSender, upload_id: str) -> KeptRecording:
    """Finish an upload in parts and keep the recording. Raises as ``Uploads.finish``, and as :func:`keep`."""
    found = context.uploads.find(sender.user_id, upload_id)
    _require_disk(context, sender, found.bytes)
    look = _Look(context, sender)
    try:
        stored = context.uploads.finish(sender.user_id, upload_id, look)
    except RefusedAudioError:
        _count(context, sender, found.bytes)
        raise
    _count(context, sender, stored.bytes, stored)
    return KeptRecording(found.name, stored, look.found)


def keep(context: Context, sender: RecordingSender, name: str, stream: BinaryIO, size: int) -> KeptRecording:
    """Keep a recording sent in one piece, of about that size. Raises RefusedAudioError, and keeps nothing then."""
    _require_room(context, sender, size)
    look = _Look(context, sender)
    try:
        stored = context.content.put_stream(stream, context.settings.upload_max_mb * MB, look)
    except RefusedAudioError:
        _count(context, sender, size)
        raise
    _count(context, sender, stored.bytes, stored)
    return KeptRecording(name, stored, look.found)


def fold(context: Context) -> None:
    """Delete abandoned uploads, and forget what people sent on days that are over."""
    context.uploads.fold()
    with context.uow() as uow:
        uow[SentRecordings].prune(context.now() - COUNTED_FOR)
        uow.commit()


class _Look:
    """Check of one recording, and its findings."""

    def __init__(self, context: Context, sender: RecordingSender) -> None:
        self._check = context.check
        self._is_strict = sender.is_strict
        self.found: CheckedRecording | None = None

    def __call__(self, path: Path) -> None:
        self.found = self._check.check(path, is_strict=self._is_strict)


def _require_room(context: Context, sender: RecordingSender, size: int) -> None:
    """Check the limits of day, waiting files and disk. Raises RefusedAudioError DAY_FULL, ALL_FULL, DISK_FULL."""
    _require_disk(context, sender, size)
    if sender.is_urgent:
        return
    settings, now = context.settings, context.now()
    with context.uow.reading() as uow:
        sent = uow[SentRecordings]
        count, sent_bytes = sent.sent_since(sender.user_id, bounds_of(local_date(now))[0])
        waiting = sent.waiting_bytes()
    on_its_way, theirs = context.uploads.held_bytes(sender.user_id)
    if count >= settings.upload_day_count or sent_bytes + theirs + size > settings.upload_day_mb * MB:
        raise RefusedAudioError("DAY_FULL", f"{count} files, {sent_bytes} bytes today")
    if waiting + on_its_way + size > settings.upload_unused_mb * MB:
        raise RefusedAudioError("ALL_FULL", f"{waiting} bytes wait to be used")


def _require_disk(context: Context, sender: RecordingSender, size: int) -> None:
    disk = context.disk()
    if not disk.takes(size, is_urgent=sender.is_urgent):
        raise RefusedAudioError("DISK_FULL", f"{disk.free_bytes} bytes free")


def _count(context: Context, sender: RecordingSender, size: int, stored: StoredContent | None = None) -> None:
    with context.uow() as uow:
        sent = uow[SentRecordings]
        sha256 = "" if stored is None else stored.sha256
        is_new = stored is not None and stored.is_new
        sent.add(sender.user_id, sha256, size, context.now(), is_new=is_new)
        uow.commit()

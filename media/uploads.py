"""Uploads: recordings that arrive in parts, kept beside the content store until they are whole, then put into it.

An upload is a folder ``{id}`` below ``root``: ``told`` holds its announced properties, ``part`` the bytes so far, and
its length is the progress; ``kept`` takes its place once it is in the content store. The id follows from sender and
file: the same file begun again goes on where it stopped.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from media.errors import ContentMissingError, RefusedAudioError, UploadGapError, UploadMissingError
from media.model import StoredContent, Upload
from media.ports import Check, ContentStore
from province.machine_clock import unix_s

KEPT_S: Final = 24 * 60 * 60
"""Since the last byte. A day is long enough to come back to a file, and short enough for a full disk not to be ours."""
OPEN_MAX: Final = 20
"""Of one person at a time; the one untouched longest makes room."""
CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")
"""Position of a part (RFC 9110, 14.4): first byte, last byte, all."""
CHUNK_MAX_BYTES: Final = 8 * 1024 * 1024
ID: Final = re.compile(r"[0-9a-f]{32}")
_COPY_BYTES: Final = 1 << 16
_KEPT: Final = "kept"
"""Once it is in the content store: its hash there. Its bytes are not held twice."""


def require_size(size: int, max_bytes: int) -> None:
    """Raise RefusedAudioError for an upload of a size that is never taken."""
    if not 0 < size <= max_bytes:
        raise RefusedAudioError("TOO_LARGE" if size > 0 else "NOT_AUDIO", f"{size} bytes")


def id_of(owner: str, name: str, size: int, mark: str) -> str:
    """Return the id of an upload: the same for the same file of the same sender."""
    return hashlib.sha256(json.dumps([owner, name, size, mark]).encode()).hexdigest()[:32]


class FolderUploads:
    """Implements ``media.ports.Uploads``; every process that serves the same folder may take the next part."""

    def __init__(self, root: Path, store: ContentStore) -> None:
        self._root = root.absolute()
        self._store = store

    def begin(self, owner: str, name: str, size: int, mark: str, *, max_bytes: int) -> Upload:
        """Begin or resume an upload. Raises RefusedAudioError TOO_LARGE, before a byte is sent."""
        require_size(size, max_bytes)
        self._discard(owner)
        upload_id = id_of(owner, name, size, mark)
        folder = self._root / upload_id
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"told.{os.getpid()}"
        fresh.write_text(json.dumps({"owner": owner, "name": name, "size": size}))
        fresh.replace(folder / "told")
        return self.find(owner, upload_id)

    def find(self, owner: str, upload_id: str) -> Upload:
        """Find an upload. Raises UploadMissingError, also where it is another's."""
        folder = self._root / upload_id
        try:
            body = json.loads((folder / "told").read_text()) if ID.fullmatch(upload_id) else {}
        except FileNotFoundError:
            body = {}
        if body.get("owner") != owner:
            raise UploadMissingError(upload_id)
        part = folder / "part"
        offset = part.stat().st_size if part.exists() else int(body["size"]) if (folder / _KEPT).exists() else 0
        return Upload(upload_id, str(body["name"]), int(body["size"]), offset)

    def write(self, owner: str, upload_id: str, start: int, stream: BinaryIO) -> Upload:
        """Write a part. Raises UploadMissingError, UploadGapError (bytes before ``start`` missing), RefusedAudioError.

        Bytes that are there already are overwritten with the same: a part may come twice, also half of it.
        """
        with self._held(owner, upload_id) as folder:
            found = self.find(owner, upload_id)
            if start > found.offset:
                raise UploadGapError(upload_id, found.offset)
            if (folder / _KEPT).exists():
                return found
            with (folder / "part").open("r+b" if found.offset else "wb") as out:
                out.seek(start)
                left = found.bytes - start
                while data := stream.read(_COPY_BYTES):
                    left -= len(data)
                    if left < 0:
                        raise RefusedAudioError("TOO_LARGE", f"more than the {found.bytes} bytes that were told")
                    out.write(data)
            os.utime(folder)
            return self.find(owner, upload_id)

    def finish(self, owner: str, upload_id: str, check: Check | None = None) -> StoredContent:
        """Return the whole recording, in the content store; the same again when asked again.

        Raises UploadMissingError; UploadGapError where it is not whole; RefusedAudioError as ``check`` does: the upload
        is gone then.
        """
        with self._held(owner, upload_id) as folder:
            found = self.find(owner, upload_id)
            if found.offset < found.bytes:
                raise UploadGapError(upload_id, found.offset)
            kept = folder / _KEPT
            if kept.exists():
                with suppress(ContentMissingError):
                    stored = self._store.stat(kept.read_text())
                    if check is not None:
                        with self._store.local_file(stored.sha256) as path:
                            check(path)
                    return stored
                # It was not used for days, and has to be sent again.
                shutil.rmtree(folder, ignore_errors=True)
                raise UploadMissingError(upload_id)
            try:
                with (folder / "part").open("rb") as whole:
                    stored = self._store.put_stream(whole, found.bytes, check)
            except RefusedAudioError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            kept.write_text(stored.sha256)
            (folder / "part").unlink()
            return stored

    @contextmanager
    def _held(self, owner: str, upload_id: str) -> Iterator[Path]:
        """Lock it for one writer: a browser that lost the line may send again while the old request still runs."""
        self.find(owner, upload_id)
        folder = self._root / upload_id
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder

    def held_bytes(self, owner: str) -> tuple[int, int]:
        """Count all and the owner's bytes; a finished upload takes no more room here, and is not counted any more."""
        everybody, theirs = 0, 0
        for _touched_s, folder, found in self._all():
            if not (folder / _KEPT).exists():
                everybody += int(found["size"])
                theirs += int(found["size"]) if found["owner"] == owner else 0
        return everybody, theirs

    def fold(self) -> int:
        oldest_s = unix_s() - KEPT_S
        left = [folder for touched_s, folder, _told in self._all() if touched_s < oldest_s]
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        return len(left)

    def _discard(self, owner: str) -> None:
        """Discard abandoned uploads, and the oldest of a person who begins very many."""
        self.fold()
        own = sorted((touched_s, folder) for touched_s, folder, found in self._all() if found["owner"] == owner)
        for _, folder in own[: max(0, len(own) - OPEN_MAX + 1)]:
            shutil.rmtree(folder, ignore_errors=True)

    def _all(self) -> Iterator[tuple[float, Path, dict[str, Any]]]:
        """Yield the time of each one's last change, its folder, and its announced properties."""
        if not self._root.exists():
            return
        for folder in list(self._root.iterdir()):
            body: dict[str, Any] = {"owner": "", "size": 0}
            with suppress(FileNotFoundError, ValueError):
                touched_s = folder.stat().st_mtime
                with suppress(FileNotFoundError):  # its maker died, or is at it
                    body = json.loads((folder / "told").read_text())
                yield touched_s, folder, body

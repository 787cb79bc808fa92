"""Uploads on S3: each part is an object, so that any host takes the next part of any upload.

An upload is ``uploads/{owner}/{id}/``: ``told-{size}-{name}`` from its beginning, ``part-{start}-{end}`` for each part,
``kept-{hash}`` once it is content. All that is to be known of it is in these names: one listing finds it. Nothing is
locked: a part that comes twice is the same object.
"""

import shutil
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from media.errors import ContentMissingError, RefusedAudioError, UploadGapError, UploadMissingError
from media.model import StoredContent, Upload
from media.ports import Check, ContentStore
from media.s3_bucket import S3Bucket
from media.uploads import ID, KEPT_S, OPEN_MAX, id_of, require_size
from province.machine_clock import unix_s

ROOT: Final = "uploads"
_NAME_MAX_BYTES: Final = 600
"""An object's name has 1,024. File systems allow 255."""


@dataclass(frozen=True, slots=True)
class _UploadObjects:
    """Objects of one upload, as their names tell. ``parts``: start and end of each; ``touched_s``: of the newest."""

    keys: Sequence[str]
    name: str
    bytes: int
    parts: Sequence[tuple[int, int]]
    kept: str
    touched_s: float

    @property
    def offset(self) -> int:
        reached = 0
        for start, end in self.parts:
            reached = max(reached, end) if start <= reached else reached
        return self.bytes if self.kept else reached


class S3Uploads:
    """Implements ``media.ports.Uploads``. A whole upload is put together in ``workdir``, a folder of this host."""

    def __init__(self, bucket: S3Bucket, store: ContentStore, workdir: Path) -> None:
        self._bucket = bucket
        self._store = store
        self._workdir = workdir

    def begin(self, owner: str, name: str, size: int, mark: str, *, max_bytes: int) -> Upload:
        """Begin or resume an upload. Raises RefusedAudioError TOO_LARGE, before a byte is sent."""
        require_size(size, max_bytes)
        self._discard(owner)
        upload_id = id_of(owner, name, size, mark)
        told = urlsafe_b64encode(name.encode()[:_NAME_MAX_BYTES]).decode()
        self._bucket.put(f"{_folder(owner, upload_id)}told-{size}-{told}", b"-")
        return self.find(owner, upload_id)

    def find(self, owner: str, upload_id: str) -> Upload:
        """Find an upload. Raises UploadMissingError, also where it is another's."""
        found = self._found(owner, upload_id)
        return Upload(upload_id, found.name, found.bytes, found.offset)

    def write(self, owner: str, upload_id: str, start: int, stream: BinaryIO) -> Upload:
        """Store a part. Raises UploadMissingError, UploadGapError (bytes before ``start`` missing), RefusedAudioError.

        The caller bounds the part: it is held in memory.
        """
        found = self._found(owner, upload_id)
        if start > found.offset:
            raise UploadGapError(upload_id, found.offset)
        data = b"".join(iter(lambda: stream.read(1 << 16), b""))
        if start + len(data) > found.bytes:
            raise RefusedAudioError("TOO_LARGE", f"more than the {found.bytes} bytes that were told")
        if data and not found.kept:
            self._bucket.put(f"{_folder(owner, upload_id)}part-{start:012}-{start + len(data):012}", data)
        return self.find(owner, upload_id)

    def finish(self, owner: str, upload_id: str, check: Check | None = None) -> StoredContent:
        """Return the whole recording, in the content store; the same again when asked again.

        Raises UploadMissingError; UploadGapError where it is not whole; RefusedAudioError as ``check`` does: the upload
        is gone then.
        """
        found = self._found(owner, upload_id)
        if found.offset < found.bytes:
            raise UploadGapError(upload_id, found.offset)
        if found.kept:
            return self._again(upload_id, found, check)
        folder = _folder(owner, upload_id)
        with tempfile.TemporaryFile(dir=self._workdir) as whole:
            for start, end in found.parts:
                whole.seek(start)
                with self._bucket.open(f"{folder}part-{start:012}-{end:012}", end - start) as part:
                    shutil.copyfileobj(part, whole)
            whole.seek(0)
            try:
                stored = self._store.put_stream(whole, found.bytes, check)
            except RefusedAudioError:
                self._delete(found.keys)
                raise
        self._bucket.put(f"{folder}kept-{stored.sha256}", b"-")
        self._delete([key for key in found.keys if "/part-" in key])
        return stored

    def held_bytes(self, owner: str) -> tuple[int, int]:
        """Count all and the owner's bytes; a finished upload takes no more room here, and is not counted any more."""
        open_ones = {folder: found.bytes for folder, found in self._all(f"{ROOT}/").items() if not found.kept}
        theirs = sum(size for folder, size in open_ones.items() if folder.startswith(_folder(owner)))
        return sum(open_ones.values()), theirs

    def fold(self) -> int:
        left = [found for found in self._all(f"{ROOT}/").values() if found.touched_s < unix_s() - KEPT_S]
        for found in left:
            self._delete(found.keys)
        return len(left)

    def _again(self, upload_id: str, found: _UploadObjects, check: Check | None) -> StoredContent:
        with suppress(ContentMissingError):
            stored = self._store.stat(found.kept)
            if check is not None:
                with self._store.local_file(stored.sha256) as path:
                    check(path)
            return stored
        # It was not used for days, and has to be sent again.
        self._delete(found.keys)
        raise UploadMissingError(upload_id)

    def _found(self, owner: str, upload_id: str) -> _UploadObjects:
        found = self._all(_folder(owner, upload_id)) if ID.fullmatch(upload_id) else {}
        if not found:
            raise UploadMissingError(upload_id)
        return next(iter(found.values()))

    def _all(self, prefix: str) -> Mapping[str, _UploadObjects]:
        """Return the uploads below a folder, by their own folder."""
        objects: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, _size, since_s in self._bucket.listed(prefix):
            objects[key[: key.rindex("/") + 1]].append((key, since_s))
        return {folder: _read(found) for folder, found in objects.items()}

    def _discard(self, owner: str) -> None:
        """Discard abandoned uploads, and the oldest of a person who begins very many."""
        self.fold()
        own = sorted(self._all(_folder(owner)).values(), key=lambda each: each.touched_s)
        for each in own[: max(0, len(own) - OPEN_MAX + 1)]:
            self._delete(each.keys)

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._bucket.delete(key)


def _folder(owner: str, upload_id: str = "") -> str:
    return f"{ROOT}/{sha256(owner.encode()).hexdigest()[:32]}/" + (f"{upload_id}/" if upload_id else "")


def _read(objects: Sequence[tuple[str, float]]) -> _UploadObjects:
    """Read an upload from the names of its objects; one that is being deleted may lack any."""
    name, size, kept, parts = "", 0, "", []
    for key, _since_s in objects:
        kind, *rest = key.rpartition("/")[2].split("-", 2)
        match kind, rest:
            case "told", [told_size, told_name]:
                name, size = urlsafe_b64decode(told_name).decode(errors="ignore"), int(told_size)
            case "part", [start, end]:
                parts.append((int(start), int(end)))
            case "kept", [sha]:
                kept = sha
    touched_s = max(since_s for _key, since_s in objects)
    return _UploadObjects([key for key, _ in objects], name, size, sorted(parts), kept, touched_s)

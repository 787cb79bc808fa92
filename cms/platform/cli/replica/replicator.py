"""Replicator: keeps an encrypted back-up in ``LOA_BACKUP_FOLDER`` seconds behind, while the programs run.

Rows name content that is on the disk before them. So each sweep first lists the copies of the database, then ships
keys and content, then those copies: a vault cut off at any instant names no content that it lacks.
"""

import io
import json
import os
import tarfile
import threading
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cms.platform.cli.replica import vault
from cms.platform.cli.replica.copier import INSTANT, DatabaseCopier, log
from cms.platform.process.atomic_file import write_whole
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.process import work_locked
from cms.platform.process.state_files import ready_file
from cms.platform.settings import Settings
from cms.platform.store.engine import file_of
from province.machine_clock import unix_s, utc_now

NAME: Final = "replicator"
DATABASE: Final = "database"
CONTENT: Final = "content"
KEYS: Final = "keys"
COMPLETE: Final = "complete.json"
"""Instant up to which the vault is whole."""
SWEEP_EVERY_S: Final = 1.0
_SCAN_SHARE: Final = 20
"""Listing the content takes one part in so many of a processor at most."""
_KEPT: Final = timedelta(days=2)
_SETTLED_NS: Final = 1_000_000_000
"""A folder that changed less long ago may change again without a change of its time."""
_TURN_S: Final = 3600.0
"""A snapshot of a large database is one file."""


class Replicator:
    """Sweeps of what is new into the vault. Without a copier (PostgreSQL has its own) the database is not in it."""

    def __init__(self, settings: Settings, copier: DatabaseCopier | None) -> None:
        self._folder, self._settings, self._copier = Path(settings.backup_folder), settings, copier
        self._content = _NewContent(settings.content_dir, vault.names(self._folder / CONTENT))
        self._copied = vault.names(self._folder / DATABASE)
        self._keys: object = None
        settings.backup_mark.touch()

    def run(self, stopping: threading.Event) -> None:
        """Sweep until stopped. A vault that is away or full is tried again; nothing is lost meanwhile."""
        ready_file(self._settings, NAME).touch()
        try:
            while not stopping.is_set():
                try:
                    if self._copier is not None:
                        self._copier.keep_running()
                    self.sweep(stopping)
                except OSError as error:
                    log.error("backup.failed %s", error)
                stopping.wait(max(SWEEP_EVERY_S, _SCAN_SHARE * self._content.scan_s))
        finally:
            if self._copier is not None:
                self._copier.stop()

    def sweep(self, stopping: threading.Event) -> None:
        """Bring the vault up to this moment. Raises OSError."""
        whole_s = self._copier.whole_until_s() if self._copier is not None else unix_s()
        copies = self._copier.copies() if self._copier is not None else {}
        self._ship_keys()
        for name, path in self._content.unshipped() if not self._settings.s3_endpoint else ():
            self._ship(CONTENT, name, path, self._content.shipped)
            if stopping.is_set():
                return
        for name in sorted(copies.keys() - self._copied):
            self._ship(DATABASE, name, copies[name], self._copied)
        if whole_s:
            write_whole(
                self._folder / COMPLETE, json.dumps({"until": datetime.fromtimestamp(whole_s, UTC).isoformat()})
            )
            os.utime(self._settings.backup_mark, (whole_s, whole_s))
        self._tidy(copies)

    def _ship(self, folder: str, name: str, path: Path, shipped: set[str]) -> None:
        try:
            with path.open("rb") as source:
                target = self._folder / folder / name
                vault.seal(source, target, self._settings.backup_recipient, path.stat().st_mtime)
        except FileNotFoundError:  # replaced by another, which is in the next list
            return
        shipped.add(name)

    def _ship_keys(self) -> None:
        """Ship private keys and bundles, for the other recipient, when one of them has changed."""
        # A bundle is a folder of its own: of thousands only their folder is looked at.
        paths = [*self._settings.keys_dir.rglob("*"), self._settings.devices_dir]
        keys = [(path, path.stat().st_mtime_ns) for path in paths if path.exists()]
        if keys != self._keys:
            seal_keys(self._settings, self._folder)
            self._keys = keys

    def _tidy(self, copies: Collection[str]) -> None:
        """Remove copies that others replaced, and after two days those of an earlier home."""
        if self._copier is not None:
            series = self._copier.series
            is_kept = (utc_now() - _KEPT).strftime(INSTANT) < series
            replaced = {name for name in self._copied.difference(copies) if not is_kept or name.startswith(series)}
            for name in replaced:
                vault.sealed(self._folder / DATABASE / name).unlink(missing_ok=True)
            self._copied -= replaced


class _NewContent:
    """Content that is not in the vault. ``shipped``: names that are; ``scan_s``: processor time of the last look."""

    def __init__(self, root: Path, shipped: set[str]) -> None:
        self._root = root
        self._entered_ns = -1
        self._leaves: dict[str, int] = {}
        self.shipped = shipped
        self.scan_s = 0.0

    def unshipped(self) -> Iterator[tuple[str, Path]]:
        """Yield it by name. Where nothing came this is one look: each blob enters by ``partial`` (media/storage.py)."""
        entry = self._root / "partial"
        entered_ns = _settled_ns(entry) if entry.is_dir() else 0
        if entered_ns == self._entered_ns:
            self.scan_s = 0.0
            return
        began_s = time.thread_time()
        changed = [leaf for leaf in self._root.glob("??/??") if self._leaves.get(str(leaf)) != _settled_ns(leaf)]
        self.scan_s = time.thread_time() - began_s
        for leaf in changed:
            changed_ns = _settled_ns(leaf)
            for path in leaf.iterdir():
                name = path.relative_to(self._root).as_posix()
                if name not in self.shipped:
                    yield name, path
            self._leaves[str(leaf)] = changed_ns
        self._entered_ns = entered_ns


def seal_keys(settings: Settings, folder: Path) -> None:
    """Put private keys and bundles into a vault, for the recipient of keys."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for place in (settings.keys_dir, settings.devices_dir):
            if place.is_dir():
                tar.add(place, place.name)
    packed.seek(0)
    vault.seal(packed, folder / KEYS, settings.backup_keys_recipient, unix_s())


def _settled_ns(folder: Path) -> int:
    """Return when the folder changed; each time another number while it may change again within one tick."""
    changed_ns, now_ns = folder.stat().st_mtime_ns, round(unix_s() * 1e9)
    return changed_ns if now_ns - changed_ns > _SETTLED_NS else -now_ns


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    replicator = Replicator(settings, DatabaseCopier(settings) if file_of(settings.effective_database_url) else None)
    beats = Heartbeats({NAME: _TURN_S})
    return work_locked(settings, NAME, lambda _fence, stopping: replicator.run(beats.event_of(NAME, stopping)), beats)

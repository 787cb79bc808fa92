"""Copier of a SQLite database: litestream as a child process, which writes changes into ``LOA_HOME/replica``."""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.platform.process.atomic_file import write_whole
from cms.platform.process.disk import meter_of
from cms.platform.settings import Settings
from cms.platform.store.engine import file_of
from province.machine_clock import unix_s, utc_now

log = logging.getLogger(__name__)

LITESTREAM: Final = Path(sys.executable).with_name("litestream")
INSTANT: Final = "%Y%m%dT%H%M%SZ"
_BETWEEN_S: Final = 1.0
"""A change in the moment of a copy may be in the next one, half a second later."""
_STUCK_S: Final = 600.0
"""Longer than the first copy of a large database takes."""
_END_S: Final = 5.0
_GUARD: Final = ("setpriv", "--pdeathsig", "KILL", "--")


class DatabaseCopier:
    """litestream, kept running. ``series``: name of this run of copies, the instant at which it began.

    Numbers of copies begin at one in a new home: each home has a series of its own.
    """

    def __init__(self, settings: Settings) -> None:
        self._database = file_of(settings.effective_database_url) or Path()
        self._log = self._database.with_name(f"{self._database.name}-wal")
        self._whole_s = self._started_s = 0.0
        self._replica = settings.root / "replica"
        self._disk = meter_of(settings)
        self._child: subprocess.Popen[bytes] | None = None
        begun = sorted(path.name for path in self._replica.glob("*Z"))
        self.series = begun[-1] if begun else utc_now().strftime(INSTANT)

    def copies(self) -> Mapping[str, Path]:
        """Return the finished copies by name."""
        return {path.relative_to(self._replica).as_posix(): path for path in self._stage.rglob("*.ltx")}

    def keep_running(self) -> None:
        """Start litestream; again if it ended or hangs. Not on a full disk: it would keep the database's log there."""
        is_spent, behind_s = self._disk().is_reserve_spent, unix_s() - max(self.whole_until_s(), self._started_s)
        if self._child is not None and (is_spent or self._child.poll() is not None or behind_s > _STUCK_S):
            log.error("backup.copier_stopped disk_full=%s behind_s=%.0f", is_spent, behind_s)
            self.stop()
        elif self._child is None and not is_spent:
            self._stage.mkdir(parents=True, exist_ok=True, mode=0o700)
            config = self._replica / "litestream.yml"
            write_whole(config, self._config())
            self._started_s = unix_s()
            self._child = subprocess.Popen([*_GUARD, str(LITESTREAM), "replicate", "-config", str(config)])

    def whole_until_s(self) -> float:
        """Return the time up to which every change is in a finished copy; 0: there is none."""
        now_s = unix_s()
        with suppress(FileNotFoundError):  # a copy replaced by a larger one; the log of a database that nobody has open
            copied_s = max((path.stat().st_mtime for path in self.copies().values()), default=0.0)
            is_all = self._log.stat().st_mtime <= copied_s
            self._whole_s = max(self._whole_s, (now_s if is_all else copied_s) - _BETWEEN_S)
        return self._whole_s

    def stop(self) -> None:
        """End litestream; what it has not copied it copies at its next start."""
        if self._child is not None:
            self._child.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_END_S)
            self._child.kill()
            self._child.wait()
            self._child = None

    @property
    def _stage(self) -> Path:
        return self._replica / self.series

    def _config(self) -> str:
        """Return its configuration: a snapshot a day, two days kept."""
        replica = {"type": "file", "path": str(self._stage), "sync-interval": "500ms"}
        database = {"path": str(self._database), "monitor-interval": "500ms", "replica": replica}
        snapshots = {"interval": "24h", "retention": "48h"}
        return json.dumps({"logging": {"level": "warn"}, "snapshot": snapshots, "dbs": [database]})

"""Renewal of the front's own certificate, while everything runs; nginx then reads it again."""

import logging
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.platform.context import Context
from cms.platform.keyring import ensure_certificates
from cms.platform.process.loops import keep_doing

LOOK_S: Final = 3600.0
log = logging.getLogger(__name__)


class CertificateKeeper:
    """Job that renews it two months before it ends; ``run`` is a thread's loop."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._now = context.now

    def step(self) -> None:
        path = Path(self._settings.web_certificate[0])
        before = path.read_bytes()
        ensure_certificates(self._settings, self._now())
        if path.read_bytes() != before:
            log.warning("certificate.renewed %s", path)
            reload_front(self._settings.run_dir / "front" / "nginx.pid")

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "renewing the front's certificate", look_s=LOOK_S)


def reload_front(pid_file: Path) -> None:
    """Have the nginx of this file read its configuration and certificate again; no connection is lost."""
    with suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        # The file of an nginx that was killed stays, and its number may be another program's by now.
        if Path(f"/proc/{pid}/comm").read_text().strip() == "nginx":
            os.kill(pid, signal.SIGHUP)

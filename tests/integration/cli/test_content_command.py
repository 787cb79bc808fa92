"""``loa content`` as an operator types it."""

from __future__ import annotations

import os
from datetime import timedelta

from cms.platform.settings import Settings
from media.storage import FolderContentStore
from tests.integration.cli.test_commands import Terminal

TWO_WEEKS = timedelta(days=15)


def test_unused_content_is_counted_and_then_set_aside(terminal: Terminal) -> None:
    store = FolderContentStore(Settings().content_dir)
    unused = store.path_of(store.put_bytes(b"x" * 300_000))
    at = unused.stat().st_mtime - TWO_WEEKS.total_seconds()
    os.utime(unused, (at, at))

    assert terminal.ok("content", "collect", "--dry-run") == [
        "set aside: 1 files, 0.3 MB",
        "brought back: 0 files",
        "deleted: 0 files, 0.0 MB",
    ]
    assert unused.exists()
    assert "content.collected" not in terminal.events()
    assert terminal.ok("content", "collect")[0] == "set aside: 1 files, 0.3 MB"
    assert not unused.exists()
    assert terminal.events()[0] == "content.collected"

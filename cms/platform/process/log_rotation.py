"""Rotation of log files that other programs hold open."""

import logging
import os
import shutil
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

KEEP_BYTES: Final = 10 * 1024 * 1024
"""A file that has grown beyond this is rotated; the one rotated before is deleted."""


def cut(path: Path, keep_bytes: int = KEEP_BYTES) -> bool:
    """Copy a longer file to ``NAME.log.1`` and empty it; returns whether it was longer.

    Lines written between the two steps are lost. A copy that does not fit on the disk is given up for space.
    """
    if not path.exists() or path.stat().st_size <= keep_bytes:
        return False
    aside = path.with_suffix(f"{path.suffix}.1")
    try:
        shutil.copyfile(path, aside)
    except OSError as error:
        log.warning("%s could not be rotated and is emptied: %s", path, error)
        aside.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True

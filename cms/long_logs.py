"""Logs that programs write themselves, cut under their hands when they have grown long."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

KEEP_BYTES: Final = 10 * 1024 * 1024
"""A file that has grown beyond is put aside; the one put aside before goes."""


def cut(path: Path, keep_bytes: int = KEEP_BYTES) -> bool:
    """Copy it aside as ``NAME.log.1`` and empty it, where it is longer; whether it was.

    What is written between the two is lost. Where the copy does not fit on the disk, room counts for more than words.
    """
    if not path.exists() or path.stat().st_size <= keep_bytes:
        return False
    aside = path.with_suffix(f"{path.suffix}.1")
    try:
        shutil.copyfile(path, aside)
    except OSError as error:
        log.warning("%s could not be put aside and is emptied: %s", path, error)
        aside.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True

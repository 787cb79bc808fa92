"""Atomic replacement of small files that other processes read at any time."""

from __future__ import annotations

import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace the file's content by this text; nothing is left beside it where that fails. Raises OSError."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.stem}-", delete=False) as part:
        fresh = Path(part.name)
        try:
            part.write(text)
            part.flush()
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(path)

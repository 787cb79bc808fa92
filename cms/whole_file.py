"""Small files that other processes read at any instant: replaced whole, or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put this text in the place of the file's; nothing is left beside it where that fails. Raises OSError."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.stem}-", delete=False) as part:
        fresh = Path(part.name)
        try:
            part.write(text)
            part.flush()
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(path)

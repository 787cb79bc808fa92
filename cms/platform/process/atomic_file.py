"""Small files that several processes share: replaced whole at any time, or made by the process that comes first."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace the file's content by this text; nothing is left beside it where that fails. Raises OSError."""
    _replace(path, text.encode(), is_synced=False)


def write_secret(path: Path, data: bytes) -> None:
    """Replace the file by one that only its owner reads, whole or not at all, and on the disk. Raises OSError."""
    if not path.exists() or path.read_bytes() != data:
        _replace(path, data, is_synced=True)


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the secret in this file, made at first use; processes that start together agree on one. Raises OSError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        try:
            with fresh.open("wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first: its secret is the secret
                path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    return path.read_bytes()


def _replace(path: Path, data: bytes, *, is_synced: bool) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as part:
        fresh = Path(part.name)
        try:
            part.write(data)
            part.flush()
            if is_synced:
                os.fsync(part.fileno())
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(path)

"""Restore from a continuous back-up, with the secret keys of two people."""

import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cms.platform.cli.replica.copier import INSTANT, LITESTREAM
from cms.platform.cli.replica.replicator import COMPLETE, CONTENT, DATABASE, KEYS
from cms.platform.cli.replica.vault import unseal
from cms.platform.settings import Settings
from cms.platform.store.engine import file_of


class NoCopyError(LookupError):
    """No copy of the database from before this instant."""


def is_vault(folder: Path) -> bool:
    """Return whether a replicator has filled this folder."""
    return (folder / COMPLETE).is_file()


def bring_replica(
    settings: Settings,
    folder: Path,
    identities: tuple[Path, Path],
    bring_copy: Callable[[Settings, Path], object],
    at: datetime | None = None,
) -> None:
    """Bring keys, database and content into an empty home, as they were last, or at this instant.

    ``identities``: secret keys for the data and for the keys. ``bring_copy``: restores a database copied as a whole.

    Raises:
        IdentityError: a secret key is not the right one.
        NoCopyError: the back-up begins later.
        CalledProcessError: litestream cannot bring the database back; its words are in ``stderr``.
    """
    with tempfile.TemporaryDirectory(dir=settings.root, prefix=".restore-") as name:
        work = Path(name)
        unseal(folder / KEYS, work / KEYS, identities[1])
        settings.keys_dir.mkdir(exist_ok=True, mode=0o700)
        with tarfile.open(work / KEYS) as tar:
            tar.extractall(settings.root, filter="data")
        if (folder / DATABASE).is_dir():  # PostgreSQL may have a back-up of its own
            latest = f"{at.astimezone(UTC):{INSTANT}}" if at else "~"
            begun = [path.name for path in (folder / DATABASE).iterdir() if path.name <= latest]
            if not begun:
                raise NoCopyError(f"{folder} holds no copy of the database from before {latest}")
            unseal(folder / DATABASE / max(begun), work / DATABASE, identities[0])
        if (work / DATABASE / "ltx").is_dir():
            target = str(file_of(settings.effective_database_url))
            until = ["-timestamp", at.astimezone(UTC).isoformat().replace("+00:00", "Z")] if at else []
            asked = [str(LITESTREAM), "restore", "-o", target, *until, f"file://{work / DATABASE}"]
            subprocess.run(asked, check=True, capture_output=True, text=True)
        elif (work / DATABASE).is_dir():
            bring_copy(settings, work / DATABASE)
    unseal(folder / CONTENT, settings.content_dir, identities[0])

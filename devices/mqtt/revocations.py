"""Certificate revocation lists as the broker takes them while it runs: numbered files in a folder that it looks into.

OpenSSL looks into a ``capath`` folder at each handshake for the next list of an issuer (``{hash}.r0``, ``.r1``, …) and
goes by the one issued last. So a revocation needs no signal: SIGHUP corrupts mosquitto 2.0's sessions (docs/adr/0046).
``revoked.pem`` is always the newest list; the broker reads it when it starts.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CRL_NAME: Final = "revoked.pem"
LISTS_NAME: Final = "revoked"
_LOCK_NAME: Final = ".lock"


def lists_folder(keys: Path) -> Path:
    """Return the folder in which the broker looks for newer lists."""
    return keys / LISTS_NAME


def add_list(keys: Path, issuer_hash: str, crl: bytes) -> int:
    """Make ``crl`` (PEM), issued after every other, the list in force; return how many the broker holds now."""
    with _locked(keys) as folder:
        # First for a broker that starts, then for the one that runs.
        _write(keys / CRL_NAME, crl)
        number = _next_number(folder, issuer_hash)
        _write(folder / f"{issuer_hash}.r{number}", crl)
    return number + 1


def held_lists(keys: Path, issuer_hash: str) -> int:
    """Return the number of lists that the broker has been given since it started."""
    return _next_number(lists_folder(keys), issuer_hash)


def gather_lists(keys: Path) -> None:
    """Drop the numbered lists before a broker starts: ``revoked.pem`` holds all that they do."""
    with _locked(keys) as folder:
        for each in folder.glob("*.r*"):
            each.unlink()


def _next_number(folder: Path, issuer_hash: str) -> int:
    number = 0
    while (folder / f"{issuer_hash}.r{number}").exists():
        number += 1
    return number


def _write(path: Path, data: bytes) -> None:
    """Write it whole or not at all: a handshake may read it at any instant."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)


@contextmanager
def _locked(keys: Path) -> Iterator[Path]:
    folder = lists_folder(keys)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder

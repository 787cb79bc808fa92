"""Vault: folder of encrypted files (age, X25519). Who writes it holds no key that opens them."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import pyrage

_SUFFIX: Final = ".age"


class IdentityError(ValueError):
    """No secret key of age, or not the one that opens this file."""


def names(folder: Path) -> set[str]:
    """Return the names of the encrypted files below this folder."""
    return {path.relative_to(folder).as_posix().removesuffix(_SUFFIX) for path in folder.rglob(f"*{_SUFFIX}")}


def seal(source: BinaryIO, target: Path, recipient: str, at_s: float) -> None:
    """Encrypt a file: a reader sees all of it or nothing. Raises OSError, pyrage.RecipientError."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as out:
        pyrage.encrypt_io(source, out, [pyrage.x25519.Recipient.from_str(recipient)])
        out.flush()
        os.fsync(out.fileno())
    os.utime(part, (at_s, at_s))
    part.replace(sealed(target))


def sealed(path: Path) -> Path:
    """Return the path of the encrypted file of this name."""
    return path.with_name(f"{path.name}{_SUFFIX}")


def unseal(source: Path, into: Path, identity: Path) -> None:
    """Decrypt the file of this name, or all below a folder, with the key in ``identity``. Raises IdentityError."""
    keys = [line for line in identity.read_text(encoding="utf-8").split() if line.startswith("AGE-SECRET-KEY-")]
    for name in sorted(names(source)) if source.is_dir() else [""]:
        _unseal(sealed(source / name), into / name, [pyrage.x25519.Identity.from_str(key) for key in keys])


def _unseal(source: Path, into: Path, identities: Sequence[object]) -> None:
    into.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with source.open("rb") as stream, into.open("wb") as out:
            pyrage.decrypt_io(stream, out, identities)
    except pyrage.DecryptError as error:
        raise IdentityError(f"{source}: {error}") from None
    shutil.copystat(source, into)

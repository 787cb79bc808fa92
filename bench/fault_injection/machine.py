"""Faults of a machine: a clock that is wrong, a disk that syncs slowly, and one that is full."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).with_name("machine.c")
_FAULTS: Final = struct.Struct("<qq")
_BLOCK: Final = 256 * 1024
_NEW_NAMESPACE: Final = 0x00020000
_MS_REC_PRIVATE: Final = 0x4000 | 0x40000
_MNT_DETACH: Final = 2


class MachineFaultError(Exception):
    """Refusal: this machine has no compiler, or lets us mount nothing."""


class MachineFaults:
    """Clock and disk of all programs that are started in ``environment``; faults begin and end while they run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "machine-faults"
        self._library = folder / "machine.so"
        self._path.write_bytes(_FAULTS.pack(0, 0))
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise MachineFaultError("no C compiler: clocks and disks cannot be made to fail")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self._library, _SOURCE, "-ldl"], check=True)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LD_PRELOAD": str(self._library), "LOA_MACHINE_FAULTS": str(self._path)}

    def set(self, *, clock_ahead_s: int = 0, sync_ms: int = 0) -> None:
        """Have the programs' clock so far ahead, and each sync take so much longer. Without arguments: no fault."""
        with self._path.open("r+b") as file:
            file.write(_FAULTS.pack(clock_ahead_s, sync_ms))


class SmallDisk:
    """Disk in memory that is mounted there for this process and its children, and gone with them."""

    def __init__(self, mounted: Path, size_mb: int) -> None:
        """Mount it; to be called before the process has threads. Raises MachineFaultError."""
        mounted.mkdir(parents=True, exist_ok=True)
        self._ballast = mounted / "ballast"
        self._mounted = mounted
        self._libc = libc = ctypes.CDLL(None, use_errno=True)
        size = ctypes.c_char_p(f"size={size_mb}m".encode())
        made = (
            not libc.unshare(_NEW_NAMESPACE)
            and not libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None)
            and not libc.mount(b"tmpfs", str(mounted).encode(), b"tmpfs", ctypes.c_ulong(0), size)
        )
        if not made:
            raise MachineFaultError(f"no disk could be mounted: {os.strerror(ctypes.get_errno())}")

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(_BLOCK)) == _BLOCK:
                    pass
                while file.write(bytes(1)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        with suppress(FileNotFoundError):
            self._ballast.unlink()

    def close(self) -> None:
        """Unmount it; what is on it is lost."""
        self._libc.umount2(str(self._mounted).encode(), _MNT_DETACH)

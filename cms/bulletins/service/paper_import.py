"""Import of official papers: a DOCX or PDF file is read by a bounded process, and its parts are found."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from broadcast.bulletins.official_papers import NAME_MOST, OfficialPaper, PaperText, read_paper
from cms.bulletins.paper_text import PaperExit
from cms.platform.clean_text import clean
from media.ports import ContentStore
from province.errors import InvalidError, Problem

PAPER_MOST_BYTES: Final = 20 * 1024 * 1024
_WAIT_S: Final = 20.0
_AT_ONCE: Final = 2
_READ_BYTES: Final = 1 << 20
_FIELD: Final = "paper"
_READERS: Final = threading.BoundedSemaphore(_AT_ONCE)
"""Each takes a processor for seconds: the others of the office go on."""


@dataclass(frozen=True, slots=True)
class ImportedPaper:
    """Paper with its file in the content store, and the parts found in it."""

    paper: OfficialPaper
    found: PaperText


def import_paper(content: ContentStore, name: str, stream: BinaryIO) -> ImportedPaper:
    """Read an official paper and keep its file.

    Raises:
        InvalidError: of the field ``paper``: too large, of another kind, without text, or too many are being read.
    """
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        path = Path(folder) / "file"
        _write(stream, path)
        found = read_paper([clean(line) for line in _lines(path)])
        sha256 = content.put_file(path)
    paper = OfficialPaper(found.number, found.issued_on, found.issuer, Path(clean(name)).name[-NAME_MOST:], sha256)
    return ImportedPaper(paper, found)


def _write(stream: BinaryIO, path: Path) -> None:
    left = PAPER_MOST_BYTES
    with path.open("wb") as file:
        while data := stream.read(_READ_BYTES):
            left -= len(data)
            if left < 0:
                raise _refused("PAPER_SIZE")
            file.write(data)


def _lines(path: Path) -> list[str]:
    if not _READERS.acquire(blocking=False):
        raise _refused("PAPER_BUSY")
    try:
        done = subprocess.run(
            [sys.executable, "-m", PaperExit.__module__, str(path)],
            stdin=subprocess.DEVNULL,
            # Without our settings and keys: the file may be hostile.
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            timeout=_WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refused("PAPER_BROKEN") from None
    finally:
        _READERS.release()
    if done.returncode:
        # Killed by a limit it is too large for us, whatever its size.
        known = {int(each): each.name for each in PaperExit}
        raise _refused(f"PAPER_{known.get(done.returncode, PaperExit.SIZE.name)}")
    lines: list[str] = json.loads(done.stdout)
    return lines


def _refused(code: str) -> InvalidError:
    return InvalidError([Problem(_FIELD, code)])

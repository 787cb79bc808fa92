"""Text of a DOCX or PDF file, line by line: a program of its own, as the file may be hostile.

``python -m cms.bulletins.paper_text FILE`` prints a list of lines as JSON, or ends with a status of ``PaperExit``.
Macros, links and embedded objects are never looked at. Its processor time, memory and output are bounded.
"""

import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import Final

PAGES_MOST: Final = 60
LINES_MOST: Final = 5000
LINE_MOST: Final = 5000
UNPACKED_MOST_BYTES: Final = 64 * 1024 * 1024
FILES_MOST: Final = 2000
CPU_MOST_S: Final = 10
MEMORY_MOST_BYTES: Final = 1024 * 1024 * 1024
_ZIP: Final = b"PK\x03\x04"
_PDF: Final = b"%PDF-"
_MAIN_PART: Final = "word/document.xml"


class PaperExit(IntEnum):
    """Exit statuses: why a file has no text for us."""

    FORMAT = 10
    SIZE = 11
    PAGES = 12
    LOCKED = 13
    SCANNED = 14
    BROKEN = 15


class UnreadablePaperError(Exception):
    """Error: the file has no text for us, and why."""

    def __init__(self, why: PaperExit) -> None:
        super().__init__(why.name)
        self.why = why


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file. Raises UnreadablePaperError."""
    with path.open("rb") as file:
        begin = file.read(len(_PDF))
    if begin.startswith(_ZIP):
        found = _docx_lines(path)
    elif begin == _PDF:
        found = _pdf_lines(path)
    else:
        raise UnreadablePaperError(PaperExit.FORMAT)
    lines = [line[:LINE_MOST] for line in islice(found, LINES_MOST)]
    if not any(sign.isalnum() for line in lines for sign in line):
        raise UnreadablePaperError(PaperExit.SCANNED)
    return lines


def _docx_lines(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadablePaperError(PaperExit.BROKEN) from error
    if _MAIN_PART not in {each.filename for each in parts}:
        raise UnreadablePaperError(PaperExit.FORMAT)
    if len(parts) > FILES_MOST or sum(each.file_size for each in parts) > UNPACKED_MOST_BYTES:
        raise UnreadablePaperError(PaperExit.SIZE)

    from docx import Document  # noqa: PLC0415 - under the limits of this process
    from docx.table import Table  # noqa: PLC0415

    for block in Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row.cells:
                    yield from (line for each in cell.paragraphs for line in each.text.splitlines())
        else:
            yield from block.text.splitlines()


def _pdf_lines(path: Path) -> Iterator[str]:
    from pypdf import PdfReader  # noqa: PLC0415 - under the limits of this process

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadablePaperError(PaperExit.LOCKED)
    if len(reader.pages) > PAGES_MOST:
        raise UnreadablePaperError(PaperExit.PAGES)
    for page in reader.pages:
        yield from page.extract_text().splitlines()


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MOST_S, CPU_MOST_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST_BYTES, MEMORY_MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        found = lines_of(Path(sys.argv[1]))
    except UnreadablePaperError as error:
        return error.why
    except Exception:  # noqa: BLE001 - whatever a library says of a hostile file, it has no text for us
        return PaperExit.BROKEN
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

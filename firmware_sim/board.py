"""An electronic board: what it shows at this moment, as a picture and as words.

``screen.json`` holds the words, ``screen.png`` the colours. The picture has no letters: drawing them needs a font, and
whoever tests reads the words beside it. A drill has stripes, so that it can be told from a live alert by its picture.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_sim.core.effects import ShowPage, ShowText

WIDTH: Final = 480
HEIGHT: Final = 270
ORDINARY: Final = (16, 24, 32)
TEXT: Final = (16, 72, 48)
DRILL: Final = (30, 90, 200)
LEVELS: Final = {1: (250, 204, 21), 2: (249, 115, 22), 3: (220, 38, 38)}
"""Yellow, orange, red: as the warnings of the weather service."""
_STRIPE: Final = 24

Picture = npt.NDArray[np.uint8]


class Board:
    """Writes its screen into a folder; each change replaces the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.clear()

    def show(self, text: ShowText, until_ms: int) -> None:
        """Full-screen in the level's colour. ``until_ms`` is true time."""
        colour = DRILL if text.is_drill else LEVELS.get(text.level, LEVELS[3])
        about: dict[str, object] = {
            "showing": "drill" if text.is_drill else "alert",
            "level": text.level,
            "head": text.head,
            "text": text.text,
            "until_ms": until_ms,
            "colour": "#{:02x}{:02x}{:02x}".format(*colour),
        }
        self._write(about, _striped(colour) if text.is_drill else _plain(colour))

    def show_page(self, page: ShowPage, until_ms: int) -> None:
        """One page of a text. ``until_ms`` is true time."""
        about: dict[str, object] = {
            "showing": "text",
            "item": page.item,
            "head": page.head,
            "lines": page.lines,
            "page": page.number + 1,
            "pages": page.count,
            "until_ms": until_ms,
        }
        self._write(about, _plain(TEXT))

    def clear(self) -> None:
        self._write({"showing": "ordinary"}, _plain(ORDINARY))

    def _write(self, about: dict[str, object], picture: Picture) -> None:
        words = json.dumps(about, ensure_ascii=False).encode()
        for name, data in (("screen.png", png(picture)), ("screen.json", words)):
            new = self._folder / f"{name}.new"
            new.write_bytes(data)
            new.replace(self._folder / name)


def png(picture: Picture) -> bytes:
    """RGB rows as a PNG (ISO 15948)."""
    height, width, _ = picture.shape
    rows = np.zeros((height, 1 + width * 3), dtype=np.uint8)
    rows[:, 1:] = picture.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _plain(colour: tuple[int, int, int]) -> Picture:
    return np.broadcast_to(np.array(colour, dtype=np.uint8), (HEIGHT, WIDTH, 3)).copy()


def _striped(colour: tuple[int, int, int]) -> Picture:
    picture = _plain(colour)
    rows, columns = np.indices((HEIGHT, WIDTH))
    picture[(rows + columns) // _STRIPE % 2 == 1] = (255, 255, 255)
    return picture

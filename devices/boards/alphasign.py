"""The Alpha sign communications protocol (M-Protocol, EZ KEY II) of Adaptive, Alpha and BetaBrite signs: frames.

Its character set is ASCII and some Western letters: no ắ, no ế. So nothing is transliterated and none of its fonts is
used: each screen is sent as a picture of dots, lamp by lamp as an editor saw it. A SMALL DOTS picture has at most 31
rows of 255; a board of up to 62 rows is two of them, one above the other. A moving line is sent as stills.

On a serial line (9600 baud, 7 bits, even parity) a sign wants 100 ms after the size of a picture before its rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from PIL import Image

Lamps: TypeAlias = Image.Image
"""A board's whole screen, lamp by lamp."""
ALL_SIGNS: Final = b"Z00"
"""Type code: any sign. Address 00: every one on the line."""
_WAKE: Final = b"\0" * 5
_SOH, _STX, _ETX, _EOT = b"\x01", b"\x02", b"\x03", b"\x04"
_ESC, _CR, _CALL_DOTS = b"\x1b", b"\r", b"\x14"
_WRITE_TEXT, _WRITE_SPECIAL, _WRITE_DOTS = b"A", b"E", b"I"
_MEMORY, _SEQUENCE = b"$", b"."
_TOP, _BOTTOM, _FILL = b"\x22", b"\x26", b"\x30"
_HOLD: Final = b"b"
ROWS_MAX: Final = 31
COLUMNS_MAX: Final = 255
_TEXT: Final = "A"
_DOTS: Final = ("B", "C")
_TEXT_BYTES: Final = 64
_LIT_FROM: Final = 96
_OFF, _RED, _GREEN, _AMBER = b"0123"


class Controller(Protocol):
    """One kind of controller. Its messages are each sent whole and in this order."""

    def takes(self, width: int, height: int) -> bool:
        """Return whether it can drive a board of so many lamps."""

    def prepare(self, width: int, height: int) -> tuple[bytes, ...]:
        """Return the messages sent once after power-on, and whenever the board's size has changed."""

    def show(self, image: Lamps) -> tuple[bytes, ...]:
        """Return the messages that make the board show exactly this."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """Room for ``size`` bytes of text that is shown at any time of day."""

    label: str
    size: int

    @property
    def entry(self) -> bytes:
        return f"{self.label}AU{self.size:04X}FF00".encode("ascii")


@dataclass(frozen=True, slots=True)
class StringFile:
    """Room for ``size`` bytes that texts name; locked, as the protocol asks."""

    label: str
    size: int

    @property
    def entry(self) -> bytes:
        return f"{self.label}BL{self.size:04X}0000".encode("ascii")


@dataclass(frozen=True, slots=True)
class DotsFile:
    """Room for a picture of dots in eight colours."""

    label: str
    height: int
    width: int

    @property
    def entry(self) -> bytes:
        return f"{self.label}DU{self.height:02X}{self.width:02X}4000".encode("ascii")


def frame(command: bytes, *, to: bytes = ALL_SIGNS, with_sum: bool = True) -> bytes:
    """Frame one transmission: ``command`` is its code and data. By the sum the sign refuses a damaged one."""
    body = _STX + command
    if with_sum:
        body += _ETX
        body += f"{sum(body) & 0xFFFF:04X}".encode("ascii")
    return _WAKE + _SOH + to + body + _EOT


def memory(*files: TextFile | StringFile | DotsFile) -> bytes:
    """Return the command that divides the sign's memory; it forgets everything it held."""
    return _WRITE_SPECIAL + _MEMORY + b"".join(file.entry for file in files)


def sequence(labels: str) -> bytes:
    """Return the command that shows these text files in turn, whatever time it is, and locks nothing."""
    return _WRITE_SPECIAL + _SEQUENCE + b"SU" + labels.encode("ascii")


def text(label: str, message: bytes) -> bytes:
    """Return the command that writes a text file."""
    return _WRITE_TEXT + label.encode("ascii") + message


def held(position: bytes, message: bytes) -> bytes:
    """Return a part of a text that stands still at this position."""
    return _ESC + position + _HOLD + message


def dots(label: str, rows: list[bytes]) -> bytes:
    """Return the command that writes a picture: a digit for each lamp, a carriage return after each row."""
    size = f"{len(rows):02X}{len(rows[0]):02X}"
    return _WRITE_DOTS + label.encode("ascii") + size.encode("ascii") + b"".join(row + _CR for row in rows)


class AlphaSign:
    """``devices.boards.alphasign.Controller`` of these signs."""

    def takes(self, width: int, height: int) -> bool:
        return width <= COLUMNS_MAX and height <= 2 * ROWS_MAX

    def prepare(self, width: int, height: int) -> tuple[bytes, ...]:
        bands = _bands(height)
        files = [DotsFile(label, stop - start, width) for label, (start, stop) in zip(_DOTS, bands, strict=False)]
        positions = (_FILL,) if len(bands) == 1 else (_TOP, _BOTTOM)
        calls = (
            held(position, _CALL_DOTS + label.encode("ascii"))
            for position, label in zip(positions, _DOTS, strict=False)
        )
        return (
            frame(memory(TextFile(_TEXT, _TEXT_BYTES), *files)),
            frame(text(_TEXT, b"".join(calls))),
            frame(sequence(_TEXT)),
        )

    def show(self, image: Image.Image) -> tuple[bytes, ...]:
        rows = list(_rows(image))
        bands = zip(_DOTS, _bands(image.height), strict=False)
        return tuple(frame(dots(label, rows[start:stop])) for label, (start, stop) in bands)


def _bands(height: int) -> list[tuple[int, int]]:
    """Return the rows of one picture, or of two of equal height."""
    if height <= ROWS_MAX:
        return [(0, height)]
    half = (height + 1) // 2
    return [(0, half), (half, height)]


def _rows(image: Image.Image) -> Iterator[bytes]:
    red, green, blue = (part.tobytes() for part in image.convert("RGB").split())
    for start in range(0, len(red), image.width):
        row = slice(start, start + image.width)
        yield bytes(_lamp(*lamp) for lamp in zip(red[row], green[row], blue[row], strict=True))


def _lamp(red: int, green: int, blue: int) -> int:
    """Return the digit of a lamp. Signs shine in red, green and both; pure blue is shown green."""
    is_red, is_green = red >= _LIT_FROM, green >= _LIT_FROM
    if is_red:
        return _AMBER if is_green else _RED
    return _GREEN if is_green or blue >= _LIT_FROM else _OFF

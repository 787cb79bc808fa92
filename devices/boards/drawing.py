"""Drawing of a board's screen, picture element by picture element: an editor sees exactly the board's screen.

Each letter stands in its own cell. The smallest are those of GNU Unifont, which were drawn lamp by lamp for cells of
8 x 16, larger ones those of Liberation Mono; both have every letter of Vietnamese. Small letters, and those of boards
that shine in few colours, have no half-tones. The same frame gives the same elements with the same Pillow and fonts.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from devices.boards.errors import NoPictureError
from devices.protocol.boards import Cells, Colour, Colours, Page, Screen, Template, cells_of, clusters, width
from devices.protocol.limits import BOARD_SCROLL_MS

SMALL: Final = Path("/usr/share/fonts/opentype/unifont/unifont.otf")
LARGE: Final = Path("/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf")
LARGE_BOLD: Final = Path("/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf")
"""Debian's ``fonts-unifont`` and ``fonts-liberation``."""
BLACK: Final = (0, 0, 0)
WHITE: Final = (255, 255, 255)
LEVELS: Final = {1: (250, 204, 21), 2: (249, 115, 22), 3: (220, 38, 38)}
"""Yellow, orange, red: as the warnings of the weather service."""
DRILL: Final = (30, 90, 200)
CALM: Final = (64, 220, 90)
_MONO: Final = (255, 176, 0)
_RED, _GREEN, _BOTH = (255, 0, 0), (0, 255, 0), (255, 255, 0)
_ANY: Final = {
    Colour.AMBER: (255, 176, 0),
    Colour.WHITE: WHITE,
    Colour.YELLOW: (255, 221, 0),
    Colour.RED: (255, 72, 60),
    Colour.GREEN: (64, 220, 90),
    Colour.BLUE: (110, 190, 255),
}
_OF_THREE: Final = {Colour.RED: _RED, Colour.GREEN: _GREEN, Colour.BLUE: _GREEN}
_CALM_INK: Final[dict[str, tuple[int, int, int]]] = {Colours.MONO: _MONO, Colours.THREE: _GREEN}
_SMALL_PX: Final = 16
# Of a picture, on a board whose lamps are on or off.
_LIT_FROM: Final = 96
PICTURE_MAX: Final = 4_096

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """One page at one moment. ``run_px``: distance that its moving line has come in from the right.

    ``level`` 1 to 3: an alert, which fills the screen; with ``is_calm`` one that ends a warning: green letters in a
    frame on a dark screen. ``picture`` are the PNG's bytes where the page is one.
    """

    page: Page
    template: str = Template.BANNER.value
    colour: str = Colour.AMBER.value
    level: int = 0
    is_drill: bool = False
    is_calm: bool = False
    run_px: int = 0
    picture: bytes = b""


def run_px(screen: Screen, since_ms: int) -> int:
    """Return the distance that the moving line has come after so long."""
    return since_ms * cells_of(screen).w // BOARD_SCROLL_MS


def drawn(screen: Screen, frame: Frame | None) -> Image.Image:
    """Return the screen with this on it; None: dark.

    Raises:
        NoPictureError: the frame's picture is none.
    """
    if frame is None:
        return Image.new("RGB", (screen.w, screen.h), BLACK)
    if frame.page.picture:
        return _pictured(screen, frame.picture)
    if frame.level or frame.is_drill:
        return _alerting(screen, frame)
    return _told(screen, frame)


def png(image: Image.Image) -> bytes:
    """Encode as PNG, the same bytes for the same elements."""
    found = io.BytesIO()
    image.save(found, "PNG", compress_level=6)
    return found.getvalue()


def _told(screen: Screen, frame: Frame) -> Image.Image:
    cells, page = cells_of(screen), frame.page
    ink = _ink(screen, frame.colour)
    image = Image.new("RGB", (screen.w, screen.h), BLACK)
    pen = _Pen(image, screen, cells, is_centred=frame.template == Template.CENTRED)
    has_bar = frame.template not in {Template.CENTRED, Template.PLAIN}
    if has_bar and page.top:
        pen.draw.rectangle((0, 0, screen.w - 1, pen.top + page.top * cells.h - 1), fill=ink)
    for row, line in enumerate(page.lines):
        is_head = row < page.top
        pen.line(row, line, BLACK if is_head and has_bar else ink, is_bold=is_head)
    if page.run:
        row = page.top + (cells.lines - page.top - 1) // 2
        pen.run(row, page.run, ink, screen.w - frame.run_px)
    return image


def _alerting(screen: Screen, frame: Frame) -> Image.Image:
    is_calm = frame.is_calm and not frame.is_drill
    colour = DRILL if frame.is_drill else LEVELS.get(frame.level, LEVELS[3])
    ground = BLACK if is_calm else _ground(screen, colour)
    ink = WHITE if screen.colours == Colours.FULL and colour in {DRILL, LEVELS[3]} else BLACK
    cells = cells_of(screen)
    image = Image.new("RGB", (screen.w, screen.h), ground)
    pen = _Pen(image, screen, cells, is_centred=True)
    if is_calm:
        ink = _CALM_INK.get(screen.colours, CALM)
        pen.draw.rectangle((0, 0, screen.w - 1, screen.h - 1), outline=ink, width=max(1, cells.h // 12))
    if frame.is_drill:
        _stripe(image, BLACK if screen.colours != Colours.FULL else WHITE, max(4, cells.h // 2))
    lines = frame.page.lines
    first = (cells.lines - len(lines)) // 2
    for row, line in enumerate(lines, first):
        pen.line(row, line, ink, is_bold=True, ground=ground)
    return image


def _pictured(screen: Screen, data: bytes) -> Image.Image:
    """Draw it as large as it fits, in the middle, in the board's colours."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            if max(opened.size) > PICTURE_MAX:
                raise NoPictureError("too large")
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NoPictureError(str(error)) from None
    scale = min(screen.w / picture.width, screen.h / picture.height)
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    fitted = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    if screen.colours in {Colours.MONO, Colours.THREE}:
        fitted = _in_few_colours(fitted, is_mono=screen.colours == Colours.MONO)
    image = Image.new("RGB", (screen.w, screen.h), BLACK)
    image.paste(fitted, ((screen.w - size[0]) // 2, (screen.h - size[1]) // 2))
    return image


def _in_few_colours(picture: Image.Image, *, is_mono: bool) -> Image.Image:
    """Turn each lamp on or off, without dithering: pictures for a small board are signs, not photographs."""
    if is_mono:
        image = Image.new("RGB", picture.size, BLACK)
        image.paste(_MONO, mask=_lit(picture.convert("L")))
        return image
    red, green, _ = picture.split()
    return Image.merge("RGB", (_lit(red), _lit(green), Image.new("L", picture.size, 0)))


def _lit(shades: Image.Image) -> Image.Image:
    return shades.point([255 * (shade >= _LIT_FROM) for shade in range(256)])


def _ink(screen: Screen, name: str) -> Rgb:
    colour = Colour(name) if name in set(Colour) else Colour.AMBER
    if screen.colours == Colours.MONO:
        return _MONO
    if screen.colours == Colours.THREE:
        return _OF_THREE.get(colour, _BOTH)
    return _ANY[colour]


def _ground(screen: Screen, colour: Rgb) -> Rgb:
    if screen.colours == Colours.MONO:
        return _MONO
    if screen.colours == Colours.THREE:
        return {LEVELS[3]: _RED, DRILL: _GREEN}.get(colour, _BOTH)
    return colour


def _stripe(image: Image.Image, colour: Rgb, step: int) -> None:
    """Draw slanting stripes, from side to side: a drill is recognised from afar."""
    draw = ImageDraw.Draw(image)
    for x in range(-image.height, image.width, 2 * step):
        low, high = (x, image.height), (x + image.height, 0)
        draw.polygon([low, high, (high[0] + step, 0), (low[0] + step, image.height)], fill=colour)


class _Pen:
    """Pen that writes letters into the cells of one image."""

    def __init__(self, image: Image.Image, screen: Screen, cells: Cells, *, is_centred: bool) -> None:
        self.draw = ImageDraw.Draw(image)
        self._cells = cells
        self._screen = screen
        self._is_centred = is_centred
        self._is_fine = cells.h > _SMALL_PX and screen.colours not in {Colours.MONO, Colours.THREE}
        self.draw.fontmode = "L" if self._is_fine else "1"
        self.top = (screen.h - cells.lines * cells.h) // 2 if is_centred else 0

    def line(self, row: int, text: str, ink: Rgb, *, is_bold: bool, ground: Rgb | None = None) -> None:
        """Write one line of the page, at the left or in the middle; ``ground`` fills the space round its letters."""
        cells, long = self._cells, width(text) * self._cells.w
        left = (self._screen.w - long) // 2 if self._is_centred else 0
        y = self.top + row * cells.h
        if ground is not None and long:
            self.draw.rectangle((left - cells.w // 2, y, left + long + cells.w // 2, y + cells.h - 1), fill=ground)
        self._letters(left, y, text, ink, is_bold=is_bold)

    def run(self, row: int, text: str, ink: Rgb, left: int) -> None:
        self._letters(left, self.top + row * self._cells.h, text, ink, is_bold=False)

    def _letters(self, left: int, y: int, text: str, ink: Rgb, *, is_bold: bool) -> None:
        cells = self._cells
        font = _font(cells.h, is_bold=is_bold)
        base = y + cells.h * (14 if cells.h == _SMALL_PX else 13) // 16
        for place, letter in enumerate(clusters(text)):
            x = left + place * cells.w
            if -cells.w < x < self._screen.w:
                for sign in letter:
                    self.draw.text((x, base), sign, font=font, fill=ink, anchor="ls")


@lru_cache(maxsize=64)
def _font(cell_px: int, *, is_bold: bool) -> ImageFont.FreeTypeFont:
    """Load a font with the basic layout: each sign by itself, with any libraries that the machine has."""
    if cell_px == _SMALL_PX:
        return ImageFont.truetype(SMALL, _SMALL_PX, layout_engine=ImageFont.Layout.BASIC)
    path = LARGE_BOLD if is_bold else LARGE
    return ImageFont.truetype(path, cell_px * 3 // 4, layout_engine=ImageFont.Layout.BASIC)

"""Picture of a public page, as messengers and social networks show it beside a link."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

MEDIA_TYPE: Final = "image/png"
SIZE: Final = (1200, 630)
"""Width and height that they all cut nothing of."""
_FONTS: Final = Path("/usr/share/fonts/truetype/dejavu")
"""Debian's ``fonts-dejavu-core``: has every letter of Vietnamese."""
_MARGIN: Final = 72
_INK, _PAPER, _SOFT = (255, 255, 255), (10, 56, 96), (207, 225, 241)
_TITLE_SIZES: Final = (72, 60, 50, 42)
_TITLE_LINES: Final = 4
_SMALL: Final = 34
_LINE: Final = 1.25
_SIGN_SCALE: Final = 5
_KEPT: Final = 64
"""Pictures of so many pages are kept by a process, some 20 kB each."""


@lru_cache(maxsize=_KEPT)
def share_image(above: str, title: str, below: str) -> bytes:
    """Draw the picture; the same lines give the same bytes. Raises OSError: the font is not installed."""
    image = Image.new("RGB", SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    _draw_sign(draw)
    small = _font("DejaVuSans.ttf", _SMALL)
    draw.text((_MARGIN + 32 * _SIGN_SCALE, _MARGIN + 44), _cut(draw, above, small, SIZE[0] - 320), _SOFT, font=small)
    lines, font, size = _fitted(draw, title)
    top = 250
    for number, line in enumerate(lines):
        draw.text((_MARGIN, top + round(number * size * _LINE)), line, _INK, font=font)
    foot = SIZE[1] - _MARGIN - _SMALL
    draw.text((_MARGIN, foot), _cut(draw, below, small, SIZE[0] - 2 * _MARGIN), _SOFT, font=small)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_sign(draw: ImageDraw.ImageDraw) -> None:
    """Draw the loudspeaker of loa.svg."""

    def at(*points: float) -> list[tuple[float, float]]:
        pairs = zip(points[::2], points[1::2], strict=True)
        return [(_MARGIN - 35 + x * _SIGN_SCALE, _MARGIN - 20 + y * _SIGN_SCALE) for x, y in pairs]

    draw.polygon(at(7, 13, 11, 13, 20, 8, 20, 24, 11, 19, 7, 19), fill=_INK)
    draw.arc([*at(16.5, 10.5)[0], *at(27.5, 21.5)[0]], -45, 45, fill=_INK, width=2 * _SIGN_SCALE)


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / name), size)


def _fitted(draw: ImageDraw.ImageDraw, title: str) -> tuple[list[str], ImageFont.FreeTypeFont, int]:
    """Return the lines of the title in the largest size in which it has room; what has none is cut."""
    for size in _TITLE_SIZES:
        font = _font("DejaVuSans-Bold.ttf", size)
        lines = _wrapped(draw, title, font)
        if len(lines) * size * _LINE <= SIZE[1] - 250 - 2 * _MARGIN and len(lines) <= _TITLE_LINES:
            return lines, font, size
    room = int((SIZE[1] - 250 - 2 * _MARGIN) // (size * _LINE))
    return [*lines[: room - 1], _cut(draw, " ".join(lines[room - 1 :]), font, SIZE[0] - 2 * _MARGIN)], font, size


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font) > SIZE[0] - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_cut(draw, each, font, SIZE[0] - 2 * _MARGIN) for each in lines]


def _cut(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(f"{text}…", font) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"

"""Official paper as a PDF (Decree 30/2020, annex I): head, title, page numbers and the place for the signature.

Its fonts are embedded, so that it looks the same everywhere and its text can be searched. The same paper gives the same
bytes.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from cms.platform.letterhead import COUNTRY, DAY, DOTS, MOTTO, SIGN_HERE, Letterhead

FONT_FOLDER: Final = Path("/usr/share/fonts/truetype/liberation")
"""Debian's ``fonts-liberation``: as wide as Times New Roman, which the decree asks for, with all Vietnamese letters."""
FONT: Final = "Serif"
Style: TypeAlias = Literal["", "B", "I", "BI"]
_FACES: Final[dict[Style, str]] = {"": "Regular", "B": "Bold", "I": "Italic", "BI": "BoldItalic"}
_ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
TOP_MM, RIGHT_MM, BOTTOM_MM, LEFT_MM = 20, 15, 20, 30
_ABOVE_MM: Final = 6
_SIGNATURE_MM: Final = 46
"""Height of the block at the end, which stays together."""

logging.getLogger("fontTools").setLevel(logging.WARNING)  # dozens of lines for each paper


class OfficialPdf(FPDF):
    """Paper on A4. Raises FileNotFoundError: the font is not installed."""

    def __init__(self, letterhead: Letterhead) -> None:
        super().__init__(orientation="portrait", format="A4")
        self.letterhead = letterhead
        self.set_creation_date(_ALWAYS)
        self.set_margins(LEFT_MM, TOP_MM, RIGHT_MM)
        self.set_auto_page_break(auto=True, margin=BOTTOM_MM)
        for style, face in _FACES.items():
            self.add_font(FONT, style=style, fname=FONT_FOLDER / f"LiberationSerif-{face}.ttf")
        self.set_lang("vi")
        self.add_page()

    def header(self) -> None:
        """Print the page's number in the middle of the upper margin; the first page has none."""
        if self.page_no() > 1:
            self.set_y(TOP_MM / 2)
            self.set_font(FONT, size=13)
            self.cell(0, 5, str(self.page_no()), align="C")
            self.set_y(TOP_MM)

    def put_head(self, symbol: str) -> None:
        """Print agency and motto side by side, below them number, and place and day."""
        left, top, narrow = self.l_margin, self.get_y(), self.epw * 0.42
        right, wide = left + narrow, self.epw - narrow
        self.centred((left, top, narrow), self.letterhead.superior.upper(), "", 12)
        self.centred((left, top + 5.5, narrow), self.letterhead.agency.upper() or DOTS * 2, "B", 12)
        self.centred((right, top, wide), COUNTRY, "B", 12)
        under = self.centred((right, top + 5.5, wide), MOTTO, "B", 13)
        for middle, length in ((left + narrow / 2, narrow / 3), (right + wide / 2, under)):
            self.line(middle - length / 2, top + 12, middle + length / 2, top + 12)
        self.centred((left, top + 15, narrow), f"Số: {DOTS}/{symbol}", "", 13)
        self.centred((right, top + 15, wide), f"{self.letterhead.place or DOTS}, {DAY}", "I", 13)
        self.set_xy(left, top + 28)

    def put_title(self, kind: str, lines: Sequence[str]) -> None:
        """Print the kind of paper and what it is about, with a short line below."""
        self.set_font(FONT, "B", 14)
        for line in (kind, *lines):
            self.multi_cell(0, 7, line, align="C", new_x="LMARGIN", new_y="NEXT")
        middle, below = self.l_margin + self.epw / 2, self.get_y() + 1
        self.line(middle - self.epw / 8, below, middle + self.epw / 8, below)
        self.set_y(below + 3)

    def put_text(self, text: str, size: float = 13, style: Style = "", indent_mm: float = 0) -> None:
        """Print a paragraph."""
        self.set_font(FONT, style, size)
        self.set_x(self.l_margin + indent_mm)
        self.multi_cell(0, size * 0.48, text, align="J", new_x="LMARGIN", new_y="NEXT")

    def height_of(self, text: str, size: float = 13, style: Style = "") -> float:
        """Return the height that ``put_text`` would take for a paragraph, in millimetres."""
        self.set_font(FONT, style, size)
        made = self.multi_cell(0, size * 0.48, text, align="J", dry_run=True, output=MethodReturnValue.HEIGHT)
        return cast("float", made)

    def keep_with_signature(self, height_mm: float) -> None:
        """Begin a page where what is this high and the signature would not fit on this one: no page is signed alone."""
        if self.will_page_break(height_mm + _ABOVE_MM + _SIGNATURE_MM):
            self.add_page()

    def put_signature(self, recipients: Sequence[str], signer: str = "") -> None:
        """Print recipients and the place for signature and seal, on one page."""
        self.ln(_ABOVE_MM)
        if self.will_page_break(_SIGNATURE_MM):
            self.add_page()
        left, top, half = self.l_margin, self.get_y(), self.epw / 2
        self.set_font(FONT, "BI", 12)
        self.text(left, top + 4, "Nơi nhận:")
        self.set_font(FONT, size=11)
        for number, line in enumerate(recipients):
            self.text(left, top + 9 + number * 4.8, line)
        position = signer or self.letterhead.signer.upper() or DOTS * 2
        self.centred((left + half, top, half), position, "B", 13)
        self.centred((left + half, top + 6, half), SIGN_HERE, "I", 12)
        self.centred((left + half, top + 40, half), DOTS * 2, "", 13)
        self.set_xy(left, top + _SIGNATURE_MM)

    def centred(self, box: tuple[float, float, float], text: str, style: Style, size: float) -> float:
        """Print a line in the middle of a box (left, top, width), smaller where it would not fit; return its length."""
        x, y, width = box
        self.set_font(FONT, style, size)
        length = self.get_string_width(text)
        if length > width:
            self.set_font(FONT, style, size * width / length)
            length = width
        self.text(x + (width - length) / 2, y + 4, text)
        return length

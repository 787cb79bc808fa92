"""Report as a PDF, with its font embedded: it looks the same everywhere, and its text can be searched.

The same report gives the same bytes: making it again after a worker has died stores nothing new.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from cms.reports.documents.sheets import NO_LETTERHEAD, Cell, Letterhead, NumberFormat, Paper, Table

FONT_FOLDER: Final = Path("/usr/share/fonts/truetype/dejavu")
"""Debian's ``fonts-dejavu-core``: has every letter of Vietnamese."""
_FONT: Final = "DejaVu"
_ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MARGIN_MM: Final = 15
_BARS_HIGH_MM: Final = 38
_HEAD: Final = FontFace(emphasis="BOLD", fill_color=(230, 239, 247))
_STRONG: Final = FontFace(emphasis="BOLD")
_BAR: Final = (15, 76, 129)
_PAPER: Final = (255, 255, 255)
_LABELS_MOST: Final = 12


_DOTS: Final = "." * 12
_SLANT_DEG: Final = 12
"""Slant that stands for italics, which the font package does not have."""
_SIGNATURE_MM: Final = 48
"""Height of the block at the end, which stays together."""


class _Document(FPDF):
    def __init__(self, subtitle: str) -> None:
        super().__init__(orientation="portrait", format="A4")
        self._subtitle = subtitle
        self.set_creation_date(_ALWAYS)
        self.set_margin(_MARGIN_MM)
        self.add_font(_FONT, fname=FONT_FOLDER / "DejaVuSans.ttf")
        self.add_font(_FONT, style="B", fname=FONT_FOLDER / "DejaVuSans-Bold.ttf")
        self.set_lang("vi")

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM)
        self.set_font(_FONT, size=7)
        self.cell(0, 5, f"{self._subtitle} · trang {self.page_no()}/{{nb}}", align="C")


def document(paper: Paper, letterhead: Letterhead = NO_LETTERHEAD) -> bytes:
    """Make the PDF; return its bytes. Raises FileNotFoundError: the font is not installed.

    Number, day and signature are left open: the agency's clerk gives them when the paper is issued.
    """
    pdf = _Document(paper.subtitle)
    pdf.set_title(paper.title)
    pdf.set_subject(paper.subtitle)
    pdf.add_page()
    _put_head(pdf, letterhead)
    pdf.set_font(_FONT, "B", 14)
    pdf.multi_cell(0, 7, paper.title, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(_FONT, size=10)
    pdf.multi_cell(0, 6, paper.subtitle, align="C", new_x="LMARGIN", new_y="NEXT")
    for table in paper.tables:
        _put(pdf, table)
    pdf.ln(4)
    pdf.set_font(_FONT, size=8)
    for note in paper.notes:
        pdf.multi_cell(0, 4.5, note, new_x="LMARGIN", new_y="NEXT")
    _put_signature(pdf, letterhead)
    return bytes(pdf.output())


def _put_head(pdf: FPDF, letterhead: Letterhead) -> None:
    """Print agency and motto side by side, below them number, and place and day."""
    left, top, narrow = pdf.l_margin, pdf.get_y(), pdf.epw * 0.4
    right, wide = left + narrow, pdf.epw - narrow
    _centred(pdf, (left, top, narrow), letterhead.superior.upper(), "", 9)
    _centred(pdf, (left, top + 5, narrow), letterhead.agency.upper() or _DOTS * 3, "B", 9)
    _centred(pdf, (right, top, wide), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "B", 9)
    under = _centred(pdf, (right, top + 5, wide), "Độc lập - Tự do - Hạnh phúc", "B", 10)
    for middle, length in ((left + narrow / 2, narrow / 3), (right + wide / 2, under)):
        pdf.line(middle - length / 2, top + 11, middle + length / 2, top + 11)
    _centred(pdf, (left, top + 14, narrow), f"Số: {_DOTS}/{letterhead.kind}", "", 9)
    with pdf.skew(ax=-_SLANT_DEG, ay=0, x=right + wide / 2, y=top + 16):
        place = letterhead.place or _DOTS
        _centred(pdf, (right, top + 14, wide), f"{place}, ngày ..... tháng ..... năm .......", "", 9)
    pdf.set_xy(left, top + 26)


def _put_signature(pdf: FPDF, letterhead: Letterhead) -> None:
    """Print recipients and the place for signature and seal, on one page."""
    pdf.ln(8)
    if pdf.will_page_break(_SIGNATURE_MM):
        pdf.add_page()
    left, top, half = pdf.l_margin, pdf.get_y(), pdf.epw / 2
    pdf.set_font(_FONT, "B", 8)
    with pdf.skew(ax=-_SLANT_DEG, ay=0, x=left, y=top + 4):
        pdf.text(left, top + 4, "Nơi nhận:")
    pdf.set_font(_FONT, size=8)
    for number, line in enumerate(("- Như trên;", "- Lưu: VT.")):
        pdf.text(left, top + 8.5 + number * 4.5, line)
    _centred(pdf, (left + half, top, half), letterhead.signer.upper() or _DOTS * 2, "B", 10)
    _centred(pdf, (left + half, top + 6, half), "(Ký, ghi rõ họ tên và đóng dấu)", "", 8)
    _centred(pdf, (left + half, top + 38, half), _DOTS * 2, "", 9)


def _centred(pdf: FPDF, box: tuple[float, float, float], text: str, style: Literal["", "B"], size: float) -> float:
    """Print a line in the middle of a box (left, top, width), smaller where it would not fit; return its length."""
    x, y, width = box
    pdf.set_font(_FONT, style, size)
    length = pdf.get_string_width(text)
    if length > width:
        pdf.set_font(_FONT, style, size * width / length)
        length = width
    pdf.text(x + (width - length) / 2, y + 4, text)
    return length


def written(value: Cell, unit: NumberFormat) -> str:
    """Format as in Vietnamese: 1.234,5."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    text = f"{value:,.1f}" if unit is NumberFormat.TENTHS and isinstance(value, float) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,"))


def _put(pdf: FPDF, table: Table) -> None:
    pdf.ln(4)
    # A heading stays with its chart, or with the first rows of its table.
    if pdf.will_page_break(_BARS_HIGH_MM + 30 if table.drawn is not None and table.rows else 30):
        pdf.add_page()
    pdf.set_font(_FONT, "B", 11)
    pdf.multi_cell(0, 7, table.title, new_x="LMARGIN", new_y="NEXT")
    if not table.rows:
        pdf.set_font(_FONT, size=8)
        pdf.multi_cell(0, 5, "Không có số liệu.", new_x="LMARGIN", new_y="NEXT")
        return
    if table.drawn is not None:
        _draw(pdf, [str(row[0]) for row in table.rows], [float(row[table.drawn] or 0) for row in table.rows])
    pdf.set_font(_FONT, size=7 if len(table.columns) > 5 else 8)  # noqa: PLR2004 columns that fit at eight points
    units = [column.unit for column in table.columns]
    with pdf.table(
        col_widths=[3 if unit is NumberFormat.TEXT else 1 for unit in units],
        text_align=["LEFT" if unit is NumberFormat.TEXT else "RIGHT" for unit in units],
        headings_style=_HEAD,
        line_height=pdf.font_size * 1.5,
        cell_fill_mode=TableCellFillMode.NONE,
        borders_layout="HORIZONTAL_LINES",
    ) as grid:
        grid.row([column.label for column in table.columns])
        for row in table.rows:
            grid.row([written(value, unit) for value, unit in zip(row, units, strict=True)])
        if table.total:
            totals = [written(value, unit) for value, unit in zip(table.total, units, strict=True)]
            grid.row(totals, style=_STRONG)


def _draw(pdf: FPDF, labels: Sequence[str], values: Sequence[float]) -> None:
    """Draw bars side by side, each as high as its value; the numbers are in the table below."""
    most = max(values)
    if most <= 0:
        return
    if pdf.will_page_break(_BARS_HIGH_MM + 14):
        pdf.add_page()
    left, top, width = pdf.l_margin, pdf.get_y() + 4, pdf.epw
    step, every = width / len(values), -(-len(labels) // _LABELS_MOST)
    pdf.set_font(_FONT, size=6)
    pdf.set_fill_color(*_BAR)
    pdf.text(left, top - 1, written(most, NumberFormat.TENTHS))
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        high = _BARS_HIGH_MM * value / most
        if high > 0:
            pdf.rect(left + number * step + step * 0.1, top + _BARS_HIGH_MM - high, step * 0.8, high, style="F")
        if number % every == 0:
            pdf.text(left + number * step, top + _BARS_HIGH_MM + 3, label[: round(step * every / 1.2)])
    pdf.set_fill_color(*_PAPER)  # else the cells of the next table are filled with it
    pdf.line(left, top + _BARS_HIGH_MM, left + width, top + _BARS_HIGH_MM)
    pdf.set_y(top + _BARS_HIGH_MM + 6)

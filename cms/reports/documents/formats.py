"""Report files by format. Their libraries take 40 MB that few processes need: loaded when the first file is written."""

from typing import Final

from cms.reports.documents.sheets import Letterhead, Paper

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def workbook(paper: Paper) -> bytes:
    """Make the workbook; see ``cms.reports.documents.workbook``."""
    from cms.reports.documents import workbook as written

    return written.workbook(paper)


def document(paper: Paper, letterhead: Letterhead) -> bytes:
    """Make the PDF; see ``cms.reports.documents.pdf``. Raises FileNotFoundError: the font is not installed."""
    from cms.reports.documents import pdf as written

    return written.document(paper, letterhead)

"""Report files by format. Their libraries take 40 MB that few processes need: loaded when the first file is written."""

from typing import Final

from cms.platform.letterhead import Letterhead
from cms.reports.documents.sheets import Paper

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
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


def word_document(paper: Paper, letterhead: Letterhead) -> bytes:
    """Make the document that a word processor opens; see ``cms.reports.documents.docx``."""
    from cms.reports.documents import docx as written

    return written.word_document(paper, letterhead)

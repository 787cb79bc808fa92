"""A report's files by form. What writes them is 40 MB that few processes need: loaded when the first one is written."""

from __future__ import annotations

from typing import Final

from cms.reports.sheets import Paper

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def workbook(paper: Paper) -> bytes:
    """See ``cms.reports.workbook``."""
    from cms.reports import workbook as written

    return written.workbook(paper)


def document(paper: Paper) -> bytes:
    """See ``cms.reports.document``. Raises FileNotFoundError: the font is not installed."""
    from cms.reports import document as written

    return written.document(paper)

"""Report files: the same figures as a workbook and as a PDF."""

"""Certificate of a training world, as an official paper in Vietnamese.

Loads the PDF library, which few processes need: nothing imports it but the first download.
"""

from collections.abc import Sequence
from typing import Final

from cms.platform.letterhead import Letterhead
from cms.platform.official_pdf import OfficialPdf

_NOTE: Final = "Kết quả được chấm tự động theo nhật ký của hệ thống thực hành."
_RECIPIENTS: Final = ("- Ông (bà) có tên trên;", "- Lưu: VT.")


def certificate(name: str, unit: str, passed: Sequence[tuple[str, str]], letterhead: Letterhead) -> bytes:
    """Make the PDF. ``passed``: exercises with their days. Raises FileNotFoundError: the font is not installed."""
    pdf = OfficialPdf(letterhead)
    pdf.set_title(f"Giấy chứng nhận: {name}")
    pdf.put_head("GCN")
    pdf.put_title("GIẤY CHỨNG NHẬN", ("Hoàn thành bài thực hành trên hệ thống thông tin nguồn",))
    pdf.put_text(f"Ông (bà): {name}")
    pdf.put_text(f"Đơn vị: {unit}")
    pdf.ln(2)
    pdf.put_text("Các bài thực hành đã đạt", 13, "B")
    for exercise, on in passed:
        pdf.put_text(f"- {exercise}: ngày {on}.", indent_mm=10)
    pdf.ln(2)
    pdf.put_text(_NOTE, 11, "I")
    pdf.put_signature(_RECIPIENTS)
    return bytes(pdf.output())

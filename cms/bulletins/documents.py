"""Approval as a paper to sign: what the approval document says in words, with the document itself attached.

The paper is in Vietnamese, as every official paper. Loads the PDF library, which few processes need: nothing imports it
but the first download.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fpdf.enums import SignatureFlag
from fpdf.output import AcroForm, OutputProducer, PDFCatalog
from fpdf.syntax import PDFArray

from broadcast.bulletins.approval_document import ApprovalDocument
from cms.bulletins.service.paper_seal import BLANK_ID, sealed
from cms.platform.letterhead import Letterhead
from cms.platform.official_pdf import FONT, OfficialPdf
from cms.reports.documents.sheets import CLASSES
from province.wall_clock import DEFAULT_ZONE

ATTACHED: Final = "phe-duyet.json"
"""Name of the attached approval document."""
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_LABEL_MM: Final = 45
_LINE_MM: Final = 6.2


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """Facts of an approval in words: where it airs and when, and its place in the running order of lines."""

    areas: Sequence[str]
    except_areas: Sequence[str]
    times: Sequence[str]


class _FormProducer(OutputProducer):
    """Producer of PDFs with an empty form, to which programs append, and no action on a page.

    So a signature changes nothing that is there, and its picture nothing but the page's list of such fields.
    """

    def _add_catalog(self) -> PDFCatalog:
        catalog = super()._add_catalog()
        catalog.acro_form = AcroForm(PDFArray(), SignatureFlag.SIGNATURES_EXIST + SignatureFlag.APPEND_ONLY)
        return catalog

    def _finalize_catalog(self, catalog_obj: PDFCatalog, *parts: Any, **more: Any) -> None:
        super()._finalize_catalog(catalog_obj, *parts, **more)
        catalog_obj.open_action = None


class _SealedPdf(OfficialPdf):
    """Paper whose file identifier is made last."""

    def file_id(self) -> str:
        return BLANK_ID


def approval_paper(document: ApprovalDocument, facts: ApprovalFacts, letterhead: Letterhead, seal_key: bytes) -> bytes:
    """Make the PDF and seal it, so that it is known again when it comes back signed.

    The same approval gives the same bytes. Raises FileNotFoundError: the font is not installed.
    """
    body: dict[str, Any] = json.loads(document.text)
    pdf = _SealedPdf(letterhead)
    pdf.set_title(f"Phê duyệt phát bản tin: {body['title']}")
    pdf.set_subject(document.sha256)
    pdf.put_head("PD")
    pdf.put_title("PHIẾU PHÊ DUYỆT", ("Phát bản tin trên hệ thống truyền thanh",))
    for label, text in _lines(body, facts):
        _fact(pdf, label, text)
    pdf.ln(2)
    pdf.put_text("Nội dung được phê duyệt", 13, "B")
    pdf.ln(1)
    if body.get("relay"):
        pdf.put_text(f"Tiếp âm: {body['relay']['name']}")
    for paragraph in str(body["text"] or "").splitlines() or ["(Bản ghi âm, không có lời viết.)"]:
        pdf.put_text(paragraph, indent_mm=10 if paragraph else 0)
    board = body["board"]
    if board is not None and board["text"].strip() != str(body["text"] or "").strip():
        pdf.ln(2)
        pdf.put_text("Chữ trên bảng tin điện tử", 13, "B")
        pdf.put_text(board["text"], indent_mm=10)
    pdf.ln(3)
    pdf.put_text(
        f"Đính kèm tệp {ATTACHED}: mọi chi tiết được phê duyệt, cả mã của từng tệp âm thanh. Mã SHA-256 của tệp: "
        f"{document.sha256}.",
        10,
        "I",
    )
    pdf.put_signature(("- Người soạn;", "- Lưu: VT."))
    pdf.embed_file(
        bytes=document.text.encode(),
        basename=ATTACHED,
        mime_type="application/json",
        modification_date=document.approved_at,
        desc="Văn bản phê duyệt",
        associated_file_relationship="Data",
        compress=True,
    )
    return sealed(bytes(pdf.output(output_producer_class=_FormProducer)), seal_key)


def _lines(body: dict[str, Any], facts: ApprovalFacts) -> Sequence[tuple[str, str]]:
    places = ", ".join(facts.areas) + (f" (trừ {', '.join(facts.except_areas)})" if facts.except_areas else "")
    spans = [
        f"{name} {_instant(body[key])}" for name, key in (("từ", "valid_from"), ("đến", "valid_until")) if body[key]
    ]
    rows = [
        ("Tiêu đề", str(body["title"])),
        ("Nơi phát", places),
        ("Giờ phát", "; ".join(facts.times) or "Phát ngay"),
        ("Hiệu lực", " ".join(spans)),
        ("Mức ưu tiên", CLASSES.get(body["priority"], "")),
        ("Người gửi duyệt", str(body["submitted_by"]["name"])),
        ("Người duyệt", f"{body['approved_by']['name']}, {_instant(body['approved_at'])}"),
        ("Phiên bản", str(body["version"])),
    ]
    return [(label, text) for label, text in rows if text]


def _fact(pdf: OfficialPdf, label: str, text: str) -> None:
    """Print a label and beside it its text, which may go over lines."""
    if pdf.will_page_break(_LINE_MM):
        pdf.add_page()
    pdf.set_font(FONT, size=13)
    pdf.cell(_LABEL_MM, _LINE_MM, f"{label}:")
    pdf.set_font(FONT, "B", 13)
    pdf.multi_cell(0, _LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _instant(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(_ZONE)
    return f"{at:%H:%M} ngày {at:%d/%m/%Y}"

"""Text of papers as they come, and hostile files that are refused within their bounds."""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from pathlib import Path

import pytest
from docx import Document
from fpdf import FPDF

from broadcast.bulletins.official_papers import OfficialPaper
from cms.bulletins import paper_text
from cms.bulletins.paper_text import PAGES_MOST, PaperExit, UnreadablePaperError, lines_of
from cms.bulletins.service import paper_import
from cms.bulletins.service.paper_import import import_paper
from province.errors import InvalidError
from tests.fakes.content import MemoryContent


def docx(*lines: str) -> bytes:
    """Return a Word file with a head in a table, as offices write it."""
    made, out = Document(), io.BytesIO()
    table = made.add_table(1, 2)
    table.rows[0].cells[0].text = "UBND PHƯỜNG MŨI NÉ\nSố: 45/TB-UBND"
    table.rows[0].cells[1].text = "Độc lập - Tự do - Hạnh phúc\nMũi Né, ngày 28 tháng 11 năm 2026"
    for line in lines:
        made.add_paragraph(line)
    made.save(out)
    return out.getvalue()


def pdf(*lines: str, pages: int = 1, password: str = "") -> bytes:
    made = FPDF()
    for _page in range(pages):
        made.add_page()
        made.set_font("Helvetica", size=12)
        for line in lines:
            made.cell(text=line, new_x="LMARGIN", new_y="NEXT")
    if password:
        made.set_encryption(owner_password="owner", user_password=password)
    return bytes(made.output())


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


NOTICE = docx("THÔNG BÁO", "Về việc cắt điện", "Cắt điện từ 7 giờ.")


def read(tmp_path: Path, data: bytes) -> list[str]:
    path = tmp_path / "file"
    path.write_bytes(data)
    return lines_of(path)


def test_a_word_file_is_read_in_its_order_tables_included(tmp_path: Path) -> None:
    lines = read(tmp_path, NOTICE)
    assert lines[:2] == ["UBND PHƯỜNG MŨI NÉ", "Số: 45/TB-UBND"]
    assert lines[-1] == "Cắt điện từ 7 giờ."


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    assert read(tmp_path, pdf("Thong bao", "Cat dien", pages=2)) == ["Thong bao", "Cat dien"] * 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"MZ\x90\x00 a program", PaperExit.FORMAT),
        (packed({"xl/workbook.xml": b"<x/>"}), PaperExit.FORMAT),
        (packed({"word/document.xml": b"\0" * (65 * 1024 * 1024)}), PaperExit.SIZE),
        (packed({"word/document.xml": b"", **{f"word/{n}": b"" for n in range(2001)}}), PaperExit.SIZE),
        (b"PK\x03\x04 cut off", PaperExit.BROKEN),
        (pdf(), PaperExit.SCANNED),
        (pdf("Thong bao", pages=PAGES_MOST + 1), PaperExit.PAGES),
        (pdf("Thong bao", password="secret"), PaperExit.LOCKED),
    ],
)
def test_what_has_no_text_for_us_says_why(tmp_path: Path, data: bytes, why: PaperExit) -> None:
    with pytest.raises(UnreadablePaperError) as refused:
        read(tmp_path, data)
    assert refused.value.why is why


def test_the_program_bounds_itself_and_prints_the_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bounds: list[int] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, _limit: bounds.append(which))
    path = tmp_path / "file"

    def run(data: bytes) -> int:
        path.write_bytes(data)
        monkeypatch.setattr(sys, "argv", ["paper_text", str(path)])
        return paper_text.main()

    assert run(NOTICE) == 0
    assert json.loads(capsys.readouterr().out)[-1] == "Cắt điện từ 7 giờ."
    assert set(bounds) == {resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE}
    assert run(b"text") == PaperExit.FORMAT
    assert run(packed({"word/document.xml": b"<no"})) == PaperExit.BROKEN


def test_a_paper_is_read_by_a_process_of_its_own_and_its_file_kept() -> None:
    content = MemoryContent()
    imported = import_paper(content, "/tmp/TB 45.docx", io.BytesIO(NOTICE))
    assert imported.found.title == "Thông báo cắt điện"
    assert imported.paper.sha256
    assert content.read_bytes(imported.paper.sha256) == NOTICE
    assert imported.paper == OfficialPaper(
        "45/TB-UBND", imported.found.issued_on, "UBND PHƯỜNG MŨI NÉ", "TB 45.docx", imported.paper.sha256
    )


def code_of(data: bytes) -> str:
    with pytest.raises(InvalidError) as refused:
        import_paper(MemoryContent(), "tin.pdf", io.BytesIO(data))
    (problem,) = refused.value.problems
    return problem.code


def test_a_refusal_keeps_nothing_and_names_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_of(b"not a paper") == "PAPER_FORMAT"
    monkeypatch.setattr(paper_import, "PAPER_MOST_BYTES", 10)
    assert code_of(NOTICE) == "PAPER_SIZE"
    monkeypatch.undo()
    monkeypatch.setattr(paper_import, "_WAIT_S", 0.0)
    assert code_of(NOTICE) == "PAPER_BROKEN"
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(paper_import, "_WAIT_S", 9.0)
    assert code_of(NOTICE) == "PAPER_SIZE"


def test_no_more_are_read_at_once_than_the_office_can_bear() -> None:
    readers = paper_import._READERS
    taken = [readers.acquire(blocking=False) for _ in range(2)]
    try:
        assert all(taken)
        assert code_of(NOTICE) == "PAPER_BUSY"
    finally:
        for _each in taken:
            readers.release()

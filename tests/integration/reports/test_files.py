"""Figures of a report: the same on the screen, in the workbook, in the document and in the API."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import update

from broadcast.alerts.orders import ReachState
from broadcast.reports.figures import OfferFigures
from broadcast.reports.model import Period, ReportState, Span
from broadcast.reports.spans import period_of
from cms.alerts.repository.orders import Orders
from cms.areas.tables import AreaRow
from cms.audit.queries import job_progress
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.fleet.repository.devices import Devices
from cms.platform import official_pdf
from cms.platform.errors import PROBLEMS
from cms.platform.letterhead import Letterhead
from cms.platform.store.jobs import JobState
from cms.platform.web import wording
from cms.reports.documents import pdf as document
from cms.reports.documents import sheets
from cms.reports.documents.docx import word_document
from cms.reports.documents.sheets import NumberFormat, Paper, paper
from cms.reports.documents.workbook import workbook
from cms.schedule.service import as_run
from devices.protocol.messages import AsRunRecord
from tests.builders import alerts, bulletins, inbox, reports
from tests.builders.reports import NOVEMBER
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, PROVINCE, START, Console
from tests.contract.api.conftest import Caller


@pytest.fixture
def month(console: Console) -> Console:
    """A month with two topics, a source that looks like a formula, and a missed airing."""
    of = reports.transmission(console)
    one, two, three = bulletins.devices(console)
    reports.record(
        console,
        reports.as_run(console, of, one, START, seconds=12),
        reports.as_run(console, of, two, START, seconds=7, result="cut"),
        reports.as_run(console, of, three, START, result="missed"),
        *(reports.as_run(console, of, one, START - timedelta(hours=n)) for n in range(1, 31)),
    )
    console.clock.pass_by(hours=1)
    return console


def read(console: Console, sha256: str) -> bytes:
    return console.context.content.read_bytes(sha256)


def workbook_cells(data: bytes, sheet: str) -> list[tuple[object, ...]]:
    return [row for row in load_workbook(BytesIO(data))[sheet].iter_rows(values_only=True) if any(row)]


def document_text(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


def test_screen_workbook_document_and_api_say_the_same(month: Console) -> None:
    made = reports.made(month, PROVINCE)
    assert made.state is ReportState.READY
    query = f"area={PROVINCE}&first_on=2026-11-01&last_on=2026-11-30"
    body = Caller(month)("GET", f"/reports/figures?{query}").get_json()
    whole = body["whole"]
    assert (whole["airtime_min"], whole["airings"], whole["clusters"], whole["played_pct"]) == (6.2, 31, 4, 93.9)

    cells = {row[0]: row[1] for row in workbook_cells(read(month, made.xlsx_sha256), "Tổng hợp")[2:]}
    assert cells["Thời lượng phát (phút)"] == whole["airtime_min"]
    assert cells["Lần phát"] == whole["airings"]
    assert cells["Cụm loa"] == whole["clusters"]
    assert cells["Phát trọn vẹn (%)"] == whole["played_pct"]
    assert cells["Giờ loa"] == whole["device_hours"]
    places = workbook_cells(read(month, made.xlsx_sha256), "Địa bàn")
    assert places[3][0] == body["areas"][0]["name"] == "Phan Thiết"
    assert places[3][6] == body["areas"][0]["figures"]["airtime_min"]
    assert places[-1][6] == whole["airtime_min"]

    text = document_text(read(month, made.pdf_sha256))
    for written in (
        "Thời lượng phát (phút) 6,2",
        "Lần phát 31",
        "Cụm loa 4",
        "Phát trọn vẹn (%) 93,9",
        "Y tế, sức khỏe 31",
    ):
        assert written in text
    assert "BÁO CÁO Hoạt động thông tin cơ sở" in text

    page = " ".join(re.sub(r"<[^>]+>", " ", month.client("editor").get(f"/reports?{query}").text).split())
    for shown in ("Thời lượng phát, phút 6,2", "Lần phát 31", "Cụm loa 4", "Phát trọn vẹn (%) 93,9"):
        assert shown in page


def test_nothing_of_the_document_is_printed_on_the_colour_of_its_bars(month: Console) -> None:
    reports.count(month)
    made = paper(reports.figures(month))
    drawn = [(table.drawn, row) for table in made.tables if table.drawn is not None for row in table.rows]
    bars = sum(float(row[column] or 0) > 0 for column, row in drawn)
    assert bars
    filled = fills(document.document(made))
    legends = sum(table.compared is not None and bool(table.rows) for table in made.tables)
    assert (filled[BAR], filled[BEFORE]) == (bars + legends, legends)  # nothing was aired the month before
    # The grey of headings and the white of paper; a table on navy could not be read.
    assert all(min(colour) > 0.8 for colour in filled if colour not in {BAR, BEFORE})


BAR = tuple(round(part / 255, 2) for part in (15, 76, 129))
BEFORE = tuple(round(part / 255, 2) for part in (168, 190, 210))


def fills(pdf: bytes) -> Counter[tuple[float, ...]]:
    """Count the filled rectangles, by colour."""
    found: Counter[tuple[float, ...]] = Counter()
    for page in PdfReader(BytesIO(pdf)).pages:
        colour: tuple[float, ...] = (0.0, 0.0, 0.0)
        kept: list[tuple[float, ...]] = []
        is_box = False
        contents = page.get_contents()
        for operands, operator in contents.operations if contents is not None else ():
            if operator == b"q":
                kept.append(colour)
            elif operator == b"Q":
                colour = kept.pop()
            elif operator in {b"rg", b"g"}:
                colour = tuple(round(float(each), 2) for each in operands) * (3 if operator == b"g" else 1)
            is_box = is_box or operator == b"re"
            if operator in {b"f", b"B", b"f*"} and is_box:
                found[colour] += 1
            is_box = is_box and operator == b"re"
    return found


def test_the_same_report_is_the_same_file_to_the_byte(month: Console) -> None:
    reports.count(month)
    made = paper(reports.figures(month))
    for make in (workbook, word_document, document.document):
        assert make(made) == make(made)


def test_every_letter_of_vietnamese_is_in_the_document() -> None:
    letters = "ĂÂĐÊÔƠƯ ăâđêôơư ắằẳẵặ ấầẩẫậ ếềểễệ ốồổỗộ ớờởỡợ ứừửữự ỳỷỹỵ ỊỎỤ"
    assert letters in document_text(document.document(Paper(letters, "Kỳ", (), ())))


def test_what_somebody_typed_as_a_source_is_text_and_no_formula(console: Console) -> None:
    of = reports.transmission(console)
    with console.context.uow() as unit:
        row = unit.session.get(TransmissionRow, of.id)
        assert row is not None
        row.origin = '=HYPERLINK("http://xau.example")'
        unit.commit()
    (one, *_others) = bulletins.devices(console)
    reports.record(console, reports.as_run(console, of, one, START))
    made = reports.made(console)
    book = load_workbook(BytesIO(read(console, made.xlsx_sha256)))
    assert book["Nguồn tin"]["A5"].data_type == "s"
    assert book["Nguồn tin"]["A5"].value == '=HYPERLINK("http://xau.example")'


def test_alerts_and_drills_are_told_apart_and_are_no_airtime(console: Console) -> None:
    alerts.staff(console)
    officer = console.client("officer")
    alerts.active(console, officer)
    alerts.active(console, officer, kind="drill")
    alerts.active(console, officer, kind="drill")
    console.clock.pass_by(minutes=1)
    reports.count(console)
    found = reports.figures(console, PROVINCE)
    assert (found.alerts.sent, found.drills.sent) == (1, 2)
    assert found.alerts.meant == 3
    assert found.whole.airtime_ms == 0
    rows = {row[0]: row[1] for row in paper(found).tables[0].rows}
    assert (rows["Cảnh báo"], rows["Diễn tập"]) == (1, 2)


def test_what_was_sounded_of_an_alert_to_the_end_is_counted_after_it_has_ended(console: Console) -> None:
    alerts.staff(console)
    officer = console.client("officer")
    sent = alerts.active(console, officer)
    assert sent.order_id is not None
    at_ms = round(START.timestamp() * 1000)
    details = {
        "planned_at": at_ms,
        "started_at": at_ms,
        "ended_at": at_ms + 1,
        "sha256": "0" * 64,
        "item": sent.order_id,
    }
    results = [(0, 1, "cut"), (0, 1, "done"), (0, 2, "done"), (1, 1, "done"), (1, 2, "cut")]
    for turn, (number, in_round, result) in enumerate(results):
        record = msgspec.convert({"rid": f"r{turn}", "result": result, "round": in_round, **details}, AsRunRecord)
        with console.context.uow() as unit:
            box = unit[Devices].in_area(COMMUNE)[number]
            as_run.record_alerts(unit, [(box, unit[Orders].get(sent.order_id), record)], {}, console.clock())
            unit.commit()
    alerts.report(console, sent, 0, ReachState.DONE)
    alerts.report(console, sent, 1, ReachState.DONE)
    alerts.report(console, sent, 0, ReachState.CANCELLED, closed_at=console.clock())
    console.clock.pass_by(minutes=1)
    reports.count(console)
    found = reports.figures(console, PROVINCE)
    assert (found.alerts.meant, found.alerts.finished, found.alerts.rounds) == (3, 2, 3)
    assert found.whole.airtime_ms == 0
    rows = {row[0]: row[1] for row in paper(found).tables[0].rows}
    assert (rows["Cảnh báo: loa phát xong (%)"], rows["Cảnh báo: lượt loa phát xong, mọi đợt"]) == (66.7, 3)


def test_what_came_from_above_is_counted_by_what_became_of_it(console: Console) -> None:
    taken, declined = inbox.hand_down(console), inbox.hand_down(console, title="Tin khác")
    inbox.hand_down(console, title="Tin chưa ai trả lời")
    operator = Caller(console, "operator")
    times = {"schedules": [{"starts": "2026-11-25T17:00"}]}
    assert operator("POST", f"/inbox/{taken.id}/accept", times).status_code == 201
    assert operator("POST", f"/inbox/{declined.id}/decline", {"reason": "Đã phát tin này"}).status_code == 200
    found = reports.figures(console)
    assert (found.above, found.above_before) == (OfferFigures(3, 1, 1), OfferFigures(0, 0, 0))
    rows = {row[0]: row[1:] for row in paper(found).tables[0].rows}
    assert rows["Tin từ cấp trên đã nhận phát"] == (1, 0)


def test_a_long_report_goes_over_pages_and_a_quarter_names_its_months(month: Console) -> None:
    reports.count(month)
    quarter = reports.figures(month, PROVINCE, period_of(Period.QUARTER, NOVEMBER.first_on))
    made = paper(quarter)
    assert "Quý IV/2026" in made.subtitle
    assert [row[0] for row in made.printed[-1].rows] == ["10/2026", "11/2026", "12/2026"]
    for period, said in ((Period.HALF_YEAR, "6 tháng cuối năm 2026"), (Period.YEAR, "Năm 2026")):
        assert said in paper(reports.figures(month, PROVINCE, period_of(period, NOVEMBER.first_on))).subtitle
    almost = Span(NOVEMBER.first_on, NOVEMBER.last_on - timedelta(days=1))
    ragged = paper(reports.figures(month, PROVINCE, almost))
    assert "01/11/2026 – 29/11/2026" in ragged.subtitle
    assert len(PdfReader(BytesIO(document.document(made))).pages) >= 2


def test_numbers_are_written_as_vietnamese_writes_them() -> None:
    assert sheets.written(1234567.25, NumberFormat.TENTHS) == "1.234.567,2"
    assert sheets.written(1234, NumberFormat.COUNT) == "1.234"
    assert sheets.written(None, NumberFormat.COUNT) == "–"
    assert sheets.written("a.b,c", NumberFormat.TEXT) == "a.b,c"


def test_files_call_topics_and_classes_what_the_screens_call_them(console: Console) -> None:
    with console.app.test_request_context():
        assert {key: str(word) for key, word in wording.TOPIC.items()} == sheets.TOPICS
        assert {key: str(word) for key, word in wording.PRIORITY.items()} == sheets.CLASSES


def test_a_server_without_the_font_says_so(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official_pdf, "FONT_FOLDER", tmp_path)
    made = reports.made(console)
    assert (made.state, made.error) == (ReportState.FAILED, "FONT_MISSING")
    page = console.client("editor").get("/reports").text
    assert "Máy chủ thiếu phông chữ" in page


def test_how_far_it_is_can_be_seen_while_it_is_made(console: Console) -> None:
    asked = reports.ordered(console)
    page = console.client("editor").get("/reports/files").text
    assert 'hx-trigger="every 2s"' in page
    assert "Đang chờ đến lượt" in page
    reports.runner(console).run(asked.job_id)
    with console.context.uow() as unit:
        job = job_progress(unit.session, asked.job_id)
    assert job is not None
    assert (job.state, job.progress_pct) == (JobState.DONE, 100)
    page = console.client("editor").get("/reports/files").text
    assert "hx-trigger" not in page
    for form in ("xlsx", "docx", "pdf"):
        assert f"/reports/files/{asked.id}/{form}" in page


def test_a_file_is_taken_away_under_a_name_that_says_what_it_is(month: Console) -> None:
    made = reports.made(month)
    with month.client("editor").get(f"/reports/files/{made.id}/xlsx") as answer:
        assert "bao-cao-mui-ne-2026-11-01-2026-11-30.xlsx" in answer.headers["Content-Disposition"]
        assert answer.data[:2] == b"PK"
    stranger = month.client("far-operator")
    assert stranger.get(f"/reports/files/{made.id}/xlsx").status_code == 404
    assert month.client("editor").get(f"/reports/files/{made.id}/doc").status_code == 404
    assert month.client("editor").get("/reports/files/nothing/pdf").status_code == PROBLEMS["NOT_FOUND"].status
    assert made.area_id == COMMUNE != FAR_COMMUNE


def placed(data: bytes) -> list[tuple[int, float, float, str]]:
    """Return page, x, y from the top and text of each line of the document."""
    found: list[tuple[int, float, float, str]] = []

    def note(number: int, height: float, text: str, cm: list[float], tm: list[float], *_rest: object) -> None:
        if text.strip():
            found.append((number, tm[4] + cm[4], height - tm[5] - cm[5], text.strip()))

    for number, page in enumerate(PdfReader(BytesIO(data)).pages):
        height = float(page.mediabox.height)
        page.extract_text(visitor_text=partial(note, number, height))
    return found


def test_a_report_has_the_head_and_the_signature_of_an_official_paper(month: Console) -> None:
    """Decree 30/2020, annex I: agency left, motto right, number and day below them, title, and the signature last."""
    reports.count(month)
    letterhead = Letterhead(
        "Ủy ban nhân dân tỉnh Bình Thuận", "Sở Văn hóa, Thể thao và Du lịch", "Bình Thuận", "Giám đốc"
    )
    data = document.document(paper(reports.figures(month)), letterhead)
    lines = placed(data)
    at = {text: (page, x, y) for page, x, y, text in lines}

    def of(start: str) -> tuple[int, float, float]:
        return next(where for text, where in at.items() if text.startswith(start))

    superior, agency = of("ỦY BAN NHÂN DÂN TỈNH BÌNH THUẬN"), of("SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH")
    country, motto = of("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), of("Độc lập - Tự do - Hạnh phúc")
    number, day, title = of("Số:"), of("Bình Thuận, ngày"), of("Hoạt động thông tin cơ sở")
    assert superior[1] < country[1]
    assert superior[2] == pytest.approx(country[2], abs=1)
    assert agency[2] == pytest.approx(motto[2], abs=1)
    assert motto[2] < number[2] == pytest.approx(day[2], abs=1)
    assert number[1] < day[1]
    assert day[2] < title[2]
    recipients, signer = of("Nơi nhận:"), of("GIÁM ĐỐC")
    assert recipients[0] == signer[0] == max(page for page, *_rest in lines)
    assert recipients[1] < signer[1]
    below = {text for page, _x, y, text in lines if page == signer[0] and y > signer[2] + 1}
    assert all("Giờ loa" not in text for text in below), "nothing of the report stands below the signature"


def test_no_heading_stands_alone_at_the_foot_of_a_page(month: Console) -> None:
    reports.count(month)
    written = paper(reports.figures(month))
    titles = {table.title for table in written.tables}
    by_page: dict[int, list[tuple[float, str]]] = {}
    for page, _x, y, text in placed(document.document(written)):
        by_page.setdefault(page, []).append((y, text))
    for lines in by_page.values():
        body = [text for _y, text in sorted(lines) if "· trang" not in text]
        assert body[-1] not in titles


def test_the_statistical_form_numbers_the_places_with_their_codes(month: Console) -> None:
    with month.context.engine.begin() as connection:
        connection.execute(update(AreaRow).where(AreaRow.id == DISTRICT).values(codes={"gso": "593"}))
    made = reports.made(month, PROVINCE)
    rows = workbook_cells(read(month, made.xlsx_sha256), "Biểu thống kê")
    assert rows[2][:4] == ("Stt", "Địa bàn", "Mã địa bàn", "Số đài truyền thanh")
    assert rows[3][:3] == (1, "Phan Thiết", "593")
    assert rows[-1][1] == "TỔNG CỘNG"
    assert rows[-1][6] == 31
    assert "Biểu thống kê" not in document_text(read(month, made.pdf_sha256))


def test_topics_are_compared_with_the_span_before(console: Console) -> None:
    of = reports.transmission(console)
    (one, *_rest) = bulletins.devices(console)
    reports.record(
        console,
        reports.as_run(console, of, one, START, seconds=12),
        reports.as_run(console, of, one, START - timedelta(days=31), seconds=12),
    )
    console.clock.pass_by(hours=1)
    reports.count(console)
    [table] = [each for each in paper(reports.figures(console)).tables if each.name == "Lĩnh vực"]
    assert [(row[0], row[2], row[-1]) for row in table.rows] == [("Y tế, sức khỏe", 0.2, 0.2)]
    [gone] = [each for each in paper(reports.figures(console, span=NEXT)).tables if each.name == "Lĩnh vực"]
    assert [(row[0], row[2], row[-1]) for row in gone.rows] == [("Y tế, sức khỏe", 0.0, 0.2)]


NEXT = Span(date(2026, 12, 1), date(2026, 12, 31))

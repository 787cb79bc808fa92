"""Report as tables of plain values, the source of workbook and PDF: both have the same cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from broadcast.bulletins.genres import GENRES
from broadcast.bulletins.priority import PriorityClass
from broadcast.feedback.model import FeedbackKind
from broadcast.reports.feedback import FeedbackFigures, FeedbackLine
from broadcast.reports.figures import AlertFigures, FigureLine, Figures, Report
from broadcast.reports.model import Period, Span
from broadcast.reports.spans import kind_of
from province.wall_clock import DEFAULT_ZONE

TOPICS: Final[dict[str, str]] = {
    "notice": "Thông báo của chính quyền",
    "policy": "Chính sách, pháp luật",
    "economy": "Kinh tế, nông nghiệp",
    "health": "Y tế, sức khỏe",
    "education": "Giáo dục",
    "culture": "Văn hóa, thể thao",
    "security": "An ninh, trật tự",
    "environment": "Môi trường",
    "disaster": "Phòng chống thiên tai",
    "other": "Việc khác",
}
CLASSES: Final[dict[str, str]] = {PriorityClass.NORMAL: "Thông thường", PriorityClass.PRIORITY: "Ưu tiên"}
KINDS: Final[dict[str, str]] = {
    FeedbackKind.NOISE: "Loa ồn",
    FeedbackKind.NOT_HEARD: "Không nghe được",
    FeedbackKind.CONTENT: "Nội dung tin",
    FeedbackKind.PRAISE: "Khen",
    FeedbackKind.OTHER: "Việc khác",
}
NO_SOURCE: Final = "Không ghi nguồn"
NO_TOPIC: Final = "Không ghi lĩnh vực"
NO_GENRE: Final = "Không ghi thể loại"
ITSELF: Final = "%s (trực thuộc)"
Cell: TypeAlias = str | int | float | None
"""None: unknown."""
_ZONE = ZoneInfo(DEFAULT_ZONE)
_MONTHS_A_QUARTER, _MINUTES_AN_HOUR = 3, 60


class NumberFormat(Enum):
    """Number format of a column."""

    TEXT = "text"
    COUNT = "count"
    TENTHS = "tenths"


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    unit: NumberFormat = NumberFormat.COUNT


class ChartKind(Enum):
    """Chart of a table: a bar for each row with its name, or columns along time."""

    BARS = "bars"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Table:
    """Table. ``name`` is short, for a workbook's tab.

    ``is_data``: for statistics and programs, in the workbook alone.
    ``drawn`` is the column that a chart shows, ``compared`` the one beside it; None: no chart, nothing to compare.
    ``legend`` names both.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    drawn: int | None = None
    compared: int | None = None
    is_data: bool = False
    chart: ChartKind = ChartKind.BARS
    legend: tuple[str, str] = ("Kỳ này", "Kỳ trước")


@dataclass(frozen=True, slots=True)
class Paper:
    """Paper form of a report. ``notes`` explain the figures; ``kind`` is the kind of official paper."""

    title: str
    subtitle: str
    tables: Sequence[Table]
    notes: Sequence[str] = field(default=())
    kind: str = "BÁO CÁO"

    @property
    def printed(self) -> Sequence[Table]:
        """Tables of the papers; those for programs are in the workbook alone."""
        return [table for table in self.tables if not table.is_data]

    @property
    def heading(self) -> str:
        return f"{self.kind} {self.title}".upper()


RECIPIENTS: Final = ("- Như trên;", "- Lưu: VT.")


def written(value: Cell, unit: NumberFormat) -> str:
    """Format as in Vietnamese: 1.234,5."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    text = f"{value:,.1f}" if unit is NumberFormat.TENTHS and isinstance(value, float) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,"))


def span_words(span: Span) -> str:
    """Format a span: “Tháng 11/2026”, “Quý IV/2026”, “6 tháng đầu năm 2026”, “Năm 2026”, or both dates."""
    match kind_of(span):
        case Period.MONTH:
            return f"Tháng {span.first_on:%m/%Y}"
        case Period.QUARTER:
            quarter = ("I", "II", "III", "IV")[(span.first_on.month - 1) // _MONTHS_A_QUARTER]
            return f"Quý {quarter}/{span.first_on.year}"
        case Period.HALF_YEAR:
            return f"6 tháng {'đầu' if span.first_on.month == 1 else 'cuối'} năm {span.first_on.year}"
        case Period.YEAR:
            return f"Năm {span.first_on.year}"
        case _:
            return f"{_day(span.first_on)} – {_day(span.last_on)}"


def paper(report: Report) -> Paper:
    """Build the whole report."""
    place = report.area_name
    return Paper(
        title="Hoạt động thông tin cơ sở",
        subtitle=f"{place} · {span_words(report.span)} ({_day(report.span.first_on)} – {_day(report.span.last_on)})",
        tables=(
            _overview(report),
            _places(report),
            _topics(report),
            _aired("Thể loại", "Thời lượng theo thể loại", report.genres, GENRES, NO_GENRE),
            _aired("Nguồn tin", "Thời lượng theo nguồn tin", report.sources, {}, NO_SOURCE),
            _aired("Mức ưu tiên", "Thời lượng theo mức ưu tiên", report.classes, CLASSES, ""),
            _feedback("Phản ánh", "Phản ánh của người dân theo loại", "Loại", report.feedback_kinds, report.feedback),
            _feedback(
                *("Phản ánh theo nơi", "Phản ánh của người dân theo địa bàn", "Địa bàn"),
                *(report.feedback_areas, report.feedback),
            ),
            _course(report),
            _statistics(report),
        ),
        notes=(
            f"Số liệu tính đến {_instant(report.counted_at)}." if report.counted_at else "Chưa có số liệu được tính.",
            "Thời lượng phát: mỗi lần phát tính một lần cho mỗi địa bàn, theo loa phát lâu nhất ở đó.",
            "Giờ loa: cộng thời gian phát của từng loa. Sẵn sàng: phần thời gian loa có kết nối.",
            "Phản ánh tính vào ngày người dân nói, trả lời tính vào ngày trả lời lần đầu.",
            "Số phút và tỷ lệ làm tròn đến một chữ số thập phân. Cảnh báo và diễn tập không tính vào thời lượng phát.",
        ),
    )


def _overview(report: Report) -> Table:
    now, then = report.whole, report.before
    rows: list[tuple[Cell, ...]] = [
        ("Đài truyền thanh", now.stations, then.stations),
        ("Cụm loa", now.clusters, then.clusters),
        ("Bảng tin điện tử", now.boards, then.boards),
        ("Sẵn sàng (%)", now.online_pct, then.online_pct),
        ("Lần phát", now.airings, then.airings),
        ("Thời lượng phát (phút)", now.airtime_min, then.airtime_min),
        ("Giờ loa", now.device_hours, then.device_hours),
        ("Phát trọn vẹn (%)", now.played_pct, then.played_pct),
    ]
    rows += _alert_rows("Cảnh báo", report.alerts, report.alerts_before)
    rows += _alert_rows("Diễn tập", report.drills, report.drills_before)
    now_above, then_above = report.above, report.above_before
    rows += [
        ("Tin từ cấp trên gửi xuống", now_above.offered, then_above.offered),
        ("Tin từ cấp trên đã nhận phát", now_above.taken, then_above.taken),
        ("Tin từ cấp trên đã từ chối", now_above.declined, then_above.declined),
    ]
    now_told, then_told = report.feedback, report.feedback_before
    rows += [
        ("Phản ánh tiếp nhận", now_told.received, then_told.received),
        ("Phản ánh đã trả lời", now_told.answered, then_told.answered),
        ("Phản ánh: số ngày trả lời (trung vị)", now_told.median_days, then_told.median_days),
        ("Phản ánh chờ trả lời cuối kỳ", now_told.waiting, then_told.waiting),
    ]
    columns = (
        Column("Chỉ tiêu", NumberFormat.TEXT),
        Column("Kỳ này", NumberFormat.TENTHS),
        Column(f"Kỳ trước ({span_words(report.before_span)})", NumberFormat.TENTHS),
    )
    return Table("Tổng hợp", "Tổng hợp", columns, rows)


def _alert_rows(name: str, now: AlertFigures, then: AlertFigures) -> list[tuple[Cell, ...]]:
    return [
        (name, now.sent, then.sent),
        (f"{name}: loa trả lời (%)", now.answered_pct, then.answered_pct),
        (f"{name}: loa phát xong (%)", now.finished_pct, then.finished_pct),
        (f"{name}: lượt loa phát xong, mọi đợt", now.rounds, then.rounds),
    ]


def _places(report: Report) -> Table:
    columns = (
        *(Column("Địa bàn", NumberFormat.TEXT), Column("Đài"), Column("Cụm loa"), Column("Bảng tin")),
        *(
            Column("Sẵn sàng (%)", NumberFormat.TENTHS),
            Column("Lần phát"),
            Column("Thời lượng (phút)", NumberFormat.TENTHS),
        ),
        *(Column("Giờ loa", NumberFormat.TENTHS), Column("Phát trọn vẹn (%)", NumberFormat.TENTHS)),
    )
    rows = [_place(_name(line, report), line.figures) for line in report.areas]
    return Table("Địa bàn", "Theo địa bàn", columns, rows, _place("Cộng", report.whole))


def _place(name: str, figures: Figures) -> tuple[Cell, ...]:
    return (
        *(name, figures.stations, figures.clusters, figures.boards, figures.online_pct),
        *(figures.airings, figures.airtime_min, figures.device_hours, figures.played_pct),
    )


def _name(line: FigureLine, report: Report) -> str:
    return ITSELF % line.name if line.key == report.area_id and len(report.areas) > 1 else line.name


def _aired(name: str, title: str, lines: Sequence[FigureLine], known: Mapping[str, str], empty: str) -> Table:
    columns = (
        Column(name, NumberFormat.TEXT),
        *(Column("Lần phát"), Column("Thời lượng (phút)", NumberFormat.TENTHS), Column("Giờ loa", NumberFormat.TENTHS)),
    )
    rows = [
        (
            known.get(line.key, line.key) or empty,
            line.figures.airings,
            line.figures.airtime_min,
            line.figures.device_hours,
        )
        for line in lines
    ]
    return Table(name, title, columns, rows, drawn=2 if rows else None)


def _topics(report: Report) -> Table:
    """Build the table of topics, with the minutes of the span before: topics that were aired then alone come last."""
    before = {line.key: line.figures.airtime_min for line in report.topics_before}
    known = {line.key for line in report.topics}
    gone = [FigureLine(line.key, line.name, Figures()) for line in report.topics_before if line.key not in known]
    lines = [*report.topics, *gone]
    made = _aired("Lĩnh vực", "Thời lượng theo lĩnh vực", lines, TOPICS, NO_TOPIC)
    rows = [(*row, before.get(line.key, 0.0)) for row, line in zip(made.rows, lines, strict=True)]
    columns = (*made.columns, Column("Kỳ trước (phút)", NumberFormat.TENTHS))
    return replace(made, columns=columns, rows=rows, compared=len(made.columns))


def _feedback(name: str, title: str, first: str, lines: Sequence[FeedbackLine], total: FeedbackFigures) -> Table:
    columns = (
        *(Column(first, NumberFormat.TEXT), Column("Tiếp nhận"), Column("Đã trả lời"), Column("Chờ cuối kỳ")),
        Column("Số ngày trả lời (trung vị)", NumberFormat.TENTHS),
    )
    rows = [_told(KINDS.get(line.key, line.name), line.figures) for line in lines]
    return Table(name, title, columns, rows, _told("Cộng", total) if rows else ())


def _told(name: str, figures: FeedbackFigures) -> tuple[Cell, ...]:
    return (name, figures.received, figures.answered, figures.waiting, figures.median_days)


def _course(report: Report) -> Table:
    is_daily = all(bar.span.days == 1 for bar in report.bars)
    columns = (
        Column("Ngày" if is_daily else "Tháng", NumberFormat.TEXT),
        Column("Thời lượng (phút)", NumberFormat.TENTHS),
    )
    rows = [
        (_day(bar.span.first_on) if is_daily else f"{bar.span.first_on:%m/%Y}", bar.airtime_min) for bar in report.bars
    ]
    return Table("Diễn biến", "Thời lượng phát theo thời gian", columns, rows, drawn=1, chart=ChartKind.COLUMNS)


def _statistics(report: Report) -> Table:
    """Build the form of Circular 10/2018/TT-BTTTT: a numbered line a place with its statistical code, and the sum."""
    columns = (
        *(Column("Stt"), Column("Địa bàn", NumberFormat.TEXT), Column("Mã địa bàn", NumberFormat.TEXT)),
        *(Column("Số đài truyền thanh"), Column("Số cụm loa"), Column("Số bảng tin")),
        *(Column("Số lần phát"), Column("Số giờ phát", NumberFormat.TENTHS), Column("Số giờ loa", NumberFormat.TENTHS)),
    )
    rows = [
        (number, _name(line, report), report.codes.get(line.key, ""), *_counts(line.figures))
        for number, line in enumerate(report.areas, start=1)
    ]
    total: tuple[Cell, ...] = ("", "TỔNG CỘNG", report.codes.get(report.area_id, ""), *_counts(report.whole))
    return Table("Biểu thống kê", "Số lượng đài, loa và giờ phát theo địa bàn", columns, rows, total, is_data=True)


def _counts(figures: Figures) -> tuple[Cell, ...]:
    hours = round(figures.airtime_min / _MINUTES_AN_HOUR, 1)
    return (figures.stations, figures.clusters, figures.boards, figures.airings, hours, figures.device_hours)


def _day(on: date) -> str:
    return f"{on:%d/%m/%Y}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%H:%M %d/%m/%Y}"

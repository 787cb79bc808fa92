"""Dates, months, quarters and years: 02-12-2026, ngày 2/12, từ 15-17/11, tháng 12/2026, quý III/2026."""

import re

from broadcast.speech.normalization.alphabet import DASH, END, LOWER, START, UPPER
from broadcast.speech.normalization.numbers import cardinal, month_name, roman
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"[12]\d{3}"
_LATEST = 40
_DAY_MONTH = "{d:cardinal} tháng {m:month}"
_ENDS = r"(?=\s*[.,;:)!?\n](?!\d)|\s*$)"
"""End of a clause: the number before counts nothing."""
_SEP = r"[/.-]"
_DAY_WORDS = (
    r"ngày|sáng|trưa|chiều|tối|đêm|hôm|mùng|mồng|lễ|khánh|rạng sáng|hôm qua|hôm nay|ngày mai|dịp|tết|"
    r"thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu|thứ bảy|chủ nhật|hạn|cn"
)
_ISSUED = r"đợt|lần|phiên|kỳ họp|bản tin|số báo|khóa|tập san|học kỳ|học kì"
_DATE_WORDS = rf"{_DAY_WORDS}|từ|đến|hết|tới|trước|sau|kể từ|vào|niệm|mừng"
GOES_ON = (
    r"tại|ở|và|đến|tới|lúc|vào|năm|hằng|hàng|nhằm|để|theo|thì|sẽ|đã|được|cho|trong|vừa|này|sắp|trở|từ|nhân|"
    r"mừng|kỷ|kỉ|chào|có|trời|không|là|với|do|cùng|qua|về|hết|trước|sau|chưa|nên|bị|phải|mới|cũng|đều|rồi|mưa|"
    r"nắng|bão|gió|toàn|các|hoặc|hay|đang|còn|mà|nay|tiếp|âm|dương|sáng|trưa|chiều|tối|đêm|chủ|triều|thủy|bắt|"
    r"diễn|tổ chức|khai|bế|khởi|kết|dự kiến|chính|tất|nghỉ|họp|phát|đi|mời|ra|mở|tiêm|thu|tuyên|kiểm|cúp|cắt|"
    r"ngừng|ngưng|tạm|nộp|xả|tập|thi|lấy|trao|làm|gặp|treo|cấp|mất|đón|lên|xuống|rời|khám|phun|dọn|vệ sinh|"
    r"tưởng|viếng|thăm|nhập|xuất|gieo|bà con|mọi|nhân dân|chúng|trên|dưới|lễ|tết|xin|lịch"
)
"""Words in lower case that go on after a date; anything else is counted: 9/12 mũi, 4/7 căn nhà."""
_DOSES = r"lần|gói|viên|liều|muỗng|thìa|ống|cữ|bữa|buổi|giờ|tiếng|lít|ly|cốc|ca|người|chuyến|tiết|quả|con|kg|ml|m|km"
"""Doses a day: ngày 2-3 gói."""
_HOLIDAYS = frozenset({(1, 1), (1, 5), (1, 6), (2, 9), (5, 9)})
_GAINED = r"hoàn thành|đủ|xong|đạt|được|xếp|hạng|điểm|tỷ số|tỉ số|chấm|thứ"


def day_month(day: str, month: str, year: str | None = None) -> str:
    said = f"{cardinal(int(day))} tháng {month_name(month)}"
    return f"{said} năm {cardinal(int(year))}" if year else said


def _led(match: re.Match[str], said: str) -> str:
    """A full date says its own ngày, unless the word before names the day already."""
    has_day = re.search(rf"(?:{_DAY_WORDS}),?\s*\(?$", before(match), re.IGNORECASE)
    return said if has_day else f"ngày {said}"


def _full(match: re.Match[str]) -> str:
    return _led(match, day_month(match["d"], match["m"], match["y"]))


def _full_range(match: re.Match[str]) -> str:
    first = day_month(match["d1"], match["m1"], match["y1"]) if match["m1"] else cardinal(int(match["d1"]))
    last = day_month(match["d2"], match["m2"], match["y2"])
    ahead = before(match)
    is_named = bool(re.search(r"ngày\s*$", ahead, re.IGNORECASE))
    return f"{first} đến ngày {last}" if is_named else f"{first} đến {last}"


def _after_hour(match: re.Match[str]) -> str:
    """19h/25, 7h00/26/11: the day after the hour."""
    return f" ngày {day_month(match['d'], match['m'], match['y']) if match['m'] else cardinal(int(match['d']))}"


def _unless_counted(match: re.Match[str]) -> str | None:
    """Đạt 9/10 is no day, nor are 4/7 căn nhà; but 20/11 can count nothing."""
    is_gained = re.search(rf"(?<!\w)(?:{_GAINED})\s$", before(match), re.IGNORECASE)
    day, month = int(match["d"]), int(match["m"])
    is_counted = match["of"] is not None and (
        (day <= month and (day, month) not in _HOLIDAYS)
        or re.search(r"(?<!\w)(?:gần|hơn|khoảng|chiếm)\s$", before(match), re.IGNORECASE) is not None
    )
    return None if is_gained or is_counted else day_month(match["d"], match["m"])


def _no_share(match: re.Match[str]) -> str | None:
    """20/11 is no part of anything, nor are 01/12 and từ 1/7; and 1/5 is a holiday."""
    day, month = int(match["d"]), int(match["m"])
    is_led = match["d"].startswith("0") or match["m"].startswith("0")
    is_after = re.search(rf"(?<!\w)(?:{_DATE_WORDS}|kết|nay|và|,)\s\(?$", before(match), re.IGNORECASE)
    is_sure = day >= month or (day, month) in _HOLIDAYS or is_led or is_after
    return _unless_counted(match) if is_sure else None


def _days(match: re.Match[str]) -> str:
    """Ngày 5,6,7/12."""
    *first, last = re.findall(r"\d+", match["days"])
    return ", ".join((*(cardinal(int(day)) for day in first), day_month(last, match["m"], match["y"])))


def _century(year: str) -> str:
    """Of two figures: births lie behind, plans not far ahead."""
    return f"20{year}" if int(year) <= _LATEST else f"19{year}"


def _months(match: re.Match[str]) -> str:
    second = f" đến tháng {month_name(match['m2'])}" if match["m2"] else ""
    year = f" năm {cardinal(int(match['y']))}" if match["y"] else ""
    return f"{month_name(match['m'])}{second}{year}"


def _month_year(match: re.Match[str]) -> str | None:
    """But a plan of scale 1/2000 is none."""
    if re.search(
        r"(?:tỷ lệ|tỉ lệ|bản đồ|quy hoạch|QH[A-Z]{0,3}|đồ án)\s(?:[^\W\d_]+\s){0,3}$", before(match), re.IGNORECASE
    ):
        return None
    said = f"{month_name(match['m'])} năm {cardinal(int(match['y']))}"
    return said if re.search(r"tháng\s*$", before(match), re.IGNORECASE) else f"tháng {said}"


def _issue(match: re.Match[str]) -> str | None:
    """Đợt 2/2026, đợt II/2026: the second of that year."""
    number = int(match["n"]) if match["n"].isdecimal() else roman(match["n"])
    return f"{cardinal(number)} năm {cardinal(int(match['y']))}" if number else None


def _quarter(match: re.Match[str]) -> str | None:
    number = roman(match["q"]) or (int(match["q"]) if match["q"].isdecimal() else 0)
    return f"{cardinal(number)} năm {cardinal(int(match['y']))}" if number else None


def _quarters(match: re.Match[str]) -> str | None:
    first, last = roman(match["a"]), roman(match["b"])
    return f"{cardinal(first)} đến quý {cardinal(last)} năm {cardinal(int(match['y']))}" if first and last else None


RULES: tuple[ReadingRule, ...] = (
    rule(
        "number",
        rf"(?<!\w)(?:{_ISSUED})\s(?:số\s)?(?P<x>(?P<n>\d{{1,3}}|[IVX]{{1,5}})/(?P<y>20\d\d)){END}",
        _issue,
        re.IGNORECASE,
    ),
    rule(
        "date", rf"{START}(?P<d>{_DAY})[/-](?P<m>{_MONTH})(?=\s*\(?(?:âm lịch|ÂL|âl|dương lịch|DL)(?!\w))", _DAY_MONTH
    ),
    rule(
        "date",
        rf"\d(?:[hg]|[hg:]\d\d)\s?(?P<x>/\s?(?P<d>{_DAY})(?:[/-](?P<m>{_MONTH})(?:[/-](?P<y>{_YEAR}))?)?)"
        r"(?![\w/]|[.,:]\d|-\d{1,2}(?![\dhg:])|\s?(?:h|giờ|ngày)(?!\w))",
        _after_hour,
    ),
    rule(
        "date",
        rf"(?<!\w)T(?P<w>[2-7])/(?P<d>{_DAY})[-/](?P<m>{_MONTH}){END}",
        "thứ {w:ordinal}, ngày {d:cardinal} tháng {m:month}",
    ),
    rule(
        "date",
        rf"(?<!\w)(?:{_DATE_WORDS})\s(?P<x>(?P<d>{_DAY})(?P<s>[/.])(?P<m>{_MONTH})(?P=s)(?P<y>\d\d)){END}",
        lambda match: day_month(match["d"], match["m"], _century(match["y"])),
        re.IGNORECASE,
    ),
    rule("date", r"(?<=\d tháng)/(?=20\d\d(?!\d))", " năm "),
    rule("date", rf"{START}{_DAY}(?P<x>/)(?=Chạp|Giêng)", " tháng "),
    rule(
        "date",
        rf"(?:^|[.;:!?\n]\s{{0,4}})(?:Từ|Kể từ|Đến|Trước|Sau)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH}))(?=,\s)",
        _DAY_MONTH,
    ),
    rule(
        "date",
        rf"(?<!\w)(?i:ngày|lễ|tết|kỷ niệm)\s(?={UPPER})(?:[^\W\d_]+(?:\s[-–])?\s){{1,8}}\(?"
        rf"(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}",
        _DAY_MONTH,
    ),
    rule("date", rf"\d[hg](?:\d\d)?,\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}", _DAY_MONTH),
    rule("date", rf"(?<!\w)(?i:đến hết|tới hết|hết hạn)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){END}", _DAY_MONTH),
    rule("date", rf"(?<!\w)(?i:từ)\s{_DAY}\s(?:đến|tới)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}", _DAY_MONTH),
    rule(
        "date",
        rf"{START}(?P<d1>{_DAY})(?:{_SEP}(?P<m1>{_MONTH})(?:{_SEP}(?P<y1>{_YEAR}))?)?{DASH}"
        rf"(?P<d2>{_DAY})/(?P<m2>{_MONTH})(?:/(?P<y2>{_YEAR}))?{END}",
        _full_range,
    ),
    rule("date", rf"{START}(?P<d>{_DAY})(?P<s>{_SEP})(?P<m>{_MONTH})(?P=s)(?P<y>{_YEAR}){END}", _full),
    rule(
        "date",
        rf"{START}(?P<d>0[1-9]|[12]\d|3[01])(?P<s>[/.])(?P<m>0[1-9]|1[0-2])(?P=s)(?P<y>[2-3]\d){END}",
        lambda match: _led(match, day_month(match["d"], match["m"], f"20{match['y']}")),
    ),
    rule("date", rf"{START}(?P<y>{_YEAR})-(?P<m>{_MONTH})-(?P<d>{_DAY}){END}", _full),
    rule(
        "date",
        rf"\b(?:{_DATE_WORDS})\s(?P<x>(?P<d1>{_DAY})-(?P<m1>{_MONTH})(?P<and>\sđến\s|\svà\s|,\s)"
        rf"(?P<d2>{_DAY})-(?P<m2>{_MONTH})){END}",
        "{d1:cardinal} tháng {m1:month}{and}{d2:cardinal} tháng {m2:month}",
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"(?<!\w)(?i:từ)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH}))(?=\s(?:đến|tới)\s(?:hết\s)?(?:ngày\s)?{_DAY}[-/]{_MONTH}(?!\w))",
        _DAY_MONTH,
    ),
    rule(
        "range",
        rf"(?<!\w)(?P<w>(?i:mùng|mồng))\s(?P<x>(?P<a>\d{{1,2}}){DASH}(?P<b>\d{{1,2}}))(?=\s(?:Tết|tết|tháng|Giêng|âm))",
        lambda match: f"{cardinal(int(match['a']))} đến {match['w'].lower()} {cardinal(int(match['b']))}",
    ),
    rule(
        "date",
        rf"(?<!\w)(?:{_DAY_WORDS})\s+(?P<x>(?P<d>{_DAY})[-.](?P<m>{_MONTH})){END}(?!\s*tháng|\s*tuổi|\s(?:{_DOSES})(?!\w))",
        _DAY_MONTH,
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"\bngày\s+(?:{_DAY})\s+(?:đến|và)\s+(?:ngày\s+)?(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){END}",
        _DAY_MONTH,
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"(?<!\w)(?i:ngày|đêm|sáng|chiều|tối)\s(?P<x>(?P<days>{_DAY}(?:,\s?{_DAY})+)[/-](?P<m>{_MONTH})(?:[/-](?P<y>{_YEAR}))?)"
        rf"{END}",
        _days,
    ),
    rule("date", rf"(?<!\w)(?:mai|nay|qua|kia),?\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}", _DAY_MONTH),
    rule("date", rf"\d/\d{{1,2}}(?:\svà\s|,\s)(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}", _DAY_MONTH),
    rule(
        "range",
        rf"\bngày\s+(?P<x>(?P<a>{_DAY}){DASH}(?P<b>{_DAY})){END}(?!\s(?:{_DOSES})(?!\w))",
        "{a:cardinal} đến ngày {b:cardinal}",
        re.IGNORECASE,
    ),
    rule(
        "date", rf"(?<!\w)(?:{_DAY_WORDS}),?\s*\(?(?P<x>(?P<d>{_DAY})/(?P<m>{_MONTH})){END}", _DAY_MONTH, re.IGNORECASE
    ),
    rule(
        "date",
        rf"\btháng\s+(?P<x>(?P<m>{_MONTH})(?:{DASH}(?P<m2>{_MONTH}))?[/-](?P<y>{_YEAR})){END}",
        _months,
        re.IGNORECASE,
    ),
    rule("date", rf"\btháng\s+(?P<x>(?P<m>{_MONTH}){DASH}(?P<m2>{_MONTH})(?P<y>)){END}", _months, re.IGNORECASE),
    rule("date", r"\btháng\s+(?P<x>0?4)(?![\w/]|[.,]\d)", "tư", re.IGNORECASE),
    rule("date", rf"{START}(?P<x>(?P<m>{_MONTH})[/-](?P<y>{_YEAR})){END}", _month_year),
    rule("date", rf"(?<!\w)T(?P<m>{_MONTH})/(?P<y>{_YEAR}){END}", _month_year),
    rule("date", rf"(?<!\w)Q(?P<q>[1-4])/(?P<y>{_YEAR}){END}", lambda match: f"quý {_quarter(match)}"),
    rule("date", r"(?<!\w)Q(?P<q>[1-4])(?!\w|[.,/-]\d)", "quý {q:cardinal}"),
    rule("date", rf"\bquý\s+(?P<x>(?P<a>[IV]+){DASH}(?P<b>[IV]+)[/-](?P<y>{_YEAR})){END}", _quarters, re.IGNORECASE),
    rule("date", rf"\bquý\s+(?P<x>(?P<q>[IV]+|[1-4])[/-](?P<y>{_YEAR})){END}", _quarter, re.IGNORECASE),
)

_BARE = rf"{START}(?P<d>{_DAY})/(?P<m>{_MONTH}){END}(?<!\d/0)(?P<of>(?=\s+(?!(?:{GOES_ON})(?!\w)){LOWER}))?"
LATE_RULES: tuple[ReadingRule, ...] = (rule("date", _BARE, _no_share), rule("bare_date", _BARE, _unless_counted))
"""Dates that may be fractions or addresses as well: tried after those."""

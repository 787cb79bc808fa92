"""Dates, months, quarters and years: 02-12-2026, ngày 2/12, từ 15-17/11, tháng 12/2026, quý III/2026."""

from __future__ import annotations

import re

from broadcast.spoken.alphabet import DASH, END, START, UPPER
from broadcast.spoken.claiming import Rule, before, rule
from broadcast.spoken.numbers import cardinal, roman

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"[12]\d{3}"
_APRIL = 4
_ENDS = r"(?=\s*[.,;:)!?\n](?!\d)|\s*$)"
"""A clause ends: nothing is counted by what stood before."""
_SEP = r"[/.-]"
_DAY_WORDS = (
    r"ngày|sáng|trưa|chiều|tối|đêm|hôm|mùng|mồng|lễ|khánh|rạng sáng|hôm qua|hôm nay|ngày mai|dịp|tết|"
    r"thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu|thứ bảy|chủ nhật|hạn|cn"
)
_DATE_WORDS = rf"{_DAY_WORDS}|từ|đến|hết|tới|trước|sau|kể từ|vào|niệm|mừng"
_COUNTED = (
    r"diện tích|số|dân số|tổng|hộ|khối|quân số|chiều|đại biểu|phiếu|cử tri|thành viên|lượng|thời|sản|công|dung|hồ|"
    r"người|nhiệm vụ|tiêu chí|chỉ tiêu|thôn|xã|phường|khu|huyện|tỉnh|em|cháu|trường|lớp|đơn vị|tổ|trẻ|hội|đoàn|"
    r"cái|quả|bát|cốc|lít|kg|ha|km|mức|giá|vốn|kinh phí|nội dung|dự án|công trình|khách|học sinh|lao động|doanh|"
    r"ngày đường|quãng|chặng|đường|giờ|tháng|năm|ca|mẫu|nhà|đảng viên|cán bộ|dân|tài|quỹ|gia đình|cơ sở|tàu|rừng|"
    r"ủy viên|chi bộ|chi hội|hội viên|đoàn viên|nhân khẩu|ấp|HTX|"
    r"vụ|thuyền viên|ngư dân|trận|bản|suất|điểm|nhóm|đội|chuyến|cuộc|môn|câu|mẻ|"
    r"mặt hàng|tiết mục|bị can|đối tượng|nạn nhân"
)


def day_month(day: str, month: str, year: str | None = None) -> str:
    said = f"{cardinal(int(day))} tháng {month_name(month)}"
    return f"{said} năm {cardinal(int(year))}" if year else said


def month_name(month: str) -> str:
    """April is tháng tư, never tháng bốn."""
    return "tư" if int(month) == _APRIL else cardinal(int(month))


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


def _after_word(match: re.Match[str]) -> str:
    return day_month(match["d"], match["m"])


def _two_dates(match: re.Match[str]) -> str:
    return f"{day_month(match['d1'], match['m1'])}{match['and']}{day_month(match['d2'], match['m2'])}"


def _dated_range(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['a']))} đến ngày {cardinal(int(match['b']))}"


def _months(match: re.Match[str]) -> str:
    second = f" đến tháng {month_name(match['m2'])}" if match["m2"] else ""
    year = f" năm {cardinal(int(match['y']))}" if match["y"] else ""
    return f"{month_name(match['m'])}{second}{year}"


def _month_year(match: re.Match[str]) -> str | None:
    """But a plan of scale 1/2000 is none."""
    if re.search(r"(?:tỷ lệ|tỉ lệ|bản đồ|quy hoạch|đồ án)\s(?:[^\W\d_]+\s){0,3}$", before(match), re.IGNORECASE):
        return None
    said = f"{month_name(match['m'])} năm {cardinal(int(match['y']))}"
    return said if re.search(r"tháng\s*$", before(match), re.IGNORECASE) else f"tháng {said}"


def _quarter(match: re.Match[str]) -> str | None:
    number = roman(match["q"]) or (int(match["q"]) if match["q"].isdecimal() else 0)
    return f"{cardinal(number)} năm {cardinal(int(match['y']))}" if number else None


def _quarters(match: re.Match[str]) -> str | None:
    first, last = roman(match["a"]), roman(match["b"])
    return f"{cardinal(first)} đến quý {cardinal(last)} năm {cardinal(int(match['y']))}" if first and last else None


RULES: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{START}(?P<d>{_DAY})/(?P<m>{_MONTH})(?=\s*\(?(?:âm lịch|ÂL|âl|dương lịch|DL)(?!\w))",
        _after_word,
    ),
    rule("date", rf"{START}{_DAY}(?P<x>/)(?=Chạp|Giêng)", " tháng "),
    rule(
        "date",
        rf"(?:^|[.;:!?\n]\s*)(?:Từ|Kể từ|Đến|Trước|Sau)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH}))(?=,\s)",
        _after_word,
    ),
    rule(
        "date",
        rf"(?<!\w)(?i:ngày|lễ|tết|kỷ niệm)\s(?={UPPER})(?:[^\W\d_]+(?:\s[-–])?\s){{1,8}}\(?"
        rf"(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}",
        _after_word,
    ),
    rule("date", rf"(?<!\w)(?i:từ)\s{_DAY}\s(?:đến|tới)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){_ENDS}", _after_word),
    rule(
        "date",
        rf"{START}(?P<d1>{_DAY})(?:{_SEP}(?P<m1>{_MONTH})(?:{_SEP}(?P<y1>{_YEAR}))?)?{DASH}"
        rf"(?P<d2>{_DAY})/(?P<m2>{_MONTH})(?:/(?P<y2>{_YEAR}))?{END}",
        _full_range,
    ),
    rule("date", rf"{START}(?P<d>{_DAY})(?P<s>{_SEP})(?P<m>{_MONTH})(?P=s)(?P<y>{_YEAR}){END}", _full),
    rule("date", rf"{START}(?P<y>{_YEAR})-(?P<m>{_MONTH})-(?P<d>{_DAY}){END}", _full),
    rule(
        "date",
        rf"\b(?:{_DATE_WORDS})\s(?P<x>(?P<d1>{_DAY})-(?P<m1>{_MONTH})(?P<and>\sđến\s|\svà\s|,\s)"
        rf"(?P<d2>{_DAY})-(?P<m2>{_MONTH})){END}",
        _two_dates,
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"(?<!\w)(?i:từ)\s(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH}))(?=\s(?:đến|tới)\s(?:hết\s)?(?:ngày\s)?{_DAY}[-/]{_MONTH}(?!\w))",
        _after_word,
    ),
    rule(
        "date",
        rf"(?<!\w)(?:{_DAY_WORDS})\s+(?P<x>(?P<d>{_DAY})[-.](?P<m>{_MONTH})){END}(?!\s*tháng|\s*tuổi)",
        _after_word,
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"\bngày\s+(?:{_DAY})\s+(?:đến|và)\s+(?:ngày\s+)?(?P<x>(?P<d>{_DAY})-(?P<m>{_MONTH})){END}",
        _after_word,
        re.IGNORECASE,
    ),
    rule("range", rf"\bngày\s+(?P<x>(?P<a>{_DAY}){DASH}(?P<b>{_DAY})){END}", _dated_range, re.IGNORECASE),
    rule(
        "date",
        rf"(?<!\w)(?:{_DAY_WORDS}),?\s*\(?(?P<x>(?P<d>{_DAY})/(?P<m>{_MONTH})){END}",
        _after_word,
        re.IGNORECASE,
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
    rule("date", rf"\bquý\s+(?P<x>(?P<a>[IV]+){DASH}(?P<b>[IV]+)[/-](?P<y>{_YEAR})){END}", _quarters, re.IGNORECASE),
    rule("date", rf"\bquý\s+(?P<x>(?P<q>[IV]+|[1-4])[/-](?P<y>{_YEAR})){END}", _quarter, re.IGNORECASE),
)

LATE_RULES: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{START}(?P<d>{_DAY})/(?P<m>{_MONTH}){END}(?!\s*(?:{_COUNTED})\b)(?<!\d/0)",
        _after_word,
        re.IGNORECASE,
    ),
)
"""What may be a fraction or an address as well: asked after those."""

"""Dates beside today, tomorrow and weekdays: Hôm nay (18-9), Sáng nay 4/12 xã họp."""

import re

from broadcast.speech.normalization.alphabet import END
from broadcast.speech.normalization.dates.calendar import day_month
from broadcast.speech.normalization.numbers import cardinal, portion
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_RELATIVE = r"(?:sáng|trưa|chiều|tối|đêm|khuya|hôm|ngày)\s(?:nay|mai|qua|kia|mốt|sau|trước)"
_WEEKDAY = r"(?:thứ\s(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|CN)(?:\s(?:tuần\s)?(?:này|tới|sau|trước|qua))?"
_NAMED = r"(?:lễ|tết|dịp|khai mạc|khai giảng|bế mạc|kỷ niệm)(?:\s[^\W\d_]+){0,4}"
_DAYS = r"(?:hai|ba|\d)\sngày(?:\s(?:qua|tới|nay))?"
_AHEAD = re.compile(rf"(?<!\w)(?:{_RELATIVE}|{_WEEKDAY}|{_NAMED}|{_DAYS})\s?$", re.IGNORECASE)
_PLAYED = re.compile(
    r"(?<!\w)(?:thắng|thua|hòa|hoà|tỷ số|tỉ số|trận|set|ván|hiệp|chung kết|bán kết|tứ kết)(?!\w)[^.;\n]*$",
    re.IGNORECASE,
)
_MOST_GOALS, _MOST_PARTS = 9, 10

_PEOPLE = (
    r"hộ|người|trường hợp|căn|phiếu|đại biểu|cử tri|học sinh|giáo viên|lao động|em|cháu|bệnh nhân|hồ sơ|tàu|thuyền|ghe|"
    r"ngôi|lồng bè|ca"
)
_PARTS = r"xã|phường|thôn|ấp|bản|tổ|khu phố|trường|trạm|cầu|tuyến|hồ|loa|điểm|đơn vị|chỉ tiêu|tiêu chí|xe|máy"
_WHOLES = r"diện tích|số|dân số|tổng|quãng|sản lượng|lượng|dung tích|công suất|kinh phí|vốn|kế hoạch|chặng"
_STATES = r"(?:đã\s)?(?:có điện|có nước|đạt|hoàn thành|nộp|báo cáo|bị|mất|ngập|chưa|còn|vẫn|đủ|xong)"
"""Words for a count out of a total, never for a day."""


def _in_brackets(match: re.Match[str]) -> str | None:
    """Hôm qua (3-12); of a match small numbers are its score."""
    ahead = before(match, 80)
    day, month = int(match["d"]), int(match["m"])
    is_score = max(day, month) <= _MOST_GOALS and _PLAYED.search(ahead)
    if is_score or not _AHEAD.search(ahead):
        return None
    first = f"{cardinal(int(match['first']))}{match['and']}" if match["first"] else ""
    return f"{first}{day_month(match['d'], match['m'])}"


def _share(match: re.Match[str]) -> str | None:
    """Sáng nay 4/12 hộ đã ký: no share is above the whole."""
    part, whole = int(match["d"]), int(match["m"])
    return f"{cardinal(part)} trên {cardinal(whole)}" if part <= whole else None


def _portion(match: re.Match[str]) -> str | None:
    """Sáng nay 1/3 quãng đường."""
    part, whole = int(match["d"]), int(match["m"])
    return portion(part, whole) if part < whole <= _MOST_PARTS else None


_AFTER_RELATIVE = rf"(?<!\w)(?i:{_RELATIVE})\s(?P<x>(?P<d>{_DAY})/(?P<m>{_MONTH})){END}"

RULES: tuple[ReadingRule, ...] = (
    rule(
        "date",
        rf"\((?P<x>(?:(?P<first>{_DAY})(?P<and>,\s|\svà\s))?(?P<d>{_DAY})[-/.](?P<m>{_MONTH}))(?=[),;])",
        _in_brackets,
    ),
    rule("fraction", rf"{_AFTER_RELATIVE}(?=\s(?:{_PEOPLE})(?!\w)|\s(?:{_PARTS})\s{_STATES}(?!\w))", _share),
    rule("fraction", rf"{_AFTER_RELATIVE}(?=\s(?:{_WHOLES})(?!\w))", _portion),
    rule("date", _AFTER_RELATIVE, "{d:cardinal} tháng {m:month}"),
)

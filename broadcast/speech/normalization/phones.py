"""Telephones, digit by digit in the groups they are written in."""

import re

from broadcast.speech.normalization.numbers import digits, grouped
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_CALLED = (
    r"gọi|số|đường dây nóng|hotline|tổng đài|điện thoại|đt|sđt|liên hệ|lh|alo|zalo|fax|máy|bấm|qua|báo|tel|"
    r"cứu hỏa|cứu nạn|cấp cứu|công an|và|hoặc|,"
)
_BRANCH = re.compile(r",?\s?\(?(?:bấm\s)?(?:nhánh|phím|máy lẻ)(?!\w)", re.IGNORECASE)
_LINE = re.compile(
    r"(?<!\w)(?:tổng đài|đường dây nóng|hotline|(?<!được )gọi|gửi|nhắn|soạn|app|ứng dụng|bấm|quay số|điện thoại|đầu số|"
    r"cổng|kênh|zalo|đt|sđt|tel|alo|lh|liên hệ|phản ánh)(?!\w)|(?<!\w)(?:số|qua|báo|báo ngay|vào)\s$|"
    r"\d{4}[ .]?\d{2,4}|(?<!\d)11[1-5](?!\d)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s?(?:%|(?:người|hộ|triệu|tỷ|nghìn|ngàn|đồng|đ|ca|em|tuổi|ngày|tháng|km|kg|m|m2|m3|ha|mm|tấn|"
    r"trường hợp|đại biểu|cử tri|cháu|học sinh|công dân|thôn|xã|bản|phiếu|trang|suất|cuộc|lượt|hồ sơ|đơn|ý kiến|tin|"
    r"hội viên|đảng viên|lao động|con|cây|căn|xe|liều|giấy|khẩu|đường|phố)(?!\w))",
    re.IGNORECASE,
)
_RECEIVED = re.compile(r"(?<!\w)(?:nhận|được|có|xử lý|giải quyết|trả lời|hơn|gần|khoảng|đạt|tổng cộng|là|năm)\s$")
_PHONE_MIN, _PHONE_MAX = 9, 12


def _long_phone(match: re.Match[str]) -> str | None:
    return grouped(match["x"]) if _PHONE_MIN <= sum(map(str.isdecimal, match["x"])) <= _PHONE_MAX else None


def _listed(match: re.Match[str]) -> str:
    return re.sub(r"\d+", lambda number: digits(number[0]), re.sub(r"\s?[-–/]\s?", ", ", match[0]))


def _masked(match: re.Match[str]) -> str:
    """0913.xxx.xxx."""
    return ", " + ", ".join(" ".join(["ích"] * len(part)) for part in re.findall("x+", match[0]))


def _among_others(match: re.Match[str]) -> str | None:
    """Gọi 114 khi có cháy, 115 khi cần cấp cứu."""
    return digits(match["x"]) if re.search(r"(?<!\w)(?:11[1-5]|1022)\s[^.;\n]{3,60},\s$", before(match, 80)) else None


def _hotline(match: re.Match[str]) -> str | None:
    """1022, every province's line for complaints: a number like others where things are counted."""
    behind = match.string[match.end() : match.end() + 30]
    ahead = re.split(r"[.!?]\s|\n", before(match, 100))[-1]
    if _BRANCH.match(behind):
        return digits(match[0])
    is_counted = _COUNTED.match(behind) or _RECEIVED.search(ahead)
    return digits(match[0]) if _LINE.search(ahead) and not is_counted else None


RULES: tuple[ReadingRule, ...] = (
    rule(
        "phone",
        r"(?<![\w.,/-])0\d{2,4}(?:[ .-]?\d{2,4}){2,4}"
        r"(?:\s?[/;]\s?(?:0\d{2,4}(?:[ .-]?\d{2,4}){2,4}|1[89]00[ .]?\d{4}|1022|11[1-5])){1,4}(?!\w|[.,/]\d)",
        lambda match: "; ".join(map(grouped, re.split("[/;]", match[0]))),
    ),
    rule(
        "phone",
        r"(?<![\w])(?P<x>\+(?P<cc>84)[ .-]?\(?0?\)?(?P<rest>\d[\d .-]{7,12}\d))(?!\w)",
        "cộng {cc:digits}, {rest:grouped}",
    ),
    rule("phone", r"(?<![\w.,/-])(?P<x>\(0\d{2,4}\)[ .-]?\d{1,8}(?:[ .-]\d{2,4}){0,3})(?![\w]|[.,/]\d)", _long_phone),
    rule("phone", r"(?<![\w.,/-])(?<!\d\s)(?P<x>0\d{2,4}(?:[ .-]\d{1,4}){2,4})(?![\w]|[.,/]\d)", _long_phone),
    rule("phone", r"(?<![\w,/-])(?P<x>0\d{2,4}[ .-]\d{6,8})(?![\w]|[.,/]\d)", "{x:grouped}"),
    rule("phone", r"(?<![\w.,/-])(?P<x>0\d{8,13})(?![\w]|[.,/]\d)", "{x:grouped}"),
    rule("phone", r"(?<![\w.,/-])(?P<x>1[89]00(?:[ .-]?\d{2,4}){1,2})(?![\w]|[.,/]\d)", "{x:grouped}"),
    rule("phone", r"(?<![\w.,/-])11[1-9](?:(?:,\s?|\s?[-–/]\s?|,?\s(?:và|hoặc|hay)\s)11[1-9])+(?!\w|[.,/]\d)", _listed),
    rule(
        "phone",
        rf"(?<!\w)(?:{_CALLED}):?\s*(?P<x>11[1-9])(?![\w%/]|[.,-]\d|\s*(?:người|hộ|triệu|tỷ|nghìn|đồng|năm|ca|em|tuổi|"
        rf"ngày|tháng|km|kg|m|ha|trường hợp|đại biểu|cử tri|cháu|học sinh|công dân|thôn|xã|tấn|bản|phiếu|trang|suất))",
        "{x:grouped}",
        re.IGNORECASE,
    ),
    rule("phone", r"(?<!\w)(?P<x>11[1-5])(?=\s(?:khi|nếu|để|báo|cho|gọi)\s)", _among_others),
    rule(
        "phone",
        r"(?<!\w)(?:tổng đài|đường dây nóng|hotline|số điện thoại|đầu số)[^\d.;\n]{0,40}?"
        r"(?P<x>1[01]\d{1,2})(?!\w|[.,/-]\d)(?=\s*(?:[.,;:)]|$|\n|để|khi|nếu|hoặc|và|gọi|của|\())",
        "{x:grouped}",
        re.IGNORECASE,
    ),
    rule(
        "phone",
        r"(?<!\w)(?:SĐT|ĐT|[Đđ]iện thoại|[Ss]ố máy|[Tt]el)(?::|\ssố:?)?\s(?P<x>[2-9]\d{6,7})(?!\w|[.,/-]\d)",
        "{x:grouped}",
    ),
    rule("phone", r"1022(?<!\w1022)(?<!\d[.,/-]1022)(?![\w/]|[.,-]\d)", _hotline),
    rule("phone", r"1022(?:,\s?|\s(?:và|hoặc)\s)(?P<x>11[1-5])(?=\s?[.;:!)\n]|$)", "{x:grouped}"),
    rule(
        "phone",
        r"(?<!\w)(?:gửi|nhắn tin|nhắn)(?:\s(?:đến|tới|về))?(?:\s(?:tổng đài|đầu số|số))?\s(?P<x>\d{3,5})"
        r"(?=\s*(?:[.,;:)]|$|\n|để|khi|nếu|hoặc|và|trước|\()(?!\d))",
        "{x:grouped}",
        re.IGNORECASE,
    ),
    rule("phone", r"(?<=\d)(?P<x>[. ]?x{2,4}(?:[. ]x{2,4}){0,2})(?!\w)", _masked),
)

"""Telephones, digit by digit in the groups they are written in."""

from __future__ import annotations

import re

from broadcast.spoken.claiming import Rule, before, rule
from broadcast.spoken.numbers import digits

_CALLED = (
    r"gọi|số|đường dây nóng|hotline|tổng đài|điện thoại|đt|sđt|liên hệ|lh|alo|zalo|fax|máy|bấm|qua|báo|tel|"
    r"cứu hỏa|cứu nạn|cấp cứu|công an|và|hoặc|,"
)
_FIRST_GROUP = {4: 4, 7: 4, 8: 4, 10: 4, 11: 5, 13: 4, 16: 4}
_SERVICE_NUMBER = 8
_PHONE_MIN, _PHONE_MAX = 9, 12


def grouped(text: str) -> str:
    """As it is written in groups; ten or more digits in a row are cut into groups that can be remembered."""
    written = [part for part in re.split(r"\D+", text) if part]
    if len(written) > 1:
        return ", ".join(map(digits, written))
    return ", ".join(map(digits, _cut(written[0])))


def _cut(number: str) -> list[str]:
    """0912345678 → 0912 345 678 · 18001091 → 1800 1091 · 060072001234 → by three."""
    first = _FIRST_GROUP.get(len(number), 3)
    size = 4 if len(number) == _SERVICE_NUMBER else 3
    return [number[:first], *(number[at : at + size] for at in range(first, len(number), size))]


def _phone(match: re.Match[str]) -> str:
    return grouped(match["x"])


def _long_phone(match: re.Match[str]) -> str | None:
    return grouped(match["x"]) if _PHONE_MIN <= sum(map(str.isdecimal, match["x"])) <= _PHONE_MAX else None


def _listed(match: re.Match[str]) -> str:
    return re.sub(r"\d+", lambda number: digits(number[0]), re.sub(r"\s?[-–/]\s?", ", ", match[0]))


def _masked(match: re.Match[str]) -> str:
    """0913.xxx.xxx."""
    return ", " + ", ".join(" ".join(["ích"] * len(part)) for part in re.findall("x+", match[0]))


def _international(match: re.Match[str]) -> str:
    return f"cộng {digits(match['cc'])}, {grouped(match['rest'])}"


def _among_others(match: re.Match[str]) -> str | None:
    """Gọi 114 khi có cháy, 115 khi cần cấp cứu."""
    return digits(match["x"]) if re.search(r"(?<!\w)(?:11[1-5]|1022)\s[^.;\n]{3,60},\s$", before(match, 80)) else None


RULES: tuple[Rule, ...] = (
    rule(
        "phone",
        r"(?<![\w.,/-])0\d{2,4}(?:[ .-]?\d{2,4}){2,4}(?:\s?[/;]\s?0\d{2,4}(?:[ .-]?\d{2,4}){2,4}){1,4}(?!\w|[.,/]\d)",
        lambda match: "; ".join(map(grouped, re.split("[/;]", match[0]))),
    ),
    rule("phone", r"(?<![\w])(?P<x>\+(?P<cc>84)[ .-]?\(?0?\)?(?P<rest>\d[\d .-]{7,12}\d))(?!\w)", _international),
    rule("phone", r"(?<![\w.,/-])(?P<x>\(0\d{2,4}\)[ .-]?\d{1,8}(?:[ .-]\d{2,4}){0,3})(?![\w]|[.,/]\d)", _long_phone),
    rule("phone", r"(?<![\w.,/-])(?<!\d\s)(?P<x>0\d{2,4}(?:[ .-]\d{1,4}){2,4})(?![\w]|[.,/]\d)", _long_phone),
    rule("phone", r"(?<![\w,/-])(?P<x>0\d{2,4}[ .-]\d{6,8})(?![\w]|[.,/]\d)", _phone),
    rule("phone", r"(?<![\w.,/-])(?P<x>0\d{8,13})(?![\w]|[.,/]\d)", _phone),
    rule("phone", r"(?<![\w.,/-])(?P<x>1[89]00(?:[ .-]?\d{2,4}){1,2})(?![\w]|[.,/]\d)", _phone),
    rule("phone", r"(?<![\w.,/-])11[1-9](?:(?:,\s?|\s?[-–/]\s?|,?\s(?:và|hoặc|hay)\s)11[1-9])+(?!\w|[.,/]\d)", _listed),
    rule(
        "phone",
        rf"(?<!\w)(?:{_CALLED}):?\s*(?P<x>11[1-9])(?![\w%/]|[.,-]\d|\s*(?:người|hộ|triệu|tỷ|nghìn|đồng|năm|ca|em|tuổi|"
        rf"ngày|tháng|km|kg|m|ha|trường hợp|đại biểu|cử tri|cháu|học sinh|công dân|thôn|xã|tấn|bản|phiếu|trang|suất))",
        _phone,
        re.IGNORECASE,
    ),
    rule("phone", r"(?<!\w)(?P<x>11[1-5])(?=\s(?:khi|nếu|để|báo|cho|gọi)\s)", _among_others),
    rule(
        "phone",
        r"(?<!\w)(?:tổng đài|đường dây nóng|hotline|số điện thoại|đầu số)[^\d.;\n]{0,40}?"
        r"(?P<x>1[01]\d{1,2})(?!\w|[.,/-]\d)(?=\s*(?:[.,;:)]|$|\n|để|khi|nếu|hoặc|và|gọi|của|\())",
        _phone,
        re.IGNORECASE,
    ),
    rule(
        "phone",
        r"(?:tổng đài|gọi|số|qua|gửi|nhắn|soạn|hotline|app|ứng dụng)[^.;\n]{0,40}?"
        r"(?<![\d./-])(?P<x>1022)(?![\d/]|[.,-]\d)",
        _phone,
        re.IGNORECASE,
    ),
    rule(
        "phone",
        r"(?<!\w)(?:gửi|nhắn tin|nhắn)(?:\s(?:đến|tới|về))?(?:\s(?:tổng đài|đầu số|số))?\s(?P<x>\d{3,5})"
        r"(?=\s*(?:[.,;:)]|$|\n|để|khi|nếu|hoặc|và|trước|\()(?!\d))",
        _phone,
        re.IGNORECASE,
    ),
    rule("phone", r"(?<=\d)(?P<x>[. ]?x{2,4}(?:[. ]x{2,4}){0,2})(?!\w)", _masked),
)

"""Roman numerals: khóa XIV, quý III, cấp IV-V, thế kỷ XX."""

import re

from broadcast.speech.normalization.alphabet import DASH, UPPER
from broadcast.speech.normalization.numbers import cardinal, ordinal, roman
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_NUMBERED = (
    r"đại hội|khóa|khoá|kỳ|kì|quý|thế kỷ|khu phố|kp|hạng|loại|cấp|nhóm|bậc|phần|chương|mục|vùng|quân khu|đợt|giai đoạn|"
    r"tổ|giải|tuyến|vụ|vành đai|thế chiến|hội nghị|bảng|phụ lục|điều|tập|khu vực|đội|hiệp|cụm|"
    r"thôn|lô|khối|mức|độ|lớp|kỳ họp|học kỳ|học kì|phía|tiêu chí|"
    r"chiến khu|khu|kỳ thi|lần|bước|quyển|phòng|tiểu khu|vòng|pha|dân quân|trung ương|chuyên khoa|báo động|bđ"
)


def _roman(match: re.Match[str]) -> str | None:
    number = roman(match["x"])
    return cardinal(number) if number else None


def _roman_ordinal(match: re.Match[str]) -> str | None:
    number = roman(match["x"])
    return ordinal(number) if number else None


def _roman_range(match: re.Match[str]) -> str | None:
    """Thế kỷ XVIII-XIX."""
    first, last = roman(match["a"]), roman(match["b"])
    return f"{cardinal(first)} đến {match['w'].lower()} {cardinal(last)}" if first and last else None


def _lone_roman_range(match: re.Match[str]) -> str | None:
    """IV-V, but not V-I."""
    first, last = roman(match["a"]), roman(match["b"])
    return f"{cardinal(first)} đến {cardinal(last)}" if 0 < first < last else None


def _roman_of(match: re.Match[str]) -> str | None:
    """Cấp V/V, the fifth of five."""
    part, whole = roman(match["a"]), roman(match["b"])
    return f"{cardinal(part)} trên {cardinal(whole)}" if part and whole else None


def _lone_roman(match: re.Match[str]) -> str | None:
    """Two letters or more, among words that are no capitals themselves: VI in VI PHẠM is a word."""
    number = roman(match["x"])
    beside = re.search(rf"(?![IVX]+\W+$)(?<!\w){UPPER}{{2,}}\W+$", before(match))
    after = re.match(rf"\W+(?![IVX]+(?!\w)){UPPER}{{2,}}", match.string[match.end("x") : match.end("x") + 20])
    return None if not number or beside or after else cardinal(number)


RULES: tuple[ReadingRule, ...] = (
    rule("roman", r"(?:^|\n)[ \t]{0,8}(?P<x>[IVX]+)(?=[.)/]\s)", _roman),
    rule("roman", r"\bthứ\s+(?P<x>[IVXL]+)(?!\w)", _roman_ordinal),
    rule(
        "roman",
        rf"(?<!\w)(?P<w>(?i:{_NUMBERED}))\s+(?P<x>(?P<a>[IVXLC]+){DASH}(?P<b>[IVXLC]+))(?!\w)",
        _roman_range,
    ),
    rule("roman", rf"(?<!\w)(?i:{_NUMBERED})\s+(?i:số\s+)?(?P<x>(?![CL](?!\w))[IVXLC]+)(?!\w)", _roman),
    rule("roman", r"(?<!\w)[Cc]ấp(?:\s[^\W\d_]+){0,3}\s(?P<x>(?P<a>[IV]+)/(?P<b>[IV]+))(?![\w/])", _roman_of),
    rule("bare_numeral", r"(?<![\w.&-])(?P<a>[IVX]+)\s?[-–]\s?(?P<b>[IVX]+)(?![\w&-])", _lone_roman_range),
    rule("bare_numeral", r"(?<![\w.&-])(?P<x>[IVX]{2,})(?!\w|\.?[A-Z&])", _lone_roman),
)

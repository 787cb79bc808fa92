"""Months and quarters in a row: tháng 5,6/2026, T10,11/2026, quý I, II/2026."""

import re

from broadcast.speech.normalization.alphabet import END
from broadcast.speech.normalization.numbers import cardinal, month_name, roman
from broadcast.speech.normalization.rules import ReadingRule, before, rule
from broadcast.speech.normalization.units import UNITS

_MONTH, _QUARTER, _YEAR = r"(?:0?[1-9]|1[0-2])", r"(?:[1-4]|I{1,3}|IV)", r"20\d\d"
_AND = r"(?:,\s?(?:và\s)?|\s?[&+]\s?|\svà\s)"
_MONTHS = rf"{_MONTH}(?:{_AND}{_MONTH}){{1,11}}"
_QUARTERS = rf"{_QUARTER}(?:{_AND}{_QUARTER}){{1,3}}"
_OF_YEAR = (
    rf"(?:/(?P<y>{_YEAR}){END}|(?=\s(?:năm\s{_YEAR}|năm nay|năm sau|năm tới|năm trước|âm lịch|dương lịch|ÂL|DL)(?!\w)))"
)
_UNCOUNTED = (
    rf"{END}(?!\s?(?:[%‰°²³$€]|(?:{'|'.join(map(re.escape, filter(str.isalnum, UNITS)))}|"
    r"triệu|tỷ|tỉ|nghìn|ngàn|trăm|chục|vạn|đồng|tấn|tạ|yến|lít|mét|ki-lô|phần|điểm|độ|lần|công|sào|mẫu|ngày|giờ|tháng|năm)(?!\w)))"
)
"""Nothing is measured by it."""
_EACH = re.compile(r"(?<!\w)(?:mỗi|hàng|hằng|bình quân|trung bình|một|\d+)\s(?:tháng\s)?$", re.IGNORECASE)


def _said(match: re.Match[str], word: str, names: list[str]) -> str:
    """Each with its own word, the year once."""
    joints = re.findall(_AND, match["all"])
    said = names[0]
    for joint, name in zip(joints, names[1:], strict=True):
        said += f"{',' if ',' in joint else ' và'} {word} {name}"
    return f"{said} năm {cardinal(int(match['y']))}" if match["y"] else said


def _months(match: re.Match[str]) -> str:
    return _said(match, "tháng", list(map(month_name, re.findall(r"\d+", match["all"]))))


def _short_months(match: re.Match[str]) -> str:
    return f"tháng {_months(match)}"


def _yearless(match: re.Match[str]) -> str | None:
    """Lịch thu tháng 5,6. But one month's 5,6 is a figure, and so is what does not rise."""
    months = list(map(int, re.findall(r"\d+", match["all"])))
    if _EACH.search(before(match)) or months != sorted(set(months)):
        return None
    return ", tháng ".join(month_name(str(month)) for month in months)


def _quarters(match: re.Match[str]) -> str:
    numbers = re.findall(r"\d|[IV]+", match["all"])
    return _said(match, "quý", [cardinal(roman(number) or int(number)) for number in numbers])


RULES: tuple[ReadingRule, ...] = (
    rule("date", rf"(?<!\w)[Tt]háng\s(?P<x>(?P<all>{_MONTHS}){_OF_YEAR})", _months),
    rule("date", rf"(?<!\w)T(?P<all>{_MONTHS})/(?P<y>{_YEAR}){END}", _short_months),
    rule("date", rf"(?<!\w)[Qq]uý\s(?P<x>(?P<all>{_QUARTERS}){_OF_YEAR})", _quarters),
    rule("date", rf"(?<!\w)[Tt]háng\s(?P<x>(?P<all>{_MONTH}(?:,{_MONTH}){{1,11}})){_UNCOUNTED}", _yearless),
)

"""Times of the day: 8g30, 8h, 17:00, 17h30', 7h-11h30."""

import re

from broadcast.speech.normalization.alphabet import DASH
from broadcast.speech.normalization.numbers import cardinal
from broadcast.speech.normalization.rules import ReadingRule, rule

_HOUR, _MINUTE = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"
_MARK = r"(?:\s?(?:'|′|’|p|ph|phút)(?!\w))?"
_BEFORE = r"(?:(?<![\w.,:/])|(?<=h\d\d/)|(?<=h/))"
_AT_HOUR = "{h:cardinal} giờ"


def _time(tag: str) -> str:
    """8h30 · 17:00 · 8g · 8 giờ 30; the seconds of 17:00:00 too."""
    return (
        rf"(?P<h{tag}>{_HOUR})(?:(?:\s?[hg](?:\s(?!\d\d/\d))?|:|\s?giờ\s)(?P<m{tag}>{_MINUTE}|(?<=[hg])\d)(?:(?::|['′’])(?P<s{tag}>{_MINUTE})[\"″”]?)?{_MARK}|"
        rf"\s?h(?!\w))(?!\d)"
    )


def _said(match: re.Match[str], tag: str) -> str:
    said = f"{cardinal(int(match['h' + tag]))} giờ"
    for name, unit in (("m", "phút"), ("s", "giây")):
        if int(match[name + tag] or 0):
            said += f" {cardinal(int(match[name + tag]))} {unit}"
    return said


def _one(match: re.Match[str]) -> str:
    return _said(match, "")


def _two(match: re.Match[str]) -> str:
    return f"{_said(match, '1')} đến {_said(match, '2')}"


def _to_full(match: re.Match[str]) -> str:
    """13g30 - 17g."""
    return f"{_said(match, '')} đến {cardinal(int(match['b']))} giờ"


def _from_full(match: re.Match[str]) -> str:
    """7g - 11g30."""
    return f"{cardinal(int(match['a']))} giờ đến {_said(match, '')}"


def _half_range(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['a']))} đến {_said(match, '')}"


RULES: tuple[ReadingRule, ...] = (
    rule("time", r"(?<![\w.,:/])(?P<a>\d{1,2})h?/(?P<b>24)\s?(?:h|giờ)(?!\w)", "{a:cardinal} trên {b:cardinal} giờ"),
    rule("time", rf"{_BEFORE}{_time('1')}{DASH}{_time('2')}", _two, re.IGNORECASE),
    rule(
        "time", rf"{_BEFORE}(?P<a>{_HOUR})\s?g{DASH}(?P<b>{_HOUR})\s?g(?!\w)", "{a:cardinal} giờ đến {b:cardinal} giờ"
    ),
    rule("time", rf"{_BEFORE}{_time('')}{DASH}(?P<b>{_HOUR})\s?g(?!\w)", _to_full),
    rule("time", rf"{_BEFORE}(?P<a>{_HOUR})\s?g{DASH}{_time('')}", _from_full),
    rule("time", rf"{_BEFORE}(?P<a>{_HOUR}){DASH}{_time('')}", _half_range),
    rule("time", rf"{_BEFORE}{_time('')}", _one, re.IGNORECASE),
    rule(
        "time",
        rf"(?:lúc|từ|đến|hồi|vào|trước|sau|khoảng|tới|sáng|chiều|tối|trưa|đêm|-)\s*(?P<x>(?P<h>{_HOUR})g)(?![\w/])",
        _AT_HOUR,
        re.IGNORECASE,
    ),
    rule(
        "time",
        rf"\d{{1,2}}g\s(?:đến|tới)\s\d{{1,2}}g(?:,|;|\svà)\s(?P<x>(?P<h>{_HOUR})g)(?=\s(?:đến|tới)\s\d)",
        _AT_HOUR,
    ),
    rule(
        "time", rf"(?:Tết|Giêng|Chạp|thứ \w+|[Cc]hủ nhật|nay|mai|/\d{{1,2}}),\s(?P<x>(?P<h>{_HOUR})g)(?!\w)", _AT_HOUR
    ),
    rule("time", rf"{_BEFORE}(?P<h>{_HOUR})g(?=/\d{{1,2}}[-/]\d)", _AT_HOUR),
    rule("time", rf"{_BEFORE}(?P<h>{_HOUR})\s?g(?=\s+(?:ngày|sáng|chiều|tối|trưa|đêm|hôm|cùng|thứ))", _AT_HOUR),
    # 28"35, in hundredths.
    rule(
        "time",
        r"(?<![\w.,°'′’])(?P<n>\d{1,2})[\"″”](?P<s>\d{1,2})(?!\w|[.,/-]\d|[\"″”])",
        "{n:cardinal} giây {s:cardinal}",
    ),
    rule(
        "time",
        r"(?<![\w.,°])(?P<n>\d{1,3})\s?['′’]\s?(?P<s>[0-5]?\d)\s?(?:[\"″”]|''|′′)",
        "{n:cardinal} phút {s:cardinal} giây",
    ),
    rule("time", r"(?<![\w.,°])(?P<n>\d{1,3})\s?['′’](?![\w'])", "{n:cardinal} phút"),
)

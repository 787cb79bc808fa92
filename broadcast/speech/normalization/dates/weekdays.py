"""Days of the week written short: T2-T6, T7 & CN, sáng T5."""

import re

from broadcast.speech.normalization.numbers import ordinal
from broadcast.speech.normalization.rules import ReadingRule, rule

_WHEN = r"hết|vào|sáng|trưa|chiều|tối|đêm|ngày|nghỉ|trừ"
"""Behind these T5 and CN are days of the week."""


def _weekdays(match: re.Match[str]) -> str:
    last = f"thứ {ordinal(int(match['b']))}" if match["b"] else "Chủ nhật"
    return f"thứ {ordinal(int(match['a']))} đến {last}"


def _each_day(match: re.Match[str]) -> str:
    """T2-T4-T6: three days, no range."""
    days = re.findall(r"CN|\d", match[0])
    return ", ".join("Chủ nhật" if day == "CN" else f"thứ {ordinal(int(day))}" for day in days)


RULES: tuple[ReadingRule, ...] = (
    rule(
        "abbreviation",
        r"(?<!\w)(?:T[2-7](?:(?:\s?[-–,/]\s?T[2-7])+\s?[-–,/]|\s?[,/])\s?(?:T[2-7]|CN))(?!\w)",
        _each_day,
    ),
    rule("range", r"(?<!\w)T(?P<a>[2-7])\s?[-–]\s?(?:T(?P<b>[3-7])|CN)(?!\w)", _weekdays),
    rule("abbreviation", r"(?<!\w)CN(?=,?\s*(?:ngày\s)?\(?\d|\s(?:này|tới|tuần)(?!\w))", "Chủ nhật"),
    rule(
        "abbreviation",
        r"(?<!\w)(?P<x>T(?P<n>[2-7]))(?=:|[,\s]*(?:CN|T[2-7]|ngày|hằng|hàng|đ/c|trực|này|tới|tuần|\d{1,2}/)|\s?[-–]\s?(?:T[2-7]|CN)|\s(?:và|đến|&)\s(?:CN|T\d))",
        "thứ {n:ordinal}",
    ),
    rule(
        "abbreviation",
        r"(?:T[2-7]|thứ [2-7]|thứ \w+)(?:,\s|\svà\s|\s&\s|\s?[-–]\s?|\sđến\s)(?P<x>CN)(?!\w)",
        "Chủ nhật",
        re.IGNORECASE,
    ),
    rule("abbreviation", rf"(?<!\w)(?:{_WHEN})\s(?P<x>T(?P<n>[2-7]))(?!\w)", "thứ {n:ordinal}", re.IGNORECASE),
    rule("abbreviation", rf"(?<!\w)(?:{_WHEN})\s(?P<x>CN)(?!\w)", "Chủ nhật", re.IGNORECASE),
    rule("abbreviation", r"(?:T[2-6])(?:,\s|\svà\s|\s?[-–]\s?|\sđến\s)(?P<x>T(?P<n>[3-7]))(?!\w)", "thứ {n:ordinal}"),
    rule("abbreviation", r"\d[hg](?:\d\d)?/(?P<x>CN)(?!\w)", "Chủ nhật"),
    rule("abbreviation", r"\d(?:[hg]|[hg:]\d\d)'?(?:\s|\s?[-–,/]\s?)(?P<x>T(?P<n>[2-7]))(?!\w)", "thứ {n:ordinal}"),
)

"""Varieties of crops, whose codes look like roads and ranges: giống lúa ĐT8, TH3-3, TL6."""

import re

from broadcast.speech.normalization.numbers import letters
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_CROPS = r"giống|lúa|nếp|ngô|bắp|sắn|mì|mía|đậu|lạc|khoai|cà phê|hồ tiêu|điều|thanh long|dưa|ớt|cỏ|keo|bạch đàn|cao su"
_KINDS = (
    r"giống|lúa|nếp|ngô|bắp|sắn|mì|mía|đậu|lạc|khoai|tương|nành|xanh|phộng|đen|lang|tây|lai|thuần|mới|"
    r"chất lượng|cao|sản|ngắn ngày|chịu hạn|chịu mặn|chịu phèn|như|gồm|là|chủ lực|đặc sản|xác nhận|nguyên chủng|ngọt"
)
_VARIETY = (
    r"(?:các\s)?(?:giống\s)?(?:[A-ZĐ]{2,4}-?\d[\w-]{0,6}|[A-ZĐ]\d{1,3}|[A-ZĐ]{3,4}|[A-ZĐ]{2}\s\d{1,4}|"
    r"[^\W\d_]{1,9}(?:\s[^\W\d_]{1,9}){0,2}\s\d{1,3})"
)
_LISTED = re.compile(
    rf"(?<!\w)(?:{_CROPS})(?:\s(?:{_KINDS})){{0,5}}:?\s\(?(?:{_VARIETY}(?:,\s?(?:và\s)?|\s(?:và|hoặc|hay)\s|\s?/\s?)){{0,8}}"
    rf"(?:(?:giống|{_CROPS})(?:\s(?:{_KINDS})){{0,2}}\s)?$",
    re.IGNORECASE,
)
_REACH = 120


def _code(match: re.Match[str]) -> str | None:
    return letters(match[0]) if _LISTED.search(before(match, _REACH)) else None


RULES: tuple[ReadingRule, ...] = (
    rule("code", r"TH3-[3-7](?<!\wTH3-\d)(?![\w/-])", "{0:letters}"),
    rule(
        "code",
        r"(?<!\w)(?:(?:ĐT|KM|HL|TL|ĐH|CT|ĐX)\d{1,3}(?:-\d{1,2})?|[A-ZĐ]{1,4}\d{1,3}-\d{1,2})(?!\w|[.,/-]\d)",
        _code,
    ),
)

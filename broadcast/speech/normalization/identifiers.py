"""Numbers that name a paper or a book, group by group: 000.00.12.H10-261128-0001, ISBN 978-604-0-12345-6."""

import re

from broadcast.speech.normalization.numbers import digits, grouped, letters
from broadcast.speech.normalization.rules import ReadingRule, rule


def _dossier(match: re.Match[str]) -> str:
    """Of a public service: the office, the day, the number."""
    return ", ".join(
        f"{letters(part[0])} {digits(part[1:])}" if part[0].isalpha() else digits(part)
        for part in re.split("[.-]", match[0])
    )


def _book(match: re.Match[str]) -> str:
    said = grouped(match["x"])
    return f"{said} ích" if match["x"][-1] in "xX" else said


RULES: tuple[ReadingRule, ...] = (
    rule(
        "code",
        r"(?<!\w)(?<!\d[.,-])(?:\d{3}[.-](?:\d{2}[.-]){1,2})?[A-Z]\d{1,4}(?:[.-]\d{1,6}){1,8}(?!\w)",
        _dossier,
    ),
    rule(
        "code",
        r"(?<!\w)(?:ISBN|ISSN|[Mm]ã vạch|[Mm]ã sách)(?:-1[03])?:?\s?(?P<x>\d[\d -]{6,18}[\dXx])(?!\w|-\d)",
        _book,
    ),
)

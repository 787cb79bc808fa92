"""Blanks: dots or underscores that stand for a value still to be filled in, as templates leave them.

Templates write ``từ ... đến ... ngày ...``: the dots are a word of their own. In prose an ellipsis is written to the
word before it (``rau, củ, quả...``) and stays allowed. The rule, in order:

1. Two underscores or more, five dots or more, or two ``…`` or more are a blank wherever they stand.
2. Three or four dots or one ``…`` are a blank when they stand alone: on each side an end of the text, a space, or
   punctuation that can enclose a value. A space before the dots is what tells the two apart.
3. Attached to a word, they are one only beside a slash or before a unit (``lúc...giờ``, ``ngày.../...``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BEFORE_MOST: Final = 24
AFTER_MOST: Final = 16
BLANKS_MOST: Final = 20
MARK: Final = "▁▁▁"

_RUN: Final = re.compile(r"_{2,}|[.…]+")
_STOPPED: Final = re.compile(r"…+\.")
_OPENS: Final = frozenset(" \t\n([{<“\"‘':/-–—")
_CLOSES: Final = frozenset(" \t\n)]}>”\"’':/-–—,;.!?%")
_UNIT: Final = re.compile(
    r"(?:giờ|phút|ngày|tháng|năm|đồng|người|hộ|độ|mét|km|kg|ha|mm|triệu|tỷ|giây|%)(?!\w)", re.IGNORECASE
)
_LEADER_DOTS: Final = 5
_ELLIPSIS_DOTS: Final = 3


@dataclass(frozen=True, slots=True)
class Blank:
    """Characters from ``start`` to before ``end``; ``shown`` is the place with the words around it."""

    start: int
    end: int
    shown: str


def blanks(text: str) -> tuple[Blank, ...]:
    """Find the blanks still to be filled in, at most ``BLANKS_MOST``."""
    found: list[Blank] = []
    for match in _RUN.finditer(text):
        if _is_blank(text, match):
            # The full stop of the sentence is no part of its last blank.
            end = match.end() - bool(_STOPPED.fullmatch(match[0]))
            found.append(Blank(match.start(), end, _shown(text, match.start(), end)))
        if len(found) == BLANKS_MOST:
            break
    return tuple(found)


def filled(text: str, values: Sequence[str]) -> str:
    """Put the values into the blanks in their order; a blank without a value stays."""
    pairs = list(zip(blanks(text), values, strict=False))
    for blank, value in reversed(pairs):
        if value.strip():
            text = f"{text[: blank.start]}{value.strip()}{text[blank.end :]}"
    return text


def _is_blank(text: str, match: re.Match[str]) -> bool:
    run = match[0]
    if run.startswith("_"):
        return True
    dots = run.count(".") + _ELLIPSIS_DOTS * run.count("…")
    if dots < _ELLIPSIS_DOTS:
        return False
    if dots >= _LEADER_DOTS:
        return True
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    is_alone = (not before or before in _OPENS) and (not after or after in _CLOSES)
    return is_alone or "/" in (before, after) or _UNIT.match(text, match.end()) is not None


def _shown(text: str, start: int, end: int) -> str:
    before = text[max(0, start - BEFORE_MOST) : start]
    after = text[end : end + AFTER_MOST]
    if start > BEFORE_MOST:
        before = "…" + before.partition(" ")[2]
    if len(text) > end + AFTER_MOST:
        after = after.rpartition(" ")[0] + "…"
    return " ".join(f"{before}{MARK}{after}".split())

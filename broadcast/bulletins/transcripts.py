"""Transcript of a recording compared with the bulletin's text: hours, dates, places and figures that differ.

Both are first read as an announcer reads them, so that "7h30", "7 giờ 30 phút" and "bảy giờ rưỡi" are the same. What is
said twice counts once; what is said in another order counts as different.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from broadcast.speech.normalization import VIETNAMESE, Reading, read
from broadcast.speech.place_names import without_unit
from broadcast.speech.readings import SpokenSubstitution

_WORD: Final = re.compile(r"\w+")
_DIGITS: Final = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_SCALES: Final = {
    "mười": 10, "mươi": 10, "trăm": 100, "nghìn": 1000, "ngàn": 1000, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9,
}  # fmt: skip
_THOUSAND: Final = 1000
_JOINTS: Final = frozenset({"linh", "lẻ", "rưỡi"})
_FIVE_OR_YEAR: Final = "năm"
_YEAR_BEFORE: Final = frozenset(
    {
        *("trong", "cả", "hằng", "hàng", "mỗi", "các", "những"),
        *("đầu", "cuối", "giữa", "từng", "nhiều", "vài", "mấy"),
    }
)
_YEAR_AFTER: Final = frozenset({"nay", "ngoái", "học", "sau", "tới", "trước", "qua", "mới", "này", "vừa"})
_DAYS: Final = frozenset({"ngày", "mùng", "mồng"})
_DATE_WORDS: Final = _DAYS | {"tháng", "thứ"}
_LATE: Final = frozenset({"chiều", "tối"})
_NOON: Final = 12
_HALF: Final = "30"
_MINUTES: Final = 60
_UNITS: Final = frozenset({"tỉnh", "quận", "huyện", "xã", "phường", "trấn", "thôn", "bản", "ấp"})
_NAME_MOST: Final = 6
_SPELLED_LEAST: Final = 3
"""Digits one by one after which a "năm" is one more of them; after fewer it counts years: "hai, ba năm"."""


class FactKind(StrEnum):
    HOUR = "hour"
    DATE = "date"
    PLACE = "place"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class FactDifference:
    """Passages of the text and of the transcript that stand for each other and differ; one of them may be empty."""

    kind: FactKind
    written: str
    said: str


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    text: str
    is_different: bool


@dataclass(frozen=True, slots=True)
class TranscriptComparison:
    """Comparison; the parts of each side together are its text."""

    text: tuple[TranscriptPart, ...]
    transcript: tuple[TranscriptPart, ...]
    differences: tuple[FactDifference, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: FactKind
    value: str
    start: int
    end: int

    @property
    def key(self) -> tuple[FactKind, str]:
        return self.kind, self.value


@dataclass(frozen=True, slots=True)
class _Token:
    """Spoken word with its place in the text. ``is_apart``: a sign stands between it and the one before."""

    word: str
    start: int
    end: int
    is_apart: bool

    @property
    def low(self) -> str:
        return self.word.casefold()


def compared(text: str, transcript: str, language: str, places: Iterable[str] = ()) -> TranscriptComparison:
    """Compare a text with the transcript of its recording; ``places``: names that may be meant in them."""
    text, transcript = (unicodedata.normalize("NFC", each) for each in (text, transcript))
    names = {tuple(map(str.casefold, _WORD.findall(without_unit(each)))) for each in places}
    sides = [_facts(_tokens(_read(each, language)), names) for each in (text, transcript)]
    first, second = (_first_mentions(side) for side in sides)
    matcher = SequenceMatcher(None, [each.key for each in first], [each.key for each in second], autojunk=False)
    found: list[FactDifference] = []
    others: tuple[set[tuple[FactKind, str]], set[tuple[FactKind, str]]] = set(), set()
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours, theirs = first[start:end], second[other_start:other_end]
        for side, facts in zip(others, (ours, theirs), strict=True):
            side.update(each.key for each in facts)
        found += _pairs(_passages(text, ours), _passages(transcript, theirs))
    marked = [
        tuple(_parts(whole, [each for each in facts if each.key in keys]))
        for whole, facts, keys in zip((text, transcript), sides, others, strict=True)
    ]
    return TranscriptComparison(marked[0], marked[1], tuple(found))


def _first_mentions(facts: Iterable[_Fact]) -> list[_Fact]:
    found: dict[tuple[FactKind, str], _Fact] = {}
    for each in facts:
        found.setdefault(each.key, each)
    return list(found.values())


def _passages(text: str, facts: Iterable[_Fact]) -> list[tuple[FactKind, str]]:
    return [(each.kind, text[each.start : each.end]) for each in facts]


def _pairs(ours: list[tuple[FactKind, str]], theirs: list[tuple[FactKind, str]]) -> Iterator[FactDifference]:
    """Yield each passage with the first one of its kind on the other side, or alone."""
    left = list(theirs)
    for kind, written in ours:
        said = next((each for each in left if each[0] is kind), None)
        if said is not None:
            left.remove(said)
        yield FactDifference(kind, written, "" if said is None else said[1])
    yield from (FactDifference(kind, "", said) for kind, said in left)


def _parts(text: str, facts: Sequence[_Fact]) -> Iterator[TranscriptPart]:
    at = 0
    for fact in facts:
        # Two facts may come from one sign: "20/11" is a day and a month.
        if fact.end <= at:
            continue
        start = max(at, fact.start)
        if start > at:
            yield TranscriptPart(text[at:start], is_different=False)
        yield TranscriptPart(text[start : fact.end], is_different=True)
        at = fact.end
    if text[at:]:
        yield TranscriptPart(text[at:], is_different=False)


def _read(text: str, language: str) -> Reading:
    return read(text) if language == VIETNAMESE else Reading(text, ())


def _tokens(reading: Reading) -> list[_Token]:
    found: list[_Token] = []
    for word, start, end in _spoken_words(reading):
        before = found[-1] if found else None
        # Words of one change stand in one place: nothing is between them.
        is_apart = before is not None and before.end <= start and bool(reading.text[before.end : start].strip())
        found.append(_Token(word, start, end, is_apart))
    return found


def _spoken_words(reading: Reading) -> Iterator[tuple[str, int, int]]:
    """Yield each spoken word with its place; those of a change stand where what it reads is written."""
    at = 0
    for change in (*reading.changes, SpokenSubstitution(len(reading.text), len(reading.text), "", "")):
        yield from ((word[0], *word.span()) for word in _WORD.finditer(reading.text, at, change.start))
        written = reading.text[change.start : change.end]
        start = change.start + len(written) - len(written.lstrip())
        yield from ((word[0], start, change.start + len(written.rstrip())) for word in _WORD.finditer(change.spoken))
        at = change.end


def _facts(tokens: Sequence[_Token], names: set[tuple[str, ...]]) -> list[_Fact]:
    found: list[_Fact] = []
    at = 0
    while at < len(tokens):
        fact, at = _fact(tokens, at, names)
        if fact is not None:
            found.append(fact)
    return found


def _fact(tokens: Sequence[_Token], at: int, names: set[tuple[str, ...]]) -> tuple[_Fact | None, int]:
    """Return the fact that begins there, if one does, and where to go on."""
    for found in (_place(tokens, at, names), _date(tokens, at)):
        if found is not None:
            return found
    number, end = _number(tokens, at)
    if number is None:
        return None, at + 1
    following = _low(tokens, end)
    if following == "giờ":
        return _hour(tokens, at, int(number), end + 1)
    if following == "tháng" and _number(tokens, end + 1)[0] is not None:
        return _made(FactKind.DATE, f"ngày {number}", tokens[at:end]), end
    return _made(FactKind.FIGURE, number, tokens[at:end]), end


def _place(tokens: Sequence[_Token], at: int, names: set[tuple[str, ...]]) -> tuple[_Fact, int] | None:
    for length in range(min(_NAME_MOST, len(tokens) - at), 0, -1):
        words = tuple(each.low for each in tokens[at : at + length])
        # A name of one word is a word of any sentence too: "an toàn".
        if words in names and (length > 1 or (at and tokens[at - 1].low in _UNITS)):
            return _made(FactKind.PLACE, " ".join(words), tokens[at : at + length]), at + length
    return None


def _date(tokens: Sequence[_Token], at: int) -> tuple[_Fact, int] | None:
    """Return a day, month, year or day of the week whose word stands there."""
    word, after = tokens[at].low, _low(tokens, at + 1)
    if (word, after) == ("chủ", "nhật"):
        return _made(FactKind.DATE, "thứ 1", tokens[at : at + 2]), at + 2
    if word in _DATE_WORDS or (word == _FIVE_OR_YEAR and after in _DIGITS):
        number, end = _number(tokens, at + 1)
        if number is not None:
            unit = "ngày" if word in _DAYS else word
            return _made(FactKind.DATE, f"{unit} {number}", tokens[at:end]), end
    return None


def _hour(tokens: Sequence[_Token], at: int, hour: int, end: int) -> tuple[_Fact, int]:
    """Return the time of day whose word "giờ" ends before ``end``: with its minutes, by the clock of 24 hours."""
    minutes, after = ("0", end)
    if _low(tokens, end) == "rưỡi":
        minutes, after = _HALF, end + 1
    elif end < len(tokens) and not tokens[end].is_apart:
        number, behind = _number(tokens, end)
        if number is not None and int(number) < _MINUTES:
            minutes, after = number, behind + (_low(tokens, behind) == "phút")
    if _low(tokens, after) in _LATE:
        hour, after = hour + (_NOON if hour < _NOON else 0), after + 1
    return _made(FactKind.HOUR, f"{hour}:{minutes}", tokens[at:after]), after


def _made(kind: FactKind, value: str, tokens: Sequence[_Token]) -> _Fact:
    return _Fact(kind, value, tokens[0].start, tokens[-1].end)


def _low(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].low if at < len(tokens) else ""


def _number(tokens: Sequence[_Token], at: int) -> tuple[str | None, int]:
    """Read the number that begins there: its value, and where it ends."""
    if at < len(tokens) and tokens[at].word.isdecimal():
        return tokens[at].word.lstrip("0") or "0", at + 1
    end = at
    while end < len(tokens) and _goes_on(tokens, at, end):
        end += 1
    words = [each.low for each in tokens[at:end]]
    return (str(_value(words)), end) if words else (None, at)


def _goes_on(tokens: Sequence[_Token], first: int, at: int) -> bool:
    """Return whether the word is part of the number that begins with the ``first`` one."""
    word = tokens[at].low
    if at == first:
        return _is_five(tokens, at) if word == _FIVE_OR_YEAR else word in _DIGITS or word == "mười"
    if tokens[at].is_apart:
        return False
    if word != _FIVE_OR_YEAR:
        return word in _DIGITS or word in _SCALES or word in _JOINTS
    before, after = tokens[at - 1].low, _low(tokens, at + 1)
    if after in _DIGITS and _low(tokens, at + 2) in _SCALES:
        return False  # năm hai nghìn …: the year
    is_written = tokens[at].start == tokens[at - 1].start
    spelled = [each.low in _DIGITS for each in tokens[first:at]]
    is_spelled = all(spelled) and (after in _DIGITS or len(spelled) >= _SPELLED_LEAST)
    return is_written or is_spelled or before in _JOINTS or (before in _SCALES and after in _SCALES)


def _is_five(tokens: Sequence[_Token], at: int) -> bool:
    """Return whether a "năm" that no number goes before is the number, not the year."""
    before = tokens[at - 1].low if at else ""
    return before in _DATE_WORDS or (before not in _YEAR_BEFORE and _low(tokens, at + 1) not in _YEAR_AFTER)


def _value(words: Sequence[str]) -> int:
    total = group = digit = 0
    last = 1
    for word in words:
        if word in _DIGITS:
            digit = digit * 10 + _DIGITS[word]
            continue
        if word == "rưỡi":
            total += last // 2
            continue
        scale = _SCALES.get(word, 0)
        last = scale or last
        if not scale:
            continue
        if scale < _THOUSAND:
            group, digit = group + (digit or 1) * scale, 0
            continue
        part = group + digit
        total = total + part * scale if part else total * scale
        group = digit = 0
    return total + group + digit

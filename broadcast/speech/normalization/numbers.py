"""Numbers in words: the northern way (linh, nghìn), as the national stations read them."""

import re
from functools import lru_cache

NUMBER = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d+(?:[.,]\d+)?)"
"""A number as Vietnamese write it: 1.250,5; also 12.5 and 1,234,567."""
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_LARGEST = 10**15
_LONGEST = 40
"""Digits of a number read as one: Python converts no longer ones, and no listener follows them."""
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|[1-9]\d{0,2},000")
_PAIR, _SAID_AT_ONCE, _FIVE = 2, 3, 5
_QUARTERS = 4
_APRIL = 4
_FIRST_GROUP = {4: 4, 7: 4, 8: 4, 10: 4, 11: 5, 13: 4, 16: 4}
_SERVICE_NUMBER = 8
_LETTERS = {
    "A": "a", "Ă": "á", "Â": "ớ", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "Ê": "ê", "F": "ép",
    "G": "gờ", "H": "hát", "I": "i", "J": "gi", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "Ô": "ô",
    "Ơ": "ơ", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét", "T": "tê", "U": "u", "Ư": "ư", "V": "vê", "W": "vê kép",
    "X": "ích", "Y": "i", "Z": "dét",
}  # fmt: skip
_ROMAN = re.compile(r"(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


@lru_cache(maxsize=4096)
def cardinal(number: int) -> str:
    """``21`` → hai mươi mốt. From 10¹⁵ on digit by digit: no listener follows such a number."""
    if number == 0:
        return DIGITS[0]
    if number >= _LARGEST:
        return digits(str(number))
    billions, rest = divmod(number, 10**9)
    words = [cardinal(billions), "tỷ"] if billions else []
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        part, rest = divmod(rest, scale)
        if part:
            words += [_below_thousand(part, is_first=not words), name]
    return " ".join(filter(None, words))


def digits(text: str) -> str:
    """``0912`` → không chín một hai; other signs are skipped."""
    return " ".join(DIGITS[int(c)] for c in text if c.isdecimal())


def grouped(text: str) -> str:
    """Return it in its written groups; ten or more digits in a row are cut into groups that can be remembered."""
    written = [part for part in re.split(r"\D+", text) if part]
    if len(written) > 1:
        return ", ".join(map(digits, written))
    return ", ".join(map(digits, _cut(written[0])))


def _cut(number: str) -> list[str]:
    """0912345678 → 0912 345 678 · 18001091 → 1800 1091 · 060072001234 → by three."""
    first = _FIRST_GROUP.get(len(number), 3)
    size = 4 if len(number) == _SERVICE_NUMBER else 3
    return [number[:first], *(number[at : at + size] for at in range(first, len(number), size))]


def led(text: str) -> str:
    """An official number: its leading zeros are said, ``01`` → không một."""
    zeros = len(text) - len(text.lstrip("0"))
    rest = text[zeros:]
    return " ".join(["không"] * zeros + ([cardinal(int(rest))] if rest else []))


def said(text: str) -> str:
    """Return the words of a number as ``NUMBER`` finds it."""
    if _THOUSANDS.fullmatch(text):
        whole, _, fraction = text.replace(".", "").partition(",")
    elif _ENGLISH.fullmatch(text):
        whole, _, fraction = text.replace(",", "").partition(".")
    else:
        whole, _, fraction = text.replace(".", ",").partition(",")
    number = cardinal(int(whole)) if len(whole) <= _LONGEST else digits(whole)
    return f"{number} phẩy {_fraction(fraction)}" if fraction else number


def value(text: str) -> float:
    """Return its size, which tells an ascending range from a score."""
    is_grouped = _THOUSANDS.fullmatch(text) or _ENGLISH.fullmatch(text)
    return float(re.sub(r"[.,]", "", text) if is_grouped else text.replace(",", "."))


def ordinal(number: int) -> str:
    """After thứ: nhất, tư, else the cardinal."""
    return {1: "nhất", 4: "tư"}.get(number, cardinal(number))


def month_name(month: str) -> str:
    """April is tháng tư, never tháng bốn."""
    return "tư" if int(month) == _APRIL else cardinal(int(month))


def portion(over: int, under: int) -> str:
    """``3, 4`` → ba phần tư."""
    return f"{cardinal(over)} phần {ordinal(under) if under == _QUARTERS else cardinal(under)}"


def letters(text: str) -> str:
    """Return the names of letters; digits in words, a number of up to three digits at once."""
    names = []
    for part in re.findall(r"\d+|\D", text):
        if part[0].isdecimal():
            names.append(cardinal(int(part)) if _is_short(part) else digits(part))
        elif part.isalpha():
            names.append(_LETTERS.get(part.upper(), part.lower()))
    return " ".join(names)


def roman(text: str) -> int:
    """Return the number, or 0 where these letters are no numeral as it is written."""
    if not _ROMAN.fullmatch(text):
        return 0
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if v < max(values[place:]) else v for place, v in enumerate(values))


def _is_short(part: str) -> bool:
    return len(part) <= _SAID_AT_ONCE and part[0] != "0"


def _below_thousand(number: int, *, is_first: bool) -> str:
    """After a larger group the hundreds are said even where there are none: một nghìn không trăm linh năm."""
    hundreds, below = divmod(number, 100)
    tens, ones = divmod(below, 10)
    words = [] if is_first and not hundreds else [DIGITS[hundreds], "trăm"]
    if tens:
        words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    elif ones and words:
        words.append("linh")
    if ones:
        words.append(_ones(tens, ones))
    return " ".join(words)


def _ones(tens: int, ones: int) -> str:
    """Mười lăm, hai mươi mốt, hai mươi lăm; linh năm and mười một stay."""
    if tens and ones == _FIVE:
        return "lăm"
    return "mốt" if tens > 1 and ones == 1 else DIGITS[ones]


def _fraction(text: str) -> str:
    if text[0] == "0" or len(text) > _PAIR:
        return digits(text)
    return cardinal(int(text))

"""Trivial passwords: too little is left without well-known words, names, sequences and repetitions.

There is no list of breached passwords: with twelve characters or more nearly all of them are made of such parts.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

LEFT_LEAST: Final = 6
"""Fewest characters that must be left besides trivial parts."""
DIFFERENT_LEAST: Final = 5
_RUN_LEAST: Final = 3
_PART_LEAST: Final = 3
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv",
    "1q2w3e4r5t6y7u8i9o0p",
)
_SHIFTED: Final = str.maketrans("!@#$%^&*()", "1234567890")
_LEET: Final = str.maketrans("0134578@$", "oieastbas")
_WORDS: Final = (
    *("matkhau", "password", "passw0rd", "pass", "word", "admin", "quantri", "login", "dangnhap", "welcome", "letmein"),
    *(
        "master",
        "secret",
        "bimat",
        "user",
        "root",
        "test",
        "demo",
        "default",
        "macdinh",
        "monkey",
        "dragon",
        "football",
    ),
    *("iloveyou", "anhyeuem", "emyeuanh", "yeu", "toiyeu", "vietnam", "hanoi", "saigon", "hochiminh", "danang", "tinh"),
    *("loa", "truyenthanh", "phatthanh", "canhbao", "thongtin", "xinchao", "ubnd", "uyban", "phuong", "lamdong"),
    *("binhthuan", "phanthiet", "dalat", "daknong", "sunshine", "princess", "superman", "batman", "shadow", "trustno"),
)


def is_trivial(password: str, own: Iterable[str] = ()) -> bool:
    """Return whether the password is trivial to guess. ``own``: the person's login and names, which do not count."""
    plain = _plain(password)
    if len(set(plain)) < DIFFERENT_LEAST:
        return True
    parts = {part for text in own for part in (*_plain(text, keep=" .-_@").replace("@", " ").split(), _plain(text))}
    words = [*_WORDS, *(part for text in parts for part in _split(text) if len(part) >= _PART_LEAST)]
    forms = (plain, plain.translate(_LEET), _plain(password.lower().translate(_LEET)))
    return min(len(_left(form, words)) for form in forms) < LEFT_LEAST


def _plain(text: str, keep: str = "") -> str:
    """Reduce to lower case without diacritics; only letters, figures and ``keep``."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d").translate(_SHIFTED if not keep else {}))
    return "".join(sign for sign in apart if sign.isalnum() or sign in keep)


def _split(text: str) -> list[str]:
    return [part for part in text.replace(".", " ").replace("-", " ").replace("_", " ").split() if part]


def _left(text: str, words: list[str]) -> str:
    """Remove words, keyboard runs and repetitions, the longest at each place first."""
    left, at = "", 0
    while at < len(text):
        taken = max(
            max((len(word) for word in words if text.startswith(word, at)), default=0), _run(text, at), _again(text, at)
        )
        left += "" if taken else text[at]
        at += taken or 1
    return left


def _run(text: str, at: int) -> int:
    """Return the length of the run along a row of keys, letters or figures, in either direction; 0 if none."""
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        start, length = row.find(text[at]), 0
        while start >= 0 and at + length < len(text) and row[start + length : start + length + 1] == text[at + length]:
            length += 1
        longest = max(longest, length)
    return longest if longest >= _RUN_LEAST else 0


def _again(text: str, at: int) -> int:
    """Return the length of the text here that repeats what precedes it; 0 if none."""
    for unit in range(min(at, 8), 0, -1):
        before, length = text[at - unit : at], 0
        while text.startswith(before, at + length):
            length += unit
        if length and (unit > 1 or length > 1):
            return length
    return 0

"""Passwords: hashing, and the refusal of weak ones."""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cms.accounts.errors import WeakPasswordError

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
MIN_LENGTH = 12  # NIST SP 800-63B-4 asks 15 of a lone factor, 8 with a second; lock-out stands between
MAX_LENGTH = 1024  # bounded, so that no sign-in costs unlimited work


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


@dataclass(frozen=True)
class Passwords:
    """Hash and check passwords; argon2-cffi's defaults are RFC 9106's second recommended set (64 MiB, 3 passes)."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    def hash(self, password: str) -> str:
        """Hash a password. Raises WeakPasswordError."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise WeakPasswordError(MIN_LENGTH, "SHORT")
        return self.hasher.hash(password)

    def chosen(self, password: str, own: Sequence[str]) -> str:
        """Hash a password chosen by a person. Raises WeakPasswordError: too short, or trivial to guess."""
        if is_trivial(password, own):
            raise WeakPasswordError(MIN_LENGTH, "SHORT" if len(password) < MIN_LENGTH else "TRIVIAL")
        return self.hash(password)

    @property
    def min_length(self) -> int:
        return MIN_LENGTH

    def matches(self, stored_hash: str | None, password: str) -> bool:
        """Return whether the password matches; without a hash (None) it does not, after the same work."""
        try:
            self.hasher.verify(stored_hash or self._nobodys, password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
        return stored_hash is not None

    def is_stale(self, stored_hash: str) -> bool:
        return self.hasher.check_needs_rehash(stored_hash)

    @cached_property
    def _nobodys(self) -> str:
        return self.hasher.hash(secrets.token_urlsafe(16))


def random_password() -> str:
    """Make a password of 20 characters, 120 bits."""
    return secrets.token_urlsafe(15)

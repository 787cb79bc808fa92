"""Folding of search words: no case, no diacritics."""

from unicodedata import category, normalize


def folded(words: str) -> str:
    """Fold to lower case without diacritics, đ as d: "Phường Mũi Né" and "phuong mui ne" are the same."""
    plain = "".join(sign for sign in normalize("NFD", words.casefold()) if category(sign) != "Mn")
    return plain.replace("đ", "d")

"""Text from outside, and for programs, without what neither XML nor every database may hold."""

from __future__ import annotations


def plain(text: str) -> str:
    """Lines end in a newline; no control characters but that and the tab, and nothing that is no character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if (sign >= " " or sign in "\n\t") and sign not in "\ufffe\uffff\x7f")

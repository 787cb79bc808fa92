"""Texts of feeds as they may be spoken or stand on a board: no markup, no invisible characters."""

import html
import re
import unicodedata
from typing import Final

_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)\b[^<>]*>")
_BREAKING: Final = frozenset(
    {
        "br",
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "tr",
        "td",
        "th",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "dd",
        "dt",
        "blockquote",
        "section",
    }
)
_UNSPOKEN: Final = ("script", "style")


def has_markup(text: str) -> bool:
    """Return whether the text contains a tag or a comment."""
    return "<" in text and (_TAG.search(text) is not None or "<!--" in text)


def plain_text(text: str) -> str:
    """Strip tags, comments, scripts and styles from a text, write out HTML's named characters, tidy white space.

    Block tags end a line. ``<75 km/h`` is no tag and stays.
    """
    if has_markup(text):
        text = _without(text, "<!--", "-->", "")
        for name in _UNSPOKEN:
            text = _without(text, f"<{name}", f"</{name}", ">")
        text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _BREAKING else "", text)
    text = html.unescape(text)
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Cn"})
    lines = (" ".join(line.split()) for line in kept.splitlines())
    return "\n".join(line for line in lines if line)


def _without(text: str, start: str, end: str, then: str) -> str:
    """Cut all from ``start`` to ``end`` and on to ``then``; without an end, nothing after ``start`` is left."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters have lower-case forms of another length
        lowered = text
    parts, at = [], 0
    while (begin := lowered.find(start, at)) >= 0:
        parts.append(text[at:begin])
        stop = lowered.find(end, begin + len(start))
        stop = -1 if stop < 0 else lowered.find(then, stop + len(end))
        at = len(text) if stop < 0 else stop + len(then)
    parts.append(text[at:])
    return "".join(parts)
